"""The line on a card that names the opposite change, so that nobody approves the wrong one."""

from __future__ import annotations

from bot.domain.change import Change
from bot.domain.change_state import AWAITING, State
from bot.slack.views.card_link import message_link
from bot.slack.views.texts import card as texts

# Of the opposite changes of one card; the newest.
MAX_OPPOSITES = 3


def opposite_line(other: Change, ts: str, workspace_url: str) -> str:
    """Return that this opposite change is open, with a link to its card.

    ``ts`` is "" where the card is not posted, or not in the channel of the change.
    """
    form = texts.OPPOSITE_UNDER_WAY
    if other.state in AWAITING:
        form = texts.OPPOSITE_WAITS
    elif other.state is State.APPROVED:
        form = texts.OPPOSITE_APPROVED
    line = form.format(change=other.id, action=other.action.title)
    link = message_link(other.channel, ts, workspace_url, texts.OPEN_CARD) if ts else ""
    return f"{line} {link}".rstrip()
