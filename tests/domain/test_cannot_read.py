"""How many of the users in failover cannot read their mail: never a number that is not known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.cannot_read import CannotRead
from bot.domain.preview import UserFlags

FLAG = st.sampled_from([True, False, None])
FLAGS = st.lists(st.builds(UserFlags, st.just(True), FLAG, FLAG), max_size=8)


@pytest.mark.parametrize(
    ("counts", "users", "at_least"),
    [
        ((1284, 240, 31, 31), 240, 240),
        ((1284, 240, 31, 0), 271, 271),
        ((1284, 240, 31, None), None, 240),
        ((1284, 240, 0, None), 240, 240),
        ((1284, 0, 31, None), 31, 31),
        ((1284, 0, 0, None), 0, 0),
        ((1284, None, 31, None), None, 31),
        ((1284, None, None, None), None, 0),
        ((None, 240, 31, 31), 240, 240),
        ((1284, 240, 31, 32), None, 240),  # more are both than are not activated
        ((250, 240, 31, 0), None, 240),  # more than are in failover
        ((239, 240, 31, 31), None, 0),
    ],
)
def test_the_union_is_known_where_the_counts_tell_it(
    counts: tuple[int | None, ...], users: int | None, at_least: int
) -> None:
    told = CannotRead.of(*counts)
    assert (told.users, told.at_least) == (users, at_least)


@given(FLAGS)
def test_of_named_users_each_counts_once(flags: list[UserFlags]) -> None:
    told = CannotRead.among(flags)
    cannot = [False in (one.access, one.activation) for one in flags]
    unsure = [None in (one.access, one.activation) and False not in (one.access, one.activation)
              for one in flags]  # fmt: skip
    assert told.in_failover == len(flags)
    assert told.users == (None if any(unsure) else sum(cannot))
    assert told.access_off == (
        None if any(one.access is None for one in flags) else sum(not one.access for one in flags)
    )
    assert told.not_activated == (
        None
        if any(one.activation is None for one in flags)
        else sum(not one.activation for one in flags)
    )
    assert told.at_least <= sum(cannot)
