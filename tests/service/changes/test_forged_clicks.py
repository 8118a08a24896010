"""Clicks that are forged, misplaced, or come when the right is gone: refused and recorded."""

from __future__ import annotations

import pytest

from bot.domain.change import Change
from bot.domain.preview import Preview
from bot.domain.roles import Role
from bot.errors import NotAllowed, UnknownChange
from bot.ports import Person
from bot.service.changes import decide
from tests.builders import (
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    a_change,
    a_grant,
    a_subject,
)
from tests.service.service_setup import House, actor


async def waiting(house: House) -> Change:
    """Write a change that has its preview and waits for one approval."""
    change = a_change(preview=Preview(NOW, total=3, already=0), preview_revision=2)
    await house.put(change)
    return change


async def approve(house: House, change: Change) -> Change:
    return await decide.approve(house.ctx, actor(APPROVER), change.id, change.preview_revision)


async def test_a_click_on_a_card_from_another_channel_is_refused_and_recorded(
    house: House,
) -> None:
    await house.grant(a_grant("C0OTHER", Role.INCIDENT))
    change = await waiting(house)
    with pytest.raises(NotAllowed, match="C-7K3MX belongs to another channel"):
        await decide.approve(house.ctx, actor(APPROVER, "C0OTHER"), change.id, 2)
    (entry,) = await house.entries(change_id=change.id)
    assert (entry.record.kind, entry.record.channel) == ("refused", "C0OTHER")


async def test_a_forged_id_is_refused_and_recorded_and_not_repeated_at_length(
    house: House,
) -> None:
    with pytest.raises(UnknownChange) as caught:
        await decide.approve(house.ctx, actor(APPROVER), "x" * 4000, 1)
    assert str(caught.value) == (
        "There is no change of that name here that you may see. Look with /continuity pending."
    )
    assert (await house.details("refused"))[0]["asked_for"] == "x" * 40


@pytest.mark.parametrize(
    ("subject", "role", "words"),
    [
        (APPROVER, Role.APPROVER, "You may not approve for customer 44444"),
        (CHANNEL, Role.INCIDENT, "This channel is not an incident channel"),
    ],
)
async def test_a_row_lost_at_the_last_moment_is_a_refusal_and_recorded(
    house: House, subject: str, role: Role, words: str
) -> None:
    change = await waiting(house)
    house.store.meanwhile = [lambda tx: tx.remove_grant(a_subject(subject), role, CUSTOMER)]
    with pytest.raises(NotAllowed, match=words) as caught:
        await approve(house, change)
    assert "Who can grant it: " in str(caught.value)
    assert await house.change(change.id) == change
    assert await house.trail(change.id) == ["refused"]
    assert await house.refusals() == [str(caught.value)]


async def test_a_person_who_was_barred_since_decides_nothing(house: House) -> None:
    change = await waiting(house)
    house.directory.people[APPROVER] = Person(APPROVER, "gone", "deleted")
    with pytest.raises(NotAllowed, match="deleted"):
        await approve(house, change)
