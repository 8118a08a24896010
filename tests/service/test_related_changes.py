"""Cards that tell of another change: its opposite, and what replaces it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import MakeToken
from bot.domain.change import Change
from bot.domain.change_state import MAY_BE_REPEATED, State
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.preview import Preview
from bot.domain.scope import Everyone, Flag, Scope
from bot.ports import MessageKind, Transaction, message_key
from bot.service.changes import decide
from bot.service.context import save_change
from bot.service.related_changes import opposites, superseded_by
from tests.builders import APPROVER, CUSTOMER, NOW, OTHER_CUSTOMER, a_change
from tests.service.harness import ServiceHarness, actor, groups, users

OFF = {"id": "C-00001", "on": False, "preview": Preview(NOW, 9, 0)}
LATER = NOW + timedelta(minutes=5)


async def found(harness: ServiceHarness, *others: Change, **over: Any) -> list[str]:
    change = a_change(**over)
    await harness.put(change, *others)
    return [one.id for one in await harness.look(lambda tx: opposites(tx, change))]


@pytest.mark.parametrize(
    "over",
    [
        {},
        {"state": State.APPROVED},
        {"state": State.EXECUTING},
        {"state": State.ACCEPTED},
        {"scope": groups("emea")},
        {"scope": users("a", "b")},
    ],
)
async def test_an_open_change_the_other_way_for_some_of_the_same_users_is_its_opposite(
    harness: ServiceHarness, over: dict[str, Any]
) -> None:
    assert await found(harness, a_change(**OFF, **over)) == ["C-00001"]


@pytest.mark.parametrize(
    "over",
    [
        {"on": True},
        {"flag": Flag.ACCESS},
        {"customer": OTHER_CUSTOMER},
        {"state": State.APPLIED},
        {"state": State.DENIED},
        {"state": State.NEEDS_OPERATOR},
        {"preview": None},
    ],
)
async def test_another_change_is_not(harness: ServiceHarness, over: dict[str, Any]) -> None:
    assert await found(harness, a_change(**(OFF | over))) == []


async def test_one_for_other_users_is_not_nor_of_a_change_that_ended(
    harness: ServiceHarness,
) -> None:
    other = a_change(**OFF, scope=users("a"))
    assert await found(harness, other, scope=users("b")) == []
    ended = a_change(id="C-00002", state=State.APPLIED)
    assert await harness.look(lambda tx: opposites(tx, ended)) == []


async def behind(harness: ServiceHarness, change_id: str = "C-7K3MX") -> bool:
    """Whether its card falls due; it counts as shown afterwards."""

    def step(tx: Transaction) -> bool:
        row = tx.message(message_key(MessageKind.CARD, change_id))
        if row is None:
            return False
        tx.save_message(replace(row, shown=row.wanted, ts="1.1"))
        return row.shown < row.wanted

    return await harness.store.write(step)


async def test_the_card_falls_due_when_its_opposite_is_proposed_moves_on_and_ends(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, "a@example.com", failover=True)
    harness.api.add(CUSTOMER, "b@example.com")
    mine = await harness.previewed()
    assert await behind(harness, mine.id)
    theirs = await harness.propose(on=False)
    assert not await behind(harness, mine.id)
    await harness.executor.run()
    assert await behind(harness, mine.id)
    assert not await behind(harness, mine.id)
    await decide.deny(harness.ctx, actor(APPROVER), theirs.id, "not yet")
    assert await behind(harness, mine.id)


@pytest.mark.parametrize("state", sorted(MAY_BE_REPEATED))
async def test_an_equal_proposal_takes_the_button_off_the_earlier_card(
    harness: ServiceHarness, state: State
) -> None:
    change = a_change(state=state, created_at=NOW - timedelta(hours=1))
    await harness.put(change)
    await behind(harness)
    again = await harness.propose()
    assert await behind(harness)
    later = await harness.look(lambda tx: superseded_by(tx, change))
    assert later is not None
    assert later.id == again.id


async def later_than(harness: ServiceHarness, scope: Scope, other: Change, **over: Any) -> str:
    change = a_change(state=State.FAILED, scope=scope, finished_at=NOW, **over)
    await harness.put(change, other)
    rows = [UserOutcome("a@example.com", UserStatus.APPLIED)]
    await harness.store.write(lambda tx: tx.put_user_outcomes(change.id, rows))
    later = await harness.look(lambda tx: superseded_by(tx, change))
    return later.id if later else ""


@pytest.mark.parametrize(
    ("scope", "theirs", "over", "expected"),
    [
        (Everyone(), Everyone(), {"state": State.APPLIED}, True),
        (Everyone(), Everyone(), {"state": State.PARTIAL}, True),
        (Everyone(), Everyone(), {"state": State.AWAITING_APPROVAL}, False),
        (Everyone(), Everyone(), {"state": State.FAILED}, False),
        (Everyone(), Everyone(), {"state": State.APPLIED, "finished_at": NOW}, False),
        (Everyone(), groups("emea"), {"state": State.APPLIED}, False),
        (groups("emea"), Everyone(), {"state": State.APPLIED}, True),
        (users("a"), users("a", "b"), {"state": State.APPLIED}, True),
        (users("a", "b"), users("a"), {"state": State.APPLIED}, False),
    ],
)
async def test_an_opposite_one_replaces_it_where_it_was_applied_afterwards_for_all_of_its_users(
    harness: ServiceHarness, scope: Scope, theirs: Scope, over: dict[str, Any], expected: bool
) -> None:
    other = a_change(**OFF, scope=theirs, **({"finished_at": LATER} | over))
    assert await later_than(harness, scope, other) == ("C-00001" if expected else "")


@pytest.mark.parametrize(("theirs", "expected"), [("b", True), ("c", False)])
async def test_of_named_users_the_rest_is_what_counts(
    harness: ServiceHarness, theirs: str, expected: bool
) -> None:
    other = a_change(id="C-00001", scope=users(theirs), created_at=LATER)
    found = await later_than(harness, users("a", "b"), other)
    assert found == ("C-00001" if expected else "")


async def test_what_cannot_be_proposed_again_is_replaced_by_nothing(
    harness: ServiceHarness,
) -> None:
    applied = a_change(state=State.APPLIED)
    await harness.put(applied, a_change(id="C-00001", created_at=LATER))
    assert await harness.look(lambda tx: superseded_by(tx, applied)) is None


async def test_a_token_is_replaced_by_a_later_one_for_the_same_user(
    harness: ServiceHarness,
) -> None:
    token = {"action": MakeToken(notify=True), "scope": users("a")}
    change = a_change(state=State.FAILED, **token)
    await harness.put(change, a_change(id="C-00001", created_at=LATER, **token))
    later = await harness.look(lambda tx: superseded_by(tx, change))
    assert later is not None


async def test_both_of_two_opposite_changes_expire_in_one_step(harness: ServiceHarness) -> None:
    """The end of the first gives the second another revision."""
    await harness.put(a_change(preview=Preview(NOW, 9, 0)), a_change(**OFF))
    harness.clock.advance(hours=2)
    await harness.work()
    states = [(await harness.change(one)).state for one in ("C-7K3MX", "C-00001")]
    assert states == [State.EXPIRED, State.EXPIRED]


async def test_a_step_within_the_same_phase_does_not_update_the_other_card(
    harness: ServiceHarness,
) -> None:
    theirs = a_change(**OFF, state=State.UNKNOWN)
    await harness.put(a_change(), theirs)
    await behind(harness)
    await harness.store.write(lambda tx: save_change(tx, theirs.revised(done=1)))
    assert not await behind(harness)
