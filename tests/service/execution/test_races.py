"""Many people at once on the real store: one decision, one execution, a polite answer to the others."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Iterable
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.admin_commands import RevokeRoleCommand
from bot.domain.audit.chain import verify
from bot.domain.change_state import State
from bot.domain.roles import Role
from bot.errors import BotError
from bot.service.access import administer
from bot.service.changes import decide
from bot.service.changes.propose import propose
from tests.builders import CUSTOMER, OTHER_CUSTOMER, a_grant, a_policy_rule, a_subject
from tests.service.harness import (
    ServiceHarness,
    actor,
    groups,
    many,
    request,
    running_executor,
    users,
)

CROWD = [f"U0CROWD{number:02}" for number in range(20)]


@pytest.fixture
async def crowd(harness: ServiceHarness) -> ServiceHarness:
    """Twenty approvers, who are operators as well."""
    for role in (Role.APPROVER, Role.OPERATOR):
        await harness.grant(*(a_grant(one, role) for one in CROWD))
    return harness


async def at_once(attempts: Iterable[Coroutine[Any, Any, Any]]) -> Counter[str]:
    """Run them all at once; count how they end: `done`, or the name of our error."""

    async def end(attempt: Coroutine[Any, Any, Any]) -> str:
        try:
            await attempt
        except BotError as error:
            return type(error).__name__
        return "done"

    return Counter(await asyncio.gather(*(end(attempt) for attempt in attempts)))


async def test_twenty_approvals_are_one_decision_and_one_execution(crowd: ServiceHarness) -> None:
    change = await crowd.previewed()
    seen = change.preview_revision
    async with running_executor(crowd):
        ends = await at_once(
            decide.approve(crowd.ctx, actor(one), change.id, seen) for one in CROWD
        )
    await crowd.executor.run()

    assert ends == {"done": 1, "Conflict": 19}
    assert crowd.api.sent == ["PUT /44444/failover"]
    done = await crowd.change(change.id)
    assert (done.state, len(done.approvals), done.attempts) == (State.APPLIED, 1, 1)
    trail = await crowd.trail(change.id)
    assert trail.count("change.approved") == trail.count("change.executing") == 1


async def test_of_a_crowd_just_the_quorum_is_counted(crowd: ServiceHarness) -> None:
    await crowd.policy(a_policy_rule(approvals=3))
    change = await crowd.previewed()
    ends = await at_once(
        decide.approve(crowd.ctx, actor(one), change.id, 1) for one in CROWD for _ in range(2)
    )
    done = await crowd.change(change.id)
    assert done.state is State.APPROVED
    assert len({given.approver for given in done.approvals}) == 3 == len(done.approvals)
    assert ends == {"done": 3, "Conflict": 37}


async def test_confirming_in_a_hurry_is_confirming_once(harness: ServiceHarness) -> None:
    change = await harness.previewed(users("a"))
    ends = await at_once(
        decide.confirm(harness.ctx, actor(), change.id, change.preview_revision) for _ in range(10)
    )
    await harness.executor.run()
    assert ends == {"done": 1, "Conflict": 9}
    assert len(harness.api.sent) == 1


async def test_approve_deny_and_withdraw_at_once_leave_a_story_that_is_possible(
    crowd: ServiceHarness,
) -> None:
    """An approval may come first and be taken back; nothing else can happen twice."""
    change = await crowd.previewed()
    ends = await at_once(
        [
            decide.deny(crowd.ctx, actor(CROWD[0]), change.id, "no"),
            decide.approve(crowd.ctx, actor(CROWD[1]), change.id, 1),
            decide.cancel(crowd.ctx, actor(), change.id),
        ]
    )
    done = await crowd.change(change.id)
    assert done.state in (State.DENIED, State.CANCELLED)
    decided = [kind for kind in (await crowd.trail(change.id))[2:] if kind != "refused"]
    assert len(decided) == ends["done"] <= 2
    assert decided[:-1] in ([], ["change.approved"])
    await crowd.executor.run()
    assert crowd.api.sent == []


async def test_the_same_wish_from_everybody_is_one_change(crowd: ServiceHarness) -> None:
    found = await asyncio.gather(*(propose(crowd.ctx, actor(one), request()) for one in CROWD))
    assert len({change.id for change, _ in found}) == 1
    assert [new for _, new in found].count(True) == 1
    assert len(await crowd.look(lambda tx: tx.changes())) == 1


async def test_overlapping_changes_approved_at_once_never_meet_at_the_api(
    crowd: ServiceHarness,
) -> None:
    crowd.api.add(CUSTOMER, *many(3).addresses, groups=frozenset({"emea"}))
    scopes = [None, groups("emea"), many(2), many(2, 1), users("a")]
    changes = [await crowd.previewed(scope) for scope in scopes]
    meetings: list[tuple[str, int]] = []
    crowd.api.on_write = lambda line: meetings.append((line, crowd.api.under_way))

    async def release(number: int) -> None:
        change = changes[number]
        if change.state is State.AWAITING_CONFIRMATION:
            await decide.confirm(crowd.ctx, actor(), change.id, 1)
        else:
            await decide.approve(crowd.ctx, actor(CROWD[number]), change.id, 1)

    assert await at_once(release(number) for number in range(len(scopes))) == {"done": 5}
    await crowd.executor.run()

    ended = [await crowd.change(change.id) for change in changes]
    assert [change.state for change in ended] == [State.APPLIED] * 5
    # A write for everyone or for groups is alone; named users of one change go together.
    whole = [under_way for line, under_way in meetings if "@" not in line]
    assert whole == [0, 0]


async def test_another_customer_goes_on_meanwhile(crowd: ServiceHarness) -> None:
    for subject, role in (("U0OPERATOR", Role.OPERATOR), ("C0INCIDENT", Role.INCIDENT)):
        await crowd.grant(a_grant(subject, role, customer=OTHER_CUSTOMER))
    crowd.api.add(OTHER_CUSTOMER, "a@example.com")
    one = await crowd.previewed(users("a"))
    other = await crowd.previewed(users("a"), customer=OTHER_CUSTOMER)
    for change in (one, other):
        await decide.confirm(crowd.ctx, actor(), change.id, 1)
    crowd.api.gate.clear()
    await crowd.executor.sweep()
    await crowd.api.until_sent(2)
    assert await crowd.state(one.id) is await crowd.state(other.id) is State.EXECUTING


async def test_two_admins_removed_at_once_leave_one(harness: ServiceHarness) -> None:
    await harness.grant(a_grant("U0ADMINB", Role.ADMIN))
    terminal = Actor("operator@jump1", None, terminal="operator@jump1")
    ends = await at_once(
        administer.revoke_role(
            harness.ctx, terminal, RevokeRoleCommand(a_subject(one), Role.ADMIN, CUSTOMER)
        )
        for one in ("U0ADMIN", "U0ADMINB")
    )
    assert ends == {"done": 1, "NotAllowed": 1}


async def test_whatever_the_crowd_does_the_trail_is_one_chain(crowd: ServiceHarness) -> None:
    change = await crowd.previewed()
    await at_once(
        [
            *(decide.approve(crowd.ctx, actor(one), change.id, 1) for one in CROWD),
            *(propose(crowd.ctx, actor(one), request(users(one.lower()))) for one in CROWD),
        ]
    )
    entries = await crowd.look(lambda tx: tx.entries_after(0, 1000))
    report = verify(entries)
    assert (report.fault, report.entries) == ("", len(entries))
    # proposed and previewed; one approval, the others too late; a proposal each
    assert len(await crowd.entries()) == 2 + 20 + 20
