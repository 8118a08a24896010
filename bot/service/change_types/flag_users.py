"""Set or remove a flag for named users, one by one, and read each of them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.domain.actions import FAILOVER_ON
from bot.domain.cannot_read import CannotRead
from bot.domain.change import Change, switch_of
from bot.domain.change_state import Event
from bot.domain.outcome import Cause, Outcome, UserOutcome, UserStatus
from bot.domain.scope import Users
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import Transaction, UserState
from bot.service.change_types import flag_users_counts
from bot.service.change_types.attempt import not_sent, read_state, unverified
from bot.service.change_types.attempt.batch_runner import in_batches, last_receipt
from bot.service.change_types.attempt.send import (
    AttemptResult,
    accepted,
    not_read_back,
    postponed_result,
    read_back_until_set,
    send,
    status_of,
)
from bot.service.context import Context

_TAKEN = frozenset({UserStatus.ACCEPTED, UserStatus.APPLIED})
USER_UNKNOWN = "accepted, and then the API does not know this user (404)"


async def perform(ctx: Context, change: Change, scope: Users) -> AttemptResult:
    """Send to each user without a final outcome, then read back."""
    rows = await ctx.store.read(lambda tx: tx.user_outcomes(change.id))
    before = (
        await flag_users_counts.counts(ctx, change)
        if unverified.flag_was_not_told(change)
        else None
    )
    settled = {row.address for row in rows if _is_settled(row)}
    todo = [address for address in scope.addresses if address not in settled]
    errors: list[NotSent] = []
    rest = await in_batches(
        ctx, change.id, todo, partial(_send_one, ctx, change, errors), settled=len(settled)
    )
    if rest:
        await ctx.store.write(partial(_save_rest, change_id=change.id, addresses=rest))
    if any(row.status is not UserStatus.NOT_SENT for row in rows):
        before = None  # users of an earlier attempt may show late, and be counted with the others
    return await _conclude(ctx, change, scope, errors, before)


async def read_back(ctx: Context, change: Change, scope: Users) -> AttemptResult:
    """Ask the API for each user that may have been reached.

    Returns SUCCEED, SUCCEED_PARTLY or FAIL (the others are known to have failed), ACCEPT (the API
    took the others and does not show it yet), None (some are not as wanted) or LOSE (no answer to
    that).

    Where the API does not tell the flag of users that it took, its counts may prove it, also some
    time later; where they cannot, that it was accepted is all that will ever be known.
    """
    before = change.outcome or Outcome()
    rows = await ctx.store.write(partial(_rows, change=change, scope=scope))
    reached = [one for one in scope.addresses if one not in rows or _may_be_set(rows[one])]
    try:
        found = await _states(ctx, change, reached)
    except ContinuityError as error:
        return not_read_back(before, error)
    seen = [_read(change, rows.get(address), address, answer) for address, answer in found.items()]
    not_told = any(row.cause is Cause.FLAG_NOT_TOLD for row in seen)
    now = await flag_users_counts.counts(ctx, change) if not_told else None
    proof = before.proof if not_told and await flag_users_counts.is_alone(ctx, change) else None
    if now and (not now.out_of_state or now.in_state == proof):
        seen = [_applied(row) if row.cause is Cause.FLAG_NOT_TOLD else row for row in seen]
    await ctx.store.write(lambda tx: tx.put_user_outcomes(change.id, seen))
    outcome = replace(_counted(change, before, scope, found, seen), read_back_at=ctx.clock.now())
    event = _event(seen, len(scope.addresses))
    if event is Event.ACCEPT and all(
        row.cause is Cause.FLAG_NOT_TOLD for row in seen if row.status is UserStatus.ACCEPTED
    ):
        outcome = replace(outcome, in_state=outcome.in_state or None)
        return flag_users_counts.concluded(ctx, change, outcome, now, proof)
    return AttemptResult(event, outcome)


def _may_be_set(row: UserOutcome) -> bool:
    failed = row.status in (UserStatus.FAILED, UserStatus.NOT_SENT)
    return not failed or not_sent.is_unsent(row)


async def _states(
    ctx: Context, change: Change, addresses: Sequence[str]
) -> dict[str, UserState | Refused]:
    """Return what the API tells of these users. Raises ContinuityError.

    Where it could not tell the flags before the decision, an answer without them is taken as it is.
    """
    try:
        found = await read_state.users(ctx, change, addresses)
        read_state.raise_unknown(found)
    except ContinuityError as error:
        if not (unverified.flag_was_not_told(change) and unverified.lacks_answer(error)):
            raise
        return {one: UserState(one, None, None, None) for one in addresses}
    return found


def _counted(
    change: Change,
    before: Outcome,
    scope: Users,
    found: Mapping[str, UserState | Refused],
    seen: Sequence[UserOutcome],
) -> Outcome:
    """Return the outcome with the numbers of a read-back."""
    named = len(scope.addresses)
    applied = sum(row.status is UserStatus.APPLIED for row in seen)
    unseen = sum(row.status is UserStatus.ACCEPTED for row in seen)
    outcome = replace(
        before,
        sentence="" if applied + unseen == named else "Not for every user.",
        total=named,
        in_state=applied,
        failed=named - applied - unseen,
    )
    if switch_of(change) != FAILOVER_ON:
        return outcome
    moved = [found[row.address] for row in seen if row.status is UserStatus.APPLIED]
    return outcome.with_readers(
        CannotRead.among([one.flags for one in moved if isinstance(one, UserState)])
    )


def _event(seen: Sequence[UserOutcome], named: int) -> Event | None:
    """Return what a read-back of these of the named users comes to."""
    statuses = [row.status for row in seen]
    if statuses.count(UserStatus.APPLIED) == named:
        return Event.SUCCEED
    if UserStatus.UNKNOWN in statuses:
        return None
    if UserStatus.ACCEPTED in statuses:
        return Event.ACCEPT
    return Event.SUCCEED_PARTLY if UserStatus.APPLIED in statuses else Event.FAIL


def _applied(row: UserOutcome) -> UserOutcome:
    return replace(row, status=UserStatus.APPLIED, reason="", cause=None)


def _is_settled(row: UserOutcome) -> bool:
    return row.status is not UserStatus.UNKNOWN and not not_sent.is_unsent(row)


async def _send_one(
    ctx: Context, change: Change, errors: list[NotSent], address: str
) -> UserOutcome:
    try:
        receipt = await send(ctx, change, read_state.flag_request(ctx, change, address))
    except (Refused, NotSent, Ambiguous) as error:
        status = status_of(ctx, change, error)
        if isinstance(error, NotSent) and status is UserStatus.NOT_SENT:
            errors.append(error)
        return UserOutcome(address, status, str(error), error.api_id, error.api_timestamp)
    return UserOutcome(
        address, UserStatus.ACCEPTED, api_id=receipt.api_id, api_timestamp=receipt.api_timestamp
    )


def _save_rest(tx: Transaction, change_id: str, addresses: Sequence[str]) -> None:
    """Record unsent users as stopped where somebody stopped it; else they are tried again."""
    current = tx.change(change_id)
    if current is not None and current.stopped_by is None:
        return
    tx.put_user_outcomes(
        change_id,
        [not_sent.stopped(address) for address in addresses],
    )


def _read(
    change: Change, row: UserOutcome | None, address: str, answer: UserState | Refused
) -> UserOutcome:
    """Return the outcome of a user by what the API tells now.

    A user that was accepted and is not known (404) at two read-backs in a row has failed.
    """
    row = row or UserOutcome(address, UserStatus.UNKNOWN)
    if isinstance(answer, UserState) and read_state.as_wanted(switch_of(change), answer):
        return _applied(row)
    if row.status not in _TAKEN:
        off = f"read back: not {switch_of(change).direction}"
        why = str(answer) if isinstance(answer, Refused) else off
        return replace(row, status=UserStatus.UNKNOWN, reason=why, cause=None)
    taken = replace(row, status=UserStatus.ACCEPTED)
    if isinstance(answer, Refused):
        if row.cause is Cause.USER_UNKNOWN:
            return replace(row, status=UserStatus.FAILED, reason=str(answer), cause=None)
        return replace(taken, reason=USER_UNKNOWN, cause=Cause.USER_UNKNOWN)
    if getattr(answer, switch_of(change).flag.value) is None:
        return replace(taken, reason=unverified.FLAG_NOT_TOLD, cause=Cause.FLAG_NOT_TOLD)
    off = f"accepted, not seen yet: not {switch_of(change).direction}"
    return replace(taken, reason=off, cause=None)


async def _conclude(
    ctx: Context,
    change: Change,
    scope: Users,
    errors: Sequence[NotSent],
    before: read_state.StateCounts | None,
) -> AttemptResult:
    rows = await ctx.store.read(lambda tx: tx.user_outcomes(change.id))
    taken = sum(row.status in _TAKEN for row in rows)
    sent = replace(last_receipt(rows), total=len(scope.addresses), affected=taken)
    if any(row.status is UserStatus.UNKNOWN for row in rows):
        words = "For some users the answer was ambiguous."
        return AttemptResult(Event.LOSE, replace(sent, sentence=words))
    if errors:
        later = postponed_result(ctx, change, errors[-1], sent, sent.affected or 0)
        if later.event is Event.POSTPONE and not await _is_stopped(ctx, change):
            return later
        failed = partial(UserOutcome, status=UserStatus.FAILED, reason=str(errors[-1]))
        await ctx.store.write(lambda tx: _settle_rest(tx, change.id, scope, failed))
        if not sent.affected:
            return AttemptResult(Event.FAIL, replace(later.outcome, failed=len(scope.addresses)))
    if not sent.affected:
        words = rows[0].reason if rows else "Stopped before anything was sent."
        return AttemptResult(Event.FAIL, replace(sent, failed=len(scope.addresses), sentence=words))
    sent = replace(sent, proof=before.in_state + taken if before else None)
    saved = await accepted(ctx, change, sent)
    return await read_back_until_set(ctx, lambda: read_back(ctx, saved, scope))


async def _is_stopped(ctx: Context, change: Change) -> bool:
    current = await ctx.store.read(lambda tx: tx.change(change.id))
    return current is None or current.stopped_by is not None


def _rows(tx: Transaction, change: Change, scope: Users) -> dict[str, UserOutcome]:
    """Return the outcome of each user by address.

    Where the change was stopped and all that was sent is accepted, the others are recorded as
    stopped.
    """
    if change.stopped_by and change.is_accepted:
        _settle_rest(tx, change.id, scope, not_sent.stopped)
    return {row.address: row for row in tx.user_outcomes(change.id)}


def _settle_rest(
    tx: Transaction, change_id: str, scope: Users, settled: Callable[[str], UserOutcome]
) -> None:
    """Record this outcome for the users to whom nothing was sent."""
    rows = {row.address: row for row in tx.user_outcomes(change_id)}
    gone = [one for one in scope.addresses if one not in rows or not_sent.is_unsent(rows[one])]
    tx.put_user_outcomes(change_id, [settled(one) for one in gone])
