"""What nobody listens for is acknowledged and does nothing: without that Slack delivers it three times more.

The settings of the app may name more than `manifest.yml` does: events, shortcuts, other commands.
"""

from __future__ import annotations

from sandbox.slack import Shortcut
from tests.scenarios.conftest import INCIDENT, OPERATOR, Scenario


async def test_an_event_that_nobody_listens_for_is_acknowledged(scenario: Scenario) -> None:
    for kind, fields in (
        ("message", {"text": "is the mail down?", "channel_type": "channel"}),
        ("message", {"subtype": "message_changed", "message": {"text": "no"}}),
        ("reaction_added", {"reaction": "eyes"}),
        ("app_home_opened", {"tab": "messages"}),
        ("of_a_later_year", {}),
    ):
        delivery = await scenario.slack.event(OPERATOR, INCIDENT, kind, **fields)
        assert (delivery.status, delivery.timed_out, delivery.body) == (200, False, None), kind
    await _nothing_was_done(scenario)


async def test_a_shortcut_and_another_command_are_acknowledged(scenario: Scenario) -> None:
    older = Shortcut("of_an_older_version", "global", "Older")
    scenario.slack.shortcuts[older.callback_id] = older
    for delivery in (
        await scenario.slack.shortcut(OPERATOR, "of_an_older_version"),
        await scenario.slack.command(OPERATOR, INCIDENT, "failover on 44444", command="/older"),
    ):
        assert (delivery.status, delivery.timed_out, delivery.body) == (200, False, None)
    await _nothing_was_done(scenario)


async def _nothing_was_done(scenario: Scenario) -> None:
    await scenario.type("pending")
    await scenario.told("Nothing waits here.")
    assert scenario.slack.channel_messages(INCIDENT) == []
    assert scenario.continuity.requests == []
