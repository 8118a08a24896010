"""Requests that were not sent are tried again, at growing intervals, until the deadline."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.change import Change
from bot.domain.outcome import Cause, UserOutcome, UserStatus
from bot.domain.steps import lost_in_step
from bot.errors import NotSent
from bot.service.context import Context

FIRST_PAUSE = timedelta(seconds=5)
MAX_PAUSE = timedelta(seconds=60)
STOPPED = "stopped before it was sent"  # the reason that people read


def next_try(ctx: Context, change: Change, error: NotSent) -> datetime | None:
    """Return the time of the next try, after the API's Retry-After; None where it is too late."""
    pause = min(FIRST_PAUSE * 2 ** min(change.postponed, 10), MAX_PAUSE).total_seconds()
    seconds = max(pause, error.retry_after or 0.0)
    left = (change.deadline - ctx.clock.now()).total_seconds()
    return ctx.clock.now() + timedelta(seconds=seconds) if seconds < left else None


def words(change: Change, error: NotSent, accepted: int, *, last: bool) -> str:
    """Return why it was not sent. ``accepted`` is how many users sent one by one were accepted."""
    if accepted:
        text = f"Accepted for {accepted:,} users, not sent to the others: {error.why}"
    elif lost_in_step(change) is not None:
        text = f"{error.why} This attempt was not sent; one before it was not answered."
    else:
        text = f"{error.why} Nothing was {'sent' if error.status is None else 'changed'}."
    if last and change.postponed:
        text += f" Tried {change.postponed + 1} times."
    return text


def is_unsent(row: UserOutcome) -> bool:
    """Whether nothing was sent to this user, and it may be tried again."""
    return row.status is UserStatus.NOT_SENT and row.cause is not Cause.STOPPED


def stopped(address: str) -> UserOutcome:
    """Return the row of a user to whom nothing is sent, since somebody stopped the change."""
    return UserOutcome(address, UserStatus.NOT_SENT, STOPPED, cause=Cause.STOPPED)
