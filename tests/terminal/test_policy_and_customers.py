"""`policy` and `customer`: what the terminal says of customers."""

from __future__ import annotations

import pytest

from bot.domain.limits import MAX_CUSTOMER_NAME_CHARS
from bot.domain.policy import MAX_APPROVALS
from bot.grammar import parse
from tests.terminal.conftest import Terminal


def test_a_policy_row_is_set_replaced_listed_and_recorded(terminal: Terminal) -> None:
    said = terminal.ok("policy", "set", "44444", "failover", "everyone", "2")
    assert said == "44444 failover everyone: 2 approvals.\n"
    terminal.ok("policy", "set", "44444", "failover", "everyone", "0")
    terminal.ok("policy", "set", "*", "*", "*", str(MAX_APPROVALS))
    rows = [line.split() for line in terminal.ok("policy", "list").splitlines()]
    assert sorted(rows) == [
        ["*", "*", "*", str(MAX_APPROVALS)],
        ["44444", "failover", "everyone", "0"],
    ]
    entries = terminal.trail()
    assert {entry["kind"] for entry in entries} == {"policy.set"}
    assert entries[1]["detail"] == {"approvals": 0, "flag": "failover", "scope": "everyone"}


@pytest.mark.parametrize("approvals", ["-1", str(MAX_APPROVALS + 1), "1000000000000000000000"])
def test_approvals_have_bounds(terminal: Terminal, approvals: str) -> None:
    said = terminal.refused("policy", "set", "44444", "failover", "everyone", approvals)
    assert f"Between 0 and {MAX_APPROVALS} approvals" in said
    assert terminal.ok("policy", "list") == ""
    assert terminal.trail() == []


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("4444", "failover", "everyone", "1"), 1, "not a customer number"),
        (("all", "failover", "everyone", "1"), 1, "For every customer, type '*', not “all”."),
        (("44444", "fail", "everyone", "1"), 2, "Invalid value for 'FLAG': 'fail' is not one of"),
        (("44444", "access", "all", "1"), 2, "Invalid value for 'SCOPE': 'all' is not one of"),
        (("44444", "access", "users", "one"), 2, "'one' is not a valid integer"),
        (("44444", "access", "users"), 2, "Missing argument 'APPROVALS'"),
        (("44444", "access", "users", "1", "--loud"), 2, "unexpected extra argument (--loud)"),
    ],
)
def test_a_policy_that_cannot_be_read_is_refused_in_a_line(
    terminal: Terminal, words: tuple[str, ...], status: int, said: str
) -> None:
    assert said in terminal.refused("policy", "set", *words, status=status)


def test_a_customer_is_named_and_renamed(terminal: Terminal) -> None:
    assert terminal.ok("customer", "name", "44444", "Acme GmbH") == "44444 is Acme GmbH now.\n"
    terminal.ok("customer", "name", "44444", "Müller & Söhne <AG>")
    assert [entry["detail"] for entry in terminal.trail()] == [
        {"before": "", "name": "Acme GmbH"},
        {"before": "Acme GmbH", "name": "Müller & Söhne <AG>"},
    ]


@pytest.mark.parametrize("name", ["x" * MAX_CUSTOMER_NAME_CHARS, "  Example   &  Sons ", "O'Neill"])
def test_a_name_is_the_one_that_slack_would_have_made_of_it(terminal: Terminal, name: str) -> None:
    terminal.ok("customer", "name", "44444", name)
    [entry] = terminal.trail()
    in_slack = parse(f"customer name 44444 {name}")
    assert entry["detail"]["name"] == getattr(in_slack, "name", None)


@pytest.mark.parametrize(
    ("number", "name", "said"),
    [
        ("44444", "", "1 to 80 characters"),
        ("44444", "   ", "1 to 80 characters"),
        ("44444", "x" * (MAX_CUSTOMER_NAME_CHARS + 1), "1 to 80 characters"),
        ("44444", "one\ntwo", "U+000A"),
        ("44444", "one\x1b[31mtwo", "U+001B"),
        ("44444", "one\u202etwo", "RIGHT-TO-LEFT OVERRIDE"),
        ("44444", "one\x9btwo", "U+009B"),
        ("44444", "caf\udce9", "not UTF-8"),
        ("4444", "Acme", "not a customer number"),
        ("*", "Acme", "not a customer number"),
    ],
)
def test_a_bad_name_is_refused_and_nothing_is_named(
    terminal: Terminal, number: str, name: str, said: str
) -> None:
    assert said in terminal.refused("customer", "name", number, name)
    assert terminal.trail() == []
