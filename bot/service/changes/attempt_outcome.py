"""What follows from the result of an attempt or a read-back of a change."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bot.domain.change import Change, switch_of
from bot.domain.change_state import UNDER_WAY, Event, State
from bot.domain.outcome import Outcome, UserOutcome, UserStatus
from bot.ports import Transaction
from bot.service.change_types.attempt.send import AttemptResult
from bot.service.changes.timed.end_now import end_those_taken_back
from bot.service.context import Context, record_step, save_change

MAX_READ_BACKS = 6
FIRST_READ_BACK_AFTER = timedelta(seconds=2)
MAX_READ_BACK_INTERVAL = timedelta(seconds=60)

_POSTPONED, STEP_DONE = "change.postponed", "change.step_done"


def conclude(tx: Transaction, ctx: Context, change_id: str, result: AttemptResult) -> None:
    """Save what an attempt or a read-back came to.

    Does nothing where the change was concluded meanwhile.
    """
    current = tx.change(change_id)
    if current is None or current.state not in UNDER_WAY:
        return
    after = _after(ctx, current, result)
    if after.state is not State.ACCEPTED or _shows_more(current, after):
        kind = _POSTPONED if after.state is State.APPROVED else f"change.{after.state}"
        detail = outcome_detail(result.outcome)
        if len(after.steps) > len(current.steps):
            detail["step"] = switch_of(current).title.lower()
            if after.state is State.APPROVED:
                kind = STEP_DONE
                _begin_anew(tx, after)
        record_step(tx, ctx.clock, after, kind, detail)
    save_change(tx, after, outcome=after.finished_at is not None)
    end_those_taken_back(tx, ctx, after)


def _begin_anew(tx: Transaction, change: Change) -> None:
    """Have each named user sent by the next step: their outcomes are of the one before."""
    rows = tx.user_outcomes(change.id)
    tx.put_user_outcomes(change.id, [UserOutcome(one.address, UserStatus.NOT_SENT) for one in rows])


def outcome_detail(outcome: Outcome) -> dict[str, object]:
    """Return an outcome as plain values for the audit trail."""
    return {
        "api_id": outcome.api_id,
        "api_timestamp": outcome.api_timestamp,
        "affected": outcome.affected,
        "read_back": [outcome.in_state, outcome.total],
        "failed": outcome.failed,
        "sentence": outcome.sentence,
        **({"expires": outcome.expires} if outcome.expires else {}),
        **({} if outcome.verifiable else {"verified": False}),
        **({} if outcome.cannot_read is None else {"cannot_read": outcome.cannot_read}),
    }


def _after(ctx: Context, current: Change, result: AttemptResult) -> Change:
    now, event, outcome = ctx.clock.now(), result.event, result.outcome
    if event in (None, Event.LOSE) and current.state is State.ACCEPTED:
        event = Event.ACCEPT
    if event is Event.POSTPONE and current.stopped_by:
        # Nothing more is sent. What was accepted before is read back like any other.
        event = Event.ACCEPT if outcome.affected else Event.FAIL
    if event is Event.ACCEPT:
        return _accepted(ctx, current, outcome)
    if event is None or event is Event.LOSE:
        return _ambiguous(current, outcome, now)
    if event is Event.POSTPONE:
        return _postponed(current, result)
    return current.moved(event, outcome=outcome, finished_at=now, next_look_at=None)


def _ambiguous(current: Change, outcome: Outcome, now: datetime) -> Change:
    """Return the change with the time of the next read-back; after the last it needs an operator."""
    if current.state is State.EXECUTING:
        look_at = now + FIRST_READ_BACK_AFTER
        return current.moved(
            Event.LOSE, outcome=outcome, ambiguous_at=now, looks=0, next_look_at=look_at
        )
    looks = current.looks + 1
    if looks >= MAX_READ_BACKS:
        return current.moved(Event.ESCALATE, outcome=outcome, finished_at=now, next_look_at=None)
    return current.revised(looks=looks, outcome=outcome, next_look_at=now + _interval(looks))


def _accepted(ctx: Context, current: Change, outcome: Outcome) -> Change:
    """Return the change that the API accepted and whose effect is not seen yet.

    It has the time of the next read-back, or is an operator's after the effect timeout.
    """
    now = ctx.clock.now()
    accepted_at = (current.accepted_at if current.is_accepted else None) or now
    until = accepted_at + ctx.effect_timeout
    if current.state is not State.ACCEPTED:
        look_at = min(now + FIRST_READ_BACK_AFTER, until)
        return current.moved(
            Event.ACCEPT, outcome=outcome, accepted_at=accepted_at, looks=0, next_look_at=look_at
        )
    if now >= until:
        words = f"The API accepted it, and it was not seen within {ctx.effect_timeout.total_seconds():g} s."
        unseen = replace(outcome, sentence=f"{words} {outcome.sentence}".rstrip())
        return current.moved(Event.ESCALATE, outcome=unseen, finished_at=now, next_look_at=None)
    looks = current.looks + 1
    look_at = min(now + _interval(looks), until)
    return current.revised(looks=looks, outcome=outcome, next_look_at=look_at)


def _interval(looks: int) -> timedelta:
    """Return the time from read-back ``looks`` to the next: it doubles up to the maximum."""
    doubled: timedelta = FIRST_READ_BACK_AFTER * 2**looks
    return min(doubled, MAX_READ_BACK_INTERVAL)


def _postponed(current: Change, result: AttemptResult) -> Change:
    """Return the change as approved, to be sent later.

    A try that sent nothing is not counted as an attempt.
    """
    outcome = result.outcome
    attempts = max(current.attempts - 1, 1 if outcome.affected else 0)
    sent = attempts > 0 or current.is_partly_done
    return current.moved(
        Event.POSTPONE,
        outcome=outcome,
        postponed=current.postponed + 1,
        next_try_at=result.next_try_at,
        attempts=attempts,
        begun_at=current.begun_at if sent else None,
        started_at=current.started_at if sent else None,
    )


def _shows_more(before: Change, after: Change) -> bool:
    """Whether a read-back differs from the one before: equal ones are not recorded."""
    seen, seen_now = before.outcome, after.outcome
    if seen is None or seen_now is None or before.state is not after.state:
        return True
    return (seen.in_state, seen.total, seen.sentence) != (
        seen_now.in_state,
        seen_now.total,
        seen_now.sentence,
    )
