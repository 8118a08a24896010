"""A row of the outbox as it is to be shown now: read from the change, its audit entries and its users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.change import Change, FailedUsers, State, listed_one_by_one
from bot.domain.roles import Role
from bot.errors import StoreUnusable
from bot.ports import Message, MessageKind, Transaction, message_key
from bot.slack.views.changes.card import card, describe_scope
from bot.slack.views.changes.outcome import outcome, timeline
from bot.slack.views.changes.redirected import redirected_card
from bot.slack.views.changes.terminal import verbal_approval_notice
from bot.slack.views.mrkdwn import Blocks

NEWS = timedelta(seconds=60)  # an outcome that is posted later than this says so
MOST_ADMINS = 5  # named to an approver who may object
LAST_ENTRIES = 200  # audit entries of one change, for its timeline
_WITH_NAMES = (
    State.ACCEPTED,
    State.PARTIAL,
    State.FAILED,
    State.NEEDS_OPERATOR,
    State.GIVEN_UP,
)
_ENDINGS = frozenset(
    f"change.{end}"
    for end in (
        "applied",
        "asked_again",
        "cancelled",
        "denied",
        "expired",
        "failed",
        "given_up",
        "marked_applied",
        "needs_operator",
        "partial",
        "stopped",
    )
)


@dataclass(frozen=True, slots=True)
class RenderedMessage:
    """A message as it is to be shown: of which revision, and in whose thread.

    ``fallback_recipient`` is the person or channel that gets it where its own channel does not accept
    it, and ``redirected_blocks`` are the blocks for them.
    """

    text: str
    blocks: Blocks
    revision: int
    fallback_recipient: str
    redirected_blocks: Blocks
    change: Change
    thread_ts: str | None = None


def render(tx: Transaction, message: Message, now: datetime) -> RenderedMessage:
    """Return the message as the change stands. Raises StoreUnusable where a row is missing."""
    change = tx.change(message.change_id)
    if change is None:  # the foreign key forbids it
        raise StoreUnusable(f"The row of change {message.change_id} is missing in the database.")
    name = tx.customer_name(change.customer)
    thread = posted = None
    if message.kind is MessageKind.CARD:
        text, blocks = card(change, name, *_failures(tx, change))
    elif message.kind is MessageKind.TIMELINE:
        posted = tx.message(message_key(MessageKind.CARD, change.id))
        thread = posted.ts if posted else None
        text, blocks = timeline(change, tx.entries(change_id=change.id, limit=LAST_ENTRIES))
    elif message.kind is MessageKind.ASSERTED:
        text, blocks = _asserted(tx, message, change, name, now)
    else:
        entries = tx.entries(change_id=change.id, limit=LAST_ENTRIES)
        seal = next((one for one in reversed(entries) if one.record.kind in _ENDINGS), None)
        since = seal.record.at if seal else change.finished_at
        late = since if since and now - since > NEWS else None
        text, blocks = outcome(change, name, seal, *_failures(tx, change), delayed=late)
    said = message.kind is MessageKind.ASSERTED  # the requester is whom it accuses
    otherwise = change.channel if said else change.requester
    if message.kind is MessageKind.TIMELINE and posted:
        otherwise = posted.channel  # the card's thread is where the card is
    abroad = redirected_card(change, blocks) if message.kind is MessageKind.CARD else blocks
    shown = blocks if message.channel == change.channel else abroad
    return RenderedMessage(text, shown, change.revision, otherwise, abroad, change, thread)


def _asserted(
    tx: Transaction, message: Message, change: Change, name: str, now: datetime
) -> tuple[str, Blocks]:
    person = message.key.rpartition(":")[2]
    rows = tx.grants(customer=change.customer, role=Role.ADMIN)
    admins = [row.subject.id for row in rows if row.in_force(now)]
    return verbal_approval_notice(
        change, name, person, describe_scope(change), admins[:MOST_ADMINS]
    )


def _failures(tx: Transaction, change: Change) -> tuple[Sequence[FailedUsers], int]:
    if change.state not in _WITH_NAMES:
        return (), 0
    if change.state is State.ACCEPTED and listed_one_by_one(change):  # a card with every look
        return (), 0
    return tx.failures(change.id)
