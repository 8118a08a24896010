"""Notices of reach: the rows that a reminder, or the requester's notice of an end, is rendered from.

An empty text means that the notice is not needed any more: it is not posted.
"""

from __future__ import annotations

from bot.domain.change import Change
from bot.domain.change_state import ENDED, State
from bot.domain.roles import DIRECT_MESSAGE
from bot.ports import MessageKind, Transaction, message_key
from bot.service.people_told import ENDED_NOTICE
from bot.service.reach.tell import REMIND_NOTICE
from bot.slack.outbox.change_views import outcome_of, requester_name
from bot.slack.outbox.direct_view import card_ts
from bot.slack.views.card_link import message_link
from bot.slack.views.mrkdwn import Blocks
from bot.slack.views.notices.ended import ended
from bot.slack.views.notices.notice import Notice
from bot.slack.views.notices.remind import Reminded, asked_again, reminder
from bot.slack.views.texts import reach as texts

NOT_NEEDED: tuple[str, Blocks] = ("", [])


def remind(tx: Transaction, notice: Notice) -> tuple[str, Blocks]:
    """Render a reminder; nothing where the change waits no more, or its reader looked.

    After an outage of Slack the last one that fell due tells it all.
    """
    if _is_reminded_later(tx, notice) or _gets_the_card(tx, notice):
        return NOT_NEEDED
    looked = (one for one in tx.recipients(notice.change.id) if one.person == notice.person)
    if any(one.looked_at for one in looked):
        return NOT_NEEDED
    return reminder(_reminded(tx, notice)) if _waits(notice.change) else NOT_NEEDED


def again(tx: Transaction, notice: Notice) -> tuple[str, Blocks]:
    """Render that a new decision is needed; nothing where the change waits no more."""
    return asked_again(_reminded(tx, notice)) if _waits(notice.change) else NOT_NEEDED


def ended_notice(tx: Transaction, notice: Notice) -> tuple[str, Blocks]:
    """Render the end for the requester; nothing where it was told to them, or is not the end any more."""
    change = notice.change
    over = change.state in ENDED or change.state is State.NEEDS_OPERATOR
    if not over or _is_told_later(tx, notice):
        return NOT_NEEDED
    posted = tx.message(message_key(MessageKind.OUTCOME, change.id, int(notice.detail)))
    if posted is not None and posted.channel.startswith(DIRECT_MESSAGE):
        return NOT_NEEDED
    text, blocks = outcome_of(tx, change, notice.customer_name, notice.now)
    there = posted is not None and posted.ts and posted.channel == change.channel
    ts = posted.ts if posted is not None and there else card_ts(tx, change)
    link = message_link(change.channel, ts, notice.workspace_url, texts.OPEN_OUTCOME) if ts else ""
    return ended(change, text, blocks, link)


def _waits(change: Change) -> bool:
    return change.state is State.AWAITING_APPROVAL


def _is_told_later(tx: Transaction, notice: Notice) -> bool:
    """Whether a notice of a later end was asked for: it tells the same."""
    begin = message_key(MessageKind.NOTICE, notice.change.id, name=ENDED_NOTICE).rstrip(":") + "-"
    ends = (key for key in tx.message_keys(notice.change.id) if key.startswith(begin))
    return any(int(key[len(begin) :].partition(":")[0]) > int(notice.detail) for key in ends)


def _gets_the_card(tx: Transaction, notice: Notice) -> bool:
    """Whether the direct message with the card is still to be posted: it notifies them."""
    key = message_key(MessageKind.DIRECT, notice.change.id, person=notice.person)
    direct = tx.message(key)
    return direct is not None and not direct.ts and direct.shown < direct.wanted


def _is_reminded_later(tx: Transaction, notice: Notice) -> bool:
    """Whether a later reminder to the same person was asked for, of the same time of asking."""
    minutes, _, asked = notice.detail.partition("-")
    begin = message_key(MessageKind.NOTICE, notice.change.id, name=REMIND_NOTICE).rstrip(":") + "-"
    for key in tx.message_keys(notice.change.id):
        if key.startswith(begin) and key.endswith(f":{notice.person}"):
            later, _, same = key[len(begin) :].partition(":")[0].partition("-")
            if same == asked and int(later) > int(minutes):
                return True
    return False


def _reminded(tx: Transaction, notice: Notice) -> Reminded:
    change = notice.change
    direct = tx.message(message_key(MessageKind.DIRECT, change.id, person=notice.person))
    link = ""
    if direct is not None and direct.ts:
        url = notice.workspace_url
        link = message_link(direct.channel, direct.ts, url, texts.OPEN_MESSAGE)
    return Reminded(
        change,
        notice.customer_name,
        requester_name(tx, change),
        link,
        tx.recipients(change.id),
    )
