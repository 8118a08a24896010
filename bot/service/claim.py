"""What the executor does next, in one transaction: expire, notice what was lost, claim what may start."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog

from bot.domain.change import RUNNING, Change, Event, State
from bot.domain.commands import Actor
from bot.domain.roles import Right
from bot.domain.scope import Users, overlap
from bot.errors import BotError
from bot.ports import Transaction
from bot.service.authorise import still_allowed
from bot.service.context import Context, note, save

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done now: changes to execute, to read back, and to preview."""

    execute: tuple[Change, ...]
    look: tuple[Change, ...]
    preview: tuple[Change, ...]


def next_work(tx: Transaction, ctx: Context, busy: Collection[str], room: int) -> Work:
    """Return the work for up to ``room`` more changes; ``busy`` are the ids that are worked on now."""
    now = ctx.clock.now()
    _expire(tx, ctx, now)
    _find_lost(tx, ctx, busy, now)
    unknown = [tx.change(one) for one in tx.change_ids({State.UNKNOWN}) if one not in busy]
    awaiting = [tx.change(one) for one in tx.unpreviewed() if one not in busy]
    return Work(
        tuple(_claim(tx, ctx, room)),
        tuple(one for one in unknown if one and one.next_look_at and one.next_look_at <= now),
        tuple(one for one in awaiting if one),
    )


def take(tx: Transaction, ctx: Context, change: Change) -> Change | None:
    """Claim a change: intent saved, with the requests as they will be sent, before anything is sent.

    None where the rows in the database no longer allow it: then it is stopped, or, where an attempt
    was made before, left to a person.
    """
    now = ctx.clock.now()
    requests, why = _requests(ctx, change)
    why = _refusal(tx, ctx, change) or why
    if why:
        event = Event.HALT if change.state is State.APPROVED else Event.ESCALATE
        after = change.moved(event, decision_reason=why, finished_at=now, next_look_at=None)
        save(tx, after, outcome=True)
        kind = "change.stopped" if event is Event.HALT else f"change.{after.state}"
        note(tx, ctx.clock, change, kind, {"why": why})
        return None
    taken = change.moved(
        Event.CLAIM, attempts=change.attempts + 1, started_at=now, waits_for=None, done=0
    )
    save(tx, taken)
    detail = {"attempt": taken.attempts, "requests": requests}
    note(tx, ctx.clock, taken, "change.executing", detail)
    return taken


def _expire(tx: Transaction, ctx: Context, now: datetime) -> None:
    for change in tx.overdue(now):
        why = (
            "It did not start in time."
            if change.state is State.APPROVED
            else "Nobody decided in time."
        )
        save(tx, change.moved(Event.EXPIRE, decision_reason=why, finished_at=now), outcome=True)
        note(tx, ctx.clock, change, "change.expired", {"why": why})


def _find_lost(tx: Transaction, ctx: Context, busy: Collection[str], now: datetime) -> None:
    # Executing, and nobody works on it: a process before this one ended in between.
    for change_id in tx.change_ids({State.EXECUTING}):
        change = None if change_id in busy else tx.change(change_id)
        if change is not None:
            lost = change.moved(Event.LOSE, ambiguous_at=now, next_look_at=now, looks=0)
            save(tx, lost)
            note(tx, ctx.clock, lost, "change.lost", {"why": "the bot was interrupted meanwhile"})


def _claim(tx: Transaction, ctx: Context, room: int) -> list[Change]:
    claimed: list[Change] = []
    before: dict[str, list[Change]] = defaultdict(list)
    waiting = sorted(tx.changes(states={State.APPROVED}), key=_by_decision)
    quiet_since = ctx.clock.now() - ctx.quiet_period
    for customer in {change.customer for change in waiting}:
        before[customer] = [*tx.changes(states=RUNNING, customer=customer)]
    for change in waiting:
        ahead = before[change.customer]
        first = _runs_first(change, ahead) or _quiet(tx, change, quiet_since)
        if first is None and len(claimed) < room:
            taken = take(tx, ctx, change)
            claimed += [taken] if taken else []
            ahead += [taken] if taken else []
        elif first is not None and change.waits_for != first:
            ahead.append(save(tx, change.revised(waits_for=first)))
        else:
            ahead.append(change)
    return claimed


def _runs_first(change: Change, ahead: Collection[Change]) -> str | None:
    return next((one.id for one in ahead if overlap(one.scope, change.scope)), None)


def _quiet(tx: Transaction, change: Change, since: datetime) -> str | None:
    """Return the change whose ambiguous answer an opposite one has to wait out."""
    for other in tx.ambiguous_since(change.customer, since):
        opposite = (other.flag, other.on) == (change.flag, not change.on)
        if opposite and overlap(other.scope, change.scope):
            return other.id
    return None


def _refusal(tx: Transaction, ctx: Context, change: Change) -> str:
    channel = None if change.terminal else change.channel
    wanted = [(change.requester, Right.PROPOSE, change.requester_usergroups)]
    wanted += [(given.approver, Right.APPROVE, ()) for given in change.approvals]
    for person, right, groups in wanted:
        actor = Actor(person, channel)
        decision = still_allowed(tx, ctx, actor, right, groups, change.customer)
        if not decision.allowed:
            return f"Not executed: {person} lost the right meanwhile. {decision.reason}"
    if len({given.approver for given in change.approvals}) < change.approvals_needed:
        return "Not executed: approvals are missing."
    return ""


def _requests(ctx: Context, change: Change) -> tuple[list[str], str]:
    """Return the request lines, or why there are none: one change must not hold up the others."""
    scope = change.scope
    targets = scope.addresses if isinstance(scope, Users) else (scope,)
    describe = partial(ctx.api.describe, change.customer, change.flag, change.on)
    try:
        return [describe(target) for target in targets], ""
    except Exception as error:
        log.exception("claim.no_request", change=change.id, why=str(error))
        words = str(error) if isinstance(error, BotError) else "its request cannot be built."
        return [], f"Not executed: {words}"


def _by_decision(change: Change) -> datetime:
    return change.decided_at or change.created_at
