"""Completion of `/continuity …`: what the word at the cursor can become."""

from __future__ import annotations

import pytest

from bot.errors import BotError
from bot.grammar import COMMANDS, parse
from bot.grammar.tree import leaves
from bot.terminal.demo.completion import Item, Known, KnownChange, complete

KNOWN = Known(
    customers={"44444": "Acme GmbH", "50001": "Acacia Example GmbH"},
    changes=(
        KnownChange("C-7K3MX", "failover on 44444, awaiting approval", open=True),
        KnownChange("C-8AAAA", "access off 44444, applied", open=False),
    ),
    subjects=(
        Item("@operator", "@operator Operator", "Operator for Acme GmbH"),
        Item("@oncall", "@oncall", "user group"),
        Item("#mail-outage", "#mail-outage", "Incidents"),
    ),
)
AUDIT_OPTIONS = ["--person", "--since", "--until", "--file"]
FLAG_OPTIONS = ["--group", "--for", "--until", "--file", "--emergency", "--reason"]


def without(option: str) -> list[str]:
    return [one for one in FLAG_OPTIONS if one != option]


def offered(text: str, known: Known = KNOWN) -> list[str]:
    """What can be inserted at ``|``, or else at the end."""
    before, _, after = text.partition("|")
    found = complete(before + after, len(before), known)
    return [item.insert.rstrip() for item in found.items]


def completed(text: str) -> str:
    """The text after the first item was taken."""
    before, _, after = text.partition("|")
    found = complete(before + after, len(before), KNOWN)
    return (before + after)[: found.start] + found.items[0].insert + (before + after)[found.end :]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/", ["/continuity"]),
        ("/con", ["/continuity"]),
        ("/other ", []),
        ("/continuity fa", ["failover"]),
        ("/continuity FA", ["failover"]),
        ("/continuity use", ["users", "user"]),
        ("/continuity user ", ["show", "edit", "delete"]),
        ("@continuity stat", ["status"]),
        ("/continuity failover ", ["on", "off"]),
        ("/continuity failover of", ["off"]),
        ("/continuity failover on ", ["44444", "50001"]),
        ("/continuity failover on 4", ["44444"]),
        ("/continuity failover on acm", ["44444"]),
        ("/continuity failover on gmb", ["44444", "50001"]),
        ("/continuity failover on 44444 ", FLAG_OPTIONS),
        ("/continuity failover on 44444 50001 ", FLAG_OPTIONS),
        ("/continuity set create emea ", ["44444", "50001"]),
        ("/continuity failover on 44444 --r", ["--reason"]),
        ("/continuity failover on 44444 --group emea --", FLAG_OPTIONS),
        ("/continuity failover on 44444 --file --", without("--file")),
        ("/continuity failover on 44444 --group ", []),
        ("/continuity failover on 44444 --reason Acme ", []),
        ("/continuity failover on 44444 --reason Acme is down --", without("--reason")),
        ("/continuity failover --group emea ", ["on", "off"]),
        ("/continuity users 44444 --failover ", ["on", "off"]),
        ("/continuity users 44444 --activated y", ["yes"]),
        ("/continuity users 44444 --failover=on --fa", []),
        ("/continuity users --failover=on ", ["44444", "50001"]),
        ("/continuity users 44444 o", []),
        ("/continuity user show 44444 ", []),
        ("/continuity pending ", ["44444", "50001"]),
        ("/continuity cancel ", ["C-7K3MX"]),
        ("/continuity cancel c-7", ["C-7K3MX"]),
        ("/continuity cancel C-7K3MX ", []),
        ("/continuity audit ", ["44444", "50001", "C-7K3MX", "C-8AAAA", *AUDIT_OPTIONS]),
        ("/continuity audit acc", ["C-8AAAA"]),
        ("/continuity role ", ["list", "grant", "revoke"]),
        ("/continuity role grant ", ["@operator", "@oncall", "#mail-outage"]),
        ("/continuity role grant @o", ["@operator", "@oncall"]),
        (
            "/continuity role grant @operator ",
            ["viewer", "operator", "approver", "admin", "commander"],
        ),
        ("/continuity role grant #mail-outage ", ["incident"]),
        ("/continuity role grant @operator viewer ", ["*", "44444", "50001"]),
        ("/continuity role grant @operator viewer * ", ["--hours"]),
        ("/continuity help role ", ["list", "grant", "revoke"]),
        ("/continuity help pur", ["purge"]),
        ("/continuity nothing ", []),
        ("Who is @op", ["@operator"]),
        ("Who is operator", []),
        ("see #m", ["#mail-outage"]),
    ],
)
def test_the_word_at_the_cursor_can_become(text: str, expected: list[str]) -> None:
    assert offered(text) == expected


def test_what_is_typed_in_full_has_no_items_so_that_enter_sends_it() -> None:
    assert offered("/continuity user") == []
    assert offered("/continuity status 44444") == []


def test_a_name_becomes_the_number_and_is_shown_beside_it() -> None:
    [item] = complete("/continuity status acme", 23, KNOWN).items
    assert item == Item("44444 ", "44444 Acme GmbH")


def test_a_command_is_listed_with_its_meaning_and_a_group_with_its_commands() -> None:
    shown = {item.insert: item.hint for item in complete("/continuity ", 12, KNOWN).items}
    assert shown["pending "] == COMMANDS["pending"].meaning
    assert shown["role "] == "list, grant, revoke"


def test_an_option_is_listed_with_what_it_takes() -> None:
    [item] = complete("/continuity users 44444 --act", 29, KNOWN).items
    assert item == Item(
        "--activated ", "--activated", "yes|no: only users with activated yes or no"
    )


def test_the_word_around_the_cursor_is_replaced_and_what_follows_stays() -> None:
    assert completed("/continuity fai|xx on 44444") == "/continuity failover on 44444"
    assert completed("/continuity failover on ac| --reason x") == (
        "/continuity failover on 44444 --reason x"
    )
    assert completed("/continuity sta") == "/continuity status "


def test_somebody_who_sees_nothing_is_offered_no_customer_and_no_change() -> None:
    assert offered("/continuity status ", Known()) == []
    assert offered("/continuity audit ", Known()) == AUDIT_OPTIONS
    assert offered("/continuity fail", Known()) == ["failover"]


def test_a_list_is_cut_at_fifty() -> None:
    many = Known(customers={str(10000 + at): "Small" for at in range(60)})
    assert len(offered("/continuity status ", many)) == 50


@pytest.mark.parametrize("title", [title for title, _ in leaves()])
def test_every_command_of_the_grammar_is_found_word_by_word(title: str) -> None:
    text = "/continuity "
    for word in title.split():
        assert word in offered(text)
        text += f"{word} "


def test_a_command_taken_from_the_list_alone_can_be_read() -> None:
    """Take the first item again and again, as a finger on the Tab key does."""
    text = "/continuity failover "
    for _ in range(3):
        found = complete(text, len(text), KNOWN)
        text = text[: found.start] + found.items[0].insert
    with pytest.raises(BotError, match="--group needs a value"):
        parse(text.removeprefix("/continuity "))
    assert text == "/continuity failover on 44444 --group "
