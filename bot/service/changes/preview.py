"""Count what a change would do, and put the result on its card or stop the change."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from bot.domain.actions import ImportUsers
from bot.domain.change import Change, may_reach_after
from bot.domain.change_state import AWAITING, UNDER_WAY, Event, State
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.preview import Preview
from bot.domain.scope import Users
from bot.errors import ContinuityError, Refused
from bot.ports import MessageKind, Transaction
from bot.service.change_types import change_type_of
from bot.service.change_types.attempt.address_spelling import with_api_spelling
from bot.service.change_types.attempt.unknown_users import UnknownUsers
from bot.service.changes.pointless import why_nobody, why_refused
from bot.service.changes.timed.ends import when_it_ends
from bot.service.context import Context, no_answer, record_step, save_change

log = structlog.get_logger(__name__)

# Addresses that an audit entry names.
MAX_NAMED = 5
UNKNOWN = "the API does not know this user"


@dataclass(frozen=True, slots=True)
class Halt:
    """Why a change is cancelled before anybody decides; ``unknown`` are users whom the API does not
    know, among others whom it knows.
    """

    why: str
    unknown: tuple[str, ...] = ()


async def preview(ctx: Context, change: Change) -> None:
    """Count what the change would do and save the preview, or cancel a change that cannot work.

    Of one that is cancelled at its first count, the requester alone is told.
    """
    seen, halt = await count(ctx, change)

    def step(tx: Transaction) -> None:
        current = tx.change(change.id)
        if current is not None and current.state in AWAITING and current.preview is None:
            _save(tx, ctx, current, seen, halt)

    await ctx.store.write(step)
    ctx.wake_publisher()


async def count(ctx: Context, change: Change) -> tuple[Preview, Halt | None]:
    """Return the preview, and why the change has to be cancelled or None. Nothing is saved."""
    change_type = change_type_of(ctx, change)
    try:
        moving = await _moving(ctx, change)
        async with asyncio.timeout(change_type.max_count_seconds()):
            seen = await change_type.count()
        moving = moving or await _moving(ctx, change)
        if moving:
            words = f"{moving} was under way when this was counted: the numbers may have changed."
            seen = replace(seen, problem=f"{seen.problem} {words}".strip())
        why = await _nothing_to_do(ctx, change, seen, moving=bool(moving))
        return seen, Halt(why) if why else None
    except (ContinuityError, TimeoutError) as error:
        words = str(error) or no_answer(ctx)
        total = len(change.scope.addresses) if isinstance(change.scope, Users) else None
        seen = Preview(ctx.clock.now(), total=total, problem=words)
        if not isinstance(error, Refused):
            return seen, None
        unknown = error.addresses if isinstance(error, UnknownUsers) else ()
        return seen, Halt(await why_refused(ctx, change, error), unknown)


def _save(tx: Transaction, ctx: Context, change: Change, seen: Preview, halt: Halt | None) -> None:
    """Save the change with its preview, cancelled if there is a ``halt``."""
    change = with_api_spelling(change, dict(seen.spelled))
    fields = {"preview": replace(seen, spelled=()), "preview_revision": change.preview_revision + 1}
    if halt:
        finished = {"decision_reason": halt.why, "finished_at": ctx.clock.now()}
        after = change.moved(Event.HALT, **fields, **finished)
    else:
        after = change.revised(**fields)
    # People who approved it before are told in a message of its own.
    save_change(tx, after, outcome=bool(halt and change.asked_again))
    if after.is_pointless and not after.batch:
        tx.remove_card(after)
    if halt and halt.unknown:
        gone = (UserOutcome(one, UserStatus.FAILED, UNKNOWN) for one in halt.unknown)
        tx.put_user_outcomes(change.id, gone)
    if not halt and isinstance(change.action, ImportUsers):
        tx.enqueue_message(MessageKind.DIFF, after)
    kind = "change.previewed"
    if halt:
        kind = "change.stopped" if after.state is State.CANCELLED else f"change.{after.state}"
    detail = _audit_detail(seen) | {"problem": halt.why if halt else seen.problem}
    record_step(tx, ctx.clock, after, kind, detail)


def _audit_detail(seen: Preview) -> dict[str, object]:
    """Return the numbers, and addresses that the API spells otherwise, for the audit trail."""
    spelled = [f"{typed} is {actual} at the API" for typed, actual in seen.spelled[:MAX_NAMED]]
    more = len(seen.spelled) - len(spelled)
    spelled += [f"and {more:,} more"] if more else []
    return seen.numbers() | ({"spelled": spelled} if spelled else {})


async def recount(ctx: Context, change: Change) -> Preview | None:
    """Count once more just before the execution.

    Returns None for changes whose numbers cannot change, and where the count fails or takes too
    long: an outage must not delay what was approved.
    """
    change_type = change_type_of(ctx, change)
    try:
        async with asyncio.timeout(change_type.max_count_seconds()):
            return await change_type.recount()
    except Exception as error:  # a bug, too: the outcome is read back in any case
        log.info("preview.not_recounted", change=change.id, why=str(error))
        return None


async def _nothing_to_do(ctx: Context, change: Change, seen: Preview, *, moving: bool) -> str:
    if seen.total == 0:
        return await why_nobody(ctx, change)
    why = "" if moving else change_type_of(ctx, change).nothing_to_do(seen)
    return f"{why} {await when_it_ends(ctx, change)}".strip() if why else ""


async def _moving(ctx: Context, change: Change) -> str:
    """Return the id of an opposite change whose effect may show after the count, or ``""``.

    As long as there is one, "all are off already" may not last, so the change must not be cancelled
    for it. Such changes are also those that were accepted but not seen before an operator took
    over, and those with an ambiguous answer, until their effect would have been seen.
    """

    def query(tx: Transaction) -> str:
        now = ctx.clock.now()
        quiet, since = now - ctx.quiet_period, now - max(ctx.quiet_period, ctx.effect_timeout)
        unsettled = UNDER_WAY | {State.APPROVED, State.NEEDS_OPERATOR}
        ahead = [*tx.changes(states=unsettled, customer=change.customer)]
        lost = tx.ambiguous_since(change.customer, since)
        open_ones = [one for one in ahead if _may_show(one)]
        open_ones += [one for one in lost if one.state is not State.APPLIED or _since(one, quiet)]
        return next((one.id for one in open_ones if may_reach_after(one, change)), "")

    return await ctx.store.read(query)


def _may_show(change: Change) -> bool:
    return change.state is not State.NEEDS_OPERATOR or change.accepted_at is not None


def _since(change: Change, quiet: datetime) -> bool:
    return change.ambiguous_at is not None and change.ambiguous_at > quiet
