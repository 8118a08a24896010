"""Times are kept as text of one width, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.store.times import as_text, as_time

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
# Not at the very ends of the calendar, where another zone's time has no year.
MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9000, 1, 1), timezones=ZONES)  # noqa: DTZ001  # hypothesis takes naive bounds and adds the zone


@given(MOMENTS, MOMENTS)
def test_text_order_is_time_order_and_nothing_is_lost(one: datetime, other: datetime) -> None:
    assert (as_text(one) < as_text(other)) == (one < other)
    assert as_time(as_text(one)) == one
    assert as_time(as_text(one)).tzinfo is UTC
    assert len(as_text(one)) == len(as_text(other)) == 32


def test_a_whole_second_has_its_microseconds_too() -> None:
    assert as_text(datetime(2026, 3, 14, 3, 4, 5, tzinfo=UTC)) == "2026-03-14T03:04:05.000000+00:00"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        as_text(datetime(2026, 3, 14))  # noqa: DTZ001  # that is the point
