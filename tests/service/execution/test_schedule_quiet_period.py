"""After an ambiguous answer, the opposite waits: a late request must not land on top of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import Change, State
from bot.domain.scope import Everyone, Flag, Scope
from tests.builders import NOW, OTHER_CUSTOMER
from tests.service.service_setup import House, approved, users

QUIET = timedelta(seconds=60)


def ended(**over: Any) -> Change:
    """Return `failover off` for everyone, whose answer was ambiguous just now and which is settled."""
    fields: dict[str, Any] = {"state": State.NEEDS_OPERATOR, "on": False, "ambiguous_at": NOW}
    return approved("C-BEFOR", **(fields | over))


@pytest.mark.parametrize("state", [State.APPLIED, State.FAILED, State.NEEDS_OPERATOR])
async def test_an_opposite_change_waits_out_the_quiet_period(house: House, state: State) -> None:
    await house.put(ended(state=state), approved("C-AFTER"))

    house.clock.at = NOW + QUIET - timedelta(microseconds=1)
    assert await house.claim() == []
    assert (await house.change("C-AFTER")).waits_for == "C-BEFOR"

    house.clock.at = NOW + QUIET
    assert await house.claim() == ["C-AFTER"]


@pytest.mark.parametrize(
    ("scope", "over"),
    [
        (Everyone(), {"on": True}),  # the same direction
        (Everyone(), {"flag": Flag.ACCESS}),  # another flag
        (Everyone(), {"customer": OTHER_CUSTOMER}),
        (users("b"), {}),  # opposite, of users that do not overlap
        (Everyone(), {"ambiguous_at": None}),  # never in doubt
    ],
)
async def test_nothing_else_waits(house: House, scope: Scope, over: dict[str, Any]) -> None:
    await house.put(ended(scope=scope, **over), approved("C-AFTER", users("a")))
    assert await house.claim() == ["C-AFTER"]


async def test_the_quiet_period_is_that_of_the_last_ambiguous_answer(house: House) -> None:
    await house.put(ended(created_at=NOW - timedelta(hours=1)), approved("C-AFTER"))
    house.clock.advance(seconds=30)
    assert await house.claim() == []
    late = (await house.change("C-BEFOR")).revised(ambiguous_at=house.clock.at)
    house.rewritten = True
    await house.store.write(lambda tx: tx.save_change(late))
    house.clock.advance(seconds=59)
    assert await house.claim() == []
    house.clock.advance(seconds=1)
    assert await house.claim() == ["C-AFTER"]


async def test_the_length_of_the_quiet_period_is_a_setting(house: House) -> None:
    house.ctx = replace(house.ctx, quiet_period=timedelta(seconds=5))
    await house.put(ended(), approved("C-AFTER"))
    house.clock.advance(seconds=4.9)
    assert await house.claim() == []
    house.clock.advance(seconds=0.1)
    assert await house.claim() == ["C-AFTER"]
