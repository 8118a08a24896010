"""The card in a direct message to somebody who may decide the change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.slack.button_values import ChangeButton
from bot.slack.views.changes.buttons import buttons, review_buttons
from bot.slack.views.changes.card import WITHDRAWN, customer_line, decision_line, meaning
from bot.slack.views.changes.differences import DIFFERENCES_BLOCK
from bot.slack.views.changes.emergency import emergency_lines
from bot.slack.views.changes.headings import card_header
from bot.slack.views.changes.notification import notification_text
from bot.slack.views.changes.terminal_origin import approvers
from bot.slack.views.mrkdwn import (
    Blocks,
    button,
    channel_mention,
    context,
    format_clock_time,
    mention,
    section,
)
from bot.slack.views.texts import emergency as emergency_texts
from bot.slack.views.texts import reach as texts

# For the requester, and for commanders, who press them in the channel.
_FOR_OTHERS = ("change_cancel", "change_emergency")
_UNDER_WAY = (State.APPROVED, State.EXECUTING, State.UNKNOWN, State.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose message it is. ``link`` leads to the card, "" where none is posted in its channel.

    ``ids`` are all ids of the person; ``looked_at`` None: they have not said that they look.
    """

    ids: frozenset[str]
    looked_at: datetime | None
    link: str
    decides_here: bool


def direct_card(
    change: Change, name: str, asked_by: str, card: Blocks, reader: Reader
) -> tuple[str, Blocks]:
    """Return notification text and blocks; ``card`` are the blocks of the card in its channel.

    While the change waits it is the card with its buttons, without "Withdraw", which is for the
    requester. Afterwards it says how it ended and by
    whom. Values of users stay in the channel, which was checked for them.
    """
    waits = change.state is State.AWAITING_APPROVAL
    prefix = texts.DECIDE if waits else emergency_texts.EMERGENCY if change.emergency else ""
    text = notification_text(change, name, asked_by, prefix=prefix)
    if not waits:
        return text, _moved_on(change, name, reader)
    shown = [block for block in card if block.get("block_id") != DIFFERENCES_BLOCK]
    kept = [block for block in shown if block["type"] != "actions"]
    place = next((at for at, one in enumerate(shown) if one["type"] == "actions"), len(kept) - 1)
    kept[place:place] = [section(_standing(change, reader)), *_actions(change, name, reader)]
    where = texts.PLACE.format(channel=channel_mention(change.channel), link=reader.link)
    return text, [*kept, context(where.rstrip())]


def _standing(change: Change, reader: Reader) -> str:
    """Return what this person has done so far, or what they may do."""
    channel = channel_mention(change.channel)
    if not reader.decides_here:
        return texts.NOT_DECIDED_HERE.format(channel=channel)
    if _approved(change, reader):
        return texts.YOU_APPROVED
    if reader.looked_at:
        time = format_clock_time(reader.looked_at)
        return texts.YOU_ARE_LOOKING.format(time=time, channel=channel)
    return texts.YOU_MAY_DECIDE.format(channel=channel)


def _actions(change: Change, name: str, reader: Reader) -> Blocks:
    if not reader.decides_here or _approved(change, reader):
        return []
    elements = [one for one in buttons(change, name) if one["action_id"] not in _FOR_OTHERS]
    if not reader.looked_at:
        value = ChangeButton(change=change.id, revision=change.preview_revision)
        elements.append(button("change_looking", texts.LOOKING_BUTTON, value))
    return [{"type": "actions", "block_id": "decide", "elements": elements}]


def _approved(change: Change, reader: Reader) -> bool:
    return any(given.approver in reader.ids for given in change.approvals)


def _moved_on(change: Change, name: str, reader: Reader) -> Blocks:
    channel = channel_mention(change.channel)
    lines = [customer_line(change, name), meaning(change), *emergency_lines(change)]
    if change.approvals:
        form = texts.APPROVED_BY if change.state in _UNDER_WAY else texts.WAS_APPROVED_BY
        lines.append(form.format(people=approvers(change), channel=channel))
    if change.state is State.AWAITING_CONFIRMATION:
        lines.append(texts.CONFIRMED_BY_REQUESTER.format(person=mention(change.requester)))
    elif change.decision_reason or (change.state is State.CANCELLED and change.decided_by):
        lines.append(decision_line(change))
    elif change.state not in _UNDER_WAY and change.state not in WITHDRAWN:
        lines.append(texts.RESULT_IN.format(channel=channel))
    review: Blocks = []
    if reader.decides_here and (elements := review_buttons(change, name)):
        lines.append(emergency_texts.YOU_MAY_REVIEW.format(channel=channel))
        review = [{"type": "actions", "block_id": "decide", "elements": elements}]
    footer = texts.FOOTER.format(change=change.id, channel=channel, link=reader.link)
    return [card_header(change), section("\n".join(lines)), *review, context(footer.rstrip())]
