"""Times as people type them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.domain.audit.moment import parse_moment
from bot.errors import InvalidInput

NOW = datetime(2026, 3, 14, 3, 4, 5, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("typed", "begins", "ends"),
    [
        ("24h", "2026-03-13T03:04:05+00:00", "2026-03-13T03:04:05+00:00"),
        ("90m", "2026-03-14T01:34:05+00:00", "2026-03-14T01:34:05+00:00"),
        ("7D", "2026-03-07T03:04:05+00:00", "2026-03-07T03:04:05+00:00"),
        ("2w", "2026-02-28T03:04:05+00:00", "2026-02-28T03:04:05+00:00"),
        ("2026-03-14", "2026-03-14T00:00:00+01:00", "2026-03-15T00:00:00+01:00"),
        # The day on which the clocks are set forward has 23 hours.
        ("2026-03-29", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
        ("2026-03-14 13:30", "2026-03-14T13:30:00+01:00", "2026-03-14T13:30:00+01:00"),
        ("2026-03-14t13:30:05", "2026-03-14T13:30:05+01:00", "2026-03-14T13:30:05+01:00"),
        ("2026-03-14T13:30Z", "2026-03-14T13:30:00+00:00", "2026-03-14T13:30:00+00:00"),
        ("2026-03-14T13:30-05:00", "2026-03-14T13:30:00-05:00", "2026-03-14T13:30:00-05:00"),
    ],
)
def test_a_time_begins_and_ends(typed: str, begins: str, ends: str) -> None:
    moment = parse_moment(typed)
    assert moment.begins(NOW, BERLIN) == datetime.fromisoformat(begins)
    assert moment.ends(NOW, BERLIN) == datetime.fromisoformat(ends)


@pytest.mark.parametrize(
    "typed", ["9999-12-31", "0001-01-01", "9999-12-31 23:59-05:00", "0001-01-01T00:30Z"]
)
def test_what_is_outside_of_the_calendar_is_refused(typed: str) -> None:
    for time in (parse_moment(typed).begins, parse_moment(typed).ends):
        with pytest.raises(InvalidInput, match="between the years 2 and 9998"):
            time(NOW, BERLIN)


@pytest.mark.parametrize(
    "typed",
    ["yesterday", "24", "h", "-1h", "24 h", "2026-3-1", "2026-02-30", "20260314", "13:30", "2026-03-14 25:00",
     "2026-W11", "99999h", "٢h", "2026-03-14T", "2026-03-14 13:30 CET"],
)  # fmt: skip
def test_anything_else_is_no_time(typed: str) -> None:
    with pytest.raises(InvalidInput, match="is no time"):
        parse_moment(typed)
