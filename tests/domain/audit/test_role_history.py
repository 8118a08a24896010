"""The role table as the audit trail tells it, and the rows that it does not explain."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.audit.chain import GENESIS, AuditEntry, hash_entry
from bot.domain.audit.role_history import GRANTED, REVOKED, RoleHistory
from bot.domain.roles import Grant, Role, Subject, SubjectKind
from tests.builders import ADMIN, CUSTOMER, NOW, REQUESTER, a_grant, a_record

LATER = NOW + timedelta(hours=8)
ROW = f"{REQUESTER} operator {CUSTOMER}"


def told(kind: str = GRANTED, **over: Any) -> dict[str, Any]:
    """An entry's fields as `role grant` writes them; ``over`` replaces those of the detail."""
    detail = {"subject": REQUESTER, "role": "operator", "expires_at": None} | over
    return {"kind": kind, "actor": ADMIN, "customer": CUSTOMER, "detail": detail}


def trail(*records: dict[str, Any]) -> list[AuditEntry]:
    return [hash_entry(seq, a_record(**fields), GENESIS) for seq, fields in enumerate(records, 1)]


def differences(records: list[dict[str, Any]], table: list[Grant]) -> list[str]:
    roles = RoleHistory()
    for entry in trail(*records):  # as it comes page by page
        roles.read([entry])
    return roles.differences(table)


@pytest.mark.parametrize(
    ("records", "table"),
    [
        ([], []),
        ([told()], [a_grant()]),
        ([told(expires_at=LATER.isoformat())], [a_grant(expires_at=LATER)]),
        ([told(), told(REVOKED)], []),
        ([told(), told(REVOKED), told()], [a_grant()]),
        ([told(), told(expires_at=LATER.isoformat())], [a_grant(expires_at=LATER)]),
        ([told(), {"kind": "customer.named", "detail": {}}], [a_grant()]),
        ([told(more="of a later version")], [a_grant()]),
        (
            [told(subject="C0INCIDENT", role="incident"), told(subject="S0ONCALL", role="viewer")],
            [a_grant("C0INCIDENT", Role.INCIDENT), a_grant("S0ONCALL", Role.VIEWER)],
        ),
        ([told()], [a_grant(granted_at=LATER)]),  # the moments are not compared
    ],
)
def test_a_table_that_follows_from_the_trail_has_no_differences(
    records: list[dict[str, Any]], table: list[Grant]
) -> None:
    assert differences(records, table) == []


BY = f"by {ADMIN}"


@pytest.mark.parametrize(
    ("records", "table", "said"),
    [
        ([], [a_grant()], f"{ROW}: in the table, and no entry granted it"),
        (
            [told(), told(REVOKED)],
            [a_grant()],
            f"{ROW}: in the table, and revoked in entry 2",
        ),
        ([told()], [], f"{ROW}: granted in entry 1, and not in the table"),
        (
            [told(expires_at=LATER.isoformat())],
            [a_grant()],
            f"{ROW}: {BY} for good in the table, {BY} until {LATER.isoformat()} in entry 1",
        ),
        (
            [told()],
            [a_grant(expires_at=LATER)],
            f"{ROW}: {BY} until {LATER.isoformat()} in the table, {BY} for good in entry 1",
        ),
        (
            [told()],
            [a_grant(granted_by="U0EVIL")],
            f"{ROW}: by U0EVIL for good in the table, {BY} for good in entry 1",
        ),
        ([{**told(), "detail": {}}], [], "entry 1 names no role row"),
        ([told(subject="nobody")], [], "entry 1 names no role row"),
        ([told(role="emperor")], [], "entry 1 names no role row"),
        ([told(expires_at="tomorrow")], [], "entry 1 names no role row"),
        ([{**told(), "detail": []}], [], "entry 1 names no role row"),
    ],
)
def test_what_the_trail_does_not_explain_is_told(
    records: list[dict[str, Any]], table: list[Grant], said: str
) -> None:
    assert differences(records, table) == [said]


@pytest.mark.parametrize(
    "row",
    [
        a_grant("U0EVIL"),
        a_grant(role=Role.ADMIN),
        a_grant(customer="*"),
        Grant(Subject(SubjectKind.USERGROUP, REQUESTER), Role.OPERATOR, CUSTOMER, ADMIN, NOW),
    ],
)
def test_another_subject_role_or_customer_is_another_row(row: Grant) -> None:
    [unexplained, lacking] = differences([told()], [row])
    assert unexplained.endswith("in the table, and no entry granted it")
    assert lacking == f"{ROW}: granted in entry 1, and not in the table"
