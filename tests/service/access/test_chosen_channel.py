"""A channel that somebody chooses in a form counts only where they are in it."""

from __future__ import annotations

import pytest

from bot.errors import NotAllowed, SlackUnavailable
from bot.service.access.chosen_channel import check_in_channel, is_incident_channel
from tests.builders import CHANNEL, CUSTOMER, OTHER_CUSTOMER, REQUESTER
from tests.service.harness import ServiceHarness, actor


async def test_a_member_may_and_others_are_refused_and_recorded(harness: ServiceHarness) -> None:
    await check_in_channel(harness.ctx, actor(), CUSTOMER)
    harness.directory.outside[REQUESTER] = {CHANNEL}
    with pytest.raises(NotAllowed, match="You are not in this channel"):
        await check_in_channel(harness.ctx, actor(), CUSTOMER)
    assert len(await harness.refusals()) == 1


async def test_where_slack_does_not_tell_nothing_is_done(harness: ServiceHarness) -> None:
    harness.directory.error = SlackUnavailable("Slack did not answer.")
    with pytest.raises(NotAllowed, match=r"so nothing was done\. Slack did not answer"):
        await check_in_channel(harness.ctx, actor(), CUSTOMER)


@pytest.mark.parametrize(
    ("channel", "customer", "works"),
    [
        (CHANNEL, CUSTOMER, True),
        (CHANNEL, None, True),
        (CHANNEL, OTHER_CUSTOMER, False),
        ("C0OTHER", None, False),
        ("", None, False),
    ],
)
async def test_commands_work_where_a_row_says_so(
    harness: ServiceHarness, channel: str, customer: str | None, works: bool
) -> None:
    found = await harness.look(lambda tx: is_incident_channel(tx, harness.ctx, channel, customer))
    assert found is works
