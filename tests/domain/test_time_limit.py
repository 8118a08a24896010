"""For how long: what is typed, in the zone of who types it, with the changes of the clocks."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.count_down import next_mark
from bot.domain.time_limit import (
    TimeLimit,
    parse_either,
    parse_lasts,
    parse_option,
    parse_until,
    words,
)
from bot.errors import InvalidInput

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, fold: int = 0) -> datetime:
    """Return a time as a clock in Berlin shows it."""
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN, fold=fold)


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [("2h", 120), ("90m", 90), ("90min", 90), ("1h30m", 90), ("3d", 4320), ("1D 2H", 1560)],
)
def test_how_long_is_read(typed: str, minutes: int) -> None:
    asked = parse_lasts(typed)
    limit = asked.limit(at("2026-03-14 03:00"), BERLIN)
    assert limit.lasts == timedelta(minutes=minutes)
    assert limit.end(at("2026-03-14 03:00")) == at("2026-03-14 03:00") + timedelta(minutes=minutes)
    assert parse_lasts(str(asked)) == asked
    assert parse_option(*limit.option.split()) == limit


@pytest.mark.parametrize(
    "typed", ["", "2", "h", "2 hours", "two", "2h!", "-2h", "1.5h", "2m3h", "06:00"]
)
def test_what_is_not_how_long_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="is not how long"):
        parse_lasts(typed)


@pytest.mark.parametrize("typed", ["", "6", "25:00", "06:60", "2h", "tomorrow", "2026-13-01 06:00"])
def test_what_is_no_time_is_refused(typed: str) -> None:
    with pytest.raises(InvalidInput, match="is no time"):
        parse_until(typed)


@pytest.mark.parametrize(
    ("typed", "now", "until"),
    [
        ("06:00", at("2026-03-14 03:00"), at("2026-03-14 06:00")),
        ("6.00", at("2026-03-14 03:00"), at("2026-03-14 06:00")),
        # Past means tomorrow, also this very minute.
        ("06:00", at("2026-03-14 06:00"), at("2026-03-15 06:00")),
        ("06:00", at("2026-03-14 07:00"), at("2026-03-15 06:00")),
        # The day of who types, not of UTC.
        ("00:30", at("2026-03-14 23:50"), at("2026-03-15 00:30")),
        ("2026-03-20 06:00", at("2026-03-14 03:00"), at("2026-03-20 06:00")),
        ("2026-03-20T05:00Z", at("2026-03-14 03:00"), at("2026-03-20 06:00")),
        # In the night of 29 March the clocks go from 02:00 to 03:00.
        ("02:30", at("2026-03-29 01:00"), at("2026-03-29 03:30")),
        ("02:30", at("2026-03-29 03:10"), at("2026-03-29 03:30")),
        ("02:30", at("2026-03-29 04:00"), at("2026-03-30 02:30")),
        ("06:00", at("2026-03-28 23:00"), at("2026-03-29 06:00")),
        # In the night of 25 October they show 02:00 to 03:00 twice.
        ("02:30", at("2026-10-25 01:00"), at("2026-10-25 02:30")),
        ("02:30", at("2026-10-25 02:45"), at("2026-10-25 02:30", fold=1)),
        ("02:30", at("2026-10-25 02:45", fold=1), at("2026-10-26 02:30")),
        ("06:00", at("2026-10-24 23:00"), at("2026-10-25 06:00")),
    ],
)
def test_until_is_the_next_such_time_by_the_clock_of_who_types(
    typed: str, now: datetime, until: datetime
) -> None:
    asked = parse_until(typed)
    limit = asked.limit(now, BERLIN, "Europe/Berlin")
    assert limit.until is not None
    assert limit.until.astimezone(UTC) == until.astimezone(UTC)
    assert parse_option(*limit.option.split()).until == limit.until
    assert parse_either(str(asked)) == asked


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # bounds are naive
    st.times(),
)
def test_the_next_time_of_day_comes_within_a_day_and_an_hour(now: datetime, clock: object) -> None:
    asked = parse_until(f"{clock:%H:%M}")
    until = None
    with suppress(InvalidInput):  # less than five minutes
        until = asked.limit(now, BERLIN).until
    if until is None:
        later = now + timedelta(minutes=5)
        until = asked.limit(later, BERLIN).until
    assert until is not None
    assert now < until <= now + timedelta(hours=25)


@pytest.mark.parametrize("typed", ["4m", "0m", "31d", "30d1m"])
def test_too_short_and_too_long_is_one_sentence(typed: str) -> None:
    with pytest.raises(InvalidInput, match=r"lasts at least 5 min and at most 30 days with --for"):
        parse_lasts(typed).limit(at("2026-03-14 03:00"), BERLIN)


@pytest.mark.parametrize("typed", ["5m", "30d"])
def test_the_shortest_and_the_longest_are_taken(typed: str) -> None:
    assert parse_lasts(typed).limit(at("2026-03-14 03:00"), BERLIN).lasts


def test_a_time_that_is_past_is_told_as_it_is() -> None:
    with pytest.raises(InvalidInput, match="“2026-03-13 06:00” is past"):
        parse_until("2026-03-13 06:00").limit(at("2026-03-14 03:00"), BERLIN)


def test_without_a_zone_it_is_that_of_this_machine() -> None:
    now = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
    limit = parse_until("06:00").limit(now, None)
    assert limit.until is not None
    assert f"{limit.until.astimezone():%H:%M}" == "06:00"


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (0, "0 min"),
        (1, "1 min"),
        (60, "1 h"),
        (90, "1 h 30 min"),
        (1440, "1 day"),
        (4350, "3 days 30 min"),
    ],
)
def test_a_length_is_told_in_words(minutes: int, told: str) -> None:
    assert words(timedelta(minutes=minutes)) == told


def test_seconds_count_as_a_minute() -> None:
    assert words(timedelta(minutes=89, seconds=1)) == "1 h 30 min"


@pytest.mark.parametrize(
    ("limit", "told"),
    [
        (TimeLimit(lasts=timedelta(minutes=90)), "for 1 h 30 min"),
        (TimeLimit(lasts=timedelta(days=2, minutes=5)), "for 2 days 1 h"),
        (TimeLimit(until=at("2026-03-14 06:00"), zone="Europe/Berlin"), "until 06:00 CET"),
        (TimeLimit(until=at("2026-03-14 06:00")), "until 05:00 UTC"),
        (TimeLimit(until=at("2026-03-20 06:00"), zone="Europe/Berlin"), "for 6 days 3 h"),
    ],
)
def test_a_phone_shows_it_in_some_words(limit: TimeLimit, told: str) -> None:
    assert limit.brief(at("2026-03-14 03:00")) == told


def test_a_month_is_counted_down_in_some_sixty_marks() -> None:
    end = at("2026-03-31 06:00").astimezone(UTC)
    marks, mark = list[timedelta](), next_mark(end, end - timedelta(days=30))
    while mark is not None:
        marks.append(end - mark)
        mark = next_mark(end, mark)
    minutes = [int(left.total_seconds()) // 60 for left in marks]
    assert len(minutes) == len(set(minutes)) < 60
    assert minutes == sorted(minutes, reverse=True)
    assert minutes[-8:] == [180, 120, 90, 60, 30, 15, 10, 5]
