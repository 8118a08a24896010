"""Authorisation and policy by the rows alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.policy import PolicyRule, requirement
from bot.domain.roles import Grant, Right, Role, decide, parse_subject
from bot.domain.scope import Everyone, Flag, Scope, Users
from tests.builders import NOW

PLACE = ("C0INCIDENT", Role.INCIDENT, "44444")


def rows(*given: tuple[str, Role, str]) -> list[Grant]:
    return [Grant(parse_subject(who), role, customer, "test", NOW) for who, role, customer in given]


@pytest.mark.parametrize(
    ("given", "right", "allowed"),
    [
        ([("U0A", Role.OPERATOR, "44444"), PLACE], Right.PROPOSE, True),
        ([("U0A", Role.OPERATOR, "*"), PLACE], Right.PROPOSE, True),
        ([("U0A", Role.OPERATOR, "44444")], Right.PROPOSE, False),
        ([("U0A", Role.OPERATOR, "55555"), PLACE], Right.PROPOSE, False),
        ([("U0B", Role.OPERATOR, "44444"), PLACE], Right.PROPOSE, False),
        ([("U0A", Role.VIEWER, "44444"), PLACE], Right.PROPOSE, False),
        ([("U0A", Role.OPERATOR, "44444"), PLACE], Right.APPROVE, False),
        ([("U0A", Role.APPROVER, "44444"), PLACE], Right.PROPOSE, False),
        ([("U0A", Role.APPROVER, "44444"), PLACE], Right.APPROVE, True),
        ([("U0A", Role.ADMIN, "44444"), PLACE], Right.ADMINISTER, True),
        ([("S0TEAM", Role.OPERATOR, "44444"), PLACE], Right.PROPOSE, True),
        ([("S0OTHER", Role.OPERATOR, "44444"), PLACE], Right.PROPOSE, False),
        ([("S0TEAM", Role.APPROVER, "44444"), PLACE], Right.APPROVE, False),
        ([("S0TEAM", Role.ADMIN, "44444"), PLACE], Right.ADMINISTER, False),
    ],
)
def test_both_rows_are_needed_and_none_reaches_further(
    given: list[tuple[str, Role, str]], right: Right, allowed: bool
) -> None:
    decision = decide(
        right,
        "44444",
        rows(*given),
        person="U0A",
        usergroups=["S0TEAM"],
        channel="C0INCIDENT",
        now=NOW,
    )
    assert decision.allowed is allowed
    assert bool(decision.evidence) is allowed


def test_an_expired_row_is_no_row() -> None:
    row = Grant(parse_subject("U0A"), Role.VIEWER, "*", "test", NOW, NOW + timedelta(hours=1))
    late = NOW + timedelta(hours=1)
    assert decide(Right.VIEW, "44444", [row], person="U0A", channel=None, now=NOW).allowed
    assert not decide(Right.VIEW, "44444", [row], person="U0A", channel=None, now=late).allowed


@pytest.mark.parametrize(
    ("scope", "before", "approvals"),
    [
        (Everyone(), 0, 1),
        (Users(tuple(f"u{n}@example.com" for n in range(10))), 0, 0),
        (Users(tuple(f"u{n}@example.com" for n in range(11))), 0, 1),
        (Users(("a@example.com",)), 49, 0),
        (Users(("a@example.com",)), 50, 1),
    ],
)
def test_a_few_named_users_are_confirmed_everything_else_is_approved(
    scope: Scope, before: int, approvals: int
) -> None:
    need = requirement(
        [], customer="44444", flag=Flag.FAILOVER, scope=scope, users_changed_within_the_hour=before
    )
    assert need.approvals == approvals


def test_the_most_specific_policy_row_wins() -> None:
    rules = [
        PolicyRule(customer, flag, kind, approvals, "test", NOW)
        for customer, flag, kind, approvals in (
            ("*", "failover", "everyone", 2),
            ("44444", "*", "*", 3),
            ("55555", "failover", "everyone", 5),
        )
    ]
    need = requirement(
        rules,
        customer="44444",
        flag=Flag.FAILOVER,
        scope=Everyone(),
        users_changed_within_the_hour=0,
    )
    assert need.approvals == 3


def test_a_right_on_all_customers_is_asked_for_in_words() -> None:
    """A lone asterisk says nothing to a reader, and is half of a bold word in Slack."""
    row = Grant(parse_subject("U0A"), Role.VIEWER, "*", "test", NOW)
    no_row = decide(Right.VIEW, "*", [], person="U0A", channel=None, now=NOW)
    no_place = decide(Right.VIEW, "*", [row], person="U0A", channel="C0A", now=NOW)
    assert no_row.reason.startswith("You may not view for all customers: ")
    assert no_place.reason == "This channel is not an incident channel for all customers."
