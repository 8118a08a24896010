"""Count what a change would do, within five seconds, and put it on the card or stop the change."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime

import structlog

from bot.domain.actions import ImportUsers
from bot.domain.change import AWAITING, UNDER_WAY, Change, Event, State, may_reach_after
from bot.domain.preview import Preview
from bot.domain.roles import ANY_CUSTOMER, Subject, SubjectKind
from bot.domain.scope import Users
from bot.errors import ContinuityError, Refused
from bot.ports import MessageKind, Transaction
from bot.service.change_types import change_type_of
from bot.service.change_types.attempt.address_spelling import as_told
from bot.service.context import Context, no_answer, record_step, save_change

log = structlog.get_logger(__name__)

MAX_NAMED = 5  # addresses, customers


async def preview(ctx: Context, change: Change) -> None:
    """Count what would happen and put it on the card, or stop the change where it cannot work."""
    halt, change_type = "", change_type_of(ctx, change)
    try:
        moving = await _moving(ctx, change)
        async with asyncio.timeout(change_type.max_count_seconds()):
            seen = await change_type.count()
        moving = moving or await _moving(ctx, change)
        if moving:
            words = f"{moving} is under way and may still change this."
            seen = replace(seen, problem=f"{seen.problem} {words}".strip())
        halt = await _nothing_to_do(ctx, change, seen, moving=bool(moving))
    except (ContinuityError, TimeoutError) as error:
        words = str(error) or no_answer(ctx)
        total = len(change.scope.addresses) if isinstance(change.scope, Users) else None
        seen = Preview(ctx.clock.now(), total=total, problem=words)
        halt = words if isinstance(error, Refused) else ""

    def step(tx: Transaction) -> None:
        current = tx.change(change.id)
        if current is None or current.state not in AWAITING or current.preview is not None:
            return
        revision = current.preview_revision + 1
        current, told = as_told(current, dict(seen.spelled)), replace(seen, spelled=())
        if halt:
            after = current.moved(
                Event.HALT,
                preview=told,
                preview_revision=revision,
                decision_reason=halt,
                finished_at=ctx.clock.now(),
            )
        else:
            after = current.revised(preview=told, preview_revision=revision)
        save_change(
            tx, after, outcome=bool(halt and current.asked_again)
        )  # somebody had said yes to it
        if not halt and isinstance(change.action, ImportUsers):
            tx.enqueue_message(MessageKind.DIFF, after)
        kind = "change.stopped" if halt else "change.previewed"
        record_step(tx, ctx.clock, after, kind, _noted(seen) | {"problem": halt or seen.problem})

    await ctx.store.write(step)
    ctx.wake_publisher()


def _noted(seen: Preview) -> dict[str, object]:
    """Return what was seen for the audit trail, with the spellings that are not those of the command."""
    spelled = [f"{typed} is {told} at the API" for typed, told in seen.spelled[:MAX_NAMED]]
    more = len(seen.spelled) - len(spelled)
    spelled += [f"and {more:,} more"] if more else []
    return seen.numbers() | ({"spelled": spelled} if spelled else {})


async def recount(ctx: Context, change: Change) -> Preview | None:
    """Count once more just before the execution; None for what cannot move, and where the API does not
    tell in time: an outage must not hold up what was approved."""
    change_type = change_type_of(ctx, change)
    try:
        async with asyncio.timeout(change_type.max_count_seconds()):
            return await change_type.recount()
    except Exception as error:  # a bug, too: the decision stands, and the outcome is read back
        log.info("preview.not_recounted", change=change.id, why=str(error))
        return None


async def _nothing_to_do(ctx: Context, change: Change, seen: Preview, *, moving: bool) -> str:
    if seen.total == 0:
        where = {
            "groups": " in these groups; wrong name or number?",
            "filters": " that match; wrong filter or number?",
        }.get(change.scope.kind, "; wrong number?")
        mine = await ctx.store.read(lambda tx: _customers(tx, ctx, change))
        return f"No users{where} You have rights for: {mine}."
    return "" if moving else change_type_of(ctx, change).nothing_to_do(seen)


async def _moving(ctx: Context, change: Change) -> str:
    """Return the id of an opposite change whose effect may show after the counting, or nothing.

    While it does, "all are off already" holds for this moment only: the way back must not be refused.
    One that was accepted and came to a person unseen is such a change, too; so is one whose answer was
    lost, until it would have been seen.
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


def _customers(tx: Transaction, ctx: Context, change: Change) -> str:
    """Return the customers for which the requester holds rows in force, with their names."""
    subjects = [Subject(SubjectKind.USER, change.requester)]
    subjects += [Subject(SubjectKind.USERGROUP, one) for one in change.requester_usergroups]
    names, now = tx.customer_names(), ctx.clock.now()
    rows = [row for row in tx.grants(subjects=subjects) if row.in_force(now)]
    numbers = sorted({row.customer for row in rows})
    if ANY_CUSTOMER in numbers:
        return "all customers"
    shown = [f"{number} {names.get(number, '')}".strip() for number in numbers]
    more = f" and {len(shown) - MAX_NAMED} more" if len(shown) > MAX_NAMED else ""
    return (", ".join(shown[:MAX_NAMED]) or "none") + more
