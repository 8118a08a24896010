"""How many approvals a change needs, and which rule says so."""

from __future__ import annotations

import pytest

from bot.domain.actions import Action, DeleteUser, MakeToken, PurgeUsers, SetFlag
from bot.domain.policy import PolicyRule, Requirement, requirement
from bot.domain.scope import Everyone, Filters, Flag, Groups, Scope, Users
from tests.builders import NOW


def rule(customer: str, flag: str, kind: str, approvals: int) -> PolicyRule:
    return PolicyRule(customer, flag, kind, approvals, "admin@jump1", NOW)


def need(*rules: PolicyRule, scope: Scope | None = None, before: int = 0) -> Requirement:
    return requirement(
        rules,
        customer="44444",
        action=SetFlag(Flag.FAILOVER, on=True),
        scope=scope or Everyone(),
        users_changed_within_the_hour=before,
    )


def named(number: int) -> Users:
    return Users(tuple(f"u{n}@example.com" for n in range(number)))


@pytest.mark.parametrize(
    ("scope", "before", "approvals", "reason"),
    [
        (Everyone(), 0, 1, "default: one approval by somebody else"),
        (Groups(("emea",)), 0, 1, "default: one approval by somebody else"),
        (named(1), 0, 0, "default: up to 10 named users are confirmed"),
        (named(10), 0, 0, "default: up to 10 named users are confirmed"),
        (named(11), 0, 1, "default: one approval by somebody else"),
        (named(1), 49, 0, "default: up to 10 named users are confirmed"),
        (named(1), 50, 1, "default: 51 users within the hour, more than 50"),
    ],
)
def test_a_few_named_users_are_confirmed_everything_else_is_approved(
    scope: Scope, before: int, approvals: int, reason: str
) -> None:
    assert need(scope=scope, before=before) == Requirement(approvals, reason)


def test_a_policy_row_counts_in_place_of_the_default_and_says_whose_it_is() -> None:
    words = "policy 44444 * users: 3, set by admin@jump1 on 2026-03-14"
    assert need(rule("44444", "*", "users", 3), scope=named(1)) == Requirement(3, words)


ANYTHING = rule("*", "*", "*", 1)


@pytest.mark.parametrize(
    ("more", "less"),
    [
        (("*", "*", "everyone"), ("*", "*", "*")),
        (("*", "failover", "*"), ("*", "*", "everyone")),
        (("*", "failover", "everyone"), ("*", "failover", "*")),
        (("44444", "*", "*"), ("*", "failover", "everyone")),
        (("44444", "failover", "*"), ("44444", "*", "everyone")),
        (("44444", "failover", "everyone"), ("44444", "failover", "*")),
    ],
)
def test_the_more_specific_row_wins_in_whatever_order(
    more: tuple[str, str, str], less: tuple[str, str, str]
) -> None:
    strong, weak = rule(*more, 5), rule(*less, 2)
    assert need(ANYTHING, strong, weak).approvals == 5
    assert need(weak, strong, ANYTHING).approvals == 5


@pytest.mark.parametrize("other", [("55555", "*", "*"), ("*", "access", "*"), ("*", "*", "groups")])
def test_a_row_for_something_else_does_not_count(other: tuple[str, str, str]) -> None:
    assert need(rule(*other, 5)).reason.startswith("default")


@pytest.mark.parametrize(
    ("action", "approvals"),
    [
        (PurgeUsers(), 2),
        (DeleteUser(), 1),
        (MakeToken(notify=False), 1),
        (MakeToken(notify=True), 0),
    ],
)
def test_no_row_of_the_table_takes_what_cannot_be_taken_back_to_one_person(
    action: Action, approvals: int
) -> None:
    found = requirement(
        [rule("*", "*", "*", 0)],
        customer="44444",
        action=action,
        scope=named(1),
        users_changed_within_the_hour=0,
    )
    assert found.approvals == approvals


def test_a_row_may_ask_for_more_than_the_least() -> None:
    found = requirement(
        [rule("44444", "purge", "*", 3), rule("*", "*", "*", 0)],
        customer="44444",
        action=PurgeUsers(),
        scope=Filters(),
        users_changed_within_the_hour=0,
    )
    assert found == Requirement(3, "policy 44444 purge *: 3, set by admin@jump1 on 2026-03-14")
