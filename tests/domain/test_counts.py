"""Numbers that cannot be true together."""

from __future__ import annotations

from bot.domain.counts import count_contradiction


def test_parts_that_are_more_than_the_whole_are_named() -> None:
    parts = {"activated": 12, "in failover": 1284, "with access": 10}
    assert count_contradiction(10, parts) == (
        "The API's numbers contradict each other: 12 activated, 1,284 in failover of 10 users."
    )


def test_what_is_not_known_or_fits_contradicts_nothing() -> None:
    assert count_contradiction(None, {"activated": 12}) == ""
    assert count_contradiction(10, {"activated": None, "with access": 10}) == ""
