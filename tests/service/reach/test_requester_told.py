"""The requester is told of every end directly, but of what they ended themselves."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.roles import Role
from bot.ports import MessageKind, message_key
from bot.service.changes import decide, resolve
from tests.builders import ADMIN, APPROVER, a_change, a_grant
from tests.service.harness import ServiceHarness, actor, users

Ends = Callable[[ServiceHarness], Awaitable[Change]]


async def applied(harness: ServiceHarness) -> Change:
    return await harness.executed()


async def confirmed_and_applied(harness: ServiceHarness) -> Change:
    return await harness.executed(users("a"))


async def denied(harness: ServiceHarness) -> Change:
    change = await harness.previewed()
    return await decide.deny(harness.ctx, actor(APPROVER), change.id, "not now")


async def withdrawn_by_an_admin(harness: ServiceHarness) -> Change:
    change = await harness.previewed()
    return await decide.cancel(harness.ctx, actor(ADMIN), change.id)


async def expired(harness: ServiceHarness) -> Change:
    change = await harness.previewed()
    harness.clock.advance(minutes=31)
    await harness.work()
    return await harness.change(change.id)


async def given_up_by_another(harness: ServiceHarness) -> Change:
    await harness.put(a_change(state=State.NEEDS_OPERATOR, attempts=1))
    await harness.grant(a_grant(ADMIN, Role.OPERATOR))
    return await resolve.give_up(harness.ctx, actor(ADMIN), "C-7K3MX", "enough")


async def withdrawn(harness: ServiceHarness) -> Change:
    change = await harness.previewed()
    return await decide.cancel(harness.ctx, actor(), change.id)


async def given_up(harness: ServiceHarness) -> Change:
    await harness.put(a_change(state=State.NEEDS_OPERATOR, attempts=1))
    return await resolve.give_up(harness.ctx, actor(), "C-7K3MX", "enough")


async def not_proposed(harness: ServiceHarness) -> Change:
    harness.api.held.clear()
    return await harness.previewed()


async def at_a_terminal(harness: ServiceHarness) -> Change:
    """By somebody whom Slack does not know."""
    who = Actor("root@jump1", None, terminal="root@jump1")
    await harness.put(a_change(state=State.APPROVED, requester=who.user, terminal=who.terminal))
    harness.clock.advance(minutes=31)
    await harness.work()
    return await harness.change("C-7K3MX")


async def told(harness: ServiceHarness, change: Change) -> bool:
    name = f"ended-{change.revision}"
    key = message_key(MessageKind.NOTICE, change.id, person=change.requester, name=name)
    return await harness.look(lambda tx: tx.message(key)) is not None


@pytest.mark.parametrize(
    "ends",
    [
        applied,
        confirmed_and_applied,
        denied,
        withdrawn_by_an_admin,
        expired,
        given_up_by_another,
    ],
)
async def test_they_are_told_of_what_others_or_the_bot_ended(
    harness: ServiceHarness, ends: Ends
) -> None:
    assert await told(harness, await ends(harness))


@pytest.mark.parametrize("ends", [withdrawn, given_up, not_proposed, at_a_terminal])
async def test_they_are_not_told_of_their_own_click(harness: ServiceHarness, ends: Ends) -> None:
    change = await ends(harness)
    assert change.state not in (State.AWAITING_APPROVAL, State.APPROVED)
    assert not await told(harness, change)


async def test_it_is_told_once_however_often_it_is_saved(harness: ServiceHarness) -> None:
    change = await denied(harness)
    keys = await harness.look(lambda tx: tx.message_keys(change.id))
    assert sum(key.startswith("notice:") for key in keys) == 1


async def test_what_needs_a_person_is_told_and_so_is_what_came_of_it(
    harness: ServiceHarness,
) -> None:
    await harness.put(a_change(state=State.NEEDS_OPERATOR, attempts=1))
    await harness.grant(a_grant(ADMIN, Role.OPERATOR))
    marked = await resolve.mark_applied(harness.ctx, actor(ADMIN), "C-7K3MX", "seen")
    assert await told(harness, marked)
