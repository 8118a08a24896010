"""Edits and deletions as they are shown: within Slack's limits, inert, and nothing that decides left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.actions import Action, DeleteUser, EditUser, ImportUsers, MakeToken, PurgeUsers
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.limits import MAX_GROUPS
from bot.domain.mail_user import FIELDS, GROUPS, FieldChange
from bot.domain.preview import Facts, Preview, UserFlags
from bot.domain.scope import EVERY_USER, FileUsers, Filters, Scope, Users
from bot.slack.views.changes.card import card
from bot.slack.views.changes.outcome import outcome
from tests.builders import NOW, REQUESTER, a_change
from tests.slack.extreme_values import (
    EVIL,
    HOSTILE,
    NAME,
    SENTENCE,
    entries,
    in_state,
    longest_address,
)
from tests.slack.message_checks import check, elements, shown

WIDE = tuple(f"<{number:02}>" + "&" * 124 for number in range(MAX_GROUPS))
EDIT_ALL = EditUser(
    tuple(
        FieldChange(name, (EVIL * 9)[:256], WIDE if name == GROUPS else ("&" * 256))
        for name in FIELDS
    )
)
WHOM = Users((longest_address(),))
FACTS = Facts(everyone=1284, in_failover=3)
LARGEST: dict[str, tuple[Action, Scope, Preview]] = {
    "edit": (EDIT_ALL, WHOM, Preview(NOW, total=1, already=0, problem=SENTENCE)),
    "delete": (
        DeleteUser(),
        WHOM,
        Preview(
            NOW,
            total=1,
            already=0,
            problem=SENTENCE,
            facts=Facts(flags=UserFlags(None, None, None)),
            display_name=EVIL * 20,
        ),
    ),
    "purge": (PurgeUsers(), Filters(WIDE, failover=True), Preview(NOW, 1284, 0, facts=FACTS)),
    "whole": (PurgeUsers(), EVERY_USER, Preview(NOW, 1284, 0, facts=Facts(in_failover=3))),
}


def shape(kind: str, state: State, **over: object) -> Change:
    action, scope, preview = LARGEST[kind]
    return in_state(state, scope, preview, action=action, **over)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", LARGEST)
def test_every_state_at_its_largest_is_taken_by_slack_and_says_what_it_is(
    kind: str, state: State
) -> None:
    change = shape(kind, state)
    for preview in (change.preview, None):
        text, blocks = card(replace(change, preview=preview), NAME)
        check(text, blocks)
        assert change.action.title in shown(blocks)
    text, blocks = outcome(change, NAME, entries(1)[0], [])
    check(text, blocks)


@pytest.mark.parametrize("kind", LARGEST)
def test_what_decides_is_on_the_card_however_long_the_rest_is(kind: str) -> None:
    change = shape(kind, State.AWAITING_APPROVAL)
    told = shown(card(change, NAME)[1])
    expected = {
        "edit": [FIELDS[name].label for name in FIELDS],
        "delete": ["There is no way back", "Display name:", "failover not told"],
        "purge": ["There is no way back", "Will delete *1,284*", "ALL users of the customer"],
        "whole": ["There is no way back", "THE WHOLE CUSTOMER", "ALL 1,284 users"],
    }[kind]
    assert [words for words in expected if words not in told] == []


@settings(max_examples=100, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, st.sampled_from(State))
def test_no_typed_value_is_live(before: str, after: str, name: str, state: State) -> None:
    edit = EditUser((FieldChange("displayName", before, after),))
    check(*card(in_state(state, WHOM, None, action=edit), NAME))
    told = Preview(NOW, total=1, already=0, display_name=name)
    check(*card(in_state(state, WHOM, told, action=DeleteUser()), NAME))
    check(*card(in_state(state, WHOM, told, action=MakeToken(notify=False)), NAME))


def test_a_name_draws_no_line_of_its_own_on_the_card_of_a_deletion() -> None:
    name = "Jo\n*Approved by the security officer already*\u2028x"
    told = Preview(NOW, total=1, already=0, display_name=name)
    change = a_change(action=DeleteUser(), scope=Users(("jo@example.com",)), preview=told)
    [line] = [one for one in shown(card(change, "Acme")[1]).splitlines() if "Approved by" in one]
    assert line.startswith("Display name: Jo")


def test_a_single_value_is_shown_whole() -> None:
    """Who approves a long name must see where it differs."""
    edit = EditUser((FieldChange("displayName", "a" * 255 + "b", "a" * 255 + "c"),))
    told = shown(card(a_change(action=edit, scope=Users(("jo@example.com",))), "Acme")[1])
    assert "a" * 255 + "b → *" + "a" * 255 + "c*" in told


def test_of_several_long_values_the_part_that_differs_is_shown() -> None:
    edit = EditUser(tuple(FieldChange(name, "a" * 127 + "b", "a" * 127 + "c") for name in FIELDS))
    told = shown(card(a_change(action=edit, scope=Users(("jo@example.com",))), "Acme")[1])
    assert told.count("…aaaaaaaaaab → *…aaaaaaaaaac*") == len(FIELDS)


def test_all_groups_of_a_purge_are_named_where_there_are_several() -> None:
    groups = tuple(f"group {number}" for number in range(MAX_GROUPS))
    change = a_change(action=PurgeUsers(), scope=Filters(groups), preview=Preview(NOW, 9, 0))
    told = shown(card(change, "Acme")[1])
    assert all(group in told for group in groups)


def test_whom_a_purge_is_for_is_a_command_away() -> None:
    scope = Filters(("has left",), access=False)
    change = a_change(action=PurgeUsers(), scope=scope, preview=Preview(NOW, 9, 0))
    told = shown(card(change, "Acme")[1])
    command = '`/continuity users 44444 --group "has left" --access off`'
    assert f"Who they are: {command}" in told


@pytest.mark.parametrize(
    ("action", "scope"),
    [(ImportUsers("users.csv"), FileUsers(1000, "0" * 64)), (PurgeUsers(), Filters(("left",)))],
)
def test_how_far_it_is_is_a_bar_on_the_card(action: Action, scope: Scope) -> None:
    change = a_change(
        action=action,
        scope=scope,
        state=State.EXECUTING,
        preview=Preview(NOW, 1000, 0),
        done=300,
    )
    assert "▰▰▰▱▱▱▱▱▱▱ 300 of 1,000 answered." in shown(card(change, "Acme")[1])


@pytest.mark.parametrize(("count", "words"), [(1, "1 user of a file"), (2, "2 users of a file")])
def test_one_user_of_a_file_is_not_several(count: int, words: str) -> None:
    scope, seen = FileUsers(count, "0" * 64), Preview(NOW, count, 0)
    text, blocks = card(a_change(action=ImportUsers("u.csv"), scope=scope, preview=seen), "Acme")
    assert words in text
    assert f"for Acme (44444), {words}." in str(blocks)


def test_a_purge_that_matches_everybody_says_so_and_one_that_does_not_does_not() -> None:
    change = a_change(
        action=PurgeUsers(), scope=Filters(("left",)), preview=Preview(NOW, 9, 0, facts=FACTS)
    )
    assert "ALL users" not in shown(card(change, "Acme")[1])
    everybody = Preview(NOW, 1284, 0, facts=FACTS)
    assert "ALL users of the customer" in shown(card(replace(change, preview=everybody), "Acme")[1])


@pytest.mark.parametrize("kind", LARGEST)
def test_where_there_is_no_way_back_the_outcome_says_so(kind: str) -> None:
    told = shown(outcome(shape(kind, State.APPLIED), NAME, None, [])[1])
    assert ("There is no way back" in told) is (kind != "edit")
    offered = {
        one["action_id"] for one in elements(outcome(shape(kind, State.APPLIED), NAME, None, [])[1])
    }
    assert ("change_back" in offered) is (kind == "edit")
    assert (f"<@{REQUESTER}> has the file" in told) is (kind in ("purge", "whole"))
