"""Which approved change starts now, and which one waits for what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import PurgeUsers
from bot.domain.change_state import State
from bot.domain.roles import Role
from bot.domain.scope import EVERY_USER, Everyone, Flag, Groups, Scope
from tests.builders import APPROVER, CHANNEL, NOW, OTHER_CUSTOMER, REQUESTER, a_grant
from tests.service.harness import ServiceHarness, approved, many, users


def after(seconds: float) -> dict[str, Any]:
    return {"decided_at": NOW + timedelta(seconds=seconds)}


async def test_the_first_decided_is_the_first_to_start(harness: ServiceHarness) -> None:
    await harness.put(approved("C-LATER", users("a"), **after(2)))
    await harness.put(approved("C-FIRST", users("b"), **after(1)))
    assert await harness.claim() == ["C-FIRST", "C-LATER"]


async def test_named_users_that_do_not_overlap_start_together(harness: ServiceHarness) -> None:
    await harness.put(*(approved(f"C-0000{n}", users(f"u{n}")) for n in range(5)))
    assert len(await harness.claim()) == 5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Everyone(), Everyone()),
        (Everyone(), Groups(("emea",))),
        (Everyone(), users("a")),
        (Groups(("emea",)), Groups(("apac",))),  # who is in which group, the API alone knows
        (Groups(("emea",)), users("a")),
        (users("a", "b"), users("b", "c")),
    ],
)
async def test_overlapping_changes_run_one_after_the_other(
    harness: ServiceHarness, one: Scope, other: Scope
) -> None:
    await harness.put(approved("C-00001", one, **after(1)), approved("C-00002", other, **after(2)))

    assert await harness.claim() == ["C-00001"]

    waiting = await harness.change("C-00002")
    assert (waiting.state, waiting.waits_for) == (State.APPROVED, "C-00001")


@pytest.mark.parametrize("state", [State.APPROVED, State.EXECUTING, State.UNKNOWN])
async def test_a_failover_waits_for_no_purge(harness: ServiceHarness, state: State) -> None:
    purge = approved("C-00001", EVERY_USER, action=PurgeUsers(), state=state, **after(1))
    await harness.put(purge, approved("C-00002", **after(2)))
    assert "C-00002" in await harness.claim()


async def test_the_one_that_waited_starts_when_the_first_is_done(harness: ServiceHarness) -> None:
    await harness.put(approved("C-00001", **after(1)), approved("C-00002", **after(2)))
    await harness.executor.run()

    first, second = await harness.change("C-00001"), await harness.change("C-00002")
    assert (first.state, second.state) == (State.APPLIED, State.APPLIED)
    assert second.waits_for is None
    assert first.finished_at
    assert second.started_at
    assert first.finished_at <= second.started_at


async def test_another_flag_or_direction_on_the_same_users_waits_too(
    harness: ServiceHarness,
) -> None:
    await harness.put(
        approved("C-00001", **after(1)),
        approved("C-00002", flag=Flag.ACCESS, **after(2)),
        approved("C-00003", on=False, **after(3)),
    )
    assert await harness.claim() == ["C-00001"]
    assert (await harness.change("C-00002")).waits_for == "C-00001"


async def test_another_customer_does_not_wait(harness: ServiceHarness) -> None:
    await harness.grant(a_grant(REQUESTER, customer="*"))
    await harness.grant(a_grant(APPROVER, Role.APPROVER, customer="*"))
    await harness.grant(a_grant(CHANNEL, Role.INCIDENT, customer="*"))
    await harness.put(approved("C-00001"), approved("C-00002", customer=OTHER_CUSTOMER))
    assert sorted(await harness.claim()) == ["C-00001", "C-00002"]


async def test_nobody_overtakes_one_that_waits_where_they_overlap(harness: ServiceHarness) -> None:
    """The third overlaps only the second, which waits itself."""
    await harness.put(
        approved("C-00001", users("a", "b"), **after(1)),
        approved("C-00002", users("a", "c"), **after(2)),
        approved("C-00003", users("c"), **after(3)),
    )
    assert await harness.claim() == ["C-00001"]
    assert (await harness.change("C-00002")).waits_for == "C-00001"
    assert (await harness.change("C-00003")).waits_for == "C-00002"


@pytest.mark.parametrize("state", [State.EXECUTING, State.UNKNOWN])
async def test_what_runs_already_is_waited_for(harness: ServiceHarness, state: State) -> None:
    await harness.put(
        approved("C-00001", state=state, next_look_at=NOW + timedelta(hours=1)),
        approved("C-00002", users("a")),
    )
    harness.held = {"C-00001"}
    work = await harness.work()
    assert work.to_start == ()
    assert (await harness.change("C-00002")).waits_for == "C-00001"


async def test_waiting_is_written_once_and_not_with_every_sweep(harness: ServiceHarness) -> None:
    await harness.put(approved("C-00001", **after(1)), approved("C-00002", **after(2)))
    assert await harness.claim()
    before = await harness.change("C-00002")
    harness.held = {"C-00001"}
    await harness.work()
    assert await harness.change("C-00002") == before


async def test_no_more_start_than_there_is_room(harness: ServiceHarness) -> None:
    await harness.put(*(approved(f"C-0000{n}", many(1, n), **after(n)) for n in range(5)))
    assert await harness.claim(free_slots=2) == ["C-00000", "C-00001"]
    assert await harness.claim(free_slots=0) == []
    assert await harness.state("C-00002") is State.APPROVED
    assert await harness.claim(free_slots=2) == ["C-00002", "C-00003"]


async def test_without_room_a_change_still_holds_its_place(harness: ServiceHarness) -> None:
    await harness.put(
        approved("C-00001", users("a"), **after(1)),
        approved("C-00002", users("a", "b"), **after(2)),
    )
    assert await harness.claim(free_slots=0) == []
    assert (await harness.change("C-00002")).waits_for == "C-00001"


async def test_a_claim_saves_the_requests_before_anything_is_sent(harness: ServiceHarness) -> None:
    await harness.put(approved("C-00001", users("a", "b"), waits_for="C-00000", done=9))
    assert await harness.claim() == ["C-00001"]

    taken = await harness.change("C-00001")
    assert (taken.state, taken.attempts, taken.started_at) == (State.EXECUTING, 1, NOW)
    assert (taken.waits_for, taken.done) == (None, 0)
    assert harness.api.sent == []
    assert await harness.details("change.executing") == [
        {
            "attempt": 1,
            "requests": [
                "PUT /44444/a@example.com/failover",
                "PUT /44444/b@example.com/failover",
            ],
        }
    ]
