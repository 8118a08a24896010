"""The modal that shows a token: once, to one person, with nothing that sends it back to the bot."""

from __future__ import annotations

from typing import Any

from bot.domain.change import Change
from bot.ports import Token
from bot.slack.views.changes.scope import describe_scope
from bot.slack.views.modals.modal import modal_view
from bot.slack.views.mrkdwn import Blocks, customer_label, format_api_time, plain_text, section
from bot.slack.views.texts import token as texts


def modal(blocks: Blocks) -> dict[str, Any]:
    """Return a modal without inputs, buttons, metadata and ``notify_on_close``.

    Each of them would make Slack send the whole view, with the token.
    """
    return modal_view(texts.TITLE, blocks)


def waiting_modal() -> dict[str, Any]:
    """Return the modal for the time of the API call."""
    return modal([section(texts.WAITING)])


def token_modal(change: Change, name: str, token: Token) -> dict[str, Any]:
    """Return the modal with the token, its page and its expiry: the only view that reveals it."""
    customer = customer_label(change.customer, name)
    user = describe_scope(change)
    whose = texts.WHOSE.format(user=user, customer=customer, warning=texts.MAILBOX_WARNING)
    notes = [texts.EXPIRES.format(time=format_api_time(token.expires))] if token.expires else []
    page = token.url.reveal()
    blocks = [section(whose)]
    if page:
        blocks += [section(texts.PAGE), _plain_section(page)]
    blocks += [section(texts.TOKEN), _plain_section(token.token.reveal())]
    blocks.append(section(" ".join([*notes, texts.ONCE])))
    return modal(blocks)


def message_modal(sentence: str) -> dict[str, Any]:
    """Return the modal that says why there is no token; ``sentence`` is escaped already."""
    return modal([section(sentence)])


def _plain_section(text: str) -> dict[str, Any]:
    # Not mrkdwn: a link could be followed by mistake.
    return {"type": "section", "text": plain_text(text) | {"emoji": False}}
