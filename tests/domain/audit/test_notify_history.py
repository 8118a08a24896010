"""The notification rules as the audit trail tells them, and the rows that it does not explain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.audit.chain import GENESIS, hash_entry
from bot.domain.audit.notify_history import NOTIFY_REMOVED, NOTIFY_SET, NotifyHistory
from bot.domain.notify import DEFAULT, NotifyRule
from bot.domain.notify_terms import parse_quiet, terms_of, words
from tests.builders import ADMIN, CUSTOMER, NOW, a_record

ROW = replace(DEFAULT, customer=CUSTOMER, set_by=ADMIN, set_at=NOW)
QUIET = replace(ROW, quiet=parse_quiet("22:00-06:00 UTC"))
NAME = f"notify {CUSTOMER}"


def told(rule: NotifyRule = ROW, **over: Any) -> dict[str, Any]:
    """An entry's fields as `notify set` writes them; ``over`` replaces those of the detail."""
    detail = terms_of(rule) | over
    return {"kind": NOTIFY_SET, "actor": ADMIN, "customer": rule.customer, "detail": detail}


REMOVED = {"kind": NOTIFY_REMOVED, "actor": ADMIN, "customer": CUSTOMER, "detail": {}}


def differences(
    records: list[dict[str, Any]], table: list[NotifyRule], unreadable: tuple[str, ...] = ()
) -> list[str]:
    history = NotifyHistory()
    for seq, fields in enumerate(records, 1):  # as it comes page by page
        history.read([hash_entry(seq, a_record(**fields), GENESIS)])
    return history.differences(table, unreadable)


@pytest.mark.parametrize(
    ("records", "table"),
    [
        ([], []),
        ([told()], [ROW]),
        ([told(), told(QUIET)], [QUIET]),
        ([told(), REMOVED], []),
        ([told(), REMOVED, told(QUIET)], [QUIET]),
        ([told(), told(replace(ROW, customer="*"))], [replace(ROW, customer="*"), ROW]),
        ([told(more="of a later version")], [ROW]),
        ([told()], [replace(ROW, set_at=NOW + timedelta(hours=1))]),  # the moments are not compared
        ([told(), {"kind": "policy.set", "detail": {}}], [ROW]),
    ],
)
def test_a_table_that_follows_from_the_trail_has_no_differences(
    records: list[dict[str, Any]], table: list[NotifyRule]
) -> None:
    assert differences(records, table) == []


@pytest.mark.parametrize(
    ("records", "table", "said"),
    [
        ([], [ROW], f"{NAME}: in the table, and no entry set it"),
        ([told(), REMOVED], [ROW], f"{NAME}: in the table, and removed in entry 2"),
        ([told()], [], f"{NAME}: set in entry 1, and not in the table"),
        ([told()], [QUIET], f"{NAME}: {words(QUIET)} in the table, {words(ROW)} in entry 1"),
        (
            [told()],
            [replace(ROW, set_by="U0EVIL")],
            f"{NAME}: set by U0EVIL in the table, by {ADMIN} in entry 1",
        ),
        ([told(steps=["nobody:0m"])], [], "entry 1 names no notification rule"),
        ([{**told(), "detail": {}}], [], "entry 1 names no notification rule"),
        ([{**told(), "detail": []}], [], "entry 1 names no notification rule"),
    ],
)
def test_what_the_trail_does_not_explain_is_told(
    records: list[dict[str, Any]], table: list[NotifyRule], said: str
) -> None:
    assert differences(records, table) == [said]


def test_a_row_that_cannot_be_read_is_told_once() -> None:
    assert differences([told()], [], (CUSTOMER,)) == [
        f"{NAME}: the row in the table cannot be read"
    ]
