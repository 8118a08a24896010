"""The members of a batch in the store, and what follows for its card when one of them is saved."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.batch import is_first, summary
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, OPEN, State
from bot.errors import StoreUnusable
from bot.ports import MessageKind, Transaction, message_key
from bot.service.people_told import tell_people


def members_of(tx: Transaction, change: Change) -> Sequence[Change]:
    """Return the changes that are decided with this one, the first one first; else it alone."""
    return tx.changes_of_batch(change.batch) or [change] if change.batch else [change]


def whole(tx: Transaction, change: Change) -> Change:
    """Return the batch that a change is of, as one change that is not to be saved; else the change."""
    return summary(members_of(tx, change)) if change.batch else change


def as_shown(tx: Transaction, change: Change) -> Change:
    """Return what the card of a change shows: of the first one of a batch the batch."""
    return whole(tx, change) if is_first(change) else change


def waiting_customers(tx: Transaction, change: Change) -> list[str]:
    """Return the customers on whose changes a decision is still needed; where none is, that of the
    change."""
    waiting = [one.customer for one in members_of(tx, change) if one.state in AWAITING]
    return waiting or [change.customer]


def card_id(change: Change) -> str:
    """Return the id of the change on whose card this one is shown."""
    return change.batch or change.id


def show_again(tx: Transaction, change: Change) -> None:
    """Have the card brought up to date that shows this change, which stays as it is.

    It gets another revision: a rendering that began earlier does not count as this one.
    """
    if again := _revised(tx, card_id(change)):
        tx.enqueue_message(MessageKind.CARD, again)


def _revised(tx: Transaction, change_id: str) -> Change | None:
    shown = tx.change(change_id)
    if shown is None:
        return None
    again = shown.revised()
    tx.save_change(again)
    return again


def refresh_outcome(tx: Transaction, change: Change) -> None:
    """Have the outcome brought up to date that tells of this change."""
    shown = change if card_id(change) == change.id else tx.change(card_id(change))
    if shown is not None:
        tx.refresh_outcome(shown)


def announce_member(
    tx: Transaction, change: Change, before: Change | None, *, outcome: bool, by: str
) -> None:
    """Enqueue what follows from saving a member; ``before`` was the whole batch before this step.

    The batch has one card and one outcome, when the last member has ended. A member that a person has
    to conclude gets a card of its own. Where the first one cannot be read, the others are told each.
    """
    try:
        if not is_first(change):
            _revised(tx, change.batch)
    except StoreUnusable:
        tx.enqueue_message(MessageKind.CARD, change)
        if outcome:
            tx.enqueue_message(MessageKind.OUTCOME, change)
        return
    if not is_first(change) and (
        change.state is State.NEEDS_OPERATOR or tx.message(_card(change)) is not None
    ):
        tx.enqueue_message(MessageKind.CARD, change)
    after = whole(tx, change)
    if not _is_counted_first(tx, after):
        tx.enqueue_message(MessageKind.CARD, after)
    if before is not None and _is_told(before, after, outcome=outcome):
        tx.enqueue_message(MessageKind.OUTCOME, after)
    tell_people(tx, after, before, by)


def _is_told(before: Change, after: Change, *, outcome: bool) -> bool:
    """Whether the channel gets a message: the batch has ended, or has to be decided again."""
    if after.state is before.state:
        return False
    if after.state in AWAITING:
        return outcome and before.state not in AWAITING
    return after.state not in OPEN and (outcome or after.attempts > 0)


def _is_counted_first(tx: Transaction, batch: Change) -> bool:
    """Whether the card, which is posted within a second, waits until all are counted: a phone shows the
    text of the post alone."""
    posted = tx.message(_card(batch))
    return batch.state in AWAITING and batch.preview is None and not (posted and posted.ts)


def _card(change: Change) -> str:
    return message_key(MessageKind.CARD, change.id)
