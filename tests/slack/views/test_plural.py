"""A text in its two forms."""

from __future__ import annotations

import pytest

from bot.slack.views.texts.plural import USERS, Plural


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 users"), (1, "1 user"), (2, "2 users"), (1284, "1,284 users")]
)
def test_the_number_chooses_the_form(count: int, text: str) -> None:
    assert USERS.format(count) == text


def test_other_values_are_filled_in_both_forms() -> None:
    waits = Plural("1 change waits for {who}.", "{count} changes wait for {who}.")
    assert waits.format(1, who="you") == "1 change waits for you."
    assert waits.format(2, who="you") == "2 changes wait for you."
