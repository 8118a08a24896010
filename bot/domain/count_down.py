"""When the outcome of a timed change is brought up to date: seldom while the end is far."""

from __future__ import annotations

from datetime import datetime, timedelta

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Up to so long before the end, it is told whenever what is left is a multiple of the step.
_STEPS = (
    (15 * _MINUTE, 5 * _MINUTE),
    (2 * _HOUR, 30 * _MINUTE),
    (12 * _HOUR, _HOUR),
    (2 * _DAY, 6 * _HOUR),
    (timedelta.max, _DAY),
)


def next_mark(end: datetime, after: datetime) -> datetime | None:
    """Return the first time after this one at which it is told how long is left, None for the end."""
    # Exactly at a mark, the next one is meant.
    left, nearer = end - after - timedelta(microseconds=1), timedelta()
    for most, step in _STEPS:
        if left < most:
            left = max(left // step * step, nearer)
            break
        nearer = most
    return end - left if left > timedelta() else None
