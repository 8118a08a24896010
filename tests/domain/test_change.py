"""The life of a change: the table, the chart of it, and what a scope overlaps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain.change_commands import FlagCommand
from bot.domain.change_request import command_text
from bot.domain.change_state import TRANSITIONS, Event, State, _table
from bot.domain.scope import Everyone, Flag, Groups, Scope, Users, overlap
from bot.errors import Conflict, InvalidInput
from tests.builders import a_change

README = Path(__file__).parents[2] / "README.md"


def test_the_chart_in_the_readme_is_the_table() -> None:
    drawn = set(re.findall(r"^    (\w+) --> (\w+): (\w+)$", README.read_text(), re.MULTILINE))
    assert drawn == {
        (state.value, target.value, event.value)
        for state, row in TRANSITIONS.items()
        for event, target in row.items()
    }


def test_the_table_is_made_anew_alike() -> None:
    """It is made at the import, out of reach of the mutants; this calls it within their reach."""
    assert _table() == TRANSITIONS


@pytest.mark.parametrize(
    ("scope", "text"),
    [
        (Everyone(), "failover on 44444"),
        (Groups(("emea", "north west")), 'failover on 44444 --group emea --group "north west"'),
        (
            Users(("b@example.com", "a@example.com")),
            "failover on 44444 b@example.com a@example.com",
        ),
    ],
)
def test_a_change_is_written_as_the_command_that_asks_for_it(scope: Scope, text: str) -> None:
    assert command_text(FlagCommand(Flag.FAILOVER, True, "44444", scope)) == text
    off = command_text(FlagCommand(Flag.ACCESS, False, "44444", scope))
    assert off == text.replace("failover on", "access off")


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_an_event_leads_where_the_table_says_or_is_a_conflict(state: State, event: Event) -> None:
    change = a_change(state=state)
    target = TRANSITIONS.get(state, {}).get(event)
    if target is None:
        with pytest.raises(Conflict) as caught:
            change.moved(event)
        words = state.value.replace("_", " ")
        assert (
            str(caught.value)
            == f"{change.id} is {words} already: too late to {event.replace('_', ' ')}."
        )
    else:
        moved = change.moved(event)
        assert (moved.state, moved.revision) == (target, change.revision + 1)


def test_only_lists_of_named_users_can_be_apart() -> None:
    one, other = Users(("a@example.com",)), Users(("b@example.com",))
    assert not overlap(one, other)
    assert overlap(one, Users(("A@example.com", "c@example.com")))
    assert overlap(one, Everyone())
    assert overlap(Groups(("emea",)), Groups(("apac",)))


def test_a_scope_is_never_empty() -> None:
    for empty in (lambda: Groups(()), lambda: Users(())):
        with pytest.raises(InvalidInput):
            empty()
