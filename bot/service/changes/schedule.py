"""What the executor has to do next, and what an approved change waits for."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import is_revealed_to_requester
from bot.domain.batch import MAX_COUNTED_MEMBERS, MAX_PARALLEL_MEMBERS
from bot.domain.change import Change, collide, may_reach_after
from bot.domain.change_state import UNDER_WAY, Event, State
from bot.domain.user_files.import_rows import MAX_KEPT_FOR
from bot.errors import StoreUnusable
from bot.ports import Transaction
from bot.service.changes.attempt_outcome import MAX_READ_BACK_INTERVAL
from bot.service.context import Context, record_step, save_change

# Of an attempt that an earlier process began.
INTERRUPTED = "The bot stopped while this was being sent. What came of it is read back."


@dataclass(frozen=True, slots=True)
class DueWork:
    """The changes to start, to read back and to preview now.

    ``unreadable`` maps the ids of changes whose rows cannot be read to the reason; they are
    skipped.
    """

    to_start: tuple[Change, ...]
    to_read_back: tuple[Change, ...]
    to_preview: tuple[Change, ...]
    unreadable: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WaitReason:
    """The other change that an approved change waits for.

    ``until`` is the end of that change's quiet period, ``at_most`` the time until which its effect
    is waited for. Both None: it waits until the other change has ended.
    """

    change_id: str
    until: datetime | None = None
    at_most: datetime | None = None


def is_idle(tx: Transaction, ctx: Context, busy: Collection[str]) -> bool:
    """Whether ``next_work`` would find nothing, so that the write lock is not needed."""
    now = ctx.clock.now()
    open_ones = {*tx.change_ids(UNDER_WAY | {State.APPROVED}), *tx.changes_without_preview()}
    due = tx.overdue_changes(now) or tx.old_imports(now - MAX_KEPT_FOR)
    return not (open_ones.difference(busy, tx.claimed_changes()) or due or tx.unreadable)


def next_work(tx: Transaction, ctx: Context, busy: Collection[str], free_slots: int) -> DueWork:
    """Return what is due, with at most ``free_slots`` changes to start.

    ``busy`` are the ids of changes that a task works on now; those that a use case has claimed are
    left alone, too. Overdue changes are expired first, and
    changes that an earlier process left executing are marked to be read back.
    """
    now, busy = ctx.clock.now(), {*busy, *tx.claimed_changes()}
    for change_id in tx.old_imports(now - MAX_KEPT_FOR):
        tx.delete_import_rows(change_id)
    _expire(tx, ctx, now)
    _find_lost(tx, ctx, busy, now)
    open_ones = _free(tx, tx.change_ids({State.UNKNOWN, State.ACCEPTED}), busy)
    return DueWork(
        tuple(_ready(tx, ctx, busy, free_slots)),
        tuple(one for one in open_ones if _look_is_due(one, now)),
        tuple(_to_count(tx, busy)),
        dict(tx.unreadable),
    )


def wait_reason(tx: Transaction, ctx: Context, change: Change) -> WaitReason | None:
    """Return what an approved change has to wait for now, or None where it may start."""
    approved = [
        one
        for one in tx.changes(states={State.APPROVED}, customer=change.customer)
        if not is_revealed_to_requester(one.action)
        and _queue_position(one) < _queue_position(change)
    ]
    running = tx.changes(states=UNDER_WAY, customer=change.customer)
    return _wait_reason(tx, ctx, change, [*running, *sorted(approved, key=_queue_position)])


def _expire(tx: Transaction, ctx: Context, now: datetime) -> None:
    """Expire what was not decided, or not started, before its deadline."""
    for overdue in tx.overdue_changes(now):
        # The one before may have been its opposite, whose end gave it another revision.
        change = tx.change(overdue.id) or overdue
        why = "Nobody decided in time."
        if change.state is State.APPROVED:
            by_hand = is_revealed_to_requester(change.action)
            why = (
                "The requester did not press Show token in time."
                if by_hand
                else "It did not start in time."
            )
            if change.postponed:
                why = "It could not be sent in time."
        expired = change.moved(Event.EXPIRE, decision_reason=why, finished_at=now)
        save_change(tx, expired, outcome=True)
        record_step(tx, ctx.clock, expired, f"change.{expired.state}", {"why": why})


def _find_lost(tx: Transaction, ctx: Context, busy: Collection[str], now: datetime) -> None:
    """Find executing changes without a task: an earlier process ended meanwhile."""
    for found in _free(tx, tx.change_ids({State.EXECUTING}), busy):
        change = tx.change(found.id) or found  # the one before may be of the same batch
        if change.is_accepted:
            kind, left = "change.accepted", change.moved(Event.ACCEPT, next_look_at=now, looks=0)
        else:
            kind = "change.lost"
            left = change.moved(Event.LOSE, ambiguous_at=now, next_look_at=now, looks=0)
        save_change(tx, left)
        record_step(tx, ctx.clock, left, kind, {"why": INTERRUPTED})


def _free(tx: Transaction, ids: Iterable[str], busy: Collection[str]) -> list[Change]:
    """Return the changes that no task works on; those that cannot be read are left out."""
    found = []
    for change_id in ids:
        with contextlib.suppress(StoreUnusable):
            change = None if change_id in busy else tx.change(change_id)
            found += [change] if change is not None else []
    return found


def _to_count(tx: Transaction, busy: Collection[str]) -> list[Change]:
    """Return the changes without a preview; of each batch some at a time."""
    uncounted = tx.changes_without_preview()
    counting = Counter(
        one.batch for one in _free(tx, [one for one in uncounted if one in busy], ())
    )
    found = []
    for change in _free(tx, uncounted, busy):
        if not change.batch or counting[change.batch] < MAX_COUNTED_MEMBERS:
            found.append(change)
            counting[change.batch] += 1
    return found


def _look_is_due(change: Change, now: datetime) -> bool:
    """Whether it is read back now, also where the clock was set back since the last time."""
    look = change.next_look_at
    return look is not None and not now < look <= now + MAX_READ_BACK_INTERVAL


def _ready(tx: Transaction, ctx: Context, busy: Collection[str], free_slots: int) -> list[Change]:
    """Return the changes that may start now; on the others, save what they wait for.

    Tokens that are shown to their requester are left out: the requester starts them, and no other
    change waits for them.
    """
    ready: list[Change] = []
    sending = _sending(tx, busy)
    ahead: dict[str, list[Change]] = {}
    approved = [
        one
        for one in tx.changes(states={State.APPROVED})
        if not is_revealed_to_requester(one.action)
    ]
    for change in sorted(approved, key=_queue_position):
        if change.customer not in ahead:
            ahead[change.customer] = [*tx.changes(states=UNDER_WAY, customer=change.customer)]
        reason = _wait_reason(tx, ctx, change, ahead[change.customer])
        ahead[change.customer].append(change)
        if reason is None:
            due = change.next_try_at is None or change.next_try_at <= ctx.clock.now()
            due = due and change.id not in busy and len(ready) < free_slots
            if due and sending[change.batch] < MAX_PARALLEL_MEMBERS:
                ready.append(change)
                sending[change.batch] += bool(change.batch)
        elif _shown_wait(change) != reason:
            after = (tx.change(change.id) or change).revised(
                waits_for=reason.change_id, waits_until=reason.until, waits_at_most=reason.at_most
            )
            save_change(tx, after)
    return ready


def _sending(tx: Transaction, busy: Collection[str]) -> Counter[str]:
    """Return how many changes of each batch are sent now, or are about to be."""
    begun = {*tx.change_ids({State.EXECUTING}), *busy}
    return Counter(one.batch for one in _free(tx, begun, ()) if one.batch and _is_sent(one))


def _is_sent(change: Change) -> bool:
    return change.state in (State.EXECUTING, State.APPROVED)


def _shown_wait(change: Change) -> WaitReason | None:
    if change.waits_for is None:
        return None
    return WaitReason(change.waits_for, change.waits_until, change.waits_at_most)


def _wait_reason(
    tx: Transaction, ctx: Context, change: Change, ahead: Collection[Change]
) -> WaitReason | None:
    """Return the first of the changes ``ahead`` that this one waits for, or None.

    It waits for a conflicting change, for an opposite one whose effect is not seen yet, and for the
    quiet period of an opposite one whose answer was ambiguous.
    """
    for one in ahead:
        if one.state is State.ACCEPTED and len(one.steps_left) < 2:
            if may_reach_after(one, change):
                return WaitReason(
                    one.id, at_most=(one.accepted_at or ctx.clock.now()) + ctx.effect_timeout
                )
        elif collide(one, change):
            return WaitReason(one.id)
    for other in tx.ambiguous_since(change.customer, ctx.clock.now() - ctx.quiet_period):
        if other.ambiguous_at and may_reach_after(other, change):
            return WaitReason(other.id, other.ambiguous_at + ctx.quiet_period)
    return None


def _queue_position(change: Change) -> tuple[datetime, str]:
    """Order by the time of the decision."""
    return change.decided_at or change.created_at, change.id
