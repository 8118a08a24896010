"""After an ambiguous answer, the opposite waits: a late request must not land on top of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.scope import Everyone, Flag, Scope
from tests.builders import NOW, OTHER_CUSTOMER
from tests.service.harness import ServiceHarness, approved, users

QUIET = timedelta(seconds=60)


def ended(**over: Any) -> Change:
    """Return `failover off` for everyone, whose answer was ambiguous just now and which is settled."""
    fields: dict[str, Any] = {"state": State.NEEDS_OPERATOR, "on": False, "ambiguous_at": NOW}
    return approved("C-BEFOR", **(fields | over))


@pytest.mark.parametrize("state", [State.APPLIED, State.FAILED, State.NEEDS_OPERATOR])
async def test_an_opposite_change_waits_out_the_quiet_period(
    harness: ServiceHarness, state: State
) -> None:
    await harness.put(ended(state=state), approved("C-AFTER"))

    harness.clock.at = NOW + QUIET - timedelta(microseconds=1)
    assert await harness.claim() == []
    assert (await harness.change("C-AFTER")).waits_for == "C-BEFOR"

    harness.clock.at = NOW + QUIET
    assert await harness.claim() == ["C-AFTER"]


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
async def test_nothing_else_waits(
    harness: ServiceHarness, scope: Scope, over: dict[str, Any]
) -> None:
    await harness.put(ended(scope=scope, **over), approved("C-AFTER", users("a")))
    assert await harness.claim() == ["C-AFTER"]


async def test_the_quiet_period_is_that_of_the_last_ambiguous_answer(
    harness: ServiceHarness,
) -> None:
    await harness.put(ended(created_at=NOW - timedelta(hours=1)), approved("C-AFTER"))
    harness.clock.advance(seconds=30)
    assert await harness.claim() == []
    late = (await harness.change("C-BEFOR")).revised(ambiguous_at=harness.clock.at)
    harness.rewritten = True
    await harness.store.write(lambda tx: tx.save_change(late))
    harness.clock.advance(seconds=59)
    assert await harness.claim() == []
    harness.clock.advance(seconds=1)
    assert await harness.claim() == ["C-AFTER"]


async def test_the_length_of_the_quiet_period_is_a_setting(harness: ServiceHarness) -> None:
    harness.ctx = replace(harness.ctx, quiet_period=timedelta(seconds=5))
    await harness.put(ended(), approved("C-AFTER"))
    harness.clock.advance(seconds=4.9)
    assert await harness.claim() == []
    harness.clock.advance(seconds=0.1)
    assert await harness.claim() == ["C-AFTER"]
