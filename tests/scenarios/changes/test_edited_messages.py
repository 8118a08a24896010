"""A mention that nobody typed just now is never a command: Slack sends it again for every edit."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change_state import State
from tests.fixtures import direct_store
from tests.scenarios.conftest import CUSTOMER, INCIDENT, OPERATOR, Scenario

COMMAND = f"<@U0BOT> failover on {CUSTOMER}"
# Fields of the event; None leaves one out.
EDITS: dict[str, dict[str, Any]] = {
    "an edit": {},
    "an edit that tells its time alone": {"edited": None, "event_ts": "2000000000.000100"},
    "in the older form": {"edited": None, "event_ts": "2000000000000100"},
    "the mark of an edit alone": {"event_ts": None},
    "a message that changed": {"edited": None, "event_ts": None, "subtype": "message_changed"},
    "a message in it": {"edited": None, "event_ts": None, "message": {"text": COMMAND}},
    "another bot": {"edited": None, "event_ts": None, "subtype": "bot_message", "user": None},
    "our own, by user": {"edited": None, "event_ts": None, "user": "U0BOT"},
    "our own, by bot": {"edited": None, "event_ts": None, "bot_id": "B0CONTINUITY"},
}


@pytest.mark.parametrize("event", EDITS.values(), ids=EDITS)
async def test_an_edited_mention_is_acknowledged_and_does_nothing(
    scenario: Scenario, event: dict[str, Any]
) -> None:
    """The words were harmless; after the edit they would switch everybody."""
    said = scenario.slack.post(INCIDENT, OPERATOR, "<@U0BOT> thanks")
    delivery = await scenario.slack.edit(said, COMMAND, **event)
    assert (delivery.status, delivery.timed_out) == (200, False)
    await scenario.type("pending")
    await scenario.told("Nothing waits here.")
    assert await direct_store.read(scenario.settings.database, lambda tx: tx.changes()) == []


async def test_an_edit_of_a_command_that_was_carried_out_is_not_carried_out_again(
    scenario: Scenario,
) -> None:
    await scenario.slack.mention(OPERATOR, INCIDENT, COMMAND)
    await scenario.card("change_approve")
    [said] = [m for m in scenario.slack.channel_messages(INCIDENT) if m.user == OPERATOR]
    await scenario.slack.edit(said, COMMAND.replace("on", "off", 1))
    await scenario.type("pending")
    await scenario.told("FAILOVER ON")
    changes = await direct_store.read(scenario.settings.database, lambda tx: tx.changes())
    assert [change.state for change in changes] == [State.AWAITING_APPROVAL]


@pytest.mark.parametrize("event", [{"subtype": "file_share"}, {"files": []}, {}])
async def test_a_mention_with_a_file_is_a_command_all_the_same(
    scenario: Scenario, event: dict[str, Any]
) -> None:
    said = scenario.slack.post(INCIDENT, OPERATOR, COMMAND)
    await scenario.slack.edit(said, COMMAND, edited=None, event_ts=said.ts, **event)
    assert await scenario.card("change_approve")
