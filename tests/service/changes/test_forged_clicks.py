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
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    a_change,
    a_grant,
    a_subject,
)
from tests.service.harness import ServiceHarness, actor


async def waiting(harness: ServiceHarness) -> Change:
    """Write a change that has its preview and waits for one approval."""
    change = a_change(preview=Preview(NOW, total=3, already=0), preview_revision=2)
    await harness.put(change)
    return change


async def approve(harness: ServiceHarness, change: Change) -> Change:
    return await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)


async def test_a_click_on_a_card_from_another_channel_is_refused_and_recorded(
    harness: ServiceHarness,
) -> None:
    await harness.grant(a_grant("C0OTHER", Role.INCIDENT))
    change = await waiting(harness)
    with pytest.raises(NotAllowed, match="C-7K3MX belongs to another channel"):
        await decide.approve(harness.ctx, actor(APPROVER, "C0OTHER"), change.id, 2)
    (entry,) = await harness.entries(change_id=change.id)
    assert (entry.record.kind, entry.record.channel) == ("refused", "C0OTHER")


async def test_a_forged_id_is_refused_and_recorded_and_not_repeated_at_length(
    harness: ServiceHarness,
) -> None:
    with pytest.raises(UnknownChange) as caught:
        await decide.approve(harness.ctx, actor(APPROVER), "x" * 4000, 1)
    assert str(caught.value) == (
        "There is no change of that name here that you may see. Look with `/continuity pending`."
    )
    assert (await harness.details("refused"))[0]["asked_for"] == "x" * 40


@pytest.mark.parametrize(
    ("subject", "role", "words"),
    [
        (APPROVER, Role.APPROVER, "You may not approve for customer 44444"),
        (CHANNEL, Role.INCIDENT, "This channel is not an incident channel"),
    ],
)
async def test_a_row_lost_at_the_last_moment_is_a_refusal_and_recorded(
    harness: ServiceHarness, subject: str, role: Role, words: str
) -> None:
    change = await waiting(harness)
    harness.store.meanwhile = [lambda tx: tx.remove_grant(a_subject(subject), role, CUSTOMER)]
    with pytest.raises(NotAllowed, match=words) as caught:
        await approve(harness, change)
    why, _, cure = str(caught.value).partition(" Who can grant it: ")
    assert cure.startswith(f"<@{ADMIN}>")
    assert await harness.change(change.id) == change
    assert await harness.trail(change.id) == ["refused"]
    assert await harness.refusals() == [why.removesuffix(" There is none yet.")]


async def test_a_person_who_was_barred_since_decides_nothing(harness: ServiceHarness) -> None:
    change = await waiting(harness)
    harness.directory.people[APPROVER] = Person(APPROVER, "gone", "deleted")
    with pytest.raises(NotAllowed, match="deleted"):
        await approve(harness, change)
