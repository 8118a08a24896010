"""The card in a direct message, with what other rows tell of its reader."""

from __future__ import annotations

from datetime import datetime

from bot.domain.change import Change
from bot.ports import Message, MessageKind, Transaction, message_key
from bot.service.access.still_viewing import may_still_view
from bot.slack.outbox.change_views import card_of, requester_name
from bot.slack.views.card_link import message_link
from bot.slack.views.changes.direct import Reader, direct_card
from bot.slack.views.mrkdwn import Blocks, section
from bot.slack.views.texts import reach as texts


def direct_of(
    tx: Transaction,
    message: Message,
    change: Change,
    name: str,
    now: datetime,
    workspace_url: str,
) -> tuple[str, Blocks]:
    """Return notification text and blocks for the person of a DIRECT message.

    To one who may view the customer no more it tells that, and nothing of the change.
    """
    person = message.key.rpartition(":")[2]
    if not may_still_view(tx, change, person, now):
        text = texts.NOT_YOURS.format(change=change.id)
        return text, [section(text)]
    ids = tx.ids_of(person)
    rows = [one for one in tx.recipients(change.id) if one.person in ids]
    ts = card_ts(tx, change)
    link = message_link(change.channel, ts, workspace_url, texts.OPEN_CARD) if ts else ""
    looked_at = next((one.looked_at for one in rows if one.looked_at), None)
    _, card = card_of(tx, change, name, now, workspace_url, reached=False)
    reader = Reader(ids, looked_at, link, decides_here=bool(ts))
    return direct_card(change, name, requester_name(tx, change), card, reader)


def card_ts(tx: Transaction, change: Change) -> str:
    """Return the ts of the card in the change's own channel, "" where it is not there."""
    posted = tx.message(message_key(MessageKind.CARD, change.id))
    is_there = posted is not None and posted.channel == change.channel
    return posted.ts or "" if posted is not None and is_there else ""
