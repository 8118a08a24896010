"""For how long a change holds: after that time, or at a time, the bot takes it back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.domain.limits import MAX_TIME_LIMIT, MIN_TIME_LIMIT
from bot.domain.time_zone import zone_named
from bot.errors import InvalidInput

_LASTS = re.compile(r"(?=[0-9])(?:([0-9]{1,3})d)?(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m(?:in)?)?", re.I)
_CLOCK = re.compile(r"([01]?[0-9]|2[0-3])[:.]([0-5][0-9])")
_DATED = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:?[0-9]{2})?", re.I
)
_DAY = timedelta(days=1)
_HOW = (
    "Write for how long, as --for 2h, --for 90m or --for 3d, or until when, as --until 06:00 or "
    '--until "2026-03-14 06:00".'
)


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """Exactly one of ``lasts`` (from when it is sent) and ``until`` is set.

    ``zone`` is the name of the requester's time zone, ``""`` where it is not known: views show the
    time in it where Slack cannot show it in that of the reader.
    """

    lasts: timedelta | None = None
    until: datetime | None = None
    zone: str = ""

    def end(self, sent: datetime) -> datetime:
        """Return when a change that was sent at this time is taken back."""
        return self.until if self.until is not None else sent + (self.lasts or timedelta())

    def same_as(self, other: TimeLimit | None) -> bool:
        """Whether the other one asks for the same time; the zone does not count."""
        return other is not None and (self.lasts, self.until) == (other.lasts, other.until)

    def brief(self, since: datetime) -> str:
        """Return `for 2 h`, or `until 06:00 CET` by the requester's clock; from a day on `for 3 days`.

        ``since`` is when it was proposed.
        """
        if self.until is None:
            return f"for {_rough(self.lasts or timedelta())}"
        if self.until - since >= _DAY:
            return f"for {_rough(self.until - since)}"
        return f"until {self.until.astimezone(zone_named(self.zone)):%H:%M %Z}"

    @property
    def option(self) -> str:
        """The option as a command has it: `--for 2h`, `--until 2026-03-14T05:00Z`."""
        if self.until is not None:
            return f"--until {self.until.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        return f"--for {_short(self.lasts or timedelta())}"


@dataclass(frozen=True, slots=True)
class AskedTime:
    """A time limit as it is typed; exactly one of the three is set.

    ``clock`` is the next such time of day, ``at`` a time of a day; without a zone both are in that of
    who asks.
    """

    lasts: timedelta | None = None
    clock: time | None = None
    at: datetime | None = None

    def limit(self, now: datetime, zone: tzinfo | None, name: str = "") -> TimeLimit:
        """Return the limit, counted from ``now``; ``zone`` None is that of this machine.

        A time that the clocks skip is as long after the change of the clocks as it seems, and of one
        that they show twice the next one counts (RFC 5545, 3.3.5). Raises InvalidInput.
        """
        if self.lasts is not None:
            check_time_limit(self.lasts)
            return TimeLimit(lasts=self.lasts, zone=name)
        until = self._next(now, zone) if self.clock else _instant(self.at or now, zone)
        if until <= now:
            raise InvalidInput(f"“{until.astimezone(zone):%Y-%m-%d %H:%M}” is past. {_HOW}")
        check_time_limit(until - now)
        return TimeLimit(until=until, zone=name)

    def _next(self, now: datetime, zone: tzinfo | None) -> datetime:
        today = now.astimezone(zone).date()
        for day in (today, today + timedelta(days=1)):
            local = datetime.combine(day, self.clock or time())
            for shown in (local, local.replace(fold=1)):
                at = _instant(shown, zone)
                # The second one only where the clocks do show this time twice.
                twice = at.astimezone(zone).replace(tzinfo=None, fold=0) == local
                if at > now and (twice or not shown.fold):
                    return at
        raise InvalidInput(_HOW)  # not reached: tomorrow's is never past

    def __str__(self) -> str:
        """Return it as it is typed: `2h`, `06:00`, `2026-03-14 06:00`."""
        if self.lasts is not None:
            return _short(self.lasts)
        if self.clock is not None:
            return f"{self.clock:%H:%M}"
        return self.at.isoformat(" ", "minutes") if self.at else ""


def check_time_limit(lasts: timedelta) -> None:
    """Raise InvalidInput where it is too short or too long."""
    if not MIN_TIME_LIMIT <= lasts <= MAX_TIME_LIMIT:
        raise InvalidInput(
            f"A change lasts at least {words(MIN_TIME_LIMIT)} and at most {words(MAX_TIME_LIMIT)} with "
            f"--for or --until; this is {words(lasts)}."
        )


def parse_lasts(text: str) -> AskedTime:
    """Return the time of `2h`, `90m`, `1h30m` or `3d`. Raises InvalidInput."""
    match = _LASTS.fullmatch(text.replace(" ", ""))
    if match is None:
        raise InvalidInput(f"“{text[:60]}” is not how long. {_HOW}")
    days, hours, minutes = (int(one or 0) for one in match.groups())
    return AskedTime(lasts=timedelta(days=days, hours=hours, minutes=minutes))


def parse_until(text: str) -> AskedTime:
    """Return the time of `06:00` or `2026-03-14 06:00`. Raises InvalidInput."""
    if clock := _CLOCK.fullmatch(text):
        return AskedTime(clock=time(int(clock[1]), int(clock[2])))
    try:
        if _DATED.fullmatch(text):
            return AskedTime(at=datetime.fromisoformat(text.upper()))
    except ValueError:
        pass
    raise InvalidInput(f"“{text[:60]}” is no time. {_HOW}")


def parse_either(text: str) -> AskedTime:
    """Return the time of what either of the two reads. Raises InvalidInput."""
    lasts = _LASTS.fullmatch(text.replace(" ", ""))
    return parse_lasts(text) if lasts else parse_until(text)


def parse_option(name: str, text: str) -> TimeLimit:
    """Return the limit of ``TimeLimit.option``. Raises InvalidInput."""
    if name == "--until":
        return TimeLimit(until=parse_until(text).at)
    return TimeLimit(lasts=parse_lasts(text).lasts)


def words(lasts: timedelta) -> str:
    """Return a length of time in words, in whole minutes: `2 h`, `1 h 30 min`, `3 days`."""
    minutes = max(-(-int(lasts.total_seconds()) // 60), 0)
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [f"{days} {'day' if days == 1 else 'days'}"] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes or not parts else []
    return " ".join(parts)


def _rough(lasts: timedelta) -> str:
    hour = timedelta(hours=1)
    return words(lasts if lasts < _DAY else -(-lasts // hour) * hour)


def _instant(at: datetime, zone: tzinfo | None) -> datetime:
    # A time without a zone is in that of this machine where `zone` is None.
    return (at if at.tzinfo else at.replace(tzinfo=zone)).astimezone(UTC)


def _short(lasts: timedelta) -> str:
    minutes = int(lasts.total_seconds()) // 60
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"))
    return "".join(f"{number}{unit}" for number, unit in parts if number) or "0m"
