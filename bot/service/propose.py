"""Propose a change: the card at once, the numbers within five seconds."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from bot.domain.change import AWAITING, OPEN, Change, Event, Preview, State, command_text
from bot.domain.commands import Actor, SetFlag
from bot.domain.policy import DECISION_TIME, requirement
from bot.domain.roles import Right
from bot.domain.scope import Flag, Groups, Users
from bot.errors import ContinuityError, Refused
from bot.ports import MessageKind, Transaction, UserState
from bot.service.authorise import authorise, refuse
from bot.service.context import Context, record, save

AT_ONCE = 8  # requests for named users under way at the same time


async def propose(ctx: Context, actor: Actor, wish: SetFlag) -> tuple[Change, bool]:
    """Return the change and whether it is new; the same wish that is still open is the same change.

    Raises NotAllowed. No request goes to the API before the person is allowed.
    """
    leave = await authorise(ctx, actor, Right.PROPOSE, wish.customer)
    if actor.channel and not (await ctx.directory.place(actor.channel)).bot_is_member:
        await refuse(
            ctx,
            actor,
            leave.name,
            wish.customer,
            "I am not in this channel, so nobody could read the card. Invite me with /invite, then repeat.",
        )

    def step(tx: Transaction) -> tuple[Change, bool]:
        now = ctx.clock.now()
        wanted = (wish.flag, wish.on, wish.scope)
        for open_one in tx.changes(states=OPEN, customer=wish.customer):
            overdue = open_one.state in AWAITING and open_one.deadline <= now
            if (open_one.flag, open_one.on, open_one.scope) == wanted and not overdue:
                return open_one, False
        need = requirement(
            tx.policy_rules(),
            customer=wish.customer,
            flag=wish.flag,
            scope=wish.scope,
            users_changed_within_the_hour=tx.users_proposed(actor.user, now - timedelta(hours=1)),
        )
        change = Change(
            id=ctx.new_id(),
            customer=wish.customer,
            flag=wish.flag,
            on=wish.on,
            scope=wish.scope,
            reason=wish.reason,
            requester=actor.user,
            requester_usergroups=leave.usergroups,
            channel=actor.channel or "",
            state=State.AWAITING_APPROVAL if need.approvals else State.AWAITING_CONFIRMATION,
            created_at=now,
            deadline=now + DECISION_TIME,
            approvals_needed=need.approvals,
            policy=need.reason,
            terminal=actor.terminal,
        )
        tx.add_change(change)
        tx.want(MessageKind.CARD, change)
        tx.want(MessageKind.TIMELINE, change)
        record(
            tx,
            ctx.clock,
            "change.proposed",
            actor,
            name=leave.name,
            customer=change.customer,
            change_id=change.id,
            detail={
                "command": command_text(wish.flag, wish.on, wish.customer, wish.scope),
                "reason": wish.reason,
                "rows": leave.rows,
                "policy": need.reason,
                "approvals_needed": need.approvals,
            },
        )
        return change, True

    change, new = await ctx.store.write(step)
    ctx.ring_announcer()
    return change, new


async def preview(ctx: Context, change: Change) -> None:
    """Count what would happen and put it on the card, or stop the change where it cannot work."""
    halt = ""
    now = ctx.clock.now()
    try:
        async with asyncio.timeout(ctx.preview_time):
            seen = await _count(ctx, change)
        halt = await _nothing_to_do(ctx, change, seen)
    except Refused as error:
        seen, halt = Preview(now, problem=str(error)), str(error)
    except (ContinuityError, TimeoutError) as error:
        words = str(error) or "The API did not answer in time."
        seen = Preview(now, problem=words)

    def step(tx: Transaction) -> None:
        current = tx.change(change.id)
        if current is None or current.state not in AWAITING or current.preview is not None:
            return
        fields: dict[str, object] = {
            "preview": seen,
            "preview_revision": current.preview_revision + 1,
        }
        if halt:
            fields |= {"decision_reason": halt, "finished_at": ctx.clock.now()}
            after = current.moved(Event.HALT, **fields)
        else:
            after = current.revised(**fields)
        save(tx, after)
        record(
            tx,
            ctx.clock,
            "change.stopped" if halt else "change.previewed",
            None,
            customer=change.customer,
            change_id=change.id,
            detail={
                "total": seen.total,
                "already": seen.already,
                "access_off": seen.access_off,
                "not_activated": seen.not_activated,
                "problem": halt or seen.problem,
            },
        )

    await ctx.store.write(step)
    ctx.ring_announcer()


async def _count(ctx: Context, change: Change) -> Preview:
    if isinstance(change.scope, Users):
        return await _count_named(ctx, change, change.scope)
    groups = change.scope.names if isinstance(change.scope, Groups) else ()
    failover = change.on if change.flag is Flag.FAILOVER else None
    access = change.on if change.flag is Flag.ACCESS else None
    total, already, access_off, not_activated = await asyncio.gather(
        ctx.api.count(change.customer, groups=groups),
        ctx.api.count(change.customer, groups=groups, failover=failover, access=access),
        ctx.api.count(change.customer, groups=groups, access=False),
        ctx.api.count(change.customer, groups=groups, activation=False),
    )
    return Preview(ctx.clock.now(), total, already, access_off, not_activated)


async def _count_named(ctx: Context, change: Change, scope: Users) -> Preview:
    gate = asyncio.Semaphore(AT_ONCE)

    async def look(address: str) -> UserState:
        async with gate:
            try:
                return await ctx.api.user(change.customer, address)
            except Refused as error:
                raise Refused(f"{address}: {error}", status=error.status) from error

    states = await asyncio.gather(*(look(address) for address in scope.addresses))
    return Preview(
        ctx.clock.now(),
        total=len(states),
        already=sum(getattr(state, change.flag.value) is change.on for state in states),
        access_off=sum(state.access is False for state in states),
        not_activated=sum(state.activation is False for state in states),
    )


async def _nothing_to_do(ctx: Context, change: Change, seen: Preview) -> str:
    if seen.total == 0:
        rows = await ctx.store.read(lambda tx: tx.grants())
        mine = sorted({row.customer for row in rows if row.subject.id == change.requester})
        return (
            f"No users; wrong number? Customers you have rights for: {', '.join(mine) or 'none'}."
        )
    if seen.will_change == 0:
        return f"Nothing to do: all {seen.total} are {change.direction} already."
    return ""
