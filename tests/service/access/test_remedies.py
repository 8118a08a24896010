"""The right channels by link, and the command that makes this one right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.roles import Right, Role
from bot.errors import NotAllowed, SlackRefused
from bot.ports import Channel
from bot.service.access.authorise import authorise
from bot.service.access.remedies import incident_channels
from tests.builders import ADMIN, CHANNEL, CUSTOMER, NOW, OTHER_CUSTOMER, a_grant, a_subject
from tests.service.harness import ServiceHarness, actor

ELSEWHERE = "C0ELSEWHERE"


async def told(harness: ServiceHarness, user: str, channel: str = ELSEWHERE) -> str:
    with pytest.raises(NotAllowed) as caught:
        await authorise(harness.ctx, actor(user, channel), Right.VIEW, CUSTOMER)
    return str(caught.value)


async def test_three_channels_of_the_customer_are_named_or_else_those_for_all(
    harness: ServiceHarness,
) -> None:
    rows = [("C0ALL", "*"), ("C0OTHER", OTHER_CUSTOMER)]
    rows += [(f"C0MORE{n}", CUSTOMER) for n in range(3)]
    await harness.grant(
        *(a_grant(one, Role.INCIDENT, customer=customer) for one, customer in rows),
        a_grant("C0ENDED", Role.INCIDENT, expires_at=NOW - timedelta(hours=1)),
    )
    assert await incident_channels(harness.ctx, CUSTOMER) == [CHANNEL, "C0MORE0", "C0MORE1"]
    assert await incident_channels(harness.ctx, "66666") == ["C0ALL"]


@pytest.mark.parametrize(
    "over", [{"bot_is_member": False}, {"shared_outside": True}, {"shared_outside": None}]
)
async def test_a_channel_in_which_no_command_works_is_not_named(
    harness: ServiceHarness, over: dict[str, bool | None]
) -> None:
    place = Channel(CHANNEL, "x", shared_outside=False, bot_is_member=True)
    harness.directory.places[CHANNEL] = replace(place, **over)  # type: ignore[arg-type]  # flags
    assert await incident_channels(harness.ctx, CUSTOMER) == []


async def test_a_channel_that_slack_does_not_show_is_not_named(harness: ServiceHarness) -> None:
    harness.directory.error = SlackRefused("no", code="channel_not_found")
    assert await incident_channels(harness.ctx, CUSTOMER) == []


async def test_an_admin_is_told_the_command_and_where_to_type_it(harness: ServiceHarness) -> None:
    reason = f"This channel is not an incident channel for customer {CUSTOMER}."
    command = f"role grant {ELSEWHERE} incident {CUSTOMER}"
    assert await told(harness, ADMIN) == (
        f"{reason} Use <#{CHANNEL}>. To make this one right, type there: `/continuity {command}`."
    )
    await harness.store.write(
        lambda tx: tx.remove_grant(a_subject(CHANNEL), Role.INCIDENT, CUSTOMER)
    )
    assert await told(harness, ADMIN) == (
        f"{reason} There is none yet. To make this one right, type on the terminal: "
        f"`python app.py {command}`."
    )


async def test_a_direct_message_cannot_be_made_right(harness: ServiceHarness) -> None:
    words = await told(harness, ADMIN, "D0ADMIN")
    assert words.endswith(f"incident channel for customer {CUSTOMER}. Use <#{CHANNEL}>.")


async def test_nothing_is_asked_of_slack_about_a_direct_message(harness: ServiceHarness) -> None:
    harness.directory.places["D0ADMIN"] = Channel("D0ADMIN", "x", True, bot_is_member=False)
    assert "A direct message is not an incident channel" in await told(harness, ADMIN, "D0ADMIN")


async def test_who_has_no_right_on_the_customer_is_told_no_channel(harness: ServiceHarness) -> None:
    assert "<#" not in await told(harness, "U0STRANGER")
