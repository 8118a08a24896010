"""The window in which a token is shown: once, to one person, and with nothing that sends it back."""

from __future__ import annotations

from typing import Any

from bot.domain.change import Change
from bot.ports import Token
from bot.slack.views.changes.card import describe_scope
from bot.slack.views.changes.token import MAILBOX_WARNING
from bot.slack.views.mrkdwn import Blocks, customer_label, format_api_time, section

TITLE = "Token"
ONCE = "It is shown this once: this window cannot be opened again. Close it when the user has what they need."


def modal(blocks: Blocks) -> dict[str, Any]:
    """Return a window to read. It has no inputs, no buttons, no metadata, and Slack does not tell of its
    being closed: what any of them sends holds the whole window, token and all."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": TITLE},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": blocks,
    }


def waiting_modal() -> dict[str, Any]:
    """The window while the API is asked."""
    return modal(
        [section("The token is being made. Leave this window open: it is shown here, once.")]
    )


def token_modal(change: Change, name: str, token: Token) -> dict[str, Any]:
    """The window with the token, its page and its end. This is the only view that reveals it."""
    whose = f"Token for {describe_scope(change)} of {customer_label(change.customer, name)}. {MAILBOX_WARNING}"
    expires = f"It expires {format_api_time(token.expires)}. " if token.expires else ""
    page = token.url.reveal()
    blocks = [section(whose)]
    if page:
        blocks += [section("*The page where the user sets their password*"), _verbatim(page)]
    blocks += [section("*The token*"), _verbatim(token.token.reveal()), section(expires + ONCE)]
    return modal(blocks)


def message_modal(sentence: str) -> dict[str, Any]:
    """The window where there is no token to show, and why; the sentence is escaped already."""
    return modal([section(sentence)])


def _verbatim(text: str) -> dict[str, Any]:
    # Plain: no link that is followed by mistake, and nothing in it is read as markup.
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}
