"""A change whose row cannot be read is set aside: it is told of, and all others go on."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.domain.change_state import State
from bot.errors import StoreUnusable
from bot.service.changes.propose import propose
from tests.builders import NOW, a_change
from tests.fixtures import raw_database
from tests.fixtures.databases import database_in
from tests.service.harness import ServiceHarness, actor, approved, request, users

Logs = list[MutableMapping[str, Any]]
LOST = "C-00000"
STATES = (
    State.AWAITING_APPROVAL,
    State.AWAITING_CONFIRMATION,
    State.APPROVED,
    State.EXECUTING,
    State.UNKNOWN,
)


async def lost(harness: ServiceHarness, path: Path, state: State, **over: Any) -> None:
    """Write a change of everyone, older than all others, and make its row unreadable."""
    await harness.put(a_change(id=LOST, state=state, created_at=NOW - timedelta(hours=1), **over))
    harness.rewritten = True
    raw_database.execute(database_in(path), "UPDATE changes SET body = '{' WHERE id = ?", LOST)


@pytest.mark.parametrize("late", [False, True], ids=["", "past its deadline"])
@pytest.mark.parametrize("state", STATES)
async def test_all_others_are_previewed_executed_read_back_and_expire(
    harness: ServiceHarness, tmp_path: Path, state: State, late: bool
) -> None:
    over = {"deadline": NOW - timedelta(seconds=1)} if late else {}
    await lost(harness, tmp_path, state, ambiguous_at=NOW, begun_at=NOW, **over)
    await harness.put(
        approved("C-00001", users("a")),
        approved("C-00002", users("b"), state=State.UNKNOWN, next_look_at=NOW),
        approved("C-00003", users("c"), state=State.EXECUTING),
        a_change(id="C-00004", deadline=NOW),
        a_change(id="C-00005", scope=users("a")),
    )
    await harness.executor.run()
    ends = [await harness.state(f"C-0000{number}") for number in (1, 2, 3, 4)]
    assert ends == [State.APPLIED, State.APPLIED, State.APPLIED, State.EXPIRED]
    assert (await harness.change("C-00005")).preview is not None


async def test_it_is_logged_once_a_minute_and_told_to_who_asks_for_it(
    harness: ServiceHarness, tmp_path: Path, logs: Logs
) -> None:
    await lost(harness, tmp_path, State.APPROVED)
    for seconds in (0, 1, 58, 1):
        harness.clock.advance(seconds=seconds)
        await harness.executor.run()
    told = [entry for entry in logs if entry["event"] == "executor.change_set_aside"]
    assert [entry["change"] for entry in told] == [LOST, LOST]
    assert {entry["log_level"] for entry in told} == {"error"}
    assert not [entry for entry in logs if entry["event"] == "executor.work_failed"]
    with pytest.raises(StoreUnusable, match=f"The row of change {LOST} in the database cannot"):
        await harness.change(LOST)


async def test_the_same_may_be_proposed_anew(harness: ServiceHarness, tmp_path: Path) -> None:
    await lost(harness, tmp_path, State.AWAITING_APPROVAL)
    change, new = await propose(harness.ctx, actor(), request())
    assert new
    assert change.id != LOST


async def test_what_is_not_finished_is_still_measured(
    harness: ServiceHarness, tmp_path: Path
) -> None:
    await lost(harness, tmp_path, State.EXECUTING)
    await harness.put(approved("C-00001", state=State.EXECUTING, started_at=NOW))
    backlog = await harness.look(lambda tx: tx.backlog())
    assert backlog.changes[State.EXECUTING] == 2
    assert backlog.executing_since == NOW
