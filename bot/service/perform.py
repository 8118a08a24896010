"""Send one attempt of a change, and read back what became of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial

from bot.domain.change import Change, Event, Outcome, UserOutcome, UserStatus
from bot.domain.scope import Everyone, Flag, Groups, Users
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import MessageKind, Receipt, Transaction
from bot.service.context import Context

AT_ONCE = 8  # named users under way at the same time
BATCH = 24  # named users between two saves of progress
SENDS = 3  # of one request, as long as it is certain that none arrived
LOOKS_AFTER_RECEIPT = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt or a look came to; ``event`` None is "read back, and not as wanted"."""

    event: Event | None
    outcome: Outcome


async def perform(ctx: Context, change: Change) -> Verdict:
    """Send the change once and read it back. Writes are repeated only where none can have arrived."""
    if isinstance(change.scope, Users):
        return await _perform_named(ctx, change, change.scope)
    try:
        receipt = await _send(ctx, change, change.scope)
    except (Refused, NotSent) as error:
        return Verdict(Event.FAIL, _told(error))
    except Ambiguous as error:
        return Verdict(Event.LOSE, _told(error))
    outcome = Outcome(
        api_id=receipt.api_id, api_timestamp=receipt.api_timestamp, affected=receipt.affected
    )
    verdict = await read_back(ctx, replace(change, outcome=outcome))
    for look in range(1, LOOKS_AFTER_RECEIPT):
        if verdict.event is Event.SUCCEED:
            break
        await asyncio.sleep(0.2 * look)
        verdict = await read_back(ctx, replace(change, outcome=outcome))
    if verdict.event is None:
        words = "The API accepted it, but not every user is in the wanted state."
        return Verdict(Event.SUCCEED_PARTLY, replace(verdict.outcome, sentence=words))
    return verdict


async def read_back(ctx: Context, change: Change) -> Verdict:
    """Ask the API what is set now: SUCCEED, None (not as wanted) or LOSE (no answer to that)."""
    before = change.outcome or Outcome()
    try:
        if isinstance(change.scope, Users):
            return await _read_named(ctx, change, change.scope, before)
        groups = change.scope.names if isinstance(change.scope, Groups) else ()
        failover = change.on if change.flag is Flag.FAILOVER else None
        access = change.on if change.flag is Flag.ACCESS else None
        total, in_state, not_activated = await asyncio.gather(
            ctx.api.count(change.customer, groups=groups),
            ctx.api.count(change.customer, groups=groups, failover=failover, access=access),
            ctx.api.count(change.customer, groups=groups, activation=False),
        )
    except ContinuityError as error:
        return Verdict(Event.LOSE, replace(before, sentence=f"Not read back: {error}"))
    outcome = replace(
        before,
        sentence="",
        total=total,
        in_state=in_state,
        not_activated=not_activated,
        read_back_at=ctx.clock.now(),
    )
    return Verdict(Event.SUCCEED if in_state >= total else None, outcome)


async def _send(ctx: Context, change: Change, scope: Everyone | Groups | str) -> Receipt:
    for send in range(1, SENDS):
        try:
            return await ctx.api.set_flag(change.customer, change.flag, change.on, scope)
        except NotSent as error:
            await asyncio.sleep(min(error.retry_after or 0.5 * send, 10.0))
    return await ctx.api.set_flag(change.customer, change.flag, change.on, scope)


async def _perform_named(ctx: Context, change: Change, scope: Users) -> Verdict:
    settled = await ctx.store.read(
        lambda tx: {
            row.address: row
            for row in tx.user_outcomes(change.id)
            if row.status is UserStatus.APPLIED
        }
    )
    todo = [address for address in scope.addresses if address not in settled]
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(address: str) -> UserOutcome:
        async with gate:
            return await _one(ctx, change, address)

    for start in range(0, len(todo), BATCH):
        batch = todo[start : start + BATCH]
        rows = await asyncio.gather(*(one(address) for address in batch))
        done = len(settled) + start + len(batch)
        stopped = await ctx.store.write(
            partial(_progress, change_id=change.id, rows=rows, done=done)
        )
        ctx.ring_announcer()
        if stopped:
            rest = todo[start + BATCH :]
            await ctx.store.write(partial(_not_sent, change_id=change.id, addresses=rest))
            break
    return await _conclude_named(ctx, change, scope)


async def _one(ctx: Context, change: Change, address: str) -> UserOutcome:
    try:
        receipt = await _send(ctx, change, address)
    except (Refused, NotSent) as error:
        return UserOutcome(
            address, UserStatus.FAILED, str(error), error.api_id, error.api_timestamp
        )
    except Ambiguous as error:
        return UserOutcome(
            address, UserStatus.UNKNOWN, str(error), error.api_id, error.api_timestamp
        )
    return UserOutcome(
        address, UserStatus.APPLIED, api_id=receipt.api_id, api_timestamp=receipt.api_timestamp
    )


def _not_sent(tx: Transaction, change_id: str, addresses: list[str]) -> None:
    why = "stopped before it was sent"
    tx.put_user_outcomes(
        change_id, [UserOutcome(address, UserStatus.NOT_SENT, why) for address in addresses]
    )


def _progress(tx: Transaction, change_id: str, rows: list[UserOutcome], done: int) -> bool:
    tx.put_user_outcomes(change_id, rows)
    current = tx.change(change_id)
    if current is None:
        return True
    after = current.revised(done=done)
    tx.save_change(after)
    tx.want(MessageKind.CARD, after)
    return after.stopped_by is not None


async def _conclude_named(ctx: Context, change: Change, scope: Users) -> Verdict:
    rows = await ctx.store.read(lambda tx: tx.user_outcomes(change.id))
    answered = [row for row in rows if row.api_id]
    outcome = Outcome(
        api_id=answered[-1].api_id if answered else None,
        api_timestamp=answered[-1].api_timestamp if answered else None,
        total=len(scope.addresses),
        affected=sum(row.status is UserStatus.APPLIED for row in rows),
        failed=sum(row.status in (UserStatus.FAILED, UserStatus.NOT_SENT) for row in rows),
    )
    if any(row.status is UserStatus.UNKNOWN for row in rows):
        words = "For some users the answer was ambiguous."
        return Verdict(Event.LOSE, replace(outcome, sentence=words))
    if not outcome.affected:
        return Verdict(
            Event.FAIL, replace(outcome, sentence=rows[0].reason if rows else "Stopped.")
        )
    verdict = await read_back(ctx, replace(change, outcome=outcome))
    return _partly(verdict) if verdict.event is None else verdict


def _partly(verdict: Verdict) -> Verdict:
    words = "Not for every user."
    return Verdict(Event.SUCCEED_PARTLY, replace(verdict.outcome, sentence=words))


async def _read_named(ctx: Context, change: Change, scope: Users, before: Outcome) -> Verdict:
    rows = {
        row.address: row for row in await ctx.store.read(lambda tx: tx.user_outcomes(change.id))
    }
    sent = [
        address
        for address in scope.addresses
        if address not in rows
        or rows[address].status not in (UserStatus.FAILED, UserStatus.NOT_SENT)
    ]
    gate = asyncio.Semaphore(AT_ONCE)

    async def look(address: str) -> tuple[bool, bool]:
        async with gate:
            state = await ctx.api.user(change.customer, address)
        return getattr(state, change.flag.value) is change.on, state.activation is False

    seen = dict(zip(sent, await asyncio.gather(*map(look, sent)), strict=True))
    settled = [
        replace(
            rows.get(address) or UserOutcome(address, UserStatus.APPLIED),
            status=UserStatus.APPLIED,
            reason="",
        )
        for address, (as_wanted, _) in seen.items()
        if as_wanted
    ]
    await ctx.store.write(lambda tx: tx.put_user_outcomes(change.id, settled))
    outcome = replace(
        before,
        sentence="",
        total=len(scope.addresses),
        in_state=len(settled),
        not_activated=sum(not_activated for _, not_activated in seen.values()),
        read_back_at=ctx.clock.now(),
    )
    if len(settled) == len(scope.addresses):
        return Verdict(Event.SUCCEED, outcome)
    everyone_answered = len(settled) == len(sent)
    return Verdict(
        Event.SUCCEED_PARTLY if everyone_answered else None,
        replace(outcome, sentence="Not for every user."),
    )


def _told(error: ContinuityError) -> Outcome:
    return Outcome(
        sentence=str(error), api_id=error.api_id, api_timestamp=error.api_timestamp, failed=0
    )
