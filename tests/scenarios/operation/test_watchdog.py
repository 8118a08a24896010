"""What is measured, logged and alarmed of a running bot, and that watching stands in nobody's way."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from bot.bootstrap import running
from bot.database_address import sqlite_file
from bot.store.sqlite.sqlite_library import sqlite3
from sandbox.slack import Ephemeral
from tests.fixtures.metric_samples import number, samples
from tests.scenarios.conftest import (
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scenario,
    said,
)

Logs = list[MutableMapping[str, Any]]


@pytest.fixture
def logs() -> Iterator[Logs]:
    """What the bot logs at DEBUG, with what is bound."""
    structlog.contextvars.clear_contextvars()
    with capture_logs(processors=[merge_contextvars]) as entries:
        yield entries


async def get(port: int, path: str) -> httpx.Response:
    async with httpx.AsyncClient(trust_env=False) as http:
        return await http.get(f"http://127.0.0.1:{port}{path}", timeout=30.0)


async def scraped(scenario: Scenario) -> str:
    return (await get(scenario.port, "/metrics")).text


async def one_change(scenario: Scenario) -> str:
    """Propose, approve, and wait for the outcome; return the id."""
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    change_id = str(scenario.slack.buttons(card)["change_approve"]["value"]).partition(" ")[0]
    await scenario.press("change_approve", user=APPROVER, card=card)
    await scenario.outcome("Read back")
    return change_id


async def test_a_nights_work_is_in_the_numbers(scenario: Scenario) -> None:
    await one_change(scenario)
    await scenario.type("frobnicate everything")
    await scenario.told("There is no command")
    await scenario.type(f"status {CUSTOMER}", user=STRANGER)
    await scenario.told("needs the role", user=STRANGER)
    scenario.continuity.fail(kind=429, method="HEAD", times=1)
    scenario.slack.fail("conversations.info", retry_after=1)
    await scenario.type(f"status {CUSTOMER}", channel=ELSEWHERE)
    await scenario.told("nothing was done")
    await scenario.type(f"status {CUSTOMER}")
    await scenario.told("20 users")
    text = await scraped(scenario)

    def commands(command: str, result: str) -> float:
        return number(text, "continuity_commands_total", command=command, result=result)

    assert commands("failover", "answered") == 1
    assert commands("change_approve", "answered") == 1
    assert commands("unreadable", "refused") == 1
    assert commands("status", "answered") == 1
    assert commands("status", "refused") == 2
    refusals = {
        dict(labels)["kind"]: value
        for (name, labels), value in samples(text).items()
        if name == "continuity_refusals_total"
    }
    assert refusals == {"no_right": 1, "slack_silent": 1}
    assert number(text, "continuity_rate_limited_total", service="slack") == 1
    assert number(text, "continuity_rate_limited_total", service="api") == 1
    calls = {"operation": "set_flag", "outcome": "ok"}
    assert number(text, "continuity_api_calls_total", **calls) == 1
    assert number(text, "continuity_api_call_seconds_count", operation="set_flag") == 1
    assert number(text, "continuity_acknowledgement_seconds_count") == 6
    ages = ("loop_lag", "outbox_age", "executing_age")
    assert all(number(text, f"continuity_{age}_seconds") >= 0 for age in ages)
    assert "continuity_open_changes" in text


async def test_no_label_is_a_customer_a_person_a_channel_or_what_was_typed(
    scenario: Scenario,
) -> None:
    await one_change(scenario)
    for words in ("canary1 x", f"status {CUSTOMER}", "role grant canary2", f"cancel C-{'A' * 5}"):
        await scenario.type(words)
    card = scenario.slack.messages[0]
    click: dict[str, Any] = {"value": "canary3", "block_id": "b"}
    await scenario.slack.click(APPROVER, INCIDENT, card.ts, "change_canary4", **click)
    await scenario.told("button is not known", user=APPROVER)
    labels = {
        value
        for _, pairs in samples(await scraped(scenario))
        for name, value in pairs
        if name != "le"
    }
    assert {"unreadable", "unknown_button"} <= labels
    assert not [
        label
        for label in labels
        for bad in ("canary", CUSTOMER, "U0", "C0", "C-", "@")
        if bad in label
    ]


async def test_every_line_about_a_delivery_names_it_and_its_change(
    logs: Logs, scenario: Scenario
) -> None:
    change_id = await one_change(scenario)
    await scenario.type("help")
    await scenario.told("failover on")
    await scenario.slack.wait_for(
        lambda _: (
            [one["command"] for one in logs if one["event"] == "delivery.handled"][-1] == "help"
        )
    )
    handled = {one["command"]: one for one in logs if one["event"] == "delivery.handled"}
    assert [handled[name].get("change") for name in ("failover", "change_approve", "help")] == [
        change_id,
        change_id,
        None,
    ]
    keys = [handled[name]["request"].partition(":")[0] for name in handled]
    assert keys == ["command", "click", "command"]
    calls = [one for one in logs if one["event"] == "api.call"]
    assert {(one["operation"], one["outcome"]) for one in calls} == {
        ("count", "ok"),
        ("set_flag", "ok"),
    }
    assert {one.get("change") for one in calls} == {change_id}
    assert all(isinstance(one["milliseconds"], int) for one in calls)
    assert not [one for one in calls if "request" in one], "the executor works for no delivery"


async def test_what_one_delivery_bound_is_not_on_the_lines_of_the_next(
    logs: Logs, scenario: Scenario
) -> None:
    """Eight workers take turns; each lives through many deliveries."""
    change_id = await one_change(scenario)
    for at in range(20):
        await scenario.type(f"status {CUSTOMER}" if at % 2 else f"audit {change_id}")
    await scenario.slack.wait_for(
        lambda _: sum(one["event"] == "delivery.handled" for one in logs) >= 22, 10
    )
    by_request = defaultdict(set)
    for one in logs:
        if "request" in one:
            by_request[one["request"]].add(one.get("change"))
    status = [one for one in logs if one.get("command") == "status"]
    assert len(status) == 10
    assert {one.get("change") for one in status} == {None}
    calls = [one for one in logs if one["event"] == "api.call" and "request" in one]
    assert len(calls) == 70  # seven counts for each status
    assert {one.get("change") for one in calls} == {None}


@pytest.mark.sqlite
async def test_a_scrape_does_not_wait_for_the_database(scenario: Scenario) -> None:
    holder = sqlite3.connect(
        sqlite_file(scenario.settings.database, "this test"), isolation_level=None
    )
    holder.execute("BEGIN EXCLUSIVE")
    try:
        asked = asyncio.create_task(scenario.type(f"status {CUSTOMER}"))
        for path in ("/metrics", "/readyz", "/healthz"):
            assert (await get(scenario.port, path)).status_code == 200
        assert not asked.done()
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert (await asked).status == 200


@pytest.mark.parametrize("scenario", ["socket"], indirect=True)
async def test_two_bots_with_two_databases_on_one_app_are_noticed(
    scenario: Scenario, tmp_path: Path
) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    change_id = str(scenario.slack.buttons(card)["change_approve"]["value"]).partition(" ")[0]
    scenario.slack.add_channel("C0OPS", "ops", members=[OPERATOR])
    settings = scenario.settings.model_copy(
        update={"database": tmp_path / "other.db", "ops_channel": "C0OPS"}
    )
    async with running(settings) as other:
        await scenario.slack.wait_for(lambda slack: slack.connected == 2)
        for _ in range(4):  # each payload goes to one of the two
            await scenario.press("change_deny", user=APPROVER, card=card)
        told = await scenario.told(f"I do not know the change {change_id}", user=APPROVER)
        assert "another bot with another database may be running on this Slack app" in told
        alarm = await scenario.slack.wait_for(lambda slack: slack.channel_messages("C0OPS"))
        await scenario.slack.wait_for(lambda slack: len(refused(slack.ephemerals)) == 2)
        assert [said(message).partition(" · ")[0] for message in alarm] == ["🔴 ALARM"]
        text = (await get(other.server.port, "/metrics")).text
        assert number(text, "continuity_refusals_total", kind="unknown_card") == 2
        assert number(text, "continuity_alarm", alarm="unknown_card") == 1
        assert (await get(other.server.port, "/readyz")).status_code == 200
        assert len(scenario.slack.channel_messages("C0OPS")) == 1
    assert number(await scraped(scenario), "continuity_refusals_total", kind="unknown_card") == 0


def refused(ephemerals: list[Ephemeral]) -> list[str]:
    return [one.text for one in ephemerals if "I do not know" in one.text]


async def test_an_alarm_does_not_take_the_bot_out_of_service(scenario: Scenario) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    await scenario.slack.click(APPROVER, INCIDENT, card.ts, "change_approve", value="C-AAAAA 2")
    await scenario.told("I do not know the change C-AAAAA", user=APPROVER)
    assert number(await scraped(scenario), "continuity_alarm", alarm="unknown_card") == 1
    assert (await get(scenario.port, "/readyz")).status_code == 200


async def test_a_typed_id_that_is_not_there_is_a_slip_and_no_alarm(scenario: Scenario) -> None:
    await scenario.type("cancel C-AAAAA")
    await scenario.told("There is no change C-AAAAA here")
    text = await scraped(scenario)
    assert number(text, "continuity_refusals_total", kind="unknown_change") == 1
    assert number(text, "continuity_alarm", alarm="unknown_card") == 0
