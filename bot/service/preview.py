"""Count what a change would do, within five seconds, and put it on the card or stop the change."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import structlog

from bot.domain.actions import ImportUsers
from bot.domain.change import AWAITING, RUNNING, Change, Event, Preview, State, may_reach_after
from bot.domain.roles import ANY_CUSTOMER, Subject, SubjectKind
from bot.domain.scope import Users
from bot.errors import ContinuityError, Refused
from bot.ports import MessageKind, Transaction
from bot.service.acts import act_of
from bot.service.context import Context, no_answer, note, save

log = structlog.get_logger(__name__)

NAMED = 5  # addresses, customers


async def preview(ctx: Context, change: Change) -> None:
    """Count what would happen and put it on the card, or stop the change where it cannot work."""
    halt, act = "", act_of(change.action)
    try:
        moving = await _moving(ctx, change)
        async with asyncio.timeout(act.patience(ctx)):
            seen = await act.count(ctx, change)
        moving = moving or await _moving(ctx, change)
        if moving:
            seen = replace(seen, problem=f"{moving} is under way and may still change this.")
        halt = await _nothing_to_do(ctx, change, seen)
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
        if halt:
            after = current.moved(
                Event.HALT,
                preview=seen,
                preview_revision=revision,
                decision_reason=halt,
                finished_at=ctx.clock.now(),
            )
        else:
            after = current.revised(preview=seen, preview_revision=revision)
        save(tx, after, outcome=bool(halt and current.asked_again))  # somebody had said yes to it
        if not halt and isinstance(change.action, ImportUsers):
            tx.want(MessageKind.DIFF, after)
        kind = "change.stopped" if halt else "change.previewed"
        note(tx, ctx.clock, after, kind, seen.numbers() | {"problem": halt or seen.problem})

    await ctx.store.write(step)
    ctx.ring_announcer()


async def recount(ctx: Context, change: Change) -> Preview | None:
    """Count once more just before the execution; None for what cannot move, and where the API does not
    tell in time: an outage must not hold up what was approved."""
    act = act_of(change.action)
    try:
        async with asyncio.timeout(act.patience(ctx)):
            return await act.recount(ctx, change)
    except Exception as error:  # a bug, too: the decision stands, and the outcome is read back
        log.info("preview.not_recounted", change=change.id, why=str(error))
        return None


async def _nothing_to_do(ctx: Context, change: Change, seen: Preview) -> str:
    if seen.total == 0:
        where = {
            "groups": " in these groups; wrong name or number?",
            "filters": " that match; wrong filter or number?",
        }.get(change.scope.kind, "; wrong number?")
        mine = await ctx.store.read(lambda tx: _customers(tx, ctx, change))
        return f"No users{where} You have rights for: {mine}."
    return act_of(change.action).pointless(change, seen)


async def _moving(ctx: Context, change: Change) -> str:
    """Return the id of an opposite change that may take effect after the counting, or nothing.

    While it does, "all are off already" holds for this moment only: the way back must not be refused.
    """

    def query(tx: Transaction) -> str:
        since = ctx.clock.now() - ctx.quiet_period
        ahead = [*tx.changes(states=RUNNING | {State.APPROVED}, customer=change.customer)]
        ahead += tx.ambiguous_since(change.customer, since)
        return next((one.id for one in ahead if may_reach_after(one, change)), "")

    return await ctx.store.read(query)


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
    more = f" and {len(shown) - NAMED} more" if len(shown) > NAMED else ""
    return (", ".join(shown[:NAMED]) or "none") + more
