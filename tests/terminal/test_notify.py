"""`notify`: who is told of a change that waits, as set at the terminal."""

from __future__ import annotations

import pytest

from tests.terminal.conftest import Terminal

DEFAULT = "approvers after 0m, pager after 0m, admins after 15m; reminders after 5m, 15m, 25m"
NIGHT = ("--quiet", "22:00-06:00", "--zone", "Europe/Berlin")


def test_without_a_rule_the_default_is_listed(terminal: Terminal) -> None:
    assert terminal.ok("notify", "list") == f"default  {DEFAULT}; no quiet hours\n"


def test_a_rule_is_set_listed_removed_and_recorded(terminal: Terminal) -> None:
    steps = ("--step", "admins:20m", "--step", "pager:5m", "--step", "approvers:0m")
    said = terminal.ok("notify", "set", "44444", *steps, "--remind", "5m,10m", *NIGHT)
    terms = (
        "approvers after 0m, pager after 5m, admins after 20m; "
        "reminders after 5m, 10m; quiet 22:00-06:00 Europe/Berlin"
    )
    assert said == f"44444: {terms}.\n"
    listed = terminal.ok("notify", "list").splitlines()
    assert listed[0].startswith(f"44444    {terms}; set by ")
    assert listed[1:] == [f"default  {DEFAULT}; no quiet hours"]
    said = terminal.ok("notify", "remove", "44444")
    assert said == f"44444: removed, the default applies: {DEFAULT}; no quiet hours.\n"
    kinds = [(entry["kind"], entry["customer"]) for entry in terminal.trail()]
    assert kinds == [("notify.set", "44444"), ("notify.removed", "44444")]
    assert terminal.trail()[0]["detail"] == {
        "steps": ["approvers:0m", "pager:5m", "admins:20m"],
        "reminders": ["5m", "10m"],
        "quiet": "22:00-06:00 Europe/Berlin",
    }
    assert terminal.ok("audit", "verify").startswith("2 entries, intact.")


def test_what_is_not_given_stays_as_it_applies_now(terminal: Terminal) -> None:
    terminal.ok("notify", "set", "*", "--step", "admins:0m", "--step", "pager:1m")
    terminal.ok("notify", "set", "44444", *NIGHT)
    said = terminal.ok("notify", "set", "44444", "--remind", "none")
    steps = "admins after 0m, pager after 1m; no reminders"
    assert said == f"44444: {steps}; quiet 22:00-06:00 Europe/Berlin.\n"
    said = terminal.ok("notify", "set", "44444", "--no-quiet")
    assert said == f"44444: {steps}; no quiet hours.\n"
    said = terminal.ok("notify", "remove", "44444")
    assert said.startswith("44444: removed, the rule of * applies: admins after 0m, pager after 1m")
    assert "default" not in terminal.ok("notify", "list")


def test_quiet_hours_without_the_pager_are_told_not_to_count(terminal: Terminal) -> None:
    said = terminal.ok("notify", "set", "44444", "--step", "approvers:0m", *NIGHT)
    assert said.endswith(". No step tells the pager, so that the quiet hours do not count.\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("4444",), "not a customer number"),
        (("all",), "For every customer, type '*', not “all”."),
        (("44444", "--step", "boss:0m"), "“boss:0m” is no step"),
        (("44444", "--step", "pager:0m"), "No step tells people"),
        (("44444", "--step", "admins:30m"), "a change expires after 30m"),
        (("44444", "--remind", "soon"), "“soon” is no number of minutes"),
        (("44444", "--quiet", "22:00-06:00"), "Quiet hours need a time zone"),
        (("44444", "--quiet", "22-6", "--zone", "UTC"), "are no quiet hours"),
        (("44444", "--quiet", "22:00-06:00", "--zone", "Berlin"), "“Berlin” is no time zone"),
        (("44444", "--zone", "UTC"), "--zone belongs to --quiet"),
        (("44444", *NIGHT, "--no-quiet"), "Give --quiet or --no-quiet, not both."),
        (("44444", "--step", "adm\x1b[31mins:0m"), "U+001B"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_line_and_changes_nothing(
    terminal: Terminal, words: tuple[str, ...], said: str
) -> None:
    assert said in terminal.refused("notify", "set", *words)
    assert terminal.trail() == []
    assert terminal.ok("notify", "list").startswith("default")


def test_a_rule_that_is_not_there_is_not_removed(terminal: Terminal) -> None:
    said = terminal.refused("notify", "remove", "44444")
    assert said == "There is no notification rule of 44444."
    assert terminal.trail() == []


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE notify_rules SET terms = replace(terms, '15m', '29m')",
            "notify 44444: approvers after 0m, pager after 0m, admins after 29m",
        ),
        ("UPDATE notify_rules SET set_by = 'U0EVIL'", "notify 44444: set by U0EVIL in the table"),
        ("UPDATE notify_rules SET customer = '*'", "notify *: in the table, and no entry set it"),
        (
            "UPDATE notify_rules SET terms = '{'",
            "notify 44444: the row in the table cannot be read",
        ),
        ("DELETE FROM notify_rules", "notify 44444: set in entry 1, and not in the table"),
    ],
)
def test_a_row_that_was_altered_by_hand_is_found(
    terminal: Terminal, statement: str, said: str
) -> None:
    terminal.ok("notify", "set", "44444", "--remind", "5m")
    assert terminal.ok("audit", "verify").startswith("1 entries, intact.")
    terminal.sql(statement)
    found = terminal("audit", "verify")
    assert found.exit_code == 1
    assert found.stdout.startswith(said)


@pytest.mark.parametrize("terms", ["{", "[]", "{}", "5", "null", '{"steps": [], "reminders": []}'])
def test_a_row_that_cannot_be_read_does_not_count_and_is_listed(
    terminal: Terminal, terms: str
) -> None:
    terminal.ok("notify", "set", "44444", "--remind", "none")
    terminal.sql(f"UPDATE notify_rules SET terms = '{terms}'")  # noqa: S608  # from the list above
    [altered, default] = terminal.ok("notify", "list").splitlines()
    assert altered.startswith("44444    cannot be read, and does not count: set it again")
    assert default.startswith("default")
    assert "reminders after 5m, 15m, 25m" in terminal.ok("notify", "set", "44444", "--no-quiet")
    assert terminal.ok("audit", "verify").startswith("2 entries, intact.")
