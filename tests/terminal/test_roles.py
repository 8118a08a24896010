"""`role`: how the first admin and channel come to be."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.ports import Transaction
from bot.terminal.admin import at_this_terminal
from tests.builders import a_record
from tests.fixtures import direct_store
from tests.terminal.conftest import Terminal


def test_the_first_admin_and_channel_are_granted_listed_and_recorded(terminal: Terminal) -> None:
    assert terminal.ok("role", "grant", "U0123", "admin", "*") == (
        "U0123 is admin for * now. The bot does not tell them: tell them yourself.\n"
    )
    said = terminal.ok("role", "grant", "C0456", "incident", "44444")
    assert said == "C0456 is incident for 44444 now.\n"
    terminal.ok("role", "grant", "S0789", "operator", "44444DE")
    rows = [line.split()[:3] for line in terminal.ok("role", "list").splitlines()]
    assert sorted(rows) == [
        ["C0456", "incident", "44444"],
        ["S0789", "operator", "44444DE"],
        ["U0123", "admin", "*"],
    ]
    assert [
        (entry["kind"], entry["customer"], entry["detail"]["subject"], entry["detail"]["role"])
        for entry in terminal.trail()
    ] == [
        ("role.granted", "*", "U0123", "admin"),
        ("role.granted", "44444", "C0456", "incident"),
        ("role.granted", "44444DE", "S0789", "operator"),
    ]


def test_the_list_shows_the_last_known_names_and_no_control_characters(terminal: Terminal) -> None:
    """Of people from the audit trail, of customers from their table."""

    def step(tx: Transaction) -> None:
        for name in ("Olga of old", "Olga\x1b[2J"):
            tx.record(a_record(actor="U0123", actor_name=name))
        tx.record(a_record(actor="U0123", actor_name=""))

    for words in ("U0123 operator 44444", "U0999 viewer 44444", "C0456 incident *"):
        terminal.ok("role", "grant", *words.split())
    terminal.ok("customer", "name", "44444", "Acme GmbH")
    asyncio.run(direct_store.write(terminal.database, step))
    who = at_this_terminal().user
    assert terminal.ok("role", "list").splitlines() == [
        f"C0456          incident  *        by {who}",
        f"U0123          operator  44444    Olga\\x1b[2J · Acme GmbH · by {who}",
        f"U0999          viewer    44444    Acme GmbH · by {who}",
    ]


def test_the_help_says_where_ids_are_found(terminal: Terminal) -> None:
    said = " ".join(terminal.ok("role", "grant", "--help").split())
    assert "profile > ⋯ > Copy member ID; of a channel, at the bottom of its details; of a" in said


def test_an_empty_list_prints_nothing(terminal: Terminal) -> None:
    assert terminal.ok("role", "list") == ""


def test_a_grant_for_hours_says_until_when(terminal: Terminal) -> None:
    before = datetime.now(UTC)
    terminal.ok("role", "grant", "U0123", "operator", "44444", "--hours", "8")
    [entry] = terminal.trail()
    until = datetime.fromisoformat(entry["detail"]["expires_at"])
    assert before <= until - timedelta(hours=8) <= datetime.now(UTC)
    assert f"until {until:%Y-%m-%d %H:%M} UTC" in terminal.ok("role", "list")


def test_the_same_grant_again_replaces_the_row_and_is_recorded_again(terminal: Terminal) -> None:
    terminal.ok("role", "grant", "U0123", "operator", "44444", "--hours", "1")
    terminal.ok("role", "grant", "U0123", "operator", "44444")
    assert "until" not in terminal.ok("role", "list")
    assert len(terminal.trail()) == 2


def test_a_revoked_row_is_gone_and_recorded(terminal: Terminal) -> None:
    terminal.ok("role", "grant", "U0123", "viewer", "*")
    said = terminal.ok("role", "revoke", "U0123", "viewer", "*")
    assert said == "U0123 is no longer viewer for *.\n"
    assert terminal.ok("role", "list") == ""
    assert [entry["kind"] for entry in terminal.trail()] == ["role.granted", "role.revoked"]


def test_the_last_admin_stays(terminal: Terminal) -> None:
    terminal.ok("role", "grant", "U0123", "admin", "*")
    assert "last admin" in terminal.refused("role", "revoke", "U0123", "admin", "*")
    terminal.ok("role", "grant", "U0999", "admin", "*", "--hours", "1")
    terminal.ok("role", "revoke", "U0123", "admin", "*")
    assert "last admin" in terminal.refused("role", "revoke", "U0999", "admin", "*")
    assert [entry["kind"] for entry in terminal.trail()].count("role.revoked") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("grant", "X1", "admin", "*"), "not a Slack id"),
        (("grant", "@somebody", "admin", "*"), "not a Slack id"),
        (("grant", "", "admin", "*"), "not a Slack id"),
        (("grant", "U0123\n", "admin", "*"), "not a Slack id"),
        (("grant", "C0456", "admin", "*"), "incident"),
        (("grant", "U0123", "incident", "*"), "incident"),
        (("grant", "S0456", "approver", "*"), "not to a user group"),
        (("grant", "U0123", "admin", "4444"), "not a customer number"),
        (("grant", "U0123", "admin", "44444de"), "Did you mean 44444DE?"),
        (("grant", "U0123", "admin", "٤٤٤٤٤"), "not a customer number"),
        (("revoke", "U0123", "viewer", "44444"), "is not viewer for 44444"),
        (("revoke", "U0123", "viewer", "x"), "not a customer number"),
        (("grant", "U0123", "viewer", "all"), "For every customer, type '*', not “all”."),
        (("revoke", "U0123", "viewer", "everyone"), "For every customer, type '*'"),
        (("grant", "U0123", "admin", "Acme GmbH"), "not a customer number"),
        (("grant", "U0123", "admin", "all"), "For every customer, type '*'"),
        (("grant", "U0123", "admin", "NUMBER"), "stands for a customer's number"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line_and_changes_nothing(
    terminal: Terminal, words: tuple[str, ...], said: str
) -> None:
    assert said in terminal.refused("role", *words)
    assert terminal.trail() == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("grant",), "Missing argument 'SUBJECT'. See main role grant --help."),
        (("grant", "U0123"), "Missing argument 'ROLE'"),
        (("grant", "U0123", "admin"), "Missing argument 'CUSTOMER'"),
        (("grant", "U0123", "king", "*"), "'king' is not one of 'viewer', 'operator'"),
        (("grant", "U0123", "admin", "*", "more"), "unexpected extra argument (more)"),
        (("grant", "U0123", "viewer", "*", "--hours", "0"), "0 is not in the range 1<=x<=8760"),
        (("grant", "U0123", "viewer", "*", "--hours", "8761"), "8761 is not in the range"),
        (("grant", "U0123", "viewer", "*", "--hours", "soon"), "'soon' is not a valid integer"),
        (("grant", "U0123", "viewer", "*", "--days", "1"), "No such option '--days'"),
        (("promote",), "No such command 'promote'"),
    ],
)
def test_words_that_cannot_be_read_are_status_2_in_a_line(
    terminal: Terminal, words: tuple[str, ...], said: str
) -> None:
    assert said in terminal.refused("role", *words, status=2)
    assert not terminal.database.exists()
