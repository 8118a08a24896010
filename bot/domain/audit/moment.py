"""A time as a person types it: how long ago, a day, or a time of a day."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo

from bot.errors import InvalidInput

_AGO = re.compile(r"([0-9]{1,4})([mhdw])", re.IGNORECASE)
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+(Z|[+-][0-9:]+)?)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moment:
    """Exactly one of the three is set; ``at`` without a zone is in that of the person."""

    ago: timedelta | None = None
    day: date | None = None
    at: datetime | None = None

    def begins(self, now: datetime, zone: tzinfo) -> datetime:
        """Return the time in UTC; of a day its beginning. Raises InvalidInput outside the calendar."""
        return _in_utc(lambda: self._begins(now, zone))

    def ends(self, now: datetime, zone: tzinfo) -> datetime:
        """Return the time in UTC; of a day its end. Raises InvalidInput outside the calendar."""
        if (day := self.day) is not None:
            return _in_utc(lambda: datetime.combine(day + timedelta(days=1), time(), zone))
        return self.begins(now, zone)

    def _begins(self, now: datetime, zone: tzinfo) -> datetime:
        if self.ago is not None:
            return now - self.ago
        if self.day is not None:
            return datetime.combine(self.day, time(), zone)
        at = self.at or now
        return at if at.tzinfo else at.replace(tzinfo=zone)


def _in_utc(made: Callable[[], datetime]) -> datetime:
    """Return it in UTC; at both ends of the calendar a zone may have no such time."""
    try:
        at = made().astimezone(UTC)
    except OverflowError:
        at = None
    if at is None or not MINYEAR < at.year < MAXYEAR:
        raise InvalidInput(f"A time is between the years {MINYEAR + 1} and {MAXYEAR - 1}.")
    return at


def parse_moment(text: str) -> Moment:
    """Return the time of `24h`, `2026-03-14` or `2026-03-14 13:30`. Raises InvalidInput."""
    if ago := _AGO.fullmatch(text):
        return Moment(ago=timedelta(**{_UNITS[ago[2].lower()]: int(ago[1])}))
    match = _TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        if match[1] is None:
            return Moment(day=date.fromisoformat(text))
        return Moment(at=datetime.fromisoformat(text.upper()))
    except ValueError:
        raise InvalidInput(
            f"“{text[:60]}” is no time. Write how long ago, as 24h or 7d, a day, as 2026-03-14, "
            'or a time of a day, as "2026-03-14 13:30".'
        ) from None
