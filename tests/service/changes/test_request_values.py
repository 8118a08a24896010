"""What a wish can hold: what cannot be read is told in a sentence and becomes no change."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.domain.change_commands import FlagCommand
from bot.domain.change_request import command_text
from bot.domain.identifiers import parse_address, parse_customer, parse_group
from bot.domain.limits import MAX_GROUPS, MAX_USERS
from bot.domain.roles import Role, Subject, SubjectKind, check_grantable, parse_subject
from bot.domain.scope import Everyone, Flag, Groups, Scope, Users
from bot.errors import InvalidInput
from bot.service.context import new_change_id
from tests.service.harness import many


@pytest.mark.parametrize("text", ["44444", "44444DE", "00000"])
def test_a_customer_number_is_read(text: str) -> None:
    assert parse_customer(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4444",
        "444444",
        "44444D",
        "44444DEU",
        " 44444",
        "44444/",
        "../99999",
        "٤٤٤٤٤",  # digits, but not ASCII
        "４４４４４",
        "44444ÄÖ",
    ],
)
def test_another_text_is_no_customer_number(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a customer number"):
        parse_customer(text)


def test_small_letters_in_a_customer_number_are_asked_about() -> None:
    with pytest.raises(InvalidInput, match="Did you mean 44444DE"):
        parse_customer("44444de")


def test_what_is_told_back_is_short() -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_customer("4" * 4000)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("text", ["a@example.com", "O'Neil.J+x@Mail.example.co.uk", "a@b.c"])
def test_an_address_is_kept_as_typed(text: str) -> None:
    assert parse_address(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a", "the domain is missing"),
        ("a@", "the domain is missing"),
        ("@example.com", "not an address that can be used here"),
        ("a@example", "not an address"),
        ("a@@example.com", "not an address"),
        ("a/b@example.com", "not an address"),
        ("a?x=1@example.com", "not an address"),
        ("a#b@example.com", "not an address"),
        ("a%2Fb@example.com", "not an address"),
        ("..@example.com", "not an address"),
        ("a..b@example.com", "not an address"),
        ("a@example..com", "not an address"),
        ("a@-example.com", "not an address"),
        ("ä@example.com", "not an address"),
        ("a@example.com\n", r"invisible character U\+000A \(control character\)"),
        ("a\u200b@example.com", r"invisible character U\+200B \(ZERO WIDTH SPACE\)"),
        ("a\u202e@example.com", r"U\+202E"),
        ("a@" + "b" * 250 + ".example", "longer than 256"),
    ],
)
def test_another_text_is_no_address(text: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        parse_address(text)


def test_a_group_is_trimmed_and_duplicates_fold() -> None:
    assert Groups((" emea ", "apac", "emea")).names == ("emea", "apac")


@pytest.mark.parametrize("text", ["", "  ", "a,b", "x" * 129, "a\tb", "a\u00adb"])
def test_another_text_is_no_group(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_group(text)


@pytest.mark.parametrize(
    "build",
    [
        lambda: Groups(()),
        lambda: Groups(tuple(f"g{n}" for n in range(MAX_GROUPS + 1))),
        lambda: Users(()),
        lambda: many(MAX_USERS + 1),
    ],
)
def test_a_scope_is_neither_empty_nor_too_long(build: Callable[[], Scope]) -> None:
    with pytest.raises(InvalidInput, match="Between 1 and"):
        build()


def test_a_scope_may_be_as_long_as_it_may_be() -> None:
    assert len(many(MAX_USERS).addresses) == MAX_USERS
    assert len(Groups(tuple(f"g{n}" for n in range(MAX_GROUPS))).names) == MAX_GROUPS


def test_addresses_fold_without_regard_to_case_and_keep_the_first_spelling() -> None:
    assert Users(("A@example.com", "a@example.com")).addresses == ("A@example.com",)


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Everyone(), "access off 44444"),
        (Groups(("emea", "south west")), 'access off 44444 --group emea --group "south west"'),
        (Users(("a@b.c", "d@e.f")), "access off 44444 a@b.c d@e.f"),
    ],
)
def test_the_command_that_asks_for_it_can_be_repeated(scope: Scope, words: str) -> None:
    assert command_text(FlagCommand(Flag.ACCESS, False, "44444", scope)) == words


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("U0123", SubjectKind.USER),
        ("W0123", SubjectKind.USER),
        ("S0123", SubjectKind.USERGROUP),
        ("C0123", SubjectKind.CHANNEL),
        ("G0123", SubjectKind.CHANNEL),
    ],
)
def test_the_first_letter_of_an_id_tells_its_kind(text: str, kind: SubjectKind) -> None:
    assert parse_subject(text) == Subject(kind, text)


@pytest.mark.parametrize("text", ["", "U", "X0123", "u0123", "U 123", "U0123\n", "@someone"])
def test_another_text_is_no_slack_id(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a Slack id"):
        parse_subject(text)


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("text", ["U0123", "S0123", "C0123"])
def test_which_subject_can_hold_which_role(text: str, role: Role) -> None:
    allowed = {
        "U": {Role.VIEWER, Role.OPERATOR, Role.APPROVER, Role.ADMIN, Role.COMMANDER},
        "S": {Role.VIEWER, Role.OPERATOR},
        "C": {Role.INCIDENT},
    }[text[0]]
    if role in allowed:
        check_grantable(parse_subject(text), role)
    else:
        with pytest.raises(InvalidInput):
            check_grantable(parse_subject(text), role)


def test_an_id_is_short_and_can_be_read_aloud() -> None:
    ids = {new_change_id() for _ in range(200)}
    assert len(ids) == 200
    for one in ids:
        assert len(one) == 7
        assert one.startswith("C-")
        assert not set(one[2:]) & set("ILOU")
