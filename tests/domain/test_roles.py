"""Authorisation by the rows alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.roles import (
    GRANTED_IN_SLACK,
    NOT_THROUGH_A_USERGROUP,
    ROLES_WITH,
    Decision,
    Grant,
    Right,
    Role,
    Subject,
    SubjectKind,
    check_grantable,
    decide,
    parse_subject,
)
from bot.errors import InvalidInput
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


def test_a_decision_names_the_rows_it_rests_on() -> None:
    """Other people's rows and other channels' rows are no evidence, and give nothing."""
    mine, here = rows(("U0A", Role.OPERATOR, "44444"), PLACE)
    others = rows(
        ("U0B", Role.ADMIN, "*"), ("C0OTHER", Role.INCIDENT, "*"), ("U0A", Role.VIEWER, "*")
    )
    allowed = ask([*others, mine, here])
    assert (allowed.allowed, allowed.reason) == (True, "allowed by role and channel")
    assert (allowed.evidence, allowed.missing) == ((mine, here), frozenset())
    alone = ask([*others, mine, here], channel=None)
    assert (alone.allowed, alone.reason, alone.evidence) == (True, "allowed by role", (mine,))


def test_a_row_of_another_channel_is_not_one_of_this() -> None:
    refused = ask(rows(("U0A", Role.OPERATOR, "44444"), ("C0OTHER", Role.INCIDENT, "44444")))
    assert not refused.allowed
    assert refused.reason == "This channel is not an incident channel for customer 44444."
    assert refused.missing == {Role.INCIDENT}


def test_another_role_makes_no_incident_channel() -> None:
    assert not ask(rows(("U0A", Role.OPERATOR, "44444"), ("C0INCIDENT", Role.ADMIN, "*"))).allowed


def test_whoever_lacks_a_role_is_told_which_would_do() -> None:
    refused = ask([], right=Right.VIEW)
    words = "it needs the role viewer or operator or approver or admin."
    assert refused.reason == f"You may not view for customer 44444: {words}"
    assert refused.missing == {Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMIN}
    assert refused.evidence == ()


def test_whoever_may_not_decide_alone_needs_the_role_for_it() -> None:
    """No other role gives it, and nobody is told to become a commander for anything else."""
    everything = [role for role in Role if role not in (Role.COMMANDER, Role.INCIDENT)]
    refused = ask(rows(*(("U0A", role, "*") for role in everything), PLACE), right=Right.COMMAND)
    assert refused.reason == (
        "You may not decide alone for customer 44444: it needs the role commander."
    )
    assert refused.missing == {Role.COMMANDER}
    assert ask(rows(("U0A", Role.COMMANDER, "44444"), PLACE), right=Right.COMMAND).allowed
    assert ask(rows(("U0A", Role.COMMANDER, "44444"), PLACE), right=Right.PROPOSE).allowed
    assert not ask(rows(("U0A", Role.COMMANDER, "44444"), PLACE), right=Right.APPROVE).allowed


def ask(
    given: list[Grant], *, right: Right = Right.PROPOSE, channel: str | None = "C0INCIDENT"
) -> Decision:
    return decide(right, "44444", given, person="U0A", channel=channel, now=NOW)


def test_what_each_right_takes() -> None:
    """The table, written out once more: a role that slips into a row opens a door."""
    everybody = {"viewer", "operator", "approver", "admin", "commander"}
    assert {
        "view": everybody,
        "propose": {"operator", "admin", "commander"},
        "approve": {"approver", "admin"},
        "administer": {"admin"},
        "decide alone": {"commander"},
    } == ROLES_WITH
    assert {"approver", "admin", "commander"} == NOT_THROUGH_A_USERGROUP
    assert {"viewer", "operator", "incident"} == GRANTED_IN_SLACK


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("U0A", "user"),
        ("W0A", "user"),
        ("S0A", "usergroup"),
        ("C0A", "channel"),
        ("G0A", "channel"),
    ],
)
def test_the_first_letter_of_an_id_tells_whose_it_is(text: str, kind: str) -> None:
    assert parse_subject(text) == Subject(SubjectKind(kind), text)


@pytest.mark.parametrize("text", ["", "U", "u0a", "X0A", "U0A ", "U0A\n", "@U0A", "U" + "0" * 25])
def test_another_text_is_no_id(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_subject(text)
    assert str(caught.value) == (
        f"“{text}” is not a Slack id: U… or W… for a person, S… for a user group, "
        "C… or G… for a channel."
    )


def test_of_a_long_text_its_beginning_is_told() -> None:
    with pytest.raises(InvalidInput, match=f"“{'x' * 60}” is not"):
        parse_subject("x" * 61)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("text", ["U0A", "S0A", "C0A"])
def test_each_kind_of_subject_holds_its_own_roles(text: str, role: Role) -> None:
    subject, said = parse_subject(text), ""
    try:
        check_grantable(subject, role)
    except InvalidInput as error:
        said = str(error)
    if (text == "C0A") != (role is Role.INCIDENT):
        assert said == (
            "A channel can only be given the role incident, and only a channel can: "
            f"{text} cannot be {role}."
        )
    elif text == "S0A" and role in (Role.APPROVER, Role.ADMIN, Role.COMMANDER):
        assert said == f"The role {role} is given to people one by one, not to a user group."
    else:
        assert said == ""


def test_a_right_on_all_customers_is_asked_for_in_words() -> None:
    """A lone asterisk says nothing to a reader, and is half of a bold word in Slack."""
    row = Grant(parse_subject("U0A"), Role.VIEWER, "*", "test", NOW)
    no_row = decide(Right.VIEW, "*", [], person="U0A", channel=None, now=NOW)
    no_place = decide(Right.VIEW, "*", [row], person="U0A", channel="C0A", now=NOW)
    assert no_row.reason.startswith("You may not view for all customers: ")
    assert no_place.reason == "This channel is not an incident channel for all customers."
