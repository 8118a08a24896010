"""Send one attempt of a change to everyone or to groups, and read back what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

from bot.domain.change import Change, Event, Outcome, State, UserStatus, switch_of
from bot.domain.scope import Everyone, Groups
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import Receipt, Transaction
from bot.service.change_types.attempt import read_state, unsent, unverified
from bot.service.context import Context

MAX_SENDS = 3  # of one request, as long as it is certain that none arrived
MAX_WAIT_SECONDS = 60.0  # seconds between two sends; a wish to wait longer is told as a failure
LOOKS_AFTER_RECEIPT = 3


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What an attempt or a look came to; ``event`` None is "read back, and not as wanted".

    ``next_try_at`` is when it is sent, where it is postponed.
    """

    event: Event | None
    outcome: Outcome
    next_try_at: datetime | None = None


async def perform(ctx: Context, change: Change, scope: Everyone | Groups) -> AttemptResult:
    """Send the change once and read it back. Writes are repeated only where none can have arrived."""
    try:
        receipt = await send(ctx, change, read_state.flag_request(ctx, change, scope))
    except ContinuityError as error:
        return not_taken(ctx, change, error)
    sent = await accepted(ctx, change, receipt_outcome(receipt))
    return await look_until_set(ctx, lambda: read_back(ctx, sent))


async def read_back(ctx: Context, change: Change) -> AttemptResult:
    """Ask the API what is set now: SUCCEED, None (not as wanted) or LOSE (no answer to that).

    What was accepted by an API that could not tell it before either, and cannot now, has succeeded: that
    is all that will ever be known.
    """
    before, blind = change.outcome or Outcome(), change.is_accepted and unverified.is_blind(change)
    try:
        seen = await read_state.counts(ctx, change)
    except ContinuityError as error:
        if blind and unverified.tells_nothing(error):
            return AttemptResult(
                Event.SUCCEED, unverified.unverified(ctx, change, before, str(error))
            )
        return not_read_back(before, error)
    if blind and not seen.is_credible:
        why = unverified.contradiction(seen, switch_of(change).direction)
        return AttemptResult(Event.SUCCEED, unverified.unverified(ctx, change, before, why))
    outcome = replace(
        before,
        sentence=seen.odd,
        total=seen.total,
        in_state=seen.in_state,
        not_activated=seen.not_activated,
        read_back_at=ctx.clock.now(),
    )
    # None of none is no proof: whoever was counted before is not there any more.
    done = 0 < seen.total <= seen.in_state and not seen.out_of_state
    return AttemptResult(Event.SUCCEED if done else None, outcome)


async def look_until_set(
    ctx: Context, read: Callable[[], Awaitable[AttemptResult]]
) -> AttemptResult:
    """Read back what the API has accepted, a few times where it is not as wanted at once.

    What is not seen then, or cannot be asked, is ACCEPT: the API took it, and it is looked at later.
    """
    result = await read()
    for looks in range(1, LOOKS_AFTER_RECEIPT):
        if result.event not in (None, Event.ACCEPT):
            break
        await ctx.sleep(0.2 * looks)
        result = await read()
    if result.event in (None, Event.LOSE):
        return AttemptResult(Event.ACCEPT, result.outcome)
    return result


def receipt_outcome(receipt: Receipt) -> Outcome:
    """Return what the API answered."""
    return Outcome(
        api_id=receipt.api_id, api_timestamp=receipt.api_timestamp, affected=receipt.affected
    )


async def accepted(ctx: Context, change: Change, outcome: Outcome) -> Change:
    """Save that the API took all that was sent, before it is read back: whoever goes on with it after a
    crash sends nothing again. Return the change with it."""

    def step(tx: Transaction) -> Change:
        current = tx.change(change.id)
        if current is None or current.state is not State.EXECUTING:
            return replace(change, outcome=outcome)
        after = current.revised(outcome=outcome, accepted_at=ctx.clock.now())
        tx.save_change(after)
        return after

    return await ctx.store.write(step)


def not_taken(ctx: Context, change: Change, error: ContinuityError) -> AttemptResult:
    """Return what a request that was not answered as wanted comes to: it failed, it is tried again later,
    or that is not known."""
    status = status_of(ctx, change, error)
    if isinstance(error, NotSent) and status is UserStatus.NOT_SENT:
        return postponed_result(ctx, change, error, refused(error))
    return AttemptResult(Event.LOSE if status is UserStatus.UNKNOWN else Event.FAIL, refused(error))


def not_checked(error: ContinuityError, what: str) -> ContinuityError:
    """Return the error for a look right before a request that was not made for it. ``what`` is missing.

    A silence is looked at again later; a no is a no.
    """
    words = f"{what}: {error.why if isinstance(error, NotSent) else error}"
    if isinstance(error, Refused):
        return Refused(f"{words} Nothing was sent.", status=error.status)
    wait = error.retry_after if isinstance(error, NotSent) else None
    return NotSent(f"{words} Nothing was sent.", retry_after=wait, why=words)


def postponed_result(
    ctx: Context, change: Change, error: NotSent, outcome: Outcome, accepted: int = 0
) -> AttemptResult:
    """Return that it is tried again later. Where it is too late for that it failed; where an attempt
    before sent something, that is read back first."""
    at = unsent.next_try(ctx, change, error)
    told = unsent.words(ctx, change, error, accepted, last=at is None)
    end = Event.LOSE if change.attempts > 1 else Event.FAIL
    return AttemptResult(Event.POSTPONE if at else end, replace(outcome, sentence=told), at)


def one_user_outcome(ctx: Context, change: Change, *, done: bool, sentence: str = "") -> Outcome:
    """Return what was read back of one user: whether they are as wanted."""
    return replace(
        change.outcome or Outcome(),
        sentence=sentence,
        total=1,
        in_state=int(done),
        failed=int(not done and not change.is_accepted),
        read_back_at=ctx.clock.now(),
        look_status=None,
    )


def not_read_back(before: Outcome, error: ContinuityError) -> AttemptResult:
    """Return that it is not known, since the API did not tell what is set now."""
    return AttemptResult(
        Event.LOSE, replace(before, sentence=f"Not read back: {error}", look_status=None)
    )


async def send(ctx: Context, change: Change, request: Callable[[], Awaitable[T]]) -> T:
    """Make one request; again, after a wait, only where it certainly did not arrive.

    Once only where the change was postponed before: it waits where it can be withdrawn. Raises NotSent,
    Refused or Ambiguous.
    """
    for tries in range(1, 1 if change.postponed else MAX_SENDS):
        try:
            return await request()
        except NotSent as error:
            wait = 0.5 * tries if error.retry_after is None else error.retry_after
            if wait > MAX_WAIT_SECONDS:
                raise
            await ctx.sleep(wait)
    return await request()


def status_of(ctx: Context, change: Change, error: ContinuityError) -> UserStatus:
    """Return what became of a user whose request was not answered as wanted."""
    if isinstance(error, Ambiguous) or may_land(ctx, change, error):
        return UserStatus.UNKNOWN
    return UserStatus.NOT_SENT if isinstance(error, NotSent) else UserStatus.FAILED


def may_land(ctx: Context, change: Change, error: ContinuityError) -> bool:
    """Whether a request that was not taken settles nothing, since one before it may still take effect.

    A 404 settles it: whom the API does not know, nothing can have reached. What the API took before and
    did not show stays open, however long ago that was.
    """
    if error.status == HTTPStatus.NOT_FOUND:
        return False
    if change.accepted_at is not None:
        return True
    if change.ambiguous_at is None:
        return False
    return ctx.clock.now() - change.ambiguous_at < ctx.quiet_period


def refused(error: ContinuityError) -> Outcome:
    """Return what the API, or the lack of its answer, said."""
    return Outcome(sentence=str(error), api_id=error.api_id, api_timestamp=error.api_timestamp)
