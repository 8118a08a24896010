"""Send one attempt of a change to everyone or to groups, and read back what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar

from bot.domain.actions import FAILOVER_ON
from bot.domain.change import Change, switch_of
from bot.domain.change_state import Event, State
from bot.domain.outcome import Outcome, UserStatus
from bot.domain.scope import Everyone, Groups
from bot.domain.steps import lost_in_step
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import Receipt, Transaction
from bot.service.change_types.attempt import not_sent, read_state, unverified
from bot.service.context import Context

# Of one request, as long as it is certain that none arrived.
MAX_SENDS = 3
# Between two sends. Where the API asks for a longer wait the request is not repeated at once.
MAX_WAIT_SECONDS = 60.0
READS_AFTER_RECEIPT = 3


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """The result of an attempt or a read-back; ``event`` None is "read back, and not as wanted".

    ``next_try_at`` is the time of the next attempt, where this one is postponed.
    """

    event: Event | None
    outcome: Outcome
    next_try_at: datetime | None = None


async def perform(ctx: Context, change: Change, scope: Everyone | Groups) -> AttemptResult:
    """Send one attempt and read it back."""
    try:
        receipt = await send(ctx, change, read_state.flag_request(ctx, change, scope))
    except ContinuityError as error:
        return not_accepted(ctx, change, error)
    sent = await accepted(ctx, change, receipt_outcome(receipt))
    return await read_back_until_set(ctx, lambda: read_back(ctx, sent))


async def read_back(ctx: Context, change: Change) -> AttemptResult:
    """Ask the API what is set now: SUCCEED, None (not as wanted) or LOSE (no answer to that).

    Where the API accepted the change and could not tell the flag before the decision nor now, it is
    SUCCEED, not verified: nothing more will be known.
    """
    before, blind = (
        change.outcome or Outcome(),
        change.is_accepted and unverified.flag_was_not_told(change),
    )
    moves_mail = switch_of(change) == FAILOVER_ON
    count = read_state.counts_in_failover if moves_mail else read_state.counts
    try:
        seen = await count(ctx, change)
    except ContinuityError as error:
        if blind and unverified.lacks_answer(error):
            return AttemptResult(
                Event.SUCCEED, unverified.unverified_outcome(ctx, change, before, str(error))
            )
        return not_read_back(before, error)
    if blind and not seen.is_credible:
        why = unverified.contradiction(seen, switch_of(change).direction)
        return AttemptResult(Event.SUCCEED, unverified.unverified_outcome(ctx, change, before, why))
    outcome = replace(
        before,
        sentence=seen.odd,
        total=seen.total,
        in_state=seen.in_state,
        read_back_at=ctx.clock.now(),
    )
    if moves_mail:
        outcome = outcome.with_readers(seen.readers)
    # 0 of 0 is no proof: the users that were counted before are gone.
    done = 0 < seen.total <= seen.in_state and not seen.out_of_state
    return AttemptResult(Event.SUCCEED if done else None, outcome)


async def read_back_until_set(
    ctx: Context, read: Callable[[], Awaitable[AttemptResult]]
) -> AttemptResult:
    """Read back an accepted change, up to READS_AFTER_RECEIPT times until it is as wanted.

    Returns ACCEPT, which is read back again later, where it is not, and where the API does not
    answer.
    """
    result = await read()
    for reads in range(1, READS_AFTER_RECEIPT):
        if result.event not in (None, Event.ACCEPT):
            break
        await ctx.sleep(0.2 * reads)
        result = await read()
    if result.event in (None, Event.LOSE):
        return AttemptResult(Event.ACCEPT, result.outcome)
    return result


def receipt_outcome(receipt: Receipt) -> Outcome:
    """Return the API's receipt as an outcome."""
    return Outcome(
        api_id=receipt.api_id, api_timestamp=receipt.api_timestamp, affected=receipt.affected
    )


async def accepted(ctx: Context, change: Change, outcome: Outcome) -> Change:
    """Save that the API accepted all that was sent; return the change with it.

    Saved before the read-back, so that nothing is sent again after a crash.
    """

    def step(tx: Transaction) -> Change:
        current = tx.change(change.id)
        if current is None or current.state is not State.EXECUTING:
            return replace(change, outcome=outcome)
        after = current.revised(outcome=outcome, accepted_at=ctx.clock.now())
        tx.save_change(after)
        return after

    return await ctx.store.write(step)


def not_accepted(ctx: Context, change: Change, error: ContinuityError) -> AttemptResult:
    """Return the result of a request that the API did not accept.

    FAIL, POSTPONE where it was certainly not sent, LOSE where it may have taken effect.
    """
    status = status_of(ctx, change, error)
    if isinstance(error, NotSent) and status is UserStatus.NOT_SENT:
        return postponed_result(ctx, change, error, refused(error))
    return AttemptResult(Event.LOSE if status is UserStatus.UNKNOWN else Event.FAIL, refused(error))


def not_checked(error: ContinuityError, what: str) -> ContinuityError:
    """Return the error of a check right before a request, which was not sent because of it.

    ``what`` says what could not be checked. Refused stays Refused; any other is NotSent, tried
    again.
    """
    words = f"{what}: {error.why if isinstance(error, NotSent) else error}"
    if isinstance(error, Refused):
        return Refused(f"{words} Nothing was sent.", status=error.status)
    wait = error.retry_after if isinstance(error, NotSent) else None
    return NotSent(f"{words} Nothing was sent.", retry_after=wait, why=words)


def postponed_result(
    ctx: Context, change: Change, error: NotSent, outcome: Outcome, accepted: int = 0
) -> AttemptResult:
    """Return POSTPONE with the time of the next attempt.

    Where it is too late for that: FAIL, or LOSE where an attempt before may have taken effect.
    """
    at = not_sent.next_try(ctx, change, error)
    sentence = not_sent.words(change, error, accepted, last=at is None)
    end = Event.LOSE if change.attempts > 1 else Event.FAIL
    return AttemptResult(Event.POSTPONE if at else end, replace(outcome, sentence=sentence), at)


def one_user_outcome(ctx: Context, change: Change, *, done: bool, sentence: str = "") -> Outcome:
    """Return the outcome of reading back one user; ``done`` is whether they are as wanted."""
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
    """Return LOSE: the API did not tell what is set."""
    return AttemptResult(
        Event.LOSE, replace(before, sentence=f"Not read back: {error}", look_status=None)
    )


async def send(ctx: Context, change: Change, request: Callable[[], Awaitable[T]]) -> T:
    """Make one request; repeat it after a wait only where it certainly did not arrive.

    A postponed change is sent once only: it waits as approved, where it can be withdrawn. Raises
    NotSent, Refused or Ambiguous.
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
    """Return the status of a user whose request the API did not accept."""
    if isinstance(error, Ambiguous) or may_land(ctx, change, error):
        return UserStatus.UNKNOWN
    return UserStatus.NOT_SENT if isinstance(error, NotSent) else UserStatus.FAILED


def may_land(ctx: Context, change: Change, error: ContinuityError) -> bool:
    """Whether an earlier request of this change may still take effect.

    Not after a 404: the API does not know the user. An accepted request may, however long ago it
    was; one without an answer may within the quiet period.
    """
    if error.status == HTTPStatus.NOT_FOUND:
        return False
    if change.accepted_at is not None:
        return True
    lost_at = lost_in_step(change)
    return lost_at is not None and ctx.clock.now() - lost_at < ctx.quiet_period


def refused(error: ContinuityError) -> Outcome:
    """Return the outcome of a request that failed by this error."""
    return Outcome(sentence=str(error), api_id=error.api_id, api_timestamp=error.api_timestamp)
