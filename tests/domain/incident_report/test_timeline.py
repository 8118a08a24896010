"""What the entries tell of users in failover, and of what people did."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.audit.chain import AuditEntry, Record
from bot.domain.audit.change_story import change_stories
from bot.domain.incident_report.timeline import MarkKind, counted_users, marks
from tests.builders import CUSTOMER, NOW

ON, OFF = f"failover on {CUSTOMER}", f"failover off {CUSTOMER}"


def entries(*told: tuple[str, dict[str, Any]], change: str = "C-7K3MX") -> list[AuditEntry]:
    """Return entries of one change, a minute after the other; each is its kind and its detail."""
    return [
        AuditEntry(
            seq,
            Record(
                NOW + timedelta(minutes=seq),
                kind,
                detail.pop("actor", "U0OPERATOR"),
                customer=CUSTOMER,
                change_id=change,
                detail=detail,
            ),
            "",
            "",
        )
        for seq, (kind, detail) in enumerate(told, 1)
    ]


def counts(*told: tuple[str, dict[str, Any]]) -> list[tuple[int, int | None, int | None]]:
    """Return minute, users in failover and users able to read, of the only scope."""
    found = entries(*told)
    (users,) = counted_users(found, change_stories(found))
    return [
        (int((one.at - NOW).total_seconds()) // 60, one.in_failover, one.able_to_read)
        for one in users.counts
    ]


def test_a_failover_goes_from_its_count_over_a_gap_to_what_was_read_back() -> None:
    assert counts(
        ("change.proposed", {"command": ON}),
        ("change.previewed", {"total": 20, "already": 0, "access_off": 18, "not_activated": 3}),
        ("change.approved", {}),
        ("change.executing", {"requests": ["PUT …"]}),
        ("change.applied", {"read_back": [20, 20], "cannot_read": 18}),
    ) == [(2, 0, 0), (4, None, None), (5, 20, 2)]


def test_the_way_back_counts_those_who_are_left() -> None:
    assert counts(
        ("change.proposed", {"command": OFF}),
        ("change.previewed", {"total": 20, "already": 5, "access_off": 0, "not_activated": 0}),
        ("change.executing", {}),
        ("change.partial", {"read_back": [19, 20]}),
        ("change.applied", {"read_back": [20, 20]}),
    ) == [(2, 15, None), (3, None, None), (4, 1, None), (5, 0, 0)]


@pytest.mark.parametrize("kind", ["change.unknown", "change.lost", "change.accepted"])
def test_an_answer_that_was_lost_leaves_a_gap(kind: str) -> None:
    found = counts(
        ("change.proposed", {"command": ON}),
        ("change.previewed", {"total": 20, "already": 0}),
        (kind, {"read_back": [None, None]}),
    )
    assert found == [(2, 0, 0), (3, None, None)]


def test_a_count_that_failed_tells_nothing() -> None:
    found = counts(
        ("change.proposed", {"command": ON}),
        ("change.previewed", {"total": None, "already": None}),
        ("change.previewed", {"total": 20, "already": 20, "access_off": 4, "not_activated": 0}),
    )
    assert found == [(3, 20, 16)]


def test_who_can_read_is_not_known_where_access_and_activation_overlap() -> None:
    found = counts(
        ("change.proposed", {"command": ON}),
        ("change.previewed", {"total": 20, "already": 20, "access_off": 4, "not_activated": 3}),
    )
    assert found == [(2, 20, None)]


def test_who_can_read_stays_known_until_access_is_switched() -> None:
    on = entries(
        ("change.proposed", {"command": ON}),
        ("change.applied", {"read_back": [20, 20], "cannot_read": 18}),
    )
    off = entries(
        ("change.proposed", {"command": OFF}),
        ("change.previewed", {"total": 20, "already": 0, "access_off": 18, "not_activated": 3}),
        change="C-00002",
    )
    access = entries(
        ("change.proposed", {"command": f"access on {CUSTOMER}"}),
        ("change.executing", {}),
        change="C-00003",
    )

    def able(*found: AuditEntry) -> list[int | None]:
        (users,) = counted_users(found, change_stories(found))
        return [one.able_to_read for one in users.counts]

    assert able(*on, *off) == [2, 2]
    assert able(*on, *access, *off) == [2, None, None]


def test_of_a_change_of_steps_those_of_failover_count() -> None:
    seen = {"total": 20, "already": 0, "In failover now": "1", "With access now": "2"}
    assert counts(
        ("change.proposed", {"command": f"activate {CUSTOMER}"}),
        ("change.previewed", seen),
        ("change.executing", {"step": "access on"}),
        ("change.step_done", {"step": "access on", "read_back": [20, 20]}),
        ("change.executing", {"step": "failover on"}),
        ("change.unknown", {"read_back": [None, None]}),
        ("change.applied", {"step": "failover on", "read_back": [20, 20], "cannot_read": 3}),
    ) == [(2, 1, None), (5, None, None), (6, None, None), (7, 20, 17)]
    failed = counts(
        ("change.proposed", {"command": f"activate {CUSTOMER}"}),
        ("change.previewed", seen | {"In failover now": "0"}),
        ("change.executing", {"step": "access on"}),
        ("change.failed", {"read_back": [5, 20]}),
    )
    assert failed == [(2, 0, 0)]


def test_each_scope_has_counts_of_its_own_and_other_changes_none() -> None:
    found = [
        *entries(
            ("change.proposed", {"command": ON}), ("change.previewed", {"total": 9, "already": 0})
        ),
        *entries(
            ("change.proposed", {"command": f"{ON} --group emea"}),
            ("change.previewed", {"total": 4, "already": 1}),
            change="C-00002",
        ),
        *entries(
            ("change.proposed", {"command": f"access on {CUSTOMER}"}),
            ("change.previewed", {"total": 9, "already": 0}),
            change="C-00003",
        ),
    ]
    told = counted_users(found, change_stories(found))
    assert [(one.scope.kind, one.total) for one in told] == [("everyone", 9), ("groups", 4)]


@pytest.mark.parametrize(
    ("scope", "known"),
    [
        ("", [9, None, 0]),
        (" --group emea", [9, None]),
        (" a@acme.example", [9, None]),
        (" b@acme.example", [9, None]),
    ],
)
def test_of_all_users_nothing_is_known_after_some_were_switched(
    scope: str, known: list[int | None]
) -> None:
    all_on = entries(
        ("change.proposed", {"command": ON}), ("change.applied", {"read_back": [9, 9]})
    )
    some_off = entries(
        ("change.proposed", {"command": f"{OFF}{scope}"}),
        ("change.executing", {}),
        ("change.applied", {"read_back": [9, 9]}),
        change="C-00002",
    )
    found = [*all_on, *some_off]
    everyone = counted_users(found, change_stories(found))[0]
    assert [one.in_failover for one in everyone.counts] == known


def test_of_other_named_users_everything_stays_known() -> None:
    found = [
        *entries(
            ("change.proposed", {"command": f"{ON} a@acme.example"}),
            ("change.applied", {"read_back": [1, 1]}),
        ),
        *entries(
            ("change.proposed", {"command": f"{ON} b@acme.example"}),
            ("change.executing", {}),
            change="C-00002",
        ),
    ]
    (users,) = counted_users(found, change_stories(found))
    assert [one.in_failover for one in users.counts] == [1]


def test_marks_are_what_people_did_and_the_way_back() -> None:
    found = [
        *entries(
            ("change.proposed", {"command": ON}),
            ("change.previewed", {"total": 9}),
            ("change.approved", {}),
            ("change.stop_asked", {}),
            ("change.applied", {"actor": "bot"}),
        ),
        *entries(
            ("change.proposed", {"command": OFF, "actor": "bot", "back_of": "C-7K3MX"}),
            ("change.denied", {}),
            change="C-00002",
        ),
    ]
    assert [(one.seq, one.kind) for one in marks(found, change_stories(found))] == [
        (1, MarkKind.ASKED),
        (3, MarkKind.APPROVED),
        (4, MarkKind.STOPPED),
        (1, MarkKind.BACK),
        (2, MarkKind.STOPPED),
    ]
