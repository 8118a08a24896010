"""A row of the outbox as it is to be shown now: read from the change, its audit entries and its users."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.change import Change, State, UserOutcome, UserStatus
from bot.errors import StoreUnusable
from bot.ports import Message, MessageKind, Transaction, message_key
from bot.slack.views.cards import card
from bot.slack.views.outcomes import outcome, timeline
from bot.slack.views.words import Blocks

NEWS = timedelta(seconds=60)  # an outcome that is posted later than this says so
LAST_ENTRIES = 200  # audit entries of one change, for its timeline
_ENDINGS = frozenset(
    f"change.{end}"
    for end in (
        "applied",
        "asked_again",
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
class View:
    """A message as it is to be shown: of which revision, and in whose thread."""

    text: str
    blocks: Blocks
    revision: int
    requester: str
    thread: str | None = None


def render(tx: Transaction, message: Message, now: datetime) -> View:
    """Return the message as the change stands. Raises StoreUnusable where a row is missing."""
    change = tx.change(message.change_id)
    if change is None:  # the foreign key forbids it
        raise StoreUnusable(f"The row of change {message.change_id} is missing in the database.")
    name = tx.customer_name(change.customer)
    thread = None
    if message.kind is MessageKind.CARD:
        text, blocks = card(change, name, _failures(tx, change))
    elif message.kind is MessageKind.TIMELINE:
        posted = tx.message(message_key(MessageKind.CARD, change.id))
        thread = posted.ts if posted else None
        text, blocks = timeline(change, tx.entries(change_id=change.id, limit=LAST_ENTRIES))
    else:
        entries = tx.entries(change_id=change.id, limit=LAST_ENTRIES)
        seal = next((one for one in reversed(entries) if one.record.kind in _ENDINGS), None)
        late = change.finished_at is not None and now - change.finished_at > NEWS
        text, blocks = outcome(change, name, seal, _failures(tx, change), delayed=late)
    return View(text, blocks, change.revision, change.requester, thread)


def _failures(tx: Transaction, change: Change) -> list[UserOutcome]:
    if change.state not in (State.PARTIAL, State.FAILED, State.NEEDS_OPERATOR, State.GIVEN_UP):
        return []
    return [row for row in tx.user_outcomes(change.id) if row.status is not UserStatus.APPLIED]
