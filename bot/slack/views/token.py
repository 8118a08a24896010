"""The modal that shows a token: once, to one person, with nothing that sends it back to the bot."""

from __future__ import annotations

from typing import Any

from bot.domain.change import Change
from bot.ports import Token
from bot.slack.views.changes.scope import describe_scope
from bot.slack.views.modals.modal import modal_view
from bot.slack.views.mrkdwn import Blocks, customer_label, format_api_time, plain_text, section
from bot.slack.views.texts.token import MAILBOX_WARNING

TITLE = "Token"
ONCE = (
    "It is shown this once: this window cannot be opened again. Close it when the user has what "
    "they need."
)


def modal(blocks: Blocks) -> dict[str, Any]:
    """Return a modal without inputs, buttons, metadata and ``notify_on_close``.

    Each of them would make Slack send the whole view, with the token.
    """
    return modal_view(TITLE, blocks)


def waiting_modal() -> dict[str, Any]:
    """Return the modal for the time of the API call."""
    return modal(
        [section("The token is being made. Leave this window open: it is shown here, once.")]
    )


def token_modal(change: Change, name: str, token: Token) -> dict[str, Any]:
    """Return the modal with the token, its page and its expiry: the only view that reveals it."""
    customer = customer_label(change.customer, name)
    whose = f"Token for {describe_scope(change)} of {customer}. {MAILBOX_WARNING}"
    expires = f"It expires {format_api_time(token.expires)}. " if token.expires else ""
    page = token.url.reveal()
    blocks = [section(whose)]
    if page:
        blocks += [section("*The page where the user sets their password*"), _plain_section(page)]
    blocks += [section("*The token*"), _plain_section(token.token.reveal())]
    blocks.append(section(expires + ONCE))
    return modal(blocks)


def message_modal(sentence: str) -> dict[str, Any]:
    """Return the modal that says why there is no token; ``sentence`` is escaped already."""
    return modal([section(sentence)])


def _plain_section(text: str) -> dict[str, Any]:
    # Not mrkdwn: a link could be followed by mistake.
    return {"type": "section", "text": plain_text(text) | {"emoji": False}}
