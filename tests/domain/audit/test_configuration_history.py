"""The configuration as the audit trail tells it, and the rows that it does not explain."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.audit.chain import GENESIS, hash_entry
from bot.domain.audit.configuration_history import (
    CONFIGURED,
    UNCONFIGURED,
    ConfigurationHistory,
    detail_of,
)
from bot.domain.configuration import Entry, Kind
from tests.builders import ADMIN, NOW, a_record

ROW = Entry(Kind.SET, "south", {"customers": ["10101", "44444"]}, ADMIN, NOW)
OTHER = replace(ROW, terms={"customers": ["10101"]})
TOLD = {"kind": CONFIGURED, "actor": ADMIN, "detail": detail_of(ROW.kind, ROW.name, ROW.terms)}
REMOVED = {"kind": UNCONFIGURED, "actor": ADMIN, "detail": detail_of(ROW.kind, ROW.name)}


def differences(
    records: list[dict[str, Any]], table: list[Entry], unreadable: tuple[tuple[str, str], ...] = ()
) -> list[str]:
    history = ConfigurationHistory()
    for seq, fields in enumerate(records, 1):  # as it comes page by page
        history.read([hash_entry(seq, a_record(**fields), GENESIS)])
    return history.differences(table, unreadable)


@pytest.mark.parametrize(
    ("records", "table"),
    [
        ([], []),
        ([TOLD], [ROW]),
        ([TOLD, REMOVED], []),
        ([TOLD, REMOVED, TOLD], [ROW]),
        ([TOLD, {"kind": "policy.set", "detail": {}}], [ROW]),
    ],
)
def test_a_table_that_follows_from_the_trail_has_no_differences(
    records: list[dict[str, Any]], table: list[Entry]
) -> None:
    assert differences(records, table) == []


@pytest.mark.parametrize(
    ("records", "table", "said"),
    [
        ([], [ROW], "set south: in the table, and no entry set it"),
        ([TOLD, REMOVED], [ROW], "set south: in the table, and removed in entry 2"),
        ([TOLD], [], "set south: set in entry 1, and not in the table"),
        ([TOLD], [OTHER], "set south: not as entry 1 set it"),
        (
            [TOLD],
            [replace(ROW, set_by="U0EVIL")],
            f"set south: set by U0EVIL in the table, by {ADMIN} in entry 1",
        ),
        ([{**TOLD, "detail": {}}], [], "entry 1 names no configuration"),
        ([{**TOLD, "detail": []}], [], "entry 1 names no configuration"),
    ],
)
def test_what_the_trail_does_not_explain_is_told(
    records: list[dict[str, Any]], table: list[Entry], said: str
) -> None:
    assert differences(records, table) == [said]


def test_a_row_that_cannot_be_read_is_told_once() -> None:
    assert differences([TOLD], [], (("set", "south"),)) == [
        "set south: the row in the table cannot be read"
    ]
