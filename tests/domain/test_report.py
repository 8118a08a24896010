"""When the daily report falls due."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.report import ReportTime, parse_report_time
from bot.errors import InvalidInput

NINE = ReportTime(time(9))
BERLIN = ReportTime(time(9), "Europe/Berlin")


def utc(day: int, hour: int, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def test_it_is_the_first_such_time_behind_a_moment() -> None:
    assert NINE.next_after(utc(14, 3)) == utc(14, 9)
    assert NINE.next_after(utc(14, 9)) == utc(15, 9)
    assert NINE.next_after(utc(14, 9, 1)) == utc(15, 9)


def test_it_follows_the_clock_of_the_zone() -> None:
    assert BERLIN.next_after(utc(28, 12)) == utc(29, 7)  # summer time since that night
    assert BERLIN.next_after(utc(27, 12)) == utc(28, 8)
    gap = ReportTime(time(2, 30), "Europe/Berlin")  # not on any clock on 29 March
    assert gap.next_after(utc(28, 12)) == utc(29, 1, 30)


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # hypothesis takes them without
    st.times(timezones=st.none()),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"]),
)
def test_it_is_within_a_day_and_two_hours(moment: datetime, at: time, zone: str) -> None:
    found = ReportTime(at.replace(second=0, microsecond=0), zone).next_after(moment)
    assert timedelta(0) < found - moment <= timedelta(hours=26)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("09:00", NINE),
        ("9:00 UTC", None),
        ("09:00 Europe/Berlin", BERLIN),
        ("07:30 America/New_York", ReportTime(time(7, 30), "America/New_York")),
    ],
)
def test_a_time_is_read(text: str, found: ReportTime | None) -> None:
    if found is None:
        with pytest.raises(InvalidInput, match="is not the time"):
            parse_report_time(text)
    else:
        assert parse_report_time(text) == found


def test_off_is_no_report() -> None:
    assert parse_report_time("off") is parse_report_time(" OFF ") is None


@pytest.mark.parametrize("text", ["", "9", "09:00:01", "25:00", "09:00 Berlin", "09:00+01:00",
                                  "09:00 UTC now", "09:00 ../UTC", "never"])  # fmt: skip
def test_anything_else_is_refused_with_the_form(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not the time and perhaps a zone"):
        parse_report_time(text)
