"""Activate: access on, then failover on, as one change; whatever ends it, it says what is on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.domain.actions import (
    ACCESS_OFF,
    ACCESS_ON,
    FAILOVER_OFF,
    FAILOVER_ON,
    Activate,
    Restore,
    SetFlag,
)
from bot.domain.admin_commands import RevokeRoleCommand
from bot.domain.change import Change
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.outcome import UserStatus
from bot.domain.roles import Role, parse_subject
from bot.domain.scope import Everyone, Flag, Scope
from bot.domain.steps import StepState, steps_of
from bot.ports import MessageKind
from bot.service.access import administer
from bot.service.changes import decide, resolve
from bot.service.changes.propose import propose
from bot.service.changes.propose_again import propose_again, propose_back
from bot.service.on_entries import entries_of
from bot.service.queries.status import status
from bot.slack.views import status as status_view
from tests.builders import ADMIN, APPROVER, CUSTOMER, REQUESTER, a_policy_rule
from tests.fakes import ACCEPTED, ACCEPTED_IN_VAIN, Answer, FakeClock, ambiguous, not_sent, refusal
from tests.service.harness import (
    ManualExecutor,
    ServiceHarness,
    actor,
    grants,
    groups,
    opened,
    users,
)
from tests.service.mortal_store import Died, MortalStore

ALL = users("a", "b", "c").addresses


@pytest.fixture(autouse=True)
def nothing_on(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *ALL, access=False, groups=frozenset({"emea"}))


async def asked(harness: ServiceHarness, scope: Scope | None = None, **over: Any) -> Change:
    request = Proposal(CUSTOMER, Activate(), scope or Everyone(), "Exchange down", **over)
    change, _ = await propose(harness.ctx, actor(), request)
    await harness.executor.run()
    return await harness.change(change.id)


async def approved(harness: ServiceHarness, change: Change) -> Change:
    await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    return await harness.change(change.id)


async def run(harness: ServiceHarness, change: Change) -> Change:
    await harness.executor.run()
    return await harness.change(change.id)


async def activated(harness: ServiceHarness, scope: Scope | None = None) -> Change:
    change = await asked(harness, scope)
    if change.approvals_needed:
        await approved(harness, change)
    else:
        await decide.confirm(harness.ctx, actor(), change.id, change.preview_revision)
    return await run(harness, change)


def states(change: Change) -> list[StepState]:
    return [one.state for one in steps_of(change)]


def flags(harness: ServiceHarness) -> set[tuple[bool | None, bool | None]]:
    """Access and failover of the users."""
    return {(one.access, one.failover) for one in harness.api.held[CUSTOMER].values()}


@pytest.mark.parametrize("scope", [Everyone(), groups("emea"), users("a", "b", "c")])
async def test_access_is_on_and_seen_before_failover_is_sent(
    harness: ServiceHarness, scope: Scope
) -> None:
    seen: list[set[tuple[bool | None, bool | None]]] = []
    harness.api.on_write = lambda line: seen.append(flags(harness)) if "failover" in line else None
    change = await activated(harness, scope)
    assert change.state is State.APPLIED
    assert seen[0] == {(True, False)}
    assert flags(harness) == {(True, True)}
    assert states(change) == [StepState.DONE, StepState.DONE]
    access, failover = steps_of(change)
    for step in (access, failover):
        assert step.outcome is not None
        assert (step.outcome.in_state, step.outcome.total) == (3, 3)
    assert access.outcome is not None
    assert access.outcome.api_id != (failover.outcome and failover.outcome.api_id)
    trail = await harness.trail(change.id)
    assert trail[-4:] == [
        "change.executing",
        "change.step_done",
        "change.executing",
        "change.applied",
    ]
    sent = [one["step"] for one in await harness.details("change.executing")]
    assert sent == ["access on", "failover on"]
    assert await harness.message(MessageKind.OUTCOME, change)


async def test_one_approval_and_a_preview_of_both_flags(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, ALL[0], access=True)
    harness.api.add(CUSTOMER, ALL[1], access=True, failover=True)
    for scope in (Everyone(), users("a", "b", "c")):
        change = await asked(harness, scope)
        seen = change.preview
        assert seen is not None
        assert seen.facts is not None
        assert (seen.total, seen.already) == (3, 1)
        assert (seen.facts.with_access, seen.facts.in_failover) == (2, 1)
        assert change.approvals_needed == (1 if scope == Everyone() else 0)
        await decide.cancel(harness.ctx, actor(), change.id)


@pytest.mark.parametrize("flag", ["failover", "access"])
async def test_the_stricter_policy_of_the_two_counts(harness: ServiceHarness, flag: str) -> None:
    await harness.policy(a_policy_rule(customer="*", flag=flag, approvals=2))
    change = await asked(harness)
    assert change.approvals_needed == 2
    assert (await approved(harness, change)).state is State.AWAITING_APPROVAL


@pytest.mark.parametrize(
    ("held", "skipped", "sent"),
    [
        ({"access": True}, ACCESS_ON, "failover"),
        ({"access": False, "failover": True}, FAILOVER_ON, "access"),
    ],
)
@pytest.mark.parametrize("scope", [Everyone(), users("a", "b", "c")])
async def test_a_step_with_nothing_to_do_is_skipped(
    harness: ServiceHarness, held: dict[str, Any], skipped: SetFlag, sent: str, scope: Scope
) -> None:
    harness.api.add(CUSTOMER, *ALL, **held)
    change = await activated(harness, scope)
    assert change.state is State.APPLIED
    assert all(sent in line for line in harness.api.sent)
    told = {one.switch: one.state for one in steps_of(change)}
    assert told[skipped] is StepState.SKIPPED
    assert (await harness.details("change.executing"))[0]["skipped"] == [skipped.title.lower()]


async def test_nothing_to_do_at_all_is_said(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *ALL, access=True, failover=True)
    change = await asked(harness)
    assert change.state is State.CANCELLED
    why = "Nothing to do: access and failover are on for all 3 users already."
    assert change.decision_reason == why


async def test_a_first_step_that_fails_sends_nothing_else(harness: ServiceHarness) -> None:
    harness.api.answers = [refusal()]
    change = await activated(harness)
    assert (change.state, states(change)) == (
        State.FAILED,
        [StepState.FAILED, StepState.NOT_BEGUN],
    )
    assert len(harness.api.sent) == 1


async def test_a_first_step_that_is_partial_stops_the_rest(harness: ServiceHarness) -> None:
    harness.api.answers_to = {ALL[1]: [refusal()]}
    change = await activated(harness, users("a", "b", "c"))
    assert (change.state, states(change)) == (
        State.PARTIAL,
        [StepState.PARTIAL, StepState.NOT_BEGUN],
    )
    assert flags(harness) == {(True, False), (False, False)}
    again, _ = await propose_again(harness.ctx, actor(), change.id)
    assert (again.action, again.scope) == (Activate(), users("b"))


async def test_a_second_step_that_fails_leaves_access_on_and_says_so(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = [ACCEPTED, refusal()]
    change = await activated(harness)
    assert (change.state, states(change)) == (
        State.PARTIAL,
        [StepState.DONE, StepState.FAILED],
    )
    assert await harness.message(MessageKind.OUTCOME, change)
    entries = (await harness.look(entries_of))[CUSTOMER]
    assert [(one.flag, one.certain) for one in entries] == [(Flag.ACCESS, True)]
    back, _ = await propose_back(harness.ctx, actor(), change.id)
    assert back.action == ACCESS_OFF
    await decide.cancel(harness.ctx, actor(), back.id)
    again, _ = await propose_again(harness.ctx, actor(), change.id)
    await harness.executor.run()
    again = await harness.change(again.id)
    assert again.preview is not None
    assert again.preview.facts is not None
    assert again.preview.facts.with_access == 3


async def test_named_users_get_the_second_step_each(harness: ServiceHarness) -> None:
    harness.api.answers_to = {ALL[1]: [ACCEPTED, refusal()]}
    change = await activated(harness, users("a", "b", "c"))
    assert (change.state, states(change)) == (State.PARTIAL, [StepState.DONE, StepState.PARTIAL])
    assert await harness.statuses(change.id) == {
        "a": UserStatus.APPLIED,
        "b": UserStatus.FAILED,
        "c": UserStatus.APPLIED,
    }
    entries = (await harness.look(entries_of))[CUSTOMER]
    assert {one.flag: one.scope for one in entries} == {
        Flag.ACCESS: users("a", "b", "c"),
        Flag.FAILOVER: users("a", "c"),
    }
    back, _ = await propose_back(harness.ctx, actor(), change.id)
    assert (back.action, back.scope) == (Restore(), users("a", "b", "c"))


async def test_what_is_left_to_a_person_stops_the_rest_also_when_they_read_it_back(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = [ambiguous(landed=False)] * 9
    change = await activated(harness)
    for _ in range(20):
        harness.clock.advance(minutes=1)
        change = await run(harness, change)
    assert change.state is State.NEEDS_OPERATOR
    assert states(change) == [StepState.NOT_KNOWN, StepState.NOT_BEGUN]
    harness.api.add(CUSTOMER, *ALL, access=True)
    sent = len(harness.api.sent)
    change = await resolve.read_back_again(harness.ctx, actor(APPROVER), change.id)
    await harness.executor.run()
    assert change.state is State.PARTIAL
    assert states(change) == [StepState.DONE, StepState.NOT_BEGUN]
    assert len(harness.api.sent) == sent


async def test_a_lost_answer_is_read_back_and_the_next_step_follows(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = [ambiguous(landed=True)]
    change = await activated(harness)
    harness.clock.advance(seconds=5)
    change = await run(harness, change)
    assert change.state is State.APPLIED
    assert len(harness.api.sent) == 2


async def test_a_role_that_was_withdrawn_between_the_steps_stops_the_second(
    harness: ServiceHarness,
) -> None:
    change = await approved(harness, await asked(harness))
    harness.api.answers = [ACCEPTED, not_sent(retry_after=61)]
    change = await run(harness, change)
    assert (change.state, states(change)) == (
        State.APPROVED,
        [StepState.DONE, StepState.NOT_BEGUN],
    )
    assert change.begun_at is not None  # what is newer than this counts from the first step on
    revoke = RevokeRoleCommand(parse_subject(REQUESTER), Role.OPERATOR, CUSTOMER)
    await administer.revoke_role(harness.ctx, actor(ADMIN), revoke)
    harness.clock.advance(minutes=2)
    change = await run(harness, change)
    assert change.state is State.PARTIAL
    assert "lost the right" in change.decision_reason
    assert flags(harness) == {(True, False)}


@pytest.mark.parametrize("answer", [ambiguous(landed=True), ACCEPTED_IN_VAIN])
async def test_a_clock_that_is_set_back_holds_up_no_step(
    harness: ServiceHarness, answer: Answer
) -> None:
    change = await approved(harness, await asked(harness))
    harness.api.answers = [answer]
    await harness.executor.run()
    harness.clock.advance(hours=-1)
    harness.api.add(CUSTOMER, *ALL, access=True)
    for _ in range(3):
        harness.clock.advance(seconds=5)
        change = await run(harness, change)
    assert change.state is State.APPLIED
    assert len(harness.api.sent) == 2


@pytest.mark.parametrize("how", ["withdrawn", "stopped", "expired"])
async def test_what_ends_between_the_steps_is_partly_applied(
    harness: ServiceHarness, how: str
) -> None:
    change = await approved(harness, await asked(harness))
    harness.api.answers = [ACCEPTED, *[not_sent(retry_after=61)] * 99]
    change = await run(harness, change)
    if how == "withdrawn":
        await decide.cancel(harness.ctx, actor(), change.id)
    if how == "stopped":
        await decide.stop(harness.ctx, actor(APPROVER), change.id)
    for _ in range(40):
        harness.clock.advance(minutes=1)
        await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, change.is_partly_done) == (State.PARTIAL, True)
    assert await harness.message(MessageKind.OUTCOME, change)


async def test_stop_keeps_the_second_step_from_being_sent(harness: ServiceHarness) -> None:
    change = await approved(harness, await asked(harness))
    harness.api.on_write = lambda _: harness.api.gate.clear()
    running = asyncio.create_task(harness.executor.run())
    await harness.api.until_sent(1)
    await decide.stop(harness.ctx, actor(APPROVER), change.id)
    harness.api.gate.set()
    await running
    change = await harness.change(change.id)
    assert (change.state, states(change)) == (
        State.PARTIAL,
        [StepState.DONE, StepState.NOT_BEGUN],
    )
    assert len(harness.api.sent) == 1


async def test_back_takes_back_what_is_left_of_it(harness: ServiceHarness) -> None:
    change = await activated(harness)
    await harness.executed(on=False)
    back, _ = await propose_back(harness.ctx, actor(), change.id)
    assert back.action == ACCESS_OFF
    harness.api.add(CUSTOMER, *ALL, access=True, failover=False)
    skipped = await activated(harness)
    back, _ = await propose_back(harness.ctx, actor(), skipped.id)
    assert back.action == FAILOVER_OFF


async def test_while_the_first_step_is_not_seen_others_wait_for_the_whole(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = [ACCEPTED_IN_VAIN]
    change = await activated(harness)
    assert change.state is State.ACCEPTED
    other = await harness.released(users("a"))
    await harness.executor.run()
    other = await harness.change(other.id)
    assert (other.state, other.waits_for, other.waits_at_most) == (State.APPROVED, change.id, None)


async def test_failover_off_waits_for_both_steps(harness: ServiceHarness) -> None:
    """Else the second step would undo it."""
    change = await approved(harness, await asked(harness))
    off = await harness.released(on=False)
    assert off.id != change.id
    change = await run(harness, change)
    assert change.state is State.APPLIED
    order = [line.split()[0] for line in harness.api.sent]
    assert order == ["PUT", "PUT", "DELETE"]


async def test_the_status_and_its_history_know_the_change(harness: ServiceHarness) -> None:
    change = await asked(harness)
    harness.clock.advance(minutes=1)
    change = await run(harness, await approved(harness, change))
    harness.clock.advance(minutes=1)
    found = await status(harness.ctx, actor(), CUSTOMER)
    lines = status_view.status(found).text.split("\n")
    for flag in ("failover ON", "access ON"):
        assert any(flag in line and change.id in line for line in lines), lines
    assert [one.users for one in found.history] == [0, 3, 3]  # counted, read back, and now
    harness.clock.advance(minutes=1)
    request = Proposal(CUSTOMER, Restore(), Everyone(), "up again")
    restore, _ = await propose(harness.ctx, actor(), request)
    await harness.executor.run()
    await approved(harness, await harness.change(restore.id))
    await harness.executor.run()
    found = await status(harness.ctx, actor(), CUSTOMER)
    lines = status_view.status(found).text.split("\n")
    assert any("failover OFF" in line and restore.id in line for line in lines), lines
    assert any("access ON" in line and change.id in line for line in lines), lines
    assert found.history[-1].users == 0


async def _killed(harness: ServiceHarness, write: int, *, commits: bool) -> bool:
    """Return whether the process died at this write; it was started again and went on then."""
    store = harness.store
    assert isinstance(store, MortalStore)
    change = await approved(harness, await asked(harness, users("a", "b")))
    store.writes_left, store.commits = write, commits
    with suppress(Died):
        await harness.executor.run()
    died, store.dead, store.writes_left = store.dead, False, -1
    await harness.executor.kill()
    harness.executor = ManualExecutor(harness.ctx)
    for _ in range(5):
        await harness.executor.run()
        harness.clock.advance(minutes=1)
    change = await harness.change(change.id)
    assert change.state is State.APPLIED
    assert states(change) == [StepState.DONE, StepState.DONE]
    lines = [line for line in harness.api.sent if "/failover" in line]
    assert all("/access" in line for line in harness.api.sent[: -len(lines)])
    assert (await harness.trail(change.id)).count("change.step_done") == 1
    return died


@pytest.mark.parametrize("commits", [True, False], ids=["after the commit", "before the commit"])
async def test_killed_at_every_write_both_steps_are_done_in_their_order(
    tmp_path: Path, commits: bool
) -> None:
    died, write = True, 0
    while died:
        write += 1
        async with opened(tmp_path / f"{write}.db", FakeClock()) as harness:
            await harness.grant(*grants())
            await harness.policy(a_policy_rule(approvals=1))
            harness.api.add(CUSTOMER, *ALL, access=False)
            harness.store = MortalStore(harness.store)
            harness.ctx = harness.ctx_on(harness.store)
            harness.executor = ManualExecutor(harness.ctx)
            died = await _killed(harness, write, commits=commits)
    assert write > 8
