"""Delete the matching users one by one, from a list that is made and exported once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from http import HTTPStatus

from bot.domain.change import Change
from bot.domain.change_state import Event
from bot.domain.outcome import Cause, Outcome, UserOutcome, UserStatus
from bot.domain.scope import Filters
from bot.errors import Ambiguous, BotError, ContinuityError, NotSent, Refused
from bot.ports import Receipt, Transaction
from bot.service.change_types.attempt import read_state
from bot.service.change_types.attempt.batch_runner import in_batches, last_receipt
from bot.service.change_types.attempt.not_sent import is_unsent
from bot.service.change_types.attempt.pre_delete_export import export, mismatches, not_exported
from bot.service.change_types.attempt.send import (
    AttemptResult,
    accepted,
    not_accepted,
    not_read_back,
    postponed_result,
    read_back_until_set,
    send,
    status_of,
)
from bot.service.context import Context

_UNSEEN = "accepted, and still there"
_TAKEN = frozenset({UserStatus.ACCEPTED, UserStatus.APPLIED})
_OPEN = frozenset({UserStatus.ACCEPTED, UserStatus.UNKNOWN})
_STOPPED = "not deleted: it was stopped before"


async def perform(ctx: Context, change: Change, filters: Filters) -> AttemptResult:
    """Export and list the users, or continue the list of an earlier attempt, and delete them.

    Users who match later are not on the list, and stay.
    """
    rows = await _rows(ctx, change)
    if rows and not (change.attempts > 1 or change.postponed or change.asked_again):
        # The list names the users whose data were exported; a forged one would skip the export.
        why = "Nothing was deleted: there was a list of users before the bot made one."
        return not_accepted(ctx, change, Refused(why))
    if not rows:
        try:
            found = await export(ctx, change, filters)
        except (BotError, OSError) as error:
            return not_accepted(ctx, change, not_exported(change, error))
        listed = [UserOutcome(one, UserStatus.NOT_SENT) for one in found]
        await ctx.store.write(lambda tx: tx.put_user_outcomes(change.id, listed))
        rows = await _rows(ctx, change)
    todo = [row.address for row in rows if _is_pending(row)]
    approved = (change.preview.total if change.preview else None) or 0
    if len(todo) > approved:  # decided anew on what was left of a list
        why = (
            f"Nothing more was deleted: {approved:,} were approved, {len(todo):,} are on the list."
        )
        return not_accepted(ctx, change, Refused(why))
    errors: list[NotSent] = []
    delete = partial(_delete_one, ctx, change, filters, errors)
    await in_batches(ctx, change.id, todo, delete, settled=len(rows) - len(todo))
    return await _conclude(ctx, change, filters, errors)


async def read_back(ctx: Context, change: Change, filters: Filters) -> AttemptResult:
    """Read the users who may have been deleted, and count who matches now.

    Returns SUCCEED, SUCCEED_PARTLY, FAIL, ACCEPT (accepted, some are still there), None (some are
    still to be deleted) or LOSE (no answer).
    """
    rows = await _rows(ctx, change)
    open_ones = [row for row in rows if row.status in _OPEN]
    try:
        found = await read_state.users(
            ctx, change, [row.address for row in open_ones], otherwise=False
        )
        read_state.raise_unknown(found)
        left = await ctx.api.count(change.customer, filters)
    except ContinuityError as error:
        return not_read_back(change.outcome or Outcome(), error)
    gone = [
        replace(row, status=UserStatus.APPLIED, reason="")
        for row in open_ones
        if isinstance(found[row.address], Refused)
    ]
    if gone:
        await ctx.store.write(lambda tx: tx.put_user_outcomes(change.id, gone))
        rows = await _rows(ctx, change)
    return await _verdict(ctx, change, rows, left)


async def _verdict(
    ctx: Context, change: Change, rows: Sequence[UserOutcome], left: int
) -> AttemptResult:
    total = len(rows) or (change.preview.total if change.preview else None) or left
    deleted = sum(row.status is UserStatus.APPLIED for row in rows) if rows else total - left
    unseen = sum(row.status is UserStatus.ACCEPTED for row in rows)
    outcome = replace(
        change.outcome or Outcome(),
        sentence=f"{left:,} match now." if left and not unseen else "",
        total=total,
        in_state=deleted,
        failed=total - deleted - unseen,
        read_back_at=ctx.clock.now(),
    )
    if deleted == total:  # who matches now was not on the list, or is counted late
        return AttemptResult(Event.SUCCEED, outcome)
    if not rows or any(_is_pending(row) for row in rows):
        return AttemptResult(None, outcome)
    if unseen:
        return AttemptResult(Event.ACCEPT, outcome)
    return AttemptResult(Event.SUCCEED_PARTLY if deleted else Event.FAIL, outcome)


async def _delete_one(
    ctx: Context, change: Change, filters: Filters, errors: list[NotSent], address: str
) -> UserOutcome:
    async def delete() -> Receipt:
        # Inside the request: the user may have changed since the list was made.
        try:
            user_state = await ctx.api.user(change.customer, address)
        except Ambiguous as error:
            if change.attempts > 1:  # what an attempt before sent may have reached them
                raise
            raise Refused(f"Not deleted: {error}") from None
        if wrong := mismatches(change.customer, filters, user_state):
            by = " and ".join(wrong)
            raise Refused(f"Not deleted: the API does not tell that they still match by {by}.")
        return await ctx.api.delete_user(change.customer, address)

    try:
        receipt = await send(ctx, change, delete)
    except ContinuityError as error:
        receipt_fields = (str(error), error.api_id, error.api_timestamp)
        if error.status == HTTPStatus.NOT_FOUND:  # they were on the list, and are gone
            return UserOutcome(address, UserStatus.APPLIED, *receipt_fields)
        status = status_of(ctx, change, error)
        if isinstance(error, NotSent) and status is UserStatus.NOT_SENT:
            errors.append(error)
        return UserOutcome(address, status, *receipt_fields)
    stamp = receipt.api_timestamp
    return UserOutcome(address, UserStatus.ACCEPTED, _UNSEEN, receipt.api_id, stamp)


async def _conclude(
    ctx: Context, change: Change, filters: Filters, errors: Sequence[NotSent]
) -> AttemptResult:
    rows = await _rows(ctx, change)
    sent = last_receipt(rows)
    if any(row.status is UserStatus.UNKNOWN for row in rows):
        words = "For some users the answer was ambiguous."
        return AttemptResult(Event.LOSE, replace(sent, sentence=words))
    pending = [row for row in rows if _is_pending(row)]
    if errors and pending:
        deleted = sum(row.status in _TAKEN for row in rows)
        outcome = replace(sent, affected=deleted, total=len(rows))
        later = postponed_result(ctx, change, errors[-1], outcome, deleted)
        if later.event is Event.POSTPONE:
            return later
        why = str(errors[-1])
        failed = [replace(row, status=UserStatus.FAILED, reason=why) for row in pending]
        await ctx.store.write(lambda tx: tx.put_user_outcomes(change.id, failed))
        rows = await _rows(ctx, change)
    if not any(row.status is UserStatus.ACCEPTED for row in rows):
        return await read_back(ctx, replace(change, outcome=sent), filters)
    taken = await accepted(ctx, change, sent)
    return await read_back_until_set(ctx, lambda: read_back(ctx, taken, filters))


async def _rows(ctx: Context, change: Change) -> Sequence[UserOutcome]:
    return await ctx.store.write(partial(_settled_if_stopped, change_id=change.id))


def _settled_if_stopped(tx: Transaction, change_id: str) -> Sequence[UserOutcome]:
    """Return the list; where the change was stopped, the users not sent are recorded as stopped.

    A later retry of users with an unknown outcome must not delete them.
    """
    rows = tx.user_outcomes(change_id)
    current = tx.change(change_id)
    if current is not None and current.stopped_by is None:
        return rows
    left = [replace(row, reason=_STOPPED, cause=Cause.STOPPED) for row in rows if is_unsent(row)]
    tx.put_user_outcomes(change_id, left)
    return tx.user_outcomes(change_id)


def _is_pending(row: UserOutcome) -> bool:
    return is_unsent(row) or row.status is UserStatus.UNKNOWN
