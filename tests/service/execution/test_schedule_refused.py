"""What the executor stops, expires or finds again before it begins anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import Approval, Change
from bot.domain.change_state import State
from bot.domain.roles import Grant, Role
from bot.ports import MessageKind
from tests.builders import (
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    REQUESTER,
    a_change,
    a_finished_change,
    a_grant,
    a_subject,
)
from tests.service.harness import SECOND, ServiceHarness, approved


def given(*people: str) -> tuple[Approval, ...]:
    return tuple(Approval(one, NOW, 1, "approver 44444 U0ADMIN") for one in people)


def released(**over: Any) -> Change:
    """Return a change with its one approval, ready to start."""
    fields: dict[str, Any] = {"approvals_needed": 1, "approvals": given(APPROVER)}
    return approved("C-00001", **(fields | over))


async def revoke(harness: ServiceHarness, subject: str, role: Role) -> None:
    await harness.store.write(lambda tx: tx.remove_grant(a_subject(subject), role, CUSTOMER))


@pytest.mark.parametrize(
    ("subject", "role", "person"),
    [
        (REQUESTER, Role.OPERATOR, REQUESTER),
        (APPROVER, Role.APPROVER, APPROVER),
        (CHANNEL, Role.INCIDENT, REQUESTER),
    ],
)
async def test_a_right_lost_after_the_approval_stops_the_change(
    harness: ServiceHarness, subject: str, role: Role, person: str
) -> None:
    await harness.put(released())
    await revoke(harness, subject, role)

    assert await harness.claim() == []

    stopped = await harness.change("C-00001")
    assert (stopped.state, stopped.finished_at) == (State.CANCELLED, NOW)
    assert stopped.decision_reason.startswith(f"Not executed: {person} lost the right meanwhile.")
    assert await harness.trail("C-00001") == ["change.stopped"]
    assert await harness.message(MessageKind.OUTCOME, stopped)
    assert harness.api.sent == []


async def test_a_row_that_has_expired_by_now_stops_the_change(harness: ServiceHarness) -> None:
    expires = NOW + timedelta(minutes=5)
    await harness.grant(a_grant(REQUESTER, Role.OPERATOR, expires_at=expires))
    await harness.put(released())
    harness.clock.at = expires
    assert await harness.claim() == []
    assert await harness.state("C-00001") is State.CANCELLED


async def test_a_row_that_is_still_in_force_does_not(harness: ServiceHarness) -> None:
    expires = NOW + timedelta(minutes=5)
    await harness.grant(a_grant(REQUESTER, Role.OPERATOR, expires_at=expires))
    await harness.put(released())
    harness.clock.at = expires - timedelta(microseconds=1)
    assert await harness.claim() == ["C-00001"]


@pytest.mark.parametrize(
    "people", [(), (APPROVER,), (APPROVER, APPROVER)], ids=["none", "one", "one person twice"]
)
async def test_approvals_that_are_missing_stop_the_change(
    harness: ServiceHarness, people: tuple[str, ...]
) -> None:
    await harness.put(released(approvals_needed=2, approvals=given(*people)))
    assert await harness.claim() == []
    assert (
        await harness.change("C-00001")
    ).decision_reason == "Not executed: approvals are missing."


async def test_the_right_of_every_approver_is_looked_up(harness: ServiceHarness) -> None:
    await harness.put(released(approvals_needed=2, approvals=given(APPROVER, SECOND)))
    await revoke(harness, SECOND, Role.APPROVER)
    assert await harness.claim() == []
    assert SECOND in (await harness.change("C-00001")).decision_reason


@pytest.mark.parametrize(
    ("row", "starts"),
    [
        (a_grant("S0ONCALL", Role.OPERATOR), True),
        (a_grant("S0OTHERS", Role.OPERATOR), False),
        (a_grant("S0ONCALL", Role.ADMIN), False),  # not through a user group
    ],
)
async def test_a_requester_by_his_user_group_keeps_its_right(
    harness: ServiceHarness, row: Grant, starts: bool
) -> None:
    """The group of the requester when the change was asked for; a_change says S0ONCALL."""
    await revoke(harness, REQUESTER, Role.OPERATOR)
    await harness.grant(row)
    await harness.put(released())
    assert await harness.claim() == (["C-00001"] if starts else [])


async def test_a_change_from_the_terminal_needs_no_channel_row(harness: ServiceHarness) -> None:
    await revoke(harness, CHANNEL, Role.INCIDENT)
    await harness.put(released(terminal="operator@jump1", channel=""))
    assert await harness.claim() == ["C-00001"]


async def test_what_was_stopped_is_not_waited_for(harness: ServiceHarness) -> None:
    await harness.put(
        released(requester="U0GONE", decided_at=NOW - timedelta(seconds=1)), approved("C-00002")
    )
    assert await harness.claim() == []
    assert await harness.claim() == ["C-00002"]


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State.AWAITING_CONFIRMATION, "Nobody decided in time."),
        (State.AWAITING_APPROVAL, "Nobody decided in time."),
        (State.APPROVED, "It did not start in time."),
    ],
)
async def test_what_is_overdue_expires_and_says_so_in_the_channel(
    harness: ServiceHarness, state: State, why: str
) -> None:
    change = a_change(state=state)
    await harness.put(change)

    harness.clock.at = change.deadline - timedelta(microseconds=1)
    await harness.work(free_slots=0)
    assert await harness.state(change.id) is state

    harness.clock.at = change.deadline
    assert await harness.claim() == []
    expired = await harness.change(change.id)
    assert (expired.state, expired.decision_reason) == (State.EXPIRED, why)
    assert expired.finished_at == change.deadline
    assert await harness.details("change.expired") == [{"why": why}]
    for kind in (MessageKind.CARD, MessageKind.TIMELINE, MessageKind.OUTCOME):
        message = await harness.message(kind, expired)
        assert message
        assert message.wanted == expired.revision


@pytest.mark.parametrize("state", [State.EXECUTING, State.UNKNOWN, State.APPLIED])
async def test_what_has_started_never_expires(harness: ServiceHarness, state: State) -> None:
    await harness.put(a_finished_change(state=state))
    harness.clock.advance(days=2)
    harness.held = {"C-7K3MX"}
    await harness.work()
    assert await harness.state("C-7K3MX") is state


async def test_executing_that_nobody_works_on_is_found_and_read_back(
    harness: ServiceHarness,
) -> None:
    await harness.put(approved("C-00001", state=State.EXECUTING, attempts=1, looks=4))

    work = await harness.work()

    lost = await harness.change("C-00001")
    assert (lost.state, lost.ambiguous_at, lost.next_look_at) == (State.UNKNOWN, NOW, NOW)
    assert lost.looks == 0
    assert work.to_read_back == (lost,)
    assert await harness.trail("C-00001") == ["change.lost"]


async def test_executing_that_is_worked_on_is_left_alone(harness: ServiceHarness) -> None:
    await harness.put(approved("C-00001", state=State.EXECUTING))
    harness.held = {"C-00001"}
    work = await harness.work()
    assert work.to_read_back == ()
    assert await harness.state("C-00001") is State.EXECUTING


async def test_a_look_is_due_when_its_time_has_come(harness: ServiceHarness) -> None:
    due, later = NOW, NOW + timedelta(seconds=1)
    await harness.put(
        approved("C-00001", state=State.UNKNOWN, next_look_at=due),
        approved("C-00002", state=State.UNKNOWN, next_look_at=later),
        approved("C-00003", state=State.UNKNOWN, next_look_at=due),
    )
    harness.held = {"C-00003"}
    work = await harness.work()
    assert [one.id for one in work.to_read_back] == ["C-00001"]


async def test_proposals_without_a_preview_are_found(harness: ServiceHarness) -> None:
    await harness.put(a_change(id="C-00001"), a_change(id="C-00002"), a_change(id="C-00003"))
    await harness.put(a_finished_change(id="C-00004", state=State.AWAITING_APPROVAL))
    harness.held = {"C-00002"}
    work = await harness.work()
    assert [one.id for one in work.to_preview] == ["C-00001", "C-00003"]
