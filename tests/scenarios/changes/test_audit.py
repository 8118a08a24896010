"""The audit trail in Slack: sentences for the asker alone, filters, and files in a direct message."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from sandbox.slack import Ephemeral, Message
from tests.fixtures import direct_store
from tests.scenarios.conftest import CUSTOMER, INCIDENT, OPERATOR, STRANGER, Scenario, said

ASKED = "failover on, all 20 users"
COUNTED = "The bot counted 20 users: failover on, all users."


def sentences(told: Ephemeral) -> list[str]:
    tables: list[dict[str, Any]] = [one for one in told.blocks if one["type"] == "data_table"]
    return [row[0].get("text", "") for table in tables for row in table["rows"][1:]]


async def proposed(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange down")
    card = await scenario.card("change_approve")
    await scenario.slack.wait_for(
        lambda slack: any(COUNTED in said(one) for one in slack.thread(INCIDENT, card.ts))
    )


async def direct(scenario: Scenario, name: str) -> Message:
    """Wait for the direct message with the file whose name ends like this."""
    return await scenario.slack.wait_for(
        lambda slack: next(
            (
                one
                for one in slack.direct_messages(OPERATOR)
                if one.files and one.files[0].name.endswith(name)
            ),
            None,
        )
    )


async def test_the_asker_alone_reads_who_asked_what(scenario: Scenario) -> None:
    await proposed(scenario)
    await scenario.type(f"audit {CUSTOMER} --since 24h")
    await scenario.told("Audit trail of Acme GmbH (44444)* · since ")
    counted, asked, *_ = sentences(scenario.slack.ephemerals[-1])
    assert counted == COUNTED
    assert asked == f"u0operator asked: {ASKED}. Reason: Exchange down"
    await scenario.told("times: Europe/Berlin")
    assert len(scenario.slack.channel_messages(INCIDENT)) == 1


async def test_an_older_workspace_reads_lines(scenario: Scenario) -> None:
    scenario.slack.newer_blocks = False
    await proposed(scenario)
    await scenario.type(f"audit {CUSTOMER}")
    await scenario.told(f"u0operator asked: {ASKED}")
    assert [block["type"] for block in scenario.slack.ephemerals[-1].blocks] == [
        "section",
        "section",
        "context",
    ]


async def test_a_person_is_picked_by_mention(scenario: Scenario) -> None:
    await proposed(scenario)
    await scenario.type(f"audit {CUSTOMER} --person <@{OPERATOR}|operator>")
    await scenario.told("· by u0operator ·")
    assert [one.split(":")[0] for one in sentences(scenario.slack.ephemerals[-1])] == [
        "u0operator asked"
    ]


async def test_files_go_to_the_asker_alone_and_that_is_recorded(scenario: Scenario) -> None:
    await proposed(scenario)
    await scenario.type(f"audit {CUSTOMER} --file")
    await scenario.told("sent to you alone, in a direct message, as CSV and JSON")
    table, whole = await direct(scenario, ".csv"), await direct(scenario, ".json")
    rows = list(csv.DictReader(io.StringIO(table.files[0].content.decode("utf-8-sig"))))
    entries = json.loads(whole.files[0].content)
    assert [row["sentence"] for row in rows] == [entry["sentence"] for entry in entries]
    first = next(row for row in rows if row["kind"] == "change.proposed")
    assert {name: first[name] for name in ("direction", "action", "scope", "users", "reason")} == {
        "direction": "on",
        "action": "failover",
        "scope": "everyone",
        "users": "20",
        "reason": "Exchange down",
    }
    assert (first["actor_id"], first["actor_name"]) == (OPERATOR, "u0operator")
    assert [row["hash"] for row in rows] == [entry["hash"] for entry in entries]
    assert f"{len(rows)} audit entries as you asked: customer 44444." in table.text
    assert len(scenario.slack.channel_messages(INCIDENT)) == 1, "nothing in the channel"
    trail = await direct_store.read(scenario.settings.database, lambda tx: tx.entries(limit=1))
    assert trail[0].record.kind == "audit.exported"
    assert trail[0].record.detail == {"entries": len(rows), "filters": "customer 44444"}


async def test_no_file_without_the_right_or_without_an_entry(scenario: Scenario) -> None:
    await scenario.type(f"audit {CUSTOMER} --file", user=STRANGER)
    await scenario.told("needs", user=STRANGER)
    await scenario.type(f"audit {CUSTOMER} --until 2020-01-01 --file")
    await scenario.told("No entries that you may read.")
    assert not any(message.files for message in scenario.slack.messages)


async def test_a_file_that_slack_does_not_take_is_told(scenario: Scenario) -> None:
    await proposed(scenario)
    scenario.slack.fail("files.getUploadURLExternal", error="file_uploads_disabled")
    await scenario.type(f"audit {CUSTOMER} --file")
    await scenario.told("The files did not reach you.")
