"""Which notification rule applies, and its quiet hours, also when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.notify import DEFAULT, Circle, NotifyRule, QuietHours, Step, rule_for
from tests.builders import NOW

BERLIN = "Europe/Berlin"
ZONES = (BERLIN, "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
NIGHT = QuietHours(time(22), time(6), BERLIN)
PAGER_FIRST = (Step(timedelta(0), Circle.PAGER), Step(timedelta(minutes=5), Circle.APPROVERS))


def rule(
    customer: str, *, steps: tuple[Step, ...] = PAGER_FIRST, quiet: QuietHours | None = NIGHT
) -> NotifyRule:
    return NotifyRule(customer, steps, (), quiet, "admin@jump1", NOW)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "covered"),
    [
        ("2026-01-10 20:59:59", False),  # 21:59:59 in Berlin, where the winter is UTC+1
        ("2026-01-10 21:00", True),
        ("2026-01-10 23:00", True),
        ("2026-01-11 04:59:59", True),
        ("2026-01-11 05:00", False),
        ("2026-07-10 19:59:59", False),  # the summer is UTC+2
        ("2026-07-10 20:00", True),
        ("2026-07-11 03:59:59", True),
        ("2026-07-11 04:00", False),
    ],
)
def test_quiet_hours_run_over_midnight_by_the_clock_of_their_zone(at: str, covered: bool) -> None:
    assert NIGHT.covers(utc(at)) is covered


def test_the_end_is_not_quiet_and_the_start_is_where_both_are_on_one_day() -> None:
    lunch = QuietHours(time(12), time(13, 30), "UTC")
    noon = utc("2026-01-10 12:00")
    minutes = [minute for minute in range(-5, 100) if lunch.covers(noon + minute * MINUTE)]
    assert minutes == list(range(90))


MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("day", "hours", "minutes"),
    [
        ("2026-03-29", QuietHours(time(1), time(4), BERLIN), 120),  # 02:00 to 03:00 is left out
        ("2026-03-29", QuietHours(time(2), time(3), BERLIN), 0),
        ("2026-10-25", QuietHours(time(1), time(4), BERLIN), 240),  # 02:00 to 03:00 comes twice
        ("2026-10-25", QuietHours(time(2, 15), time(2, 45), BERLIN), 60),
        ("2026-03-29", NIGHT, 7 * 60),  # 00:00 to 06:00, an hour less, and 22:00 to midnight
        ("2026-10-25", NIGHT, 9 * 60),
    ],
)
def test_on_the_day_that_the_clocks_change_what_the_clock_shows_counts(
    day: str, hours: QuietHours, minutes: int
) -> None:
    zone = ZoneInfo(BERLIN)
    start = datetime.fromisoformat(day).replace(tzinfo=zone).astimezone(UTC)
    times = (start + n * MINUTE for n in range(25 * 60))
    quiet = [
        at for at in times if at.astimezone(zone).date().isoformat() == day and hours.covers(at)
    ]
    assert len(quiet) == minutes


clock = st.times().map(lambda at: at.replace(second=0, microsecond=0))
moments = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001  # the strategy adds the zone
    max_value=datetime(2035, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(clock, clock, st.sampled_from(ZONES), moments)
def test_two_quiet_hours_that_follow_each_other_cover_each_moment_once(
    one: time, other: time, zone: str, at: datetime
) -> None:
    if one != other:
        covering = (
            QuietHours(one, other, zone).covers(at),
            QuietHours(other, one, zone).covers(at),
        )
        assert sorted(covering) == [False, True]


@given(clock, clock, st.sampled_from(ZONES), moments, st.sampled_from(ZONES))
def test_quiet_hours_do_not_depend_on_the_zone_that_a_time_is_told_in(
    start: time, end: time, zone: str, at: datetime, told_in: str
) -> None:
    quiet = QuietHours(start, end, zone)
    assert quiet.covers(at) is quiet.covers(at.astimezone(ZoneInfo(told_in)))


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../etc/passwd", "", "Europe", "x\0y"])
def test_in_a_zone_that_is_not_known_here_nothing_is_quiet(zone: str) -> None:
    assert not QuietHours(time(0), time(23, 59), zone).covers(NOW)


def test_the_rule_of_the_customer_counts_before_that_of_all_and_that_before_the_default() -> None:
    own, every = rule("44444"), rule("*")
    assert rule_for([every, own], "44444") is own
    assert rule_for([own, every], "55555DE") is every
    assert rule_for([own], "55555DE") is DEFAULT
    assert rule_for([], "44444") is DEFAULT


def test_by_default_approvers_and_pager_are_told_at_once_and_admins_after_15_minutes() -> None:
    assert {circle: DEFAULT.after(circle) for circle in Circle} == {
        Circle.APPROVERS: timedelta(0),
        Circle.ADMINS: timedelta(minutes=15),
        Circle.PAGER: timedelta(0),
    }
    assert DEFAULT.reminders == (5 * MINUTE, 15 * MINUTE, 25 * MINUTE)
    assert DEFAULT.quiet is None


@pytest.mark.parametrize(
    ("steps", "quiet", "pagers", "is_quiet"),
    [
        (PAGER_FIRST, NIGHT, True, True),
        (PAGER_FIRST, NIGHT, False, False),
        (PAGER_FIRST[1:], NIGHT, True, False),
        (PAGER_FIRST, None, True, False),
    ],
)
def test_quiet_hours_count_only_where_a_pager_is_told(
    steps: tuple[Step, ...], quiet: QuietHours | None, pagers: bool, is_quiet: bool
) -> None:
    at_night = utc("2026-01-10 23:00")
    assert rule("*", steps=steps, quiet=quiet).quiet_at(at_night, pagers=pagers) is is_quiet
    assert not rule("*", steps=steps, quiet=quiet).quiet_at(utc("2026-01-10 12:00"), pagers=pagers)
