"""Whoever may not know of a change is told of it the same as of one that there is not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.domain.actor import Actor
from bot.domain.commands import AuditCommand
from bot.domain.roles import Role
from bot.errors import BotError, NotAllowed, UnknownChange
from bot.ports import Channel, Person
from bot.service.changes import decide, resolve
from bot.service.changes.propose_again import propose_again
from bot.service.changes.token_reveal import may_reveal
from bot.service.context import Context
from bot.service.queries.audit import request_audit
from tests.builders import CUSTOMER, OTHER_CUSTOMER, a_change, a_grant
from tests.service.harness import STRANGER, ServiceHarness

THERE, NOT_THERE = "C-7K3MX", "C-00000"
ELSEWHERE = "C0ELSEWHERE"

Asks = Callable[[Context, Actor, str], Awaitable[object]]
ASKS: dict[str, Asks] = {
    "confirm": lambda ctx, who, change: decide.confirm(ctx, who, change, 1),
    "approve": lambda ctx, who, change: decide.approve(ctx, who, change, 1),
    "deny": lambda ctx, who, change: decide.deny(ctx, who, change, "no"),
    "ask why": decide.may_deny,
    "cancel": decide.cancel,
    "stop": decide.stop,
    "propose again": propose_again,
    "look again": resolve.read_back_again,
    "ask why to conclude": resolve.may_resolve,
    "retry": lambda ctx, who, change: resolve.retry(ctx, who, change, "again"),
    "mark applied": lambda ctx, who, change: resolve.mark_applied(ctx, who, change, "seen"),
    "give up": lambda ctx, who, change: resolve.give_up(ctx, who, change, "enough"),
    "show token": may_reveal,
    "audit": lambda ctx, who, change: request_audit(ctx, who, AuditCommand(change_id=change)),
}
every_ask = pytest.mark.parametrize("asks", ASKS.values(), ids=ASKS)


async def told(harness: ServiceHarness, asks: Asks, who: Actor, change_id: str) -> tuple[type, str]:
    with pytest.raises(BotError) as caught:
        await asks(harness.ctx, who, change_id)
    return type(caught.value), str(caught.value).replace(change_id, "C-…")


@every_ask
@pytest.mark.parametrize("clicked", [False, True])
async def test_somebody_without_rights_learns_nothing_elsewhere(
    harness: ServiceHarness, asks: Asks, clicked: bool
) -> None:
    await harness.put(a_change())
    await harness.grant(
        a_grant(STRANGER, Role.ADMIN, customer=OTHER_CUSTOMER),
        a_grant(ELSEWHERE, Role.INCIDENT, customer="*"),
    )
    who = Actor(STRANGER, ELSEWHERE, clicked=clicked)
    answers = {await told(harness, asks, who, one) for one in (THERE, NOT_THERE)}
    assert len(answers) == 1
    assert answers.pop()[0] is UnknownChange
    refused = [one.record for one in await harness.entries()]
    assert [(one.kind, one.customer, one.change_id) for one in refused] == [
        ("refused", CUSTOMER, THERE),  # the trail of the customer says who asked for it
        ("refused", "", ""),
    ]


@every_ask
@pytest.mark.parametrize("channel", ["C0INCIDENT", ELSEWHERE])
async def test_a_guest_learns_nothing_anywhere(
    harness: ServiceHarness, asks: Asks, channel: str
) -> None:
    await harness.put(a_change())
    harness.directory.people[STRANGER] = Person(STRANGER, "guest", "guests may not")
    who = Actor(STRANGER, channel)
    answers = {await told(harness, asks, who, one) for one in (THERE, NOT_THERE)}
    assert answers == {(NotAllowed, "You may not use this here: guests may not.")}


@every_ask
async def test_nobody_learns_anything_in_a_channel_shared_outside(
    harness: ServiceHarness, asks: Asks
) -> None:
    await harness.put(a_change())
    place = Channel(ELSEWHERE, "x", shared_outside=True, bot_is_member=True)
    harness.directory.places[ELSEWHERE] = place
    answers = {
        await told(harness, asks, Actor(STRANGER, ELSEWHERE), one) for one in (THERE, NOT_THERE)
    }
    assert len(answers) == 1


async def test_in_the_channel_of_its_card_it_is_said_who_can_grant_the_right(
    harness: ServiceHarness,
) -> None:
    await harness.put(a_change())
    with pytest.raises(NotAllowed, match="it needs the role approver or admin"):
        await decide.approve(harness.ctx, Actor(STRANGER, "C0INCIDENT", clicked=True), THERE, 1)


async def test_a_viewer_elsewhere_is_told_where_it_is_decided(harness: ServiceHarness) -> None:
    await harness.put(a_change())
    await harness.grant(a_grant(STRANGER, Role.VIEWER))
    with pytest.raises(
        NotAllowed, match=f"{THERE} belongs to another channel: decide it there. It is <#"
    ):
        await decide.cancel(harness.ctx, Actor(STRANGER, ELSEWHERE), THERE)
