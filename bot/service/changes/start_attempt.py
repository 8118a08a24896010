"""Start an attempt of an approved change: check that it may still run, and save what will be sent.

The step is saved before the first request leaves, so that after a crash the database says what may
have been sent.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.domain.actions import switches
from bot.domain.actor import Actor
from bot.domain.audit.change_history import CONTRADICTED
from bot.domain.change import Change, switch_of
from bot.domain.change_state import Event, State
from bot.domain.outcome import UserStatus
from bot.domain.policy import START_TIME
from bot.domain.preview import Preview
from bot.domain.steps import without_set_steps
from bot.errors import BotError
from bot.ports import Transaction
from bot.service.access.audit_consistency import (
    audit_contradiction,
    required_channel,
    required_rights,
)
from bot.service.access.authorise import still_allowed
from bot.service.access.customer_rules import why_forbidden
from bot.service.access.quorum import AT_EXECUTION, missing_approvals, with_current_policy
from bot.service.change_types import change_type_of
from bot.service.change_types.attempt.address_spelling import with_api_spelling
from bot.service.changes.schedule import wait_reason
from bot.service.changes.stale_preview import ask_again, why_stale
from bot.service.changes.timed.newer import newer_change, takes_mail, why_not_made
from bot.service.context import Context, record_event, record_step, save_change

PAST = "the time until which it was to hold is past."
LATE_EMERGENCY = "a commander decided it alone more than half an hour ago. Propose it once more."

log = structlog.get_logger(__name__)


def start_approved(
    tx: Transaction, ctx: Context, change_id: str, seen: Preview | None
) -> Change | None:
    """Start the first attempt of an approved change and return the change as executing.

    Returns None where it has to wait, was stopped, or goes back to its approvers. ``seen`` is the
    count taken just now, None where there is none.
    """
    change = tx.change(change_id)
    if change is None or change.state is not State.APPROVED or ctx.clock.now() >= change.deadline:
        return None
    if wait_reason(tx, ctx, change) or _contradicted(tx, ctx, change):
        return None
    if why := _too_late(ctx, change):
        _stop(tx, ctx, change, f"Not executed: {why}")
        return None
    if change.back_of is not None:
        return _start_way_back(tx, ctx, change, change.back_of, seen)
    current = with_current_policy(tx, ctx, change, AT_EXECUTION)
    missing = missing_approvals(current) if current is not change else ""
    if stale := missing or why_stale(tx, ctx, change, seen):
        ask_again(tx, ctx, current, stale)
        return None
    current = without_set_steps(current, seen, ctx.clock.now())
    return _start_attempt(
        tx, ctx, with_api_spelling(current, dict(seen.spelled)) if seen else current
    )


def _too_late(ctx: Context, change: Change) -> str:
    """Return in words that the change comes too late, or ``""``.

    Others than the commander would renew an emergency where it is sent again by hand.
    """
    now = ctx.clock.now()
    if change.is_past(now):
        return PAST
    if change.emergency is None:
        return ""
    # The next step follows by itself, however long the one before it took.
    since = change.steps[-1].finished_at if change.steps else change.emergency.at
    return LATE_EMERGENCY if now - since > START_TIME else ""


def _start_way_back(
    tx: Transaction, ctx: Context, change: Change, timed_id: str, seen: Preview | None
) -> Change | None:
    """Start the way back of a timed change, unless another change came since; then stop it."""
    timed = tx.change(timed_id)
    newer = newer_change(tx, timed, change.id) if timed else None
    if timed is not None and newer is not None:
        _stop(tx, ctx, change, why_not_made(timed, newer))
        return None
    if timed is not None and (why := takes_mail(timed, seen)):
        _stop(tx, ctx, change, why)
        return None
    return _start_attempt(tx, ctx, change)


def start_again(tx: Transaction, ctx: Context, change: Change) -> Change | None:
    """Start another attempt of a change that was sent before; return it as executing.

    Returns None where the role rows no longer allow it or the audit trail contradicts them. The
    change is then stopped, or left to an operator where an attempt was made before.
    """
    # Meanwhile its opposite may have given it another revision.
    current = tx.change(change.id) or change
    return None if _contradicted(tx, ctx, current) else _start_attempt(tx, ctx, current)


def _start_attempt(tx: Transaction, ctx: Context, change: Change) -> Change | None:
    """Save the change as executing, with its request lines in the audit trail, or stop it."""
    now = ctx.clock.now()
    requests, why = _requests(ctx, change)
    why = _refusal(tx, ctx, change) or why
    if why:
        _stop(tx, ctx, change, why)
        return None
    started = change.moved(
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
    save_change(tx, started)
    if change.state is State.APPROVED and change.accepted_at and change.next_try_at is None:
        _reopen_accepted(tx, change)
    if change.postponed:
        # There may be dozens of tries; the entry of the first one lists the requests.
        requests = [f"as before: {len(requests):,}, tried {change.postponed:,} times and not sent"]
    detail = {"attempt": started.attempts, "requests": requests, **_steps_detail(started)}
    record_step(tx, ctx.clock, started, "change.executing", detail)
    return started


def _steps_detail(change: Change) -> dict[str, object]:
    """Return which step is sent and which are skipped, where the change has several."""
    if len(switches(change.action)) < 2:
        return {}
    skipped = [one.switch.title.lower() for one in change.steps if one.outcome is None]
    return {"step": switch_of(change).title.lower(), **({"skipped": skipped} if skipped else {})}


def _reopen_accepted(tx: Transaction, change: Change) -> None:
    """Mark users whose write was accepted as unknown: an operator had the change sent once more."""
    accepted = tx.user_outcomes(change.id, status=UserStatus.ACCEPTED)
    tx.put_user_outcomes(change.id, [replace(row, status=UserStatus.UNKNOWN) for row in accepted])


def _stop(tx: Transaction, ctx: Context, change: Change, why: str) -> None:
    """Cancel a change that was never sent; leave one that was to an operator."""
    event = Event.ESCALATE if change.attempts else Event.HALT
    now = ctx.clock.now()
    after = change.moved(event, decision_reason=why, finished_at=now, next_look_at=None)
    save_change(tx, after, outcome=True)
    kind = "change.stopped" if after.state is State.CANCELLED else f"change.{after.state}"
    record_step(tx, ctx.clock, after, kind, {"why": why})


def _contradicted(tx: Transaction, ctx: Context, change: Change) -> bool:
    """Stop a change whose rows the audit trail contradicts. Return whether it was stopped.

    The watchdog raises an alarm from the audit entry.
    """
    against = audit_contradiction(tx, ctx, change)
    if against:
        log.error("claim.contradicted", change=change.id, why=against)
        record_event(tx, ctx.clock, change, CONTRADICTED, {"why": against})
        _stop(
            tx, ctx, change, f"Not executed: the audit trail contradicts the database: {against}."
        )
    return bool(against)


def _refusal(tx: Transaction, ctx: Context, change: Change) -> str:
    """Say which right or approval is missing now, or return ``""``.

    The way back of a timed change needs none: it was decided with that one (adr/0022).
    """
    if change.back_of:
        return ""
    for person, right, groups in required_rights(change):
        actor = Actor(person, required_channel(change))
        decision = still_allowed(tx, ctx, actor, right, groups, change.customer)
        if not decision.allowed:
            return f"Not executed: {person} lost the right meanwhile. {decision.reason}"
    if change.emergency and (why := why_forbidden(tx, change.customer)):
        return f"Not executed: {why}"
    current = with_current_policy(tx, ctx, change, AT_EXECUTION)
    if why := missing_approvals(current):
        words = ": approvals are missing." if current is change else f". {why}"
        return f"Not executed{words}"
    return ""


def _requests(ctx: Context, change: Change) -> tuple[list[str], str]:
    """Return the request lines and ``""``, or no lines and why they cannot be built.

    Nothing is raised: one faulty change must not stop the executor.
    """
    try:
        return change_type_of(ctx, change).requests(), ""
    except Exception as error:
        log.exception("claim.no_request", change=change.id, why=str(error))
        words = str(error) if isinstance(error, BotError) else "its request cannot be built."
        return [], f"Not executed: {words}"
