"""A press in a direct message counts where the outbox posted the card there for this person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.roles import Role
from bot.errors import Conflict, NotAllowed, UnknownChange
from bot.ports import Channel, MessageKind, Transaction, message_key
from bot.service.changes import decide
from bot.service.reach.looking import looking
from tests.builders import ADMIN, APPROVER, CHANNEL, CUSTOMER, REQUESTER, a_grant, a_subject
from tests.service.harness import SECOND, STRANGER, ServiceHarness

HERE = f"D{APPROVER}"
PRESSED = Actor(APPROVER, HERE, clicked=True)
ELSEWHERE = "belongs to another channel"


async def sent(harness: ServiceHarness, *people: str) -> Change:
    """Return a change whose card these people have in their direct messages."""
    change = await harness.previewed()

    def step(tx: Transaction) -> None:
        for person in people or (APPROVER,):
            row = tx.message(message_key(MessageKind.DIRECT, change.id, person=person))
            assert row is not None
            tx.save_message(replace(row, channel=f"D{person}", ts="1.5", shown=row.wanted))

    await harness.store.write(step)
    return change


async def test_it_decides_and_the_trail_says_where_it_was_pressed(harness: ServiceHarness) -> None:
    change = await sent(harness)
    await decide.approve(harness.ctx, PRESSED, change.id, change.preview_revision)
    assert await harness.state(change.id) is State.APPROVED
    (detail,) = await harness.details("change.approved")
    assert detail["given"] == "clicked in a direct message"
    assert CHANNEL not in detail["rows"].partition(";")[0]
    assert CHANNEL in detail["rows"]
    entry = (await harness.entries(change.id))[-1]
    assert entry.record.channel == CHANNEL


@pytest.mark.parametrize(
    "who",
    [
        Actor(APPROVER, "D0OTHER", clicked=True),  # another conversation
        Actor(SECOND, f"D{SECOND}", clicked=True),  # told, and not posted yet
        Actor(ADMIN, HERE, clicked=True),  # somebody else's
        Actor(APPROVER, HERE),  # typed
    ],
    ids=["another conversation", "not posted", "of somebody else", "typed"],
)
async def test_a_forged_one_is_refused_as_one_of_another_channel(
    harness: ServiceHarness, who: Actor
) -> None:
    change = await sent(harness)
    with pytest.raises(NotAllowed, match=ELSEWHERE):
        await decide.approve(harness.ctx, who, change.id, change.preview_revision)
    assert await harness.state(change.id) is State.AWAITING_APPROVAL
    assert (await harness.trail(change.id))[-1] == "refused"


async def test_a_message_of_one_change_does_not_count_for_another(harness: ServiceHarness) -> None:
    await sent(harness)
    other = await harness.propose(on=False)
    with pytest.raises(NotAllowed, match=ELSEWHERE):
        await decide.may_deny(harness.ctx, PRESSED, other.id)


async def test_somebody_without_rights_learns_nothing_in_a_direct_message(
    harness: ServiceHarness,
) -> None:
    change = await sent(harness)
    who = Actor(STRANGER, f"D{STRANGER}", clicked=True)
    with pytest.raises(UnknownChange, match="I do not know the change"):
        await decide.may_deny(harness.ctx, who, change.id)


@pytest.mark.parametrize(("subject", "role"), [(APPROVER, Role.APPROVER), (CHANNEL, Role.INCIDENT)])
async def test_both_rows_are_needed_as_in_the_channel(
    harness: ServiceHarness, subject: str, role: Role
) -> None:
    change = await sent(harness)
    await harness.grant(a_grant(APPROVER, Role.VIEWER))
    await harness.store.write(lambda tx: tx.remove_grant(a_subject(subject), role, CUSTOMER))
    with pytest.raises(NotAllowed) as caught:
        await decide.approve(harness.ctx, PRESSED, change.id, change.preview_revision)
    assert caught.value.remedy is None  # others are asked in the channel


async def test_it_is_refused_where_the_channel_became_shared(harness: ServiceHarness) -> None:
    change = await sent(harness)
    harness.directory.places[CHANNEL] = Channel(CHANNEL, "x", True, True)
    with pytest.raises(NotAllowed, match="shared with another company"):
        await decide.approve(harness.ctx, PRESSED, change.id, change.preview_revision)


async def test_an_older_preview_decides_nothing(harness: ServiceHarness) -> None:
    change = await sent(harness)
    with pytest.raises(Conflict, match="has changed"):
        await decide.approve(harness.ctx, PRESSED, change.id, change.preview_revision - 1)


async def test_i_am_looking_is_recorded_once_and_shown(harness: ServiceHarness) -> None:
    change = await sent(harness)
    after, new = await looking(harness.ctx, PRESSED, change.id)
    assert (new, after.revision) == (True, change.revision + 1)
    rows = await harness.look(lambda tx: tx.recipients(change.id))
    assert {one.person: one.looked_at for one in rows} == {
        APPROVER: harness.clock.now(),
        SECOND: None,
    }
    assert (await harness.trail(change.id))[-1] == "change.looked_at"
    again, new = await looking(harness.ctx, PRESSED, change.id)
    assert (new, again.revision) == (False, after.revision)
    assert (await harness.trail(change.id)).count("change.looked_at") == 1


async def test_who_looks_at_what_was_decided_is_told_so(harness: ServiceHarness) -> None:
    change = await sent(harness, APPROVER, SECOND)
    await decide.approve(harness.ctx, PRESSED, change.id, change.preview_revision)
    with pytest.raises(Conflict, match="is approved already"):
        await looking(harness.ctx, Actor(SECOND, f"D{SECOND}", clicked=True), change.id)


async def test_without_the_right_nobody_looks(harness: ServiceHarness) -> None:
    change = await sent(harness)
    with pytest.raises(NotAllowed, match="it needs the role"):
        await looking(harness.ctx, Actor(REQUESTER, CHANNEL, clicked=True), change.id)
