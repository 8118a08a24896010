"""What cannot be read is shown with the place, and with an example of the same scope or none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.change_commands import FlagCommand, PasswordCommand
from bot.domain.identifiers import CustomerName
from bot.domain.scope import Everyone, Groups, Users
from bot.errors import InvalidInput
from bot.grammar import SyntaxProblem, help_for, parse, unknown_customer
from bot.grammar.known_words import KNOWN_WORDS
from bot.grammar.suggestion import MAX_SUGGESTED_CHARS
from tests.fixtures.run_length import examples
from tests.grammar.test_grammar import ADDRESSES, ANY_TEXT, FRAGMENT, NAMES


def problem(text: str) -> SyntaxProblem:
    with pytest.raises(SyntaxProblem) as caught:
        parse(text)
    return caught.value


MADE = [
    ("failover 44444 on", "failover on 44444", "failover →44444← on"),
    ("failover on44444 --group emea", "failover on 44444 --group emea", "failover →on44444← --group emea"),
    ("44444 failover off jo@example.com", "failover off 44444 jo@example.com", "→44444← failover off jo@example.com"),
    ("on access 44444DE", "access on 44444DE", "on access →44444DE←"),
    ("failovr 44444 on", "failover on 44444", "→failovr← 44444 on"),
    ("failover on 44444 -group emea", "failover on 44444 --group emea", "failover on 44444 →-group← emea"),
    ("failover on 44444 -- group emea", "failover on 44444 --group emea", "failover on 44444 →--← group emea"),
    ("failover on 44444 --gruop emea", "failover on 44444 --group emea", "failover on 44444 →--gruop← emea"),
    ("failover on 44444 --reason Exchange down --gruop emea", "failover on 44444 --group emea --reason Exchange down",
     "failover on 44444 --reason Exchange down →--gruop← emea"),
    ("failover on 44444 --gruop “north east” —reason “it’s down”",
     'failover on 44444 --group "north east" --reason it’s down',
     "failover on 44444 →--gruop← “north east” —reason “it’s down”"),
    ("failover 44444 on jo@example.com <mailto:sam@example.com|sam@example.com>",
     "failover on 44444 jo@example.com sam@example.com",
     "failover →44444← on jo@example.com sam@example.com"),
    ("failover on 44444 jo@example.com,sam@example.com", "failover on 44444 jo@example.com sam@example.com",
     "failover on 44444 →jo@example.com,sam@example.com←"),
    ("failover on 44444de --group emea", "failover on 44444DE --group emea", "failover on →44444de← --group emea"),
    ("failover Acme GmbH on --group emea", "failover on Acme GmbH --group emea", "failover →Acme← GmbH on --group emea"),
    ("failover on 44444 --gruop R&amp;D", "failover on 44444 --group R&D", "failover on 44444 →--gruop← R&D"),
    ("user show jo@example.com 44444", "user show 44444 jo@example.com", "user show →jo@example.com← 44444"),
    ("users 44444 --fail on", "users 44444 --failover on", "users 44444 →--fail← on"),
    ("role grant viewer <@U0OPERATOR|jo> 44444", "role grant U0OPERATOR viewer 44444", "role grant →viewer← U0OPERATOR 44444"),
    ("role grant 44444 viewer U0OPERATOR", "role grant U0OPERATOR viewer 44444", "role grant →44444← viewer U0OPERATOR"),
    ("role grant U0OPERATOR viewer all", "role grant U0OPERATOR viewer *", "role grant U0OPERATOR viewer →all←"),
    ("failver off Access GmbH", "failover off Access GmbH", "→failver← off Access GmbH"),
    ("/continuity failover 44444 on", "failover on 44444", "/continuity failover →44444← on"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "suggestion", "echo"), MADE, ids=[text for text, *_ in MADE])
def test_the_example_is_made_from_what_was_typed(text: str, suggestion: str, echo: str) -> None:
    found = problem(text)
    assert (found.suggestion, found.echo) == (suggestion, echo)
    parse(suggestion.replace("&", "&amp;"))
    assert str(found).endswith(f"You typed: {echo} Try: /continuity {suggestion}")


MISSING = [
    ("failover", "failover on|off NUMBER", "failover →?←"),
    ("failover on", "failover on NUMBER", "failover on →?←"),
    ("failover 44444 --group emea", "failover on|off 44444 --group emea", "failover →44444← --group emea"),
    ("failover on --group emea --reason x", "failover on NUMBER --group emea --reason x", "failover on →?← --group emea --reason x"),
    ("user show 44444", "user show 44444 ADDRESS", "user show 44444 →?←"),
    ("user show jo@example.com", "user show NUMBER jo@example.com", "user show →jo@example.com←"),
    ("role grant viewer 44444", "role grant PERSON viewer 44444", "role grant →viewer← 44444"),
    ("cancel", "cancel CHANGE", "cancel →?←"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "example", "echo"), MISSING, ids=[text for text, *_ in MISSING])
def test_what_is_missing_is_a_placeholder_that_is_refused(
    text: str, example: str, echo: str
) -> None:
    found = problem(text)
    assert (found.suggestion, found.example, found.echo) == ("", example, echo)
    assert problem(example).suggestion == ""


NONE = [
    "failover 44444 55555 on",
    "failover on 44444 emea",
    "failover 44444 on emea",
    "failover on 44444 --group north east",
    "failover on 44444 --force",
    "failover on 44444 --grxxx emea",
    "failover on off 44444",
    "failover Acme on off",
    "failover 44444 on off",
    "failover access on 44444",
    "failver off Access 44444",
    "failover on 44444 --reason x --gruop emea is down",
    "failover 44444 on `jo@example.com`",
    "failover on 44444 jo@example.com --group emea",
    "failover on <@U0OPERATOR|jo> GmbH",
    "failover on 44444 --group emea --group",
    "failover on 44444 --gruop --reason down",
    "failover on 44444 --reason a --reason b",
    "users 44444 --private --privat",
    "audit C-ILOU0 Tech --x",
    f"failover 44444 on {' '.join(f'user{n}@example.com' for n in range(99))}",
]


@pytest.mark.parametrize("text", NONE)
def test_what_is_left_over_or_can_be_read_in_two_ways_gives_no_suggestion(text: str) -> None:
    assert problem(text).suggestion == ""


@pytest.mark.parametrize("text", [*NONE, *(text for text, *_ in MISSING), *KNOWN_WORDS])
def test_a_general_example_changes_nothing_as_it_is(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse(problem(text).example or "nothing")


MISSPELT = ["--gruop", "-group", "--gr", "--groups", "-- group", "—-group", "--grupo", "--Group", "--group"]  # fmt: skip


@st.composite
def mistyped(draw: st.DrawFn) -> tuple[str, dict[str, Any], bool]:
    """A command for users or groups in a wrong form, what it says, and whether a word is a stray."""
    flag, on = draw(st.sampled_from(["failover", "access"])), draw(st.booleans())
    customer = draw(st.from_regex(r"[0-9]{5}([A-Z]{2})?", fullmatch=True))
    direction = "on" if on else "off"
    words = [flag, direction, customer]
    if draw(st.booleans()):
        words[1:] = [f"{direction}{customer}"]
    users = draw(st.lists(ADDRESSES, max_size=3, unique_by=str.lower))
    groups = [] if users else draw(st.lists(NAMES, max_size=3, unique_by=str.lower))
    words = list(draw(st.permutations([*words, *users])))
    spelt = [f"{draw(st.sampled_from(MISSPELT))} {name}" for name in groups]
    reason = draw(
        st.sampled_from(["", "--reason down", "-reason Exchange is down", "—reason “a b”"])
    )
    options = list(draw(st.permutations([*spelt, *([reason] if reason else [])])))
    stray = draw(st.sampled_from(["", "", "emea", "on", "off", "group", "44445", "Acme", "--", "x@y.de", "and", ",", "all", "--file", "--force"]))  # fmt: skip
    parts = [*words, *options]
    if stray:
        parts.insert(draw(st.integers(1, len(parts))), stray)
    says = {"flag": flag, "on": on, "customer": customer, "users": users, "groups": groups}
    return " ".join(parts), says, bool(stray)


@given(mistyped())
@settings(max_examples=examples(600, 2500), deadline=None, derandomize=True)
def test_a_suggestion_has_exactly_the_scope_that_was_typed(
    typed: tuple[str, dict[str, Any], bool],
) -> None:
    text, says, stray = typed
    try:
        parse(text)
    except SyntaxProblem as caught:
        found = caught
    else:
        return
    if not found.suggestion:
        return
    command = parse(found.suggestion)
    assert isinstance(command, FlagCommand), found.suggestion
    assert (command.flag, command.on) == (says["flag"], says["on"]), found.suggestion
    assert command.customer == says["customer"], found.suggestion
    users = set(command.scope.addresses) if isinstance(command.scope, Users) else set()
    groups = set(command.scope.names) if isinstance(command.scope, Groups) else set()
    assert users == set(says["users"]) | ({"x@y.de"} & set(text.split())), found.suggestion
    assert groups == set(says["groups"]), found.suggestion
    assert command.from_file == ("--file" in text.split()), found.suggestion
    if stray:
        # It is an address or an option, or it stands in the reason: it is not lost.
        lost = set(text.split()) & {"emea", "Acme", "44445", "all", "and"}
        assert lost <= set(found.suggestion.split()), found.suggestion


@given(ANY_TEXT | st.lists(FRAGMENT, min_size=2, max_size=8).map(" ".join))
@settings(max_examples=examples(400, 1500), deadline=None, derandomize=True)
def test_nobody_is_in_a_suggestion_or_an_example_who_was_not_typed(text: str) -> None:
    try:
        parse(text)
    except SyntaxProblem as caught:
        found = caught
    else:
        return
    assert "`" not in found.suggestion + found.example
    assert len(found.suggestion) <= MAX_SUGGESTED_CHARS
    if found.suggestion:
        command = parse(found.suggestion.replace("&", "&amp;").replace("<", "&lt;"))
        customer = getattr(command, "customer", None) or "*"
        named = customer == "*" or isinstance(customer, CustomerName)
        assert named or customer in text.upper()
        if isinstance(command, FlagCommand) and "--group" in found.echo:
            assert command.scope != Everyone()
    elif found.example:
        _assert_not_wider(found.example)


def _assert_not_wider(example: str) -> None:
    try:
        command = parse(example)
    except InvalidInput:
        return
    of_a_change = hasattr(command, "change_id")  # its users are those of that change
    assert of_a_change or not hasattr(command, "reason"), "it would propose a change"


@pytest.mark.parametrize(
    "text",
    [
        "password jo@example.com Secret1x",
        "password Secret1x",
        "pasword jo@example.com Secret1x",
        "pwd Secret1x jo@example.com",
        "set password of jo@example.com to Secret1x",
        "token 44444 jo@example.com Secret1x",
        "tokn 44444 jo@example.com Secret1x",
        "/continuity password jo@example.com Secret1x",
        "failover on 44444 --password Secret1x",
        "password jo@example.com Secret1x\u200b",
        "Passwort jo@example.com Secret1x",
    ],
)
def test_what_may_be_a_secret_is_never_repeated(text: str) -> None:
    found = problem(text)
    assert "Secret1x" not in f"{found} {found.echo} {found.suggestion} {found.example}"
    assert found.echo == ""


@pytest.mark.parametrize("word", KNOWN_WORDS)
def test_a_word_that_people_try_leads_to_a_command_or_a_button(word: str) -> None:
    sentence = problem(word.upper()).sentence
    assert "`/continuity " in sentence
    assert "There is no command" not in sentence
    assert problem(f"{word} C-7K3MX").sentence == sentence
    with pytest.raises(InvalidInput) as caught:
        help_for(word)
    assert str(caught.value) == sentence
    for command in sentence.split("`")[1::2]:
        parse(command.replace("NUMBER", "44444"))


def test_the_words_of_the_issue_are_known() -> None:
    wanted = "approve undo revert list deny rollback stop confirm who history log search find off"
    assert set(wanted.split()) <= KNOWN_WORDS.keys()


@pytest.mark.parametrize(
    ("text", "echo"),
    [
        ("failover on 44444\u200b", "failover on 44444→U+200B←"),
        ("status\n44444 <@U1|jo> &lt;x&gt;", "status→U+000A←44444 @U1 <x>".replace("@U1", "jo")),
        (f"failover 4444{' x' * 200}", f"failover →4444←{' x' * 30}…"),
        (f"failover on 44444 {'a@b.de ' * 40}x", "a@b.de →x←"),
        ("x" * 30_001, ""),
    ],
)  # fmt: skip
def test_the_place_is_marked_in_line_and_a_long_text_is_cut(text: str, echo: str) -> None:
    shown = problem(text).echo
    assert shown.endswith(echo)
    assert len(shown) < 250
    assert bool(shown) == bool(echo)


@pytest.mark.parametrize("text", ["undo", "frobnicate", "--help"])
def test_a_text_that_is_wrong_as_a_whole_is_not_repeated(text: str) -> None:
    assert problem(text).echo == ""


NAMED = [
    ("failover on Acme GmbH", "Acme GmbH"),
    ("failover on “Acme  GmbH”", "Acme GmbH"),
    ("failover on acme GMBH jo@example.com", "acme GMBH"),
    ("access off Acme &amp; Sons --group emea --reason x", "Acme & Sons"),
    ("status 3M GmbH", "3M GmbH"),
    ("users Acme --failover on", "Acme"),
    ("user show Acme GmbH jo@example.com", "Acme GmbH"),
    ("import Acme GmbH --reason x", "Acme GmbH"),
    ("purge Acme GmbH --group x", "Acme GmbH"),
    ("token Acme GmbH jo@example.com --notify", "Acme GmbH"),
    ("pending Acme GmbH", "Acme GmbH"),
    ("audit Acme GmbH", "Acme GmbH"),
    ("audit C-Tech GmbH", "C-Tech GmbH"),
    ("whoami Acme GmbH", "Acme GmbH"),
    ("role grant U0OPERATOR viewer Acme GmbH --hours 8", "Acme GmbH"),
    ("role revoke U0OPERATOR viewer Acme GmbH", "Acme GmbH"),
    ("role list 'Acme GmbH' viewer", "Acme GmbH"),
    ("failover on 'Studio 54321'", "Studio 54321"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name"), NAMED, ids=[text for text, _ in NAMED])
def test_a_customer_may_be_named(text: str, name: str) -> None:
    command: Any = parse(text)
    assert isinstance(command.customer, CustomerName)
    assert command.customer == name
    assert not isinstance(command, PasswordCommand)


@pytest.mark.parametrize("number", ["44444", "44444DE"])
def test_a_number_is_never_a_name(number: str) -> None:
    command: Any = parse(f"failover on {number}")
    assert type(command.customer) is str


def test_a_name_that_is_not_known_is_shown_with_an_example_of_the_same_scope() -> None:
    found = unknown_customer(
        "failover on  Acme &amp; Co —group “north east” -reason x", "Acme & Co"
    )
    assert found.echo == "failover on →Acme & Co← —group “north east” -reason x"
    assert found.example == 'failover on NUMBER --group "north east" --reason x'
    assert found.suggestion == ""
    secret = unknown_customer("token Secret1x jo@example.com", "Secret1x")
    assert "Secret1x" not in f"{secret}{secret.echo}"
    assert secret.example == "token NUMBER jo@example.com"
