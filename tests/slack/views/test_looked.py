"""What "Read back now" found, in numbers and in what they mean."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import DeleteUser
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import Outcome
from bot.domain.scope import Users
from bot.slack.views.changes.card import card
from bot.slack.views.changes.looked import looked_line, looked_reply
from bot.slack.views.mrkdwn import format_time
from tests.builders import NOW, a_change
from tests.slack.message_checks import check, shown

LATER = NOW + timedelta(seconds=1)
TIME = format_time(NOW)


def looked(in_state: int | None, state: State = State.NEEDS_OPERATOR, **over: Any) -> Change:
    read = Outcome(total=1287, in_state=in_state, read_back_at=NOW, sentence="Odd <counts>.")
    return a_change(**{"on": False, "state": state, "outcome": read} | over)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (looked(0), "1,287 of 1,287 still ON. It was not applied."),
        (looked(0, on=True), "1,287 of 1,287 still OFF. It was not applied."),
        (looked(0, State.FAILED), "1,287 of 1,287 still ON. It was not applied."),
        (looked(1287, State.APPLIED), "1,287 of 1,287 OFF. It was applied."),
        (looked(900), "900 of 1,287 OFF. It is still not known whether it was applied."),
        (looked(1287), "1,287 of 1,287 OFF. It is still not known whether it was applied."),
        (looked(900, State.PARTIAL), "900 of 1,287 OFF. It was applied for some users only."),
    ],
)
def test_the_numbers_and_what_they_mean_are_told(change: Change, words: str) -> None:
    assert looked_line(change) == looked_reply(change, NOW) == f"Looked {TIME}: {words}"


def test_another_kind_of_change_is_told_in_its_own_words() -> None:
    scope = Users(("jo@example.com",))
    result = Outcome(total=1, in_state=0, read_back_at=NOW)
    change = looked(0, action=DeleteUser(), scope=scope, outcome=result)
    line = looked_line(change)
    assert line.startswith(f"Read back {TIME}: ")
    assert line.endswith(" It was not applied.")


def test_an_old_look_is_not_the_answer_to_a_press() -> None:
    told = looked_reply(looked(0), LATER)
    assert told == "Odd &lt;counts&gt;. It is still not known whether it was applied."
    assert looked_line(looked(None)) == ""


def test_the_card_has_it_where_a_person_has_to_conclude_it() -> None:
    for state in (State.NEEDS_OPERATOR, State.FAILED):
        text, blocks = card(looked(0, state), "Acme GmbH")
        check(text, blocks)
        found = f"Looked {TIME}: 1,287 of 1,287 still ON. It was not applied."
        assert (found in shown(blocks)) == (state is State.NEEDS_OPERATOR)
