"""Users listed, exported and shown: to whom, how much of them, and what is said when it does not work."""

from __future__ import annotations

import pytest

from bot.domain.audit.chain import AuditEntry
from bot.domain.user_files.user_file import EXPORT_COLUMNS
from sandbox.slack import Ephemeral, Message
from tests.fixtures import direct_store
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    SHARED,
    STRANGER,
    Scenario,
    said,
)
from tests.scenarios.processes import deployment

JO = "user0001@example.com"
ALL = f"users {CUSTOMER}"
HERE = f"{ALL} --here"


async def page(scenario: Scenario, words: str, place: str = INCIDENT) -> Message:
    """Wait for a message of a list that says this."""
    return await scenario.slack.wait_for(
        lambda slack: next((m for m in slack.channel_messages(place) if words in said(m)), None)
    )


async def trail(scenario: Scenario) -> list[AuditEntry]:
    entries = await direct_store.read(scenario.settings.database, lambda tx: tx.entries())
    return [one for one in entries if one.record.kind.startswith(("users.", "user.", "refused"))]


async def whispered(scenario: Scenario, words: str, user: str = OPERATOR) -> Ephemeral:
    return await scenario.slack.wait_for(
        lambda slack: next(
            (e for e in slack.ephemerals if e.user == user and words in e.text), None
        )
    )


def lines(content: bytes) -> list[str]:
    return content.decode("utf-8-sig").splitlines()


async def test_the_channel_sees_the_first_ones_and_all_of_them_in_a_file_if_asked(
    scenario: Scenario,
) -> None:
    scenario.continuity.add_customer(CUSTOMER, users=1234, failover_on=4)
    await scenario.type(HERE)
    shown = await page(scenario, "All 1,234 are in the file in the thread.")
    assert "*Users of Acme GmbH (44444)*: every user" in said(shown)
    assert f"The first 100 of 1,234, for <@{OPERATOR}>." in said(shown)
    [table] = [block for block in shown.blocks if block["type"] == "data_table"]
    assert len(table["rows"]) == 101
    [answer] = scenario.slack.thread(INCIDENT, shown.ts)
    [file] = answer.files
    assert file.name.startswith("users-44444-")
    header, *rows = lines(file.content)
    assert header == ",".join(EXPORT_COLUMNS)
    assert len(rows) == 1234
    assert rows[0].startswith(f"{JO},")
    listed, exported, ended = await trail(scenario)
    assert [one.record.kind for one in (listed, exported, ended)] == [
        "users.listed",
        "users.exported",
        "users.export_ended",
    ]
    assert (listed.record.actor, listed.record.channel) == (OPERATOR, INCIDENT)
    assert exported.record.detail == {"filters": "every user", "to": INCIDENT, "total": 1234}
    assert ended.record.detail["file"] == file.id


async def test_an_older_workspace_gets_a_plain_table_and_is_not_asked_again(
    scenario: Scenario,
) -> None:
    scenario.slack.newer_blocks = False
    scenario.continuity.add_customer(CUSTOMER, users=30)
    await scenario.type(HERE)
    shown = await page(scenario, "All 30 are in the file in the thread.")
    assert f"The first 20 of 30, for <@{OPERATOR}>." in said(shown)
    [table] = [block for block in shown.blocks if block["type"] == "table"]
    assert len(table["rows"]) == 21
    assert [one.error for one in scenario.slack.refused] == ["invalid_blocks"]


async def test_the_filters_reach_the_api_and_nobody_is_said(scenario: Scenario) -> None:
    await scenario.type(f"users {CUSTOMER} --failover off --activated no --group emea")
    told = await scenario.told("No user of Acme GmbH (44444) matches")
    assert told.endswith("failover off, not activated, group emea.")
    await scenario.type(f"{HERE} --activated no")
    await page(scenario, "All 3 are in the file")
    assert scenario.continuity.requests[-1].raw == f"/{CUSTOMER}?activation=false"
    assert (await trail(scenario))[0].record.detail["total"] == 0


@pytest.mark.parametrize(
    ("channel", "text"),
    [(INCIDENT, ALL), (ELSEWHERE, HERE), (f"D{OPERATOR}", HERE)],
)
async def test_the_asker_alone_gets_it_unless_the_incident_channel_is_to_see_it(
    scenario: Scenario, channel: str, text: str
) -> None:
    scenario.slack.direct_channel(OPERATOR)
    await scenario.type(text, channel=channel)
    shown = await page(scenario, "All 20 are in the file", f"D{OPERATOR}")
    [answer] = scenario.slack.thread(shown.channel, shown.ts)
    assert len(lines(answer.files[0].content)) == 21
    assert scenario.slack.channel_messages(INCIDENT) == []
    assert scenario.slack.channel_messages(ELSEWHERE) == []
    if channel.startswith("C"):
        await scenario.told("sent to you alone, in a direct message")
    assert {
        one.record.detail["to"] for one in await trail(scenario) if one.record.detail.get("to")
    } == {OPERATOR}


@pytest.mark.parametrize(
    ("user", "channel"),
    [(STRANGER, INCIDENT), (STRANGER, ELSEWHERE), (STRANGER, f"D{STRANGER}"), (OPERATOR, SHARED)],
)
async def test_without_the_right_nobody_gets_it_and_the_api_is_not_asked(
    scenario: Scenario, user: str, channel: str
) -> None:
    scenario.slack.direct_channel(user)
    await scenario.type(ALL, user=user, channel=channel)
    await scenario.slack.wait_for(lambda slack: slack.ephemerals)
    assert [one.record.kind for one in await trail(scenario)] == ["refused"]
    assert scenario.continuity.requests == []


async def test_a_list_that_breaks_off_gives_no_file(scenario: Scenario) -> None:
    scenario.continuity.add_customer(CUSTOMER, users=3000)
    scenario.continuity.fail(kind="half_body", method="GET", times=None)
    await scenario.type(HERE)
    shown = await page(scenario, "so there is no file")
    assert "The list broke off after 1,000 users" in said(shown)
    await scenario.told("Repeat the command.")
    assert scenario.slack.files_in(INCIDENT) == []
    kinds = [one.record.kind for one in await trail(scenario)]
    assert kinds == ["users.listed", "users.export_ended"]


async def test_an_api_that_says_no_is_told(scenario: Scenario) -> None:
    scenario.continuity.forbidden.add(CUSTOMER)
    await scenario.type(HERE)
    await scenario.told("403")
    assert scenario.slack.channel_messages(INCIDENT) == []
    assert await trail(scenario) == []


async def test_a_file_that_slack_does_not_take_is_told_and_was_recorded_before(
    scenario: Scenario,
) -> None:
    scenario.slack.fail("files.getUploadURLExternal", error="file_uploads_disabled")
    await scenario.type(HERE)
    await scenario.told("The list could not be brought to Slack.")
    await page(scenario, "could not be brought to Slack")
    kinds = [one.record.kind for one in await trail(scenario)]
    assert kinds == ["users.listed", "users.exported", "users.export_ended"]


async def test_while_lists_are_read_there_is_no_third_and_none_twice(
    scenario: Scenario,
) -> None:
    slow = scenario.continuity.fail(kind="delay", method="GET", times=2, seconds=1.0)
    await scenario.type(HERE)
    await scenario.continuity.wait_for(lambda: slow.hits)
    await scenario.type(HERE, user=ADMIN)
    await scenario.told("is being read already", user=ADMIN)
    await scenario.type(f"{HERE} --access on")
    await scenario.type(f"{HERE} --failover off")
    await scenario.told("2 lists are being read now")
    await page(scenario, "All 20 are in the file")
    await page(scenario, "All 2 are in the file")
    await scenario.type(HERE, user=ADMIN)
    await scenario.slack.wait_for(lambda slack: len(slack.files_in(INCIDENT)) == 3)


async def test_a_list_that_a_dead_process_left_is_made_by_the_next_one(tmp_path: object) -> None:
    """The delivery is finished when the file is there: until then the next process finds it."""
    async with deployment(tmp_path) as on:  # type: ignore[arg-type]  # a path
        on.continuity.add_customer(CUSTOMER, users=20)
        hang = on.continuity.fail(kind="hang", method="GET")
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await on.type(HERE)
            await on.continuity.wait_for(lambda: hang.hits)
            await bot.kill()
        assert len(await on.saved_for_later()) == 1
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await on.slack.wait_for(lambda slack: slack.files_in(INCIDENT), 10.0)
            await bot.stop()
        assert await on.saved_for_later() == []
        kinds = [one.record.kind for one in await on.trail(CUSTOMER)]
        assert kinds == ["users.listed"] * 2 + ["users.exported", "users.export_ended"]


async def test_a_list_that_is_half_way_at_the_end_is_brought_to_its_end(tmp_path: object) -> None:
    async with deployment(tmp_path) as on:  # type: ignore[arg-type]  # a path
        on.continuity.add_customer(CUSTOMER, users=20)
        slow = on.continuity.fail(kind="delay", method="GET", seconds=1.0)
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await on.type(HERE)
            await on.continuity.wait_for(lambda: slow.hits)
            await bot.stop()
        assert len(on.slack.files_in(INCIDENT)) == 1
        assert await on.saved_for_later() == []


async def test_a_user_is_shown_to_the_asker_alone_with_what_he_may_do(scenario: Scenario) -> None:
    await scenario.type(f"user show {CUSTOMER} {JO}")
    told = await whispered(scenario, JO)
    assert "failover off · access" in told.text
    assert [*scenario.slack.buttons(told)] == ["user_failover", "user_access", "user_edit"]
    await scenario.type(f"user show {CUSTOMER} {JO}", user=APPROVER)
    assert not scenario.slack.buttons(await whispered(scenario, JO, APPROVER))
    await scenario.type(f"user show {CUSTOMER} {JO}", user=ADMIN)
    assert "user_token" in scenario.slack.buttons(await whispered(scenario, JO, ADMIN))
    assert scenario.slack.channel_messages(INCIDENT) == []
    shown = [one.record for one in await trail(scenario)]
    assert [(one.kind, one.detail["user"]) for one in shown] == [("user.shown", JO)] * 3


async def test_a_button_proposes_what_the_command_would(scenario: Scenario) -> None:
    await scenario.type(f"user show {CUSTOMER} {JO}")
    told = await whispered(scenario, JO)
    await scenario.slack.click(OPERATOR, INCIDENT, told.ts, "user_failover")
    card = await scenario.card("change_confirm")
    assert "FAILOVER ON" in said(card)
    assert JO in said(card)
    await scenario.slack.click(OPERATOR, INCIDENT, told.ts, "user_failover")
    await scenario.told("This is proposed already")
    await scenario.press("change_confirm", user=OPERATOR)
    await scenario.outcome("1 of 1 in failover")
    await scenario.type(f"user show {CUSTOMER} {JO}")
    assert "APPLIED · FAILOVER ON" in (await whispered(scenario, "failover on")).text


async def test_the_buttons_edit_and_token_open_the_form_and_propose(scenario: Scenario) -> None:
    await scenario.type(f"user show {CUSTOMER} {JO}", user=ADMIN)
    told = await whispered(scenario, JO, ADMIN)
    await scenario.slack.click(ADMIN, INCIDENT, told.ts, "user_edit")
    view = await scenario.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    assert view.user == ADMIN
    await scenario.slack.click(ADMIN, INCIDENT, told.ts, "user_token")
    card = await scenario.card("change_approve")
    assert "TOKEN" in said(card)
    assert JO in said(card)


@pytest.mark.parametrize(
    ("user", "action", "value", "words"),
    [
        (OPERATOR, "user_failover", "99999 jo@example.com on", "for customer 99999"),
        (APPROVER, "user_access", f"{CUSTOMER} {JO} on", "You may not propose"),
        (STRANGER, "user_failover", f"{CUSTOMER} {JO} on", "You may not propose"),
        (OPERATOR, "user_failover", f"{CUSTOMER} {JO} maybe", "not known here"),
        (OPERATOR, "user_failover", f"{CUSTOMER} ../x on", "not known here"),
        (APPROVER, "user_edit", f"{CUSTOMER} {JO}", "You may not propose"),
        (OPERATOR, "user_token", f"{CUSTOMER} {JO}", "You may not administer"),
        (OPERATOR, "user_edit", "", "not known here"),
        (OPERATOR, "user_token", f"4444 {JO}", "not known here"),
    ],
)
async def test_a_forged_button_is_authorised_anew_and_its_value_read_again(
    scenario: Scenario, user: str, action: str, value: str, words: str
) -> None:
    ts = scenario.slack.post(INCIDENT, scenario.slack.bot_user_id, "x").ts
    await scenario.slack.click(user, INCIDENT, ts, action, value=value)
    await scenario.told(words, user=user)
    assert [one.record.kind for one in await trail(scenario)] == ["refused"]
    assert scenario.continuity.requests == []


async def test_nobody_of_that_address_is_told(scenario: Scenario) -> None:
    await scenario.type(f"user show {CUSTOMER} nobody@example.com")
    await scenario.told("Customer 44444 has no user nobody@example.com")


async def test_status_has_a_row_for_each_group(scenario: Scenario) -> None:
    scenario.continuity.add_customer(CUSTOMER, users=20, failover_on=5, groups={"emea": 7})
    await scenario.type(f"status {CUSTOMER} --group emea --group apac")
    told = await whispered(scenario, "Acme GmbH (44444)")
    [table] = [block for block in told.blocks if block["type"] == "table"]
    rows = [[cell["text"] for cell in row] for row in table["rows"]]
    users = [(row[0], row[3]) for row in rows[1:]]
    assert users == [("All", "20"), ("emea", "7"), ("apac", "0")]
    assert "failover: not switched for all users by this bot" in told.text
