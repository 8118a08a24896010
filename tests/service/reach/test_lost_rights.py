"""Who may view a customer no more is told nothing of its changes, and nobody is reminded twice at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.change import Change
from bot.domain.roles import Role
from bot.ports import MessageKind, Transaction, message_key
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

    def query(tx: Transaction) -> RenderedMessage:
        found = tx.message(key)
        assert found is not None
        return render(tx, found, now)

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

    def step(tx: Transaction) -> None:
        assert tx.remove_grant(a_subject(REQUESTER), Role.OPERATOR, CUSTOMER)

    await harness.store.write(step)
    told = await rendered(harness, change, MessageKind.NOTICE, REQUESTER, name)
    assert told.unneeded is not through_a_group


async def reminded(harness: ServiceHarness, change: Change, person: str) -> list[str]:
    """The reminders to a person that would be posted now."""
    keys = await harness.look(lambda tx: tx.message_keys(change.id))
    names = sorted(key.split(":")[2] for key in keys if key.endswith(f":{person}"))
    reminders = [one for one in names if one.startswith("remind-")]
    return [
        one
        for one in reminders
        if (await rendered(harness, change, MessageKind.NOTICE, person, one)).text
    ]


async def test_after_an_outage_of_slack_the_last_reminder_alone_is_posted(
    harness: ServiceHarness,
) -> None:
    change = await harness.previewed()
    for minutes in (5, 10, 10):
        harness.clock.advance(minutes=minutes)
        await fire(harness, change)
    assert not await reminded(harness, change, APPROVER)  # the card is still to come: it tells all

    def posted(tx: Transaction) -> None:
        for person in (APPROVER, ADMIN):
            row = tx.message(message_key(MessageKind.DIRECT, change.id, person=person))
            assert row is not None
            tx.save_message(replace(row, channel=f"D{person}", ts="1.000001", shown=row.wanted))

    await harness.store.write(posted)
    assert await reminded(harness, change, APPROVER) == ["remind-25"]
    assert await reminded(harness, change, ADMIN) == ["remind-25"]
