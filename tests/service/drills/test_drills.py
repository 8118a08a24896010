"""A drill from its beginning to its score sheet, with the bot killed in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.actions import SetFlag
from bot.domain.audit.drill_history import DrillHistory
from bot.domain.change import Change
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.drill import TIME_LIMIT, Drill, Ending, Scenario, Score
from bot.domain.outcome import Outcome
from bot.domain.roles import Role
from bot.domain.scope import Everyone, Flag
from bot.domain.time_limit import TimeLimit
from bot.errors import Conflict, InvalidInput, NotAllowed, NotSent, Refused
from bot.service.changes import decide
from bot.service.changes.propose import propose
from bot.service.changes.timed.way_back import DRILL_OVER
from bot.service.context import save_change
from bot.service.drills.end import end_drill
from bot.service.drills.listed import drills
from bot.service.drills.on_deadline import PATIENCE
from bot.service.drills.start import start_drill
from bot.service.on_entries import entries_of
from bot.terminal.audit.verify import verify_trail
from tests.builders import APPROVER, CHANNEL, CUSTOMER, REQUESTER, a_change, a_grant
from tests.service.harness import STRANGER, ServiceHarness, actor, request

OTHER_CHANNEL = "C0OTHER"


@pytest.fixture
def drilled(harness: ServiceHarness) -> ServiceHarness:
    harness.ctx = replace(harness.ctx, is_drill=lambda one: one == CUSTOMER)
    harness.executor.real._ctx = harness.ctx
    return harness


async def begun(harness: ServiceHarness, scenario: Scenario = Scenario.LOST) -> Drill:
    drill = await start_drill(harness.ctx, actor(), CUSTOMER, scenario)
    await harness.fall_due()
    return drill


async def stored(harness: ServiceHarness, drill: Drill) -> Drill:
    found = await harness.look(lambda tx: tx.drill(drill.id))
    assert found is not None
    return found


async def score(harness: ServiceHarness, drill: Drill) -> Score:
    found = (await stored(harness, drill)).score
    assert found is not None
    return found


async def test_it_is_played_told_ended_by_a_verified_change_and_scored(
    drilled: ServiceHarness,
) -> None:
    drill = await begun(drilled)
    assert drilled.api.played == [(CUSTOMER, drill.id, "lost")]
    assert drilled.posted == [f"drill_post:{drill.id}:began"]
    drilled.clock.advance(seconds=40)
    change = await drilled.previewed()
    with pytest.raises(NotAllowed):
        await decide.approve(drilled.ctx, actor(), change.id, change.preview_revision)
    drilled.clock.advance(seconds=65)
    await decide.approve(drilled.ctx, actor(APPROVER), change.id, change.preview_revision)
    drilled.clock.advance(seconds=5)
    await drilled.executor.run()
    assert await drilled.state(change.id) is State.APPLIED
    await drilled.fall_due()
    told = await score(drilled, drill)
    assert told == Score(
        Ending.VERIFIED, change.id, 40, 65, 110, 1, told.refusals, (REQUESTER, APPROVER)
    )
    assert "approve" in told.refusals[0]
    assert drilled.api.played[1:] == [(CUSTOMER, drill.id, "")]
    assert drilled.posted[1:] == [f"drill_post:{drill.id}:ended"]
    kinds = [one for one in await drilled.trail() if one.startswith("drill")]
    assert kinds == ["drill.started", "drill.ended"]
    found = await verify_trail(drilled.store)
    assert not [one for one in found.differences.first if one.startswith("drill")]


async def test_a_change_of_before_and_one_that_is_not_verified_end_nothing(
    drilled: ServiceHarness,
) -> None:
    drill = await begun(drilled)
    old = a_change(id="C-0000X", drill=True, created_at=drill.started_at - timedelta(minutes=1))
    await drilled.put(old)
    drilled.rewritten = True
    applied = replace(old, state=State.APPLIED, outcome=Outcome(verifiable=True), revision=2)
    await drilled.store.write(lambda tx: save_change(tx, applied))
    await drilled.fall_due()
    assert (await stored(drilled, drill)).ended_at is None
    change = await drilled.previewed()
    await decide.deny(drilled.ctx, actor(APPROVER), change.id, "No rehearsal now")
    await drilled.fall_due()
    assert (await stored(drilled, drill)).ended_at is None


async def test_by_a_person_and_by_the_time_limit(drilled: ServiceHarness) -> None:
    first = await begun(drilled)
    told = await end_drill(drilled.ctx, actor(), CUSTOMER)
    assert (told.id, (await score(drilled, first)).ending) == (first.id, Ending.BY_PERSON)
    with pytest.raises(Conflict, match="No drill of 44444 is running"):
        await end_drill(drilled.ctx, actor(), CUSTOMER)
    await drilled.fall_due()
    drilled.clock.advance(seconds=1)
    second = await begun(drilled, Scenario.DOWN)
    drilled.clock.advance(seconds=TIME_LIMIT.total_seconds() - 1)
    await drilled.fall_due()
    assert (await stored(drilled, second)).ended_at is None
    drilled.clock.advance(seconds=1)
    await drilled.fall_due()
    assert await score(drilled, second) == Score(Ending.TIME)
    assert [one[2] for one in drilled.api.played] == ["lost", "", "down", ""]
    listed, _ = await drills(drilled.ctx, actor(), None)
    assert [one.id for one in listed] == [second.id, first.id]


async def test_a_step_that_was_cut_off_is_done_after_the_next_start(
    drilled: ServiceHarness,
) -> None:
    drill = await start_drill(drilled.ctx, actor(), CUSTOMER, Scenario.SLOW)
    drilled.api.not_rehearsed = NotSent("The simulated API is not there.")
    due = (await drilled.look(lambda tx: tx.due_deadlines(drilled.clock.now())))[0]
    with pytest.raises(AssertionError, match="a deadline failed"):
        await drilled.fall_due()
    assert due.key == f"drill_begin:{drill.id}"
    drilled.api.not_rehearsed = None
    await drilled.fall_due()
    assert drilled.api.played == [(CUSTOMER, drill.id, "slow")]
    assert drilled.posted == [f"drill_post:{drill.id}:began"]


@pytest.mark.parametrize("error", [NotSent("It is not there."), Refused("It is a real one.")])
async def test_what_cannot_be_played_ends_and_says_so(
    drilled: ServiceHarness, error: NotSent | Refused
) -> None:
    drill = await start_drill(drilled.ctx, actor(), CUSTOMER, Scenario.SLOW)
    drilled.api.not_rehearsed = error
    drilled.clock.advance(seconds=PATIENCE.total_seconds())
    await drilled.fall_due() if isinstance(error, Refused) else None
    if isinstance(error, NotSent):  # the end waits for it for a while, too
        with pytest.raises(AssertionError, match="a deadline failed"):
            await drilled.fall_due()
        drilled.clock.advance(seconds=PATIENCE.total_seconds())
        await drilled.fall_due()
    assert (await score(drilled, drill)).ending is Ending.NO_API
    assert drilled.posted == [f"drill_post:{drill.id}:ended"]


async def test_a_real_customer_gets_no_drill(harness: ServiceHarness) -> None:
    with pytest.raises(InvalidInput, match="Customer 44444 is a real one"):
        await start_drill(harness.ctx, actor(), CUSTOMER, Scenario.LOST)
    assert await harness.look(lambda tx: tx.drills()) == []
    assert len(await harness.refusals()) == 1


async def test_who_may_not_propose_begins_and_ends_none(drilled: ServiceHarness) -> None:
    for person in (STRANGER, APPROVER):
        with pytest.raises(NotAllowed):
            await start_drill(drilled.ctx, actor(person), CUSTOMER, Scenario.LOST)
        with pytest.raises(NotAllowed):
            await end_drill(drilled.ctx, actor(person), CUSTOMER)
    with pytest.raises(NotAllowed):
        await start_drill(drilled.ctx, actor(channel=OTHER_CHANNEL), CUSTOMER, Scenario.LOST)


async def test_without_the_simulated_api_nothing_begins(drilled: ServiceHarness) -> None:
    drilled.api.uncounted = NotSent("The simulated API of this drill is not there.")
    drilled.api.unreadable = drilled.api.uncounted
    with pytest.raises(NotSent):
        await start_drill(drilled.ctx, actor(), CUSTOMER, Scenario.LOST)
    assert await drilled.look(lambda tx: tx.drills()) == []


async def test_a_second_drill_and_what_is_open_are_refused(drilled: ServiceHarness) -> None:
    await begun(drilled)
    with pytest.raises(Conflict, match="The drill lost of 44444 runs since"):
        await start_drill(drilled.ctx, actor(), CUSTOMER, Scenario.DOWN)
    await drilled.propose()
    await end_drill(drilled.ctx, actor(), CUSTOMER)
    with pytest.raises(Conflict, match="of 44444 is awaiting approval"):
        await start_drill(drilled.ctx, actor(), CUSTOMER, Scenario.DOWN)


async def test_beside_a_real_incident_in_the_same_channel_none_begins(
    drilled: ServiceHarness,
) -> None:
    await drilled.put(a_change(customer="10101"))
    with pytest.raises(Conflict, match=r"C-\w+ of customer 10101 is .* in this channel"):
        await start_drill(drilled.ctx, actor(), CUSTOMER, Scenario.LOST)
    await drilled.grant(a_grant(OTHER_CHANNEL, Role.INCIDENT))
    await start_drill(drilled.ctx, actor(channel=OTHER_CHANNEL), CUSTOMER, Scenario.LOST)


async def test_another_drill_in_the_same_channel_stands_in_no_way(drilled: ServiceHarness) -> None:
    await drilled.put(a_change(customer="10101", drill=True))
    await start_drill(drilled.ctx, actor(), CUSTOMER, Scenario.LOST)


async def test_the_way_back_of_a_drill_is_one_too(drilled: ServiceHarness) -> None:
    limit = TimeLimit(lasts=timedelta(hours=2), zone="UTC")
    wanted = Proposal(CUSTOMER, SetFlag(Flag.FAILOVER, on=True), Everyone(), time_limit=limit)
    change, _ = await propose(drilled.ctx, actor(), wanted)
    await drilled.executor.run()
    seen = (await drilled.change(change.id)).preview_revision
    await decide.approve(drilled.ctx, actor(APPROVER), change.id, seen)
    await drilled.executor.run()
    drilled.clock.advance(hours=3)
    await drilled.fall_due()
    (back,) = [one for one in await drilled.look(lambda tx: tx.changes()) if one.back_of]
    assert (back.drill, back.state) == (True, State.APPLIED)


async def test_at_the_terminal_the_only_incident_channel_is_told(drilled: ServiceHarness) -> None:
    typed = replace(actor(channel=None), terminal="ops@host")
    drill = await start_drill(drilled.ctx, typed, CUSTOMER, Scenario.LOST)
    assert (drill.channel, drill.started_by) == (CHANNEL, REQUESTER)


async def test_a_row_that_no_entry_explains_is_found(drilled: ServiceHarness) -> None:
    drill = await begun(drilled)
    ended = await end_drill(drilled.ctx, actor(), CUSTOMER)
    entries = await drilled.look(lambda tx: tx.entries_after(0, 100))

    def differences(*table: Drill) -> list[str]:
        history = DrillHistory()
        history.read(entries)
        return history.differences(table, [])

    assert differences(ended) == []
    assert differences()[0].startswith(f"drill {drill.id}: in entry ")
    better = replace(ended, score=Score(Ending.VERIFIED, "C-1", 1, 1, 1))
    for altered in (better, replace(ended, channel="C0X"), replace(ended, ended_at=None)):
        assert differences(altered)[0].startswith(f"drill {drill.id}: not as entry ")
    foreign = replace(ended, id="D-0000X")
    assert "drill D-0000X: in the table, and no entry began it" in differences(ended, foreign)


async def test_what_it_switched_is_not_on_any_more_when_it_has_ended(
    drilled: ServiceHarness,
) -> None:
    drill = await begun(drilled)
    limit = TimeLimit(lasts=timedelta(hours=2), zone="UTC")
    wanted = Proposal(CUSTOMER, SetFlag(Flag.FAILOVER, on=True), Everyone(), time_limit=limit)
    change, _ = await propose(drilled.ctx, actor(), wanted)
    await drilled.executor.run()
    change = await drilled.change(change.id)
    await decide.approve(drilled.ctx, actor(APPROVER), change.id, change.preview_revision)
    await drilled.executor.run()
    assert await drilled.look(entries_of) != {}
    drilled.clock.advance(seconds=1)
    await drilled.fall_due()
    assert (await stored(drilled, drill)).ended_at
    assert await drilled.look(entries_of) == {}
    asked = len(drilled.api.asked)
    drilled.clock.advance(hours=3)
    await drilled.fall_due()
    assert (await drilled.change(change.id)).end_note == DRILL_OVER
    assert len(drilled.api.asked) == asked
    assert await drilled.look(lambda tx: len(tx.changes())) == 1


async def test_a_clock_that_jumps_an_hour_ends_it_once(drilled: ServiceHarness) -> None:
    drill = await begun(drilled)
    for hours in (1, -1, 1):
        drilled.clock.advance(hours=hours)
        await drilled.fall_due()
    assert (await score(drilled, drill)).ending is Ending.TIME
    assert drilled.posted == [f"drill_post:{drill.id}:{what}" for what in ("began", "ended")]
    assert [one[2] for one in drilled.api.played] == ["lost", ""]
    assert (await drilled.trail()).count("drill.ended") == 1


async def test_of_two_people_at_the_same_time_one_begins_it(drilled: ServiceHarness) -> None:
    await drilled.grant(a_grant(STRANGER, Role.OPERATOR))
    started = await asyncio.gather(
        *(
            start_drill(drilled.ctx, actor(person), CUSTOMER, Scenario.LOST)
            for person in (REQUESTER, STRANGER)
        ),
        return_exceptions=True,
    )
    assert {type(one) for one in started} == {Drill, Conflict}
    ended = await asyncio.gather(
        *(end_drill(drilled.ctx, actor(person), CUSTOMER) for person in (REQUESTER, STRANGER)),
        return_exceptions=True,
    )
    assert {type(one) for one in ended} == {Drill, Conflict}


async def test_a_drill_takes_nothing_back_that_is_on_at_the_real_api(
    harness: ServiceHarness,
) -> None:
    limit = TimeLimit(lasts=timedelta(hours=2), zone="UTC")

    async def switched(on: bool, time_limit: TimeLimit | None = None) -> Change:
        action = SetFlag(Flag.FAILOVER, on=on)
        wanted = Proposal(CUSTOMER, action, Everyone(), time_limit=time_limit)
        change, _ = await propose(harness.ctx, actor(), wanted)
        await harness.executor.run()
        seen = (await harness.change(change.id)).preview_revision
        await decide.approve(harness.ctx, actor(APPROVER), change.id, seen)
        await harness.executor.run()
        harness.clock.advance(minutes=2)
        return await harness.change(change.id)

    def marked(drill: bool) -> None:
        harness.ctx = replace(harness.ctx, is_drill=lambda _: drill)
        harness.executor.real._ctx = harness.ctx

    real = await switched(on=True, time_limit=limit)
    marked(drill=True)
    off = await switched(on=False)
    assert (off.drill, off.state) == (True, State.APPLIED)
    await switched(on=True)
    assert (await harness.change(real.id)).ends_at == real.ends_at
    entries = await harness.look(entries_of)
    assert [one.change.id for one in entries[CUSTOMER]] == [real.id]
    marked(drill=False)
    harness.clock.advance(hours=2)
    await harness.fall_due()
    (back,) = [one for one in await harness.look(lambda tx: tx.changes()) if one.back_of]
    assert (back.back_of, back.drill, back.state) == (real.id, False, State.APPLIED)


async def test_what_is_asked_for_in_earnest_is_not_taken_for_the_drill_that_waits(
    drilled: ServiceHarness,
) -> None:
    waits = await drilled.propose()
    drilled.ctx = replace(drilled.ctx, is_drill=lambda _: False)
    real, new = await propose(drilled.ctx, actor(), request())
    assert new
    assert (waits.drill, real.drill) == (True, False)
