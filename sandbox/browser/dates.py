"""Slack's date tokens in a reader's zone (docs.slack.dev/messaging/formatting-message-text)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

HALF_A_YEAR = 182 * 24 * 3600
"""Seconds; a date that is nearer is shown without its year."""
_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
_RELATIVE_DAYS = {0: "today", 1: "tomorrow", -1: "yesterday"}
# English, whatever the locale of the machine.
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def zone_named(name: str) -> tzinfo:
    """Return a time zone, or UTC where it is unknown: not every machine has a time zone database."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def format_date(seconds: float, form: str, zone: tzinfo, now: float) -> str:
    """Return a form such as `{date_short_pretty} {time}` for a time; both are UNIX seconds.

    Times are those of a 24-hour clock, a setting of the reader. Unknown tokens stay. Raises ValueError, OverflowError or OSError for what is no time.
    """
    at, today = datetime.fromtimestamp(seconds, zone), datetime.fromtimestamp(now, zone)
    tokens = _tokens(at, today)

    def replaced(match: re.Match[str]) -> str:
        make = tokens.get(match[1])
        if make is None:
            return match[0]
        return make()[:1].upper() + make()[1:] if match.start() == 0 else make()

    return re.sub(r"\{(\w+)\}", replaced, form)


def _tokens(at: datetime, now: datetime) -> dict[str, Callable[[], str]]:
    month = _MONTHS[at.month - 1]
    weekday = _WEEKDAYS[at.weekday()]
    is_near = abs((at - now).total_seconds()) < HALF_A_YEAR
    year = "" if is_near else f", {at.year}"
    date, short = f"{month} {_ordinal(at.day)}{year}", f"{month[:3]} {at.day}{year}"
    long = f"{weekday}, {date}"
    relative = _RELATIVE_DAYS.get((at.date() - now.date()).days)
    this_year = "" if at.year == now.year else f", {at.year}"
    divider = f"{weekday}, {month} {_ordinal(at.day)}{this_year}"
    return {
        "date_num": lambda: f"{at:%Y-%m-%d}",
        "date_slash": lambda: f"{at:%d/%m/%Y}",
        "date": lambda: date,
        "date_short": lambda: short,
        "date_long": lambda: long,
        "date_long_full": lambda: f"{month} {at.day}, {at.year}",
        "date_pretty": lambda: relative or date,
        "date_short_pretty": lambda: relative or short,
        "date_long_pretty": lambda: relative or long,
        "day_divider_pretty": lambda: relative or divider,
        "time": lambda: f"{at:%H:%M}",
        "time_secs": lambda: f"{at:%H:%M:%S}",
        "ago": lambda: _ago(round((now - at).total_seconds())),
    }


def _ago(seconds: int) -> str:
    passed = abs(seconds)
    unit, size = next((one for one in _UNITS if passed >= one[1]), _UNITS[-1])
    count = passed // size
    text = f"{count} {unit}{'' if count == 1 else 's'}"
    return f"in {text}" if seconds < 0 else f"{text} ago"


def _ordinal(day: int) -> str:
    suffix = "th" if day in {11, 12, 13} else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{suffix}"
