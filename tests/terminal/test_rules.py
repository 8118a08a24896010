"""`rule`: what holds for a customer besides approvals, as set at the terminal."""

from __future__ import annotations

import pytest

from tests.terminal.conftest import Terminal

DEFAULT = "default  access off 2 days after a restore, break-glass allowed\n"


def test_a_rule_is_set_listed_removed_recorded_and_verified(terminal: Terminal) -> None:
    assert terminal.ok("rule", "list") == DEFAULT
    terminal.ok("rule", "set", "*", "--emergency", "forbidden")
    said = terminal.ok("rule", "set", "44444", "--access-after", "3d")
    assert said == "44444: access off 3 days after a restore, break-glass forbidden.\n"
    listed = terminal.ok("rule", "list").splitlines()
    assert [one.partition("; set by ")[0] for one in listed] == [
        "*        access off 2 days after a restore, break-glass forbidden",
        "44444    access off 3 days after a restore, break-glass forbidden",
    ]
    said = terminal.ok("rule", "remove", "44444")
    assert said == (
        "44444: removed. Now: access off 2 days after a restore, break-glass forbidden.\n"
    )
    kinds = [(one["kind"], one["customer"]) for one in terminal.trail()]
    assert kinds == [
        ("configuration.set", "*"),
        ("configuration.set", "44444"),
        ("configuration.removed", "44444"),
    ]
    assert terminal.ok("audit", "verify").startswith("3 entries, intact.")
    assert "set the customer rule 44444: access_after 3d" in terminal.ok("audit", "show")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("set", "44444"), "Give --access-after or --emergency."),
        (("set", "4444", "--access-after", "3d"), "not a customer number"),
        (("set", "44444", "--access-after", "soon"), "write 48h or 3d"),
        (("remove", "44444"), "There is no customer rule 44444."),
    ],
)
def test_bad_input_changes_nothing(terminal: Terminal, words: tuple[str, ...], said: str) -> None:
    assert said in terminal.refused("rule", *words)
    assert terminal.trail() == []


def test_what_was_written_by_hand_is_not_taken_over(terminal: Terminal) -> None:
    terminal.ok("rule", "set", "44444", "--emergency", "forbidden")
    terminal.sql("UPDATE configuration SET terms = replace(terms, '2d', '9d')")
    assert "9d" in str(terminal.sql("SELECT terms FROM configuration"))
    said = terminal.ok("rule", "set", "44444", "--emergency", "forbidden")
    assert said == "44444: access off 2 days after a restore, break-glass forbidden.\n"
