"""A report on an incident: files in the channel, messages that are added, and who may have it."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from typing import Any

from pypdf import PdfReader

from bot.program import PROGRAM
from sandbox.slack import Message
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scenario,
)

FAULT = "xoxb-1234567890-abcdef"


async def applied(scenario: Scenario) -> str:
    """Switch failover on for everyone; return the id of the change."""
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange down")
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("APPLIED")
    rows = await direct_store.read(scenario.settings.database, lambda tx: tx.changes())
    return rows[0].id


async def report(scenario: Scenario) -> Message:
    """Wait for the message with the three files."""
    return await scenario.slack.wait_for(
        lambda slack: next((m for m in slack.messages if len(m.files) == 3), None)
    )


def files(message: Message) -> dict[str, bytes]:
    return {one.name.rpartition(".")[2]: one.content for one in message.files}


def text_of(pdf: bytes) -> str:
    return " ".join(
        " ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages
    )


async def test_the_channel_gets_what_happened_as_pdf_csv_and_json(scenario: Scenario) -> None:
    change = await applied(scenario)
    await scenario.type(f"report {CUSTOMER} --since 6h")
    posted = await report(scenario)
    assert posted.channel == INCIDENT
    assert posted.text.startswith("Incident report: Acme GmbH (44444), asked for by u0operator\n")
    told = files(posted)
    document = json.loads(told["json"])
    rows = list(csv.DictReader(io.StringIO(told["csv"].decode("utf-8-sig"))))
    assert [row["sentence"] for row in rows] == [one["sentence"] for one in document["entries"]]
    assert document["changes"][0]["change"] == change
    assert document["changes"][0]["asked"] == ["u0operator"]
    assert document["changes"][0]["approved"] == ["u0approver"]
    assert document["counts"][0]["counts"][-1]["in_failover"] == 20
    pdf = text_of(told["pdf"])
    for words in (
        "Incident report: Acme GmbH (44444)",
        "u0operator asked: failover on, all 20 users. Reason: Exchange down",
        "u0approver approved: failover on, all 20 users.",
        "Applied: failover on, all 20 users. Read back: 20 of 20.",
        "Sent: PUT ",
        f"{PROGRAM} audit verify --against {document['head']['entry']}:{document['head']['hash']}",
        hashlib.sha256(told["csv"]).hexdigest(),
        "Times are those of Europe/Berlin, and UTC.",
    ):
        assert words in pdf, words


async def test_what_leaves_is_recorded_with_its_digests(scenario: Scenario) -> None:
    await applied(scenario)
    await scenario.type(f"report {CUSTOMER}")
    posted = await report(scenario)
    (entry,) = await direct_store.read(scenario.settings.database, lambda tx: tx.entries(limit=1))
    digests = {one.name: hashlib.sha256(one.content).hexdigest() for one in posted.files}
    assert entry.record.kind == "report.made"
    assert entry.record.detail["sha256"] == digests
    assert f"recorded as audit {entry.reference}" in posted.text
    assert all(f"SHA-256 `{digest}`" in posted.text for digest in digests.values())


async def test_a_report_on_a_change_stands_below_its_card(scenario: Scenario) -> None:
    change = await applied(scenario)
    await scenario.type(f"report {change}")
    posted = await report(scenario)
    cards = [m for m in scenario.slack.channel_messages(INCIDENT) if change in str(m.blocks)]
    assert posted.thread_ts == cards[0].ts
    assert posted.text.startswith(f"Incident report: {change}, Acme GmbH (44444), asked for by")


async def test_a_report_asked_for_in_a_thread_stands_there(scenario: Scenario) -> None:
    await applied(scenario)
    talk = scenario.slack.post(INCIDENT, APPROVER, "What happened?")
    await scenario.slack.mention(
        OPERATOR, INCIDENT, f"report {CUSTOMER} --since 6h", thread_ts=talk.ts
    )
    assert (await report(scenario)).thread_ts == talk.ts


async def test_the_channel_reads_nothing_that_one_person_alone_was_told(
    scenario: Scenario,
) -> None:
    await scenario.type(f"failover on {CUSTOMER}", user=STRANGER)
    await scenario.told("needs", user=STRANGER)
    await scenario.type(f"users {CUSTOMER}")
    await scenario.slack.wait_for(lambda slack: any(m.files for m in slack.messages))
    await applied(scenario)
    await scenario.type("report --since 2h")
    told = files(await report(scenario))
    document = json.loads(told["json"])
    kinds = {one["kind"] for one in document["entries"]}
    assert "change.applied" in kinds
    assert not {"refused", "users.listed", "users.exported"} & kinds
    assert document["left_out"] >= 3
    assert b"operator *" not in told["json"], "role rows are not for the channel"
    assert "more audit entries of this time are not for a channel" in text_of(told["pdf"])


async def test_no_report_without_the_right_here_or_without_an_entry(scenario: Scenario) -> None:
    await scenario.type(f"report {CUSTOMER}", user=STRANGER)
    await scenario.told("needs", user=STRANGER)
    await scenario.type(f"report {CUSTOMER}", channel=ELSEWHERE)
    await scenario.told("incident")
    await scenario.type(f"report {CUSTOMER} --until 2020-01-01 --since 2019-01-01")
    await scenario.told("Nothing to report")
    assert not any(message.files for message in scenario.slack.messages)


async def test_files_that_slack_does_not_take_are_told(scenario: Scenario) -> None:
    await applied(scenario)
    scenario.slack.fail("files.completeUploadExternal", error="file_uploads_disabled")
    await scenario.type(f"report {CUSTOMER}")
    await scenario.told("The report did not reach this channel.")


async def said_here(scenario: Scenario, text: str) -> Message:
    return scenario.slack.post(INCIDENT, APPROVER, text)


async def chosen(scenario: Scenario, message: Message, callback: str, user: str = OPERATOR) -> Any:
    return await scenario.slack.message_shortcut(user, message.channel, message.ts, callback)


async def test_a_message_is_added_without_its_secrets_and_removed_again(
    scenario: Scenario,
) -> None:
    secret = scenario.settings.continuity_password.get_secret_value()
    message = await said_here(scenario, f"The token is {FAULT}, the password {secret}. Call me.")
    await applied(scenario)
    await chosen(scenario, message, "report_add")
    added = await scenario.told("Added to the report: ")
    assert FAULT not in added
    assert secret not in added
    assert "The token is [redacted], the password [redacted]. Call me." in added
    await scenario.type(f"report {CUSTOMER}")
    (kept,) = json.loads(files(await report(scenario))["json"])["messages"]
    assert kept["author"] == APPROVER
    assert kept["added_by"] == OPERATOR
    assert kept["permalink"].endswith(f"/archives/{INCIDENT}/p{message.ts.replace('.', '')}")
    await chosen(scenario, message, "report_add")
    await scenario.told("This message is in the report already.")
    await chosen(scenario, message, "report_remove")
    await scenario.told("Removed from the report: ")
    await chosen(scenario, message, "report_remove")
    await scenario.told("This message is not in the report.")
    database = scenario.settings.database
    assert not await direct_store.read(database, lambda tx: tx.report_messages())
    trail = await direct_store.read(database, lambda tx: tx.entries(limit=1))
    assert trail[0].record.kind == "report.message_removed"
    assert "Call me" not in str(trail[0].record.detail)
    assert trail[0].record.detail["sha256"] == kept["sha256"]


async def test_only_who_may_view_here_adds_a_message(scenario: Scenario) -> None:
    message = await said_here(scenario, "Nobody knows.")
    await chosen(scenario, message, "report_add", user=STRANGER)
    await scenario.told("Messages are added to the report by people who may view", user=STRANGER)
    elsewhere = scenario.slack.post(ELSEWHERE, APPROVER, "Nobody knows.")
    await chosen(scenario, elsewhere, "report_add")
    await scenario.told("Messages are added to the report by people who may view")
    assert not await direct_store.read(scenario.settings.database, lambda tx: tx.report_messages())
