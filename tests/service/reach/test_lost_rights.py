"""Who may view a customer no more is told nothing of its changes, and nobody is reminded twice at once."""

from __future__ import annotations

import pytest

from bot.domain.change import Change
from bot.domain.roles import Role
from bot.ports import Message, MessageKind, message_key
from bot.slack.outbox.message_rendering import RenderedMessage, render
from tests.builders import ADMIN, APPROVER, CUSTOMER, REQUESTER, a_grant, a_subject
from tests.service.harness import SECOND, ServiceHarness
from tests.service.reach.test_told import fire, revoke

REASON = "Exchange down"


async def rendered(
    harness: ServiceHarness, change: Change, kind: MessageKind, person: str, name: str = ""
) -> RenderedMessage:
    key = message_key(kind, change.id, person=person, name=name)
    now = harness.clock.now()

    def query(tx: object) -> RenderedMessage:
        found: Message = tx.message(key)  # type: ignore[attr-defined]  # a transaction
        return render(tx, found, now)  # type: ignore[arg-type]  # a transaction

    return await harness.look(query)


async def test_the_direct_message_shows_no_more_of_the_change(harness: ServiceHarness) -> None:
    change = await harness.previewed()
    before = await rendered(harness, change, MessageKind.DIRECT, APPROVER)
    assert REASON in str(before.blocks)
    await revoke(harness, APPROVER)
    after = await rendered(harness, change, MessageKind.DIRECT, APPROVER)
    assert after.text == (
        f"{change.id} is not shown here any more: you may not view its customer now."
    )
    assert CUSTOMER not in str(after.blocks)
    assert not after.offers
    other = await rendered(harness, change, MessageKind.DIRECT, SECOND)
    assert REASON in str(other.blocks)


async def test_who_may_still_view_keeps_it_and_a_press_tells_what_is_missing(
    harness: ServiceHarness,
) -> None:
    change = await harness.previewed()
    await harness.grant(a_grant(APPROVER, Role.VIEWER))
    await revoke(harness, APPROVER)
    found = await rendered(harness, change, MessageKind.DIRECT, APPROVER)
    assert REASON in str(found.blocks)


@pytest.mark.parametrize("through_a_group", [False, True])
async def test_the_requester_is_told_of_the_end_as_long_as_they_may_view(
    harness: ServiceHarness, through_a_group: bool
) -> None:
    if through_a_group:
        await harness.grant(a_grant("S0OPS", Role.OPERATOR))
        harness.directory.members["S0OPS"] = {REQUESTER}
    change = await harness.executed()
    name = f"ended-{change.revision}"
    assert (await rendered(harness, change, MessageKind.NOTICE, REQUESTER, name)).text

    def step(tx: object) -> None:
        remove = tx.remove_grant  # type: ignore[attr-defined]  # a transaction
        assert remove(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)

    await harness.store.write(step)
    told = await rendered(harness, change, MessageKind.NOTICE, REQUESTER, name)
    assert told.unneeded is not through_a_group


async def test_after_an_outage_of_slack_the_last_reminder_alone_is_posted(
    harness: ServiceHarness,
) -> None:
    change = await harness.previewed()
    for minutes in (5, 10, 10):
        harness.clock.advance(minutes=minutes)
        await fire(harness, change)
    shown = [
        bool((await rendered(harness, change, MessageKind.NOTICE, APPROVER, name)).text)
        for name in ("remind-5", "remind-15", "remind-25")
    ]
    assert shown == [False, False, True]
    assert (await rendered(harness, change, MessageKind.NOTICE, ADMIN, "remind-25")).text
