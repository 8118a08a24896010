"""When the daily report of what is on falls due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import InvalidInput

OFF = "off"
# What is on for longer is told every day.
LONG = timedelta(hours=24)
# For so long nothing is told of what somebody said is still needed.
SILENT = timedelta(hours=24)
_FORM = "the time and perhaps a zone, as `09:00` or `09:00 Europe/Berlin`, or `off`"


@dataclass(frozen=True, slots=True)
class ReportTime:
    """A time of the day, in a zone of the IANA database."""

    at: time
    zone: str = "UTC"

    def next_after(self, moment: datetime) -> datetime:
        """Return the first such time behind a moment, in UTC."""
        zone = UTC if self.zone == "UTC" else ZoneInfo(self.zone)
        day = moment.astimezone(zone).date()
        days = (day + timedelta(days=number) for number in range(3))
        found = (datetime.combine(one, self.at, zone).astimezone(UTC) for one in days)
        return next(one for one in found if one > moment)


def parse_report_time(text: str) -> ReportTime | None:
    """Return the time, None for `off`. Raises InvalidInput."""
    words = text.split()
    if [one.lower() for one in words] == [OFF]:
        return None
    zone = words[1] if len(words) > 1 else "UTC"
    try:
        at = time.fromisoformat(words[0])
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError, ZoneInfoNotFoundError):
        raise InvalidInput(f"“{text[:60]}” is not {_FORM}.") from None
    if len(words) > 2 or at.tzinfo or at.second or at.microsecond:
        raise InvalidInput(f"“{text[:60]}” is not {_FORM}.")
    return ReportTime(at, zone)
