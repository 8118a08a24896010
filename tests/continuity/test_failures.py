"""The table of what an error means: as the docs have it, and without a gap."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from bot.continuity import failures
from bot.continuity.failures import TABLE, FailureMeaning

DOCS = Path(__file__).parents[2] / "docs" / "reliability.md"


def test_the_docs_have_the_same_rows_in_the_same_order() -> None:
    _, section = DOCS.read_text(encoding="utf-8").split("## Which error means what\n")
    section = section.split("\n## ")[0]
    rows = re.findall(r"^\| (.+) \| (.+) \|$", section, re.MULTILINE)[1:]
    assert rows == [(row.what, row.meaning.value) for row in TABLE]
    assert all(f"- **{meaning}**:" in section for meaning in FailureMeaning)


@pytest.mark.parametrize(
    ("meaning", "statuses"),
    [
        (FailureMeaning.NOT_SENT, {429}),
        (FailureMeaning.REFUSED, {*range(300, 500)} - {303, 408, 429}),
        (FailureMeaning.AMBIGUOUS, {*range(100, 300), 303, 408, *range(500, 1000)}),
    ],
)
def test_every_status_has_its_meaning(meaning: FailureMeaning, statuses: set[int]) -> None:
    assert {status for status in range(100, 1000) if failures.of_status(status) is meaning} == (
        statuses
    )


def test_only_what_came_before_the_first_byte_is_not_sent() -> None:
    never_left: set[type[Exception]] = {
        httpx.ConnectError,
        httpx.ConnectTimeout,
        httpx.PoolTimeout,
        httpx.ProxyError,
        httpx.UnsupportedProtocol,
        httpx.InvalidURL,
    }
    later: set[type[Exception]] = {
        httpx.ReadTimeout,
        httpx.WriteError,
        httpx.DecodingError,
        OSError,
    }
    for kind in never_left | later:
        expected = FailureMeaning.NOT_SENT if kind in never_left else FailureMeaning.AMBIGUOUS
        assert failures.of_error(kind.__new__(kind)) is expected


def test_no_row_stands_behind_one_that_decides_for_it() -> None:
    for row in TABLE:
        by_error = [kind for kind in row.errors if _decides(row, error=kind)]
        by_status = [status for status in row.statuses if _decides(row, status=status)]
        assert by_error or by_status, row.what


def _decides(
    row: failures.FailureRule, *, error: type[Exception] | None = None, status: int | None = None
) -> bool:
    fits = (
        one for one in TABLE if (error and issubclass(error, one.errors)) or status in one.statuses
    )
    return next(fits) is row
