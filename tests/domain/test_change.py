"""The life of a change: the table, the chart of it, and what a scope overlaps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.domain.change import TRANSITIONS, Event, State
from bot.domain.scope import Everyone, Groups, Users, overlap
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


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", list(Event))
def test_an_event_leads_where_the_table_says_or_is_a_conflict(state: State, event: Event) -> None:
    change = a_change(state=state)
    target = TRANSITIONS.get(state, {}).get(event)
    if target is None:
        with pytest.raises(Conflict):
            change.moved(event)
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
