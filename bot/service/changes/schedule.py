"""What the executor does next, in one transaction: expire, notice what was lost, claim what may start."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.domain.actions import is_revealed_to_requester
from bot.domain.change import (
    UNDER_WAY,
    Change,
    Event,
    State,
    UserStatus,
    collide,
    may_reach_after,
)
from bot.domain.change_history import CONTRADICTED
from bot.domain.commands import Actor
from bot.domain.preview import Preview
from bot.domain.user_files.import_rows import MAX_KEPT_FOR
from bot.errors import BotError, StoreUnusable
from bot.ports import Transaction
from bot.service.access.audit_consistency import (
    audit_contradiction,
    required_channel,
    required_rights,
)
from bot.service.access.authorise import still_allowed
from bot.service.access.quorum import BEGUN, missing_approvals, with_current_policy
from bot.service.change_types import change_type_of
from bot.service.change_types.attempt.address_spelling import as_told
from bot.service.changes.stale import ask_again, why_stale
from bot.service.context import Context, record_event, record_step, save_change

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DueWork:
    """What is to be done now: changes to begin, to read back, and to preview.

    ``unreadable`` says of changes whose rows cannot be read why, by id: they are set aside.
    """

    to_start: tuple[Change, ...]
    to_read_back: tuple[Change, ...]
    to_preview: tuple[Change, ...]
    unreadable: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class WaitReason:
    """What an approved change waits for: another change, the end of its quiet period (``until``), or that
    its effect is seen (``at_most``)."""

    change_id: str
    until: datetime | None = None
    at_most: datetime | None = None


def is_idle(tx: Transaction, ctx: Context, busy: Collection[str]) -> bool:
    """Whether ``next_work`` would find nothing, so that the write lock is not needed."""
    now = ctx.clock.now()
    open_ones = {*tx.change_ids(UNDER_WAY | {State.APPROVED}), *tx.changes_without_preview()}
    due = tx.overdue_changes(now) or tx.old_imports(now - MAX_KEPT_FOR)
    return not (open_ones.difference(busy, ctx.in_progress) or due or tx.unreadable)


def next_work(tx: Transaction, ctx: Context, busy: Collection[str], free_slots: int) -> DueWork:
    """Return the work for up to ``free_slots`` more changes; ``busy`` are the ids that are worked on now."""
    now = ctx.clock.now()
    for change_id in tx.old_imports(now - MAX_KEPT_FOR):
        tx.delete_import_rows(change_id)
    _expire(tx, ctx, now)
    _find_lost(tx, ctx, busy, now)
    open_ones = _free(tx, tx.change_ids({State.UNKNOWN, State.ACCEPTED}), busy)
    return DueWork(
        tuple(_ready(tx, ctx, busy, free_slots)),
        tuple(one for one in open_ones if one.next_look_at and one.next_look_at <= now),
        tuple(_free(tx, tx.changes_without_preview(), busy)),
        dict(tx.unreadable),
    )


def start_approved(
    tx: Transaction, ctx: Context, change_id: str, seen: Preview | None
) -> Change | None:
    """Claim an approved change, unless it has to wait, or has to be asked again; then return None.

    ``seen`` is what was counted just now, None where that is not known.
    """
    change = tx.change(change_id)
    if change is None or change.state is not State.APPROVED or ctx.clock.now() >= change.deadline:
        return None
    if wait_reason(tx, ctx, change) or _contradicted(tx, ctx, change):
        return None
    asked_now = with_current_policy(tx, ctx, change, BEGUN)
    more = missing_approvals(asked_now) if asked_now is not change else ""
    stale = more or why_stale(tx, change, seen, ctx.clock.now())
    if stale:
        ask_again(tx, ctx, asked_now, stale)
        return None
    return _claim(tx, ctx, as_told(asked_now, dict(seen.spelled)) if seen else asked_now)


def wait_reason(tx: Transaction, ctx: Context, change: Change) -> WaitReason | None:
    """Return what an approved change has to wait for now, or None."""
    approved = [
        one
        for one in tx.changes(states={State.APPROVED}, customer=change.customer)
        if not is_revealed_to_requester(one.action) and _place(one) < _place(change)
    ]
    running = tx.changes(states=UNDER_WAY, customer=change.customer)
    return _wait_reason(tx, ctx, change, [*running, *sorted(approved, key=_place)])


def start_again(tx: Transaction, ctx: Context, change: Change) -> Change | None:
    """Claim a change that is to be sent again: intent saved, with the requests, before anything is sent.

    None where the rows in the database no longer allow it, or the audit trail contradicts them: then it
    is stopped, or, where an attempt was made before, left to a person.
    """
    return None if _contradicted(tx, ctx, change) else _claim(tx, ctx, change)


def _claim(tx: Transaction, ctx: Context, change: Change) -> Change | None:
    now = ctx.clock.now()
    requests, why = _requests(ctx, change)
    why = _refusal(tx, ctx, change) or why
    if why:
        _stop(tx, ctx, change, why)
        return None
    taken = change.moved(
        Event.CLAIM,
        attempts=change.attempts + 1,
        begun_at=change.begun_at or now,
        started_at=now,
        waits_for=None,
        waits_until=None,
        waits_at_most=None,
        next_try_at=None,
        outcome=None if change.state is State.APPROVED else change.outcome,
        done=0,
    )
    save_change(tx, taken)
    if change.state is State.APPROVED and change.accepted_at and change.next_try_at is None:
        # A person has it sent once more.
        unseen = tx.user_outcomes(change.id, status=UserStatus.ACCEPTED)
        again = [replace(row, status=UserStatus.UNKNOWN) for row in unseen]
        tx.put_user_outcomes(change.id, again)
    if change.postponed:  # dozens of tries: the requests stand in the entry of the first
        requests = [f"as before: {len(requests):,}, tried {change.postponed:,} times and not sent"]
    detail = {"attempt": taken.attempts, "requests": requests}
    record_step(tx, ctx.clock, taken, "change.executing", detail)
    return taken


def _stop(tx: Transaction, ctx: Context, change: Change, why: str) -> None:
    event = Event.ESCALATE if change.attempts else Event.HALT
    now = ctx.clock.now()
    after = change.moved(event, decision_reason=why, finished_at=now, next_look_at=None)
    save_change(tx, after, outcome=True)
    kind = "change.stopped" if event is Event.HALT else f"change.{after.state}"
    record_step(tx, ctx.clock, after, kind, {"why": why})


def _contradicted(tx: Transaction, ctx: Context, change: Change) -> bool:
    """Stop a change whose rows the audit trail contradicts; whether it did. The watchdog tells of it."""
    against = audit_contradiction(tx, ctx, change)
    if against:
        log.error("claim.contradicted", change=change.id, why=against)
        record_event(tx, ctx.clock, change, CONTRADICTED, {"why": against})
        _stop(
            tx, ctx, change, f"Not executed: the audit trail contradicts the database: {against}."
        )
    return bool(against)


def _expire(tx: Transaction, ctx: Context, now: datetime) -> None:
    for change in tx.overdue_changes(now):
        why = "Nobody decided in time."
        if change.state is State.APPROVED:
            by_hand = is_revealed_to_requester(change.action)
            why = "It was not asked for in time." if by_hand else "It did not start in time."
            if change.postponed:
                why = "It could not be sent in time."
        expired = change.moved(Event.EXPIRE, decision_reason=why, finished_at=now)
        save_change(tx, expired, outcome=True)
        record_step(tx, ctx.clock, expired, "change.expired", {"why": why})


def _find_lost(tx: Transaction, ctx: Context, busy: Collection[str], now: datetime) -> None:
    # Executing, and nobody works on it: a process before this one ended in between.
    for change in _free(tx, tx.change_ids({State.EXECUTING}), busy):
        if change.is_accepted:
            kind, left = "change.accepted", change.moved(Event.ACCEPT, next_look_at=now, looks=0)
        else:
            kind = "change.lost"
            left = change.moved(Event.LOSE, ambiguous_at=now, next_look_at=now, looks=0)
        save_change(tx, left)
        record_step(tx, ctx.clock, left, kind, {"why": "the bot was interrupted meanwhile"})


def _free(tx: Transaction, ids: Iterable[str], busy: Collection[str]) -> list[Change]:
    """Return those that nobody works on; what cannot be read is set aside."""
    found = []
    for change_id in ids:
        with contextlib.suppress(StoreUnusable):
            change = None if change_id in busy else tx.change(change_id)
            found += [change] if change is not None else []
    return found


def _ready(tx: Transaction, ctx: Context, busy: Collection[str], free_slots: int) -> list[Change]:
    """Return what may begin now; what has to wait is shown to wait.

    What waits for somebody's hand is left to them, and nothing waits for it.
    """
    ready: list[Change] = []
    ahead: dict[str, list[Change]] = {}
    approved = [
        one
        for one in tx.changes(states={State.APPROVED})
        if not is_revealed_to_requester(one.action)
    ]
    for change in sorted(approved, key=_place):
        if change.customer not in ahead:
            ahead[change.customer] = [*tx.changes(states=UNDER_WAY, customer=change.customer)]
        reason = _wait_reason(tx, ctx, change, ahead[change.customer])
        ahead[change.customer].append(change)
        if reason is None:
            due = change.next_try_at is None or change.next_try_at <= ctx.clock.now()
            ready += [change] if due and change.id not in busy and len(ready) < free_slots else []
        elif _shown_wait(change) != reason:
            after = change.revised(
                waits_for=reason.change_id, waits_until=reason.until, waits_at_most=reason.at_most
            )
            save_change(tx, after)
    return ready


def _shown_wait(change: Change) -> WaitReason | None:
    if change.waits_for is None:
        return None
    return WaitReason(change.waits_for, change.waits_until, change.waits_at_most)


def _wait_reason(
    tx: Transaction, ctx: Context, change: Change, ahead: Collection[Change]
) -> WaitReason | None:
    """Return what the change has to wait for: one that runs first, an opposite one whose effect is not
    seen yet, or an opposite one's quiet period."""
    for one in ahead:
        if one.state is State.ACCEPTED:
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


def _refusal(tx: Transaction, ctx: Context, change: Change) -> str:
    for person, right, groups in required_rights(change):
        actor = Actor(person, required_channel(change))
        decision = still_allowed(tx, ctx, actor, right, groups, change.customer)
        if not decision.allowed:
            return f"Not executed: {person} lost the right meanwhile. {decision.reason}"
    asked_now = with_current_policy(tx, ctx, change, BEGUN)
    if why := missing_approvals(asked_now):
        words = ": approvals are missing." if asked_now is change else f". {why}"
        return f"Not executed{words}"
    return ""


def _requests(ctx: Context, change: Change) -> tuple[list[str], str]:
    """Return the request lines, or why there are none: one change must not hold up the others."""
    try:
        return change_type_of(change.action).requests(ctx, change), ""
    except Exception as error:
        log.exception("claim.no_request", change=change.id, why=str(error))
        words = str(error) if isinstance(error, BotError) else "its request cannot be built."
        return [], f"Not executed: {words}"


def _place(change: Change) -> tuple[datetime, str]:
    return change.decided_at or change.created_at, change.id
