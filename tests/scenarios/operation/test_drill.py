"""A rehearsal in the whole bot: the real API is there, and is never asked for the customer of the drill."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sandbox.continuity import RehearsalApi
from sandbox.continuity.model import example_users
from sandbox.continuity.scenarios import DOWN_SECONDS
from sandbox.slack import SlackSandbox
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scenario,
    at_work,
    said,
)


@asynccontextmanager
async def rehearsing(folder: Path, api: RehearsalApi) -> AsyncIterator[Scenario]:
    """A bot for which the customer is a drill; the other API stays a real one to it."""
    file = folder / "accounts.toml"
    file.write_text(
        f'[{CUSTOMER}]\nurl = "{api.url}"\nusername = "{api.username}"\n'
        f'password = "{api.password}"\ndrill = true\n'
    )
    file.chmod(0o600)
    async with at_work(folder, continuity_credentials=file) as scenario:
        yield scenario
        asked = [one.path for one in scenario.continuity.requests]
        assert asked == []


@pytest.fixture
async def api() -> AsyncIterator[RehearsalApi]:
    users = example_users(CUSTOMER, 20, {}, access_off=18, not_activated=3)
    async with RehearsalApi({CUSTOMER: [*users.values()]}) as api:
        yield api


def everything(slack: SlackSandbox) -> list[str]:
    """What people can read: the notification of each message, and of each reply."""
    return [one.text for one in slack.messages] + [one.text for one in slack.ephemerals]


@pytest.mark.parametrize("scenario_name", ["lost", "slow"])
async def test_an_outage_is_rehearsed_from_the_beginning_to_the_score_sheet(
    tmp_path: Path, api: RehearsalApi, scenario_name: str
) -> None:
    async with rehearsing(tmp_path, api) as scenario:
        slack = scenario.slack
        await scenario.type(f"drill start {CUSTOMER} {scenario_name}")
        begun = await scenario.outcome("REHEARSAL BEGAN")
        assert begun.text.startswith("DRILL · BEGAN · Acme GmbH (44444) · ")
        assert f"<@{OPERATOR}> began a rehearsal" in said(begun)
        for fault in api.faults:
            fault.seconds = min(fault.seconds, 0.05)

        await scenario.type(f"failover on {CUSTOMER} --reason Exchange is down")
        card = await scenario.card("change_approve")
        assert card.history[0].text.startswith("DRILL · FAILOVER ON · Acme GmbH (44444) · ALL 20")
        assert said(card).partition("\n")[2].startswith("DRILL · ")
        await scenario.press("change_approve", user=STRANGER)
        await scenario.told("", user=STRANGER)
        await scenario.press("change_approve", user=APPROVER)
        done = await scenario.outcome("20 of 20 in failover")
        assert done.text.startswith("DRILL · APPLIED: FAILOVER ON · ")

        sheet = await scenario.outcome("REHEARSAL ENDED: VERIFIED")
        assert sheet.text == (
            "DRILL · ENDED: VERIFIED · Acme GmbH (44444) · "
            f"{'an answer is lost' if scenario_name == 'lost' else 'the API is slow'} · wrong: 1"
        )
        assert "1 refused press or command:" in said(sheet)
        assert f"Took part: <@{OPERATOR}>, <@{STRANGER}>, <@{APPROVER}>" in said(sheet)
        await slack.wait_for(lambda _: not api.faults and not api.playing)
        assert not any(user.failover for user in api.customers[CUSTOMER].values())
        # What is refused to somebody names no change, and is no part of the drill to them.
        assert [
            one for one in everything(slack) if not one.startswith(("DRILL", "<@", "You"))
        ] == []


async def test_it_is_ended_by_hand_and_what_is_wrong_is_told(
    tmp_path: Path, api: RehearsalApi
) -> None:
    async with rehearsing(tmp_path, api) as scenario:
        await scenario.type(f"drill end {CUSTOMER}")
        await scenario.told("No drill of 44444 is running.")
        await scenario.type(f"drill start {CUSTOMER} flood")
        await scenario.told("“flood” is no scenario; there are slow, lost, partly, down.")
        await scenario.type(f"drill start {CUSTOMER} down")
        await scenario.outcome("REHEARSAL BEGAN")
        await scenario.type(f"status {CUSTOMER}")
        assert (await scenario.told("503")).startswith("DRILL · ")
        await scenario.type(f"drill start {CUSTOMER} slow")
        await scenario.told("The drill down of 44444 runs since")
        await scenario.type(f"drill end {CUSTOMER}")
        sheet = await scenario.outcome("REHEARSAL ENDED: BY A PERSON")
        assert "To propose: not reached" in said(sheet)
        await scenario.type("drill list")
        listed = await scenario.told("*Scenarios*")
        assert "DRILL · Acme GmbH (44444): down at" in listed


async def test_forms_lists_files_and_tokens_of_its_customer_are_labelled(
    tmp_path: Path, api: RehearsalApi
) -> None:
    address = "user0001@example.com"

    def filled(slack: SlackSandbox, words: str) -> str | None:
        found = [one.view for one in slack.views.values() if words in str(one.view["blocks"])]
        return str(found[-1]["title"]["text"]) if found else None

    async with rehearsing(tmp_path, api) as scenario:
        slack = scenario.slack
        await scenario.type(f"user edit {CUSTOMER} {address}")
        title = await slack.wait_for(lambda space: filled(space, "User 0001"))
        assert title.startswith("DRILL · ")
        await scenario.type(f"user show {CUSTOMER} {address}")
        assert (await scenario.told(address)).startswith("DRILL · ")
        await scenario.type(f"users {CUSTOMER} --here")
        page = await scenario.outcome("Users of Acme GmbH")
        assert page.text.startswith("DRILL · ")
        await slack.wait_for(
            lambda space: [f for f in space.files.values() if f.state == "complete"]
        )
        assert all(one.name.startswith("DRILL-") for one in slack.files.values())
        await scenario.type(f"token {CUSTOMER} {address}", user=ADMIN)
        await scenario.press("change_approve", user=APPROVER)
        await scenario.press("token_show", user=ADMIN)
        title = await slack.wait_for(lambda space: filled(space, "activate?token="))
        assert title.startswith("DRILL · ")


async def test_down_for_three_minutes_and_then_it_is_carried_out(tmp_path: Path) -> None:
    ahead = 0.0
    users = [*example_users(CUSTOMER, 20, {}).values()]
    async with (
        RehearsalApi({CUSTOMER: users}, clock=lambda: time.time() + ahead) as api,
        rehearsing(tmp_path, api) as scenario,
    ):
        await scenario.type(f"drill start {CUSTOMER} down")
        await scenario.outcome("REHEARSAL BEGAN")
        await scenario.type(f"failover on {CUSTOMER}")
        await scenario.card("change_approve")
        await scenario.press("change_approve", user=APPROVER)
        await api.wait_for(lambda: any(one.status == 503 for one in api.requests))
        ahead = DOWN_SECONDS
        await scenario.outcome("20 of 20 in failover")
        await scenario.outcome("REHEARSAL ENDED: VERIFIED")


async def test_the_manuals_order_is_one_change_of_a_drill(
    tmp_path: Path, api: RehearsalApi
) -> None:
    async with rehearsing(tmp_path, api) as scenario:
        await scenario.type(f"drill start {CUSTOMER} lost")
        await scenario.outcome("REHEARSAL BEGAN")
        await scenario.type(f"activate {CUSTOMER} --reason Exchange is down")
        card = await scenario.card("change_approve")
        assert card.text.startswith("DRILL · ACTIVATE · Acme GmbH (44444)")
        await scenario.press("change_approve", user=APPROVER)
        sheet = await scenario.outcome("REHEARSAL ENDED: VERIFIED")
        assert "not reached" not in said(sheet)


async def test_partly_fails_for_some_and_the_second_change_reaches_them(
    tmp_path: Path, api: RehearsalApi
) -> None:
    named = "user0001@example.com user0002@example.com user0004@example.com"
    async with rehearsing(tmp_path, api) as scenario:
        await scenario.type(f"drill start {CUSTOMER} partly")
        await scenario.outcome("REHEARSAL BEGAN")
        await scenario.type(f"failover on {CUSTOMER} {named}")
        await scenario.press("change_confirm", user=OPERATOR)
        done = await scenario.outcome("PARTLY")
        assert done.text.startswith("DRILL · ")
        assert "The mailbox is busy" in said(done)
        await scenario.type(f"failover on {CUSTOMER} user0001@example.com user0004@example.com")
        await scenario.press("change_confirm", user=OPERATOR)
        sheet = await scenario.outcome("REHEARSAL ENDED: VERIFIED")
        assert "To approve: " in said(sheet)


async def test_the_bot_is_stopped_in_between_and_the_next_one_ends_it(
    tmp_path: Path, api: RehearsalApi
) -> None:
    async with rehearsing(tmp_path, api) as scenario:
        await scenario.type(f"drill start {CUSTOMER} slow")
        await scenario.outcome("REHEARSAL BEGAN")
    (drill,) = api.playing.values()
    async with rehearsing(tmp_path, api) as scenario:
        await scenario.type(f"drill start {CUSTOMER} lost")
        await scenario.told("The drill slow of 44444 runs since")
        await scenario.type(f"drill end {CUSTOMER}")
        sheet = await scenario.outcome("REHEARSAL ENDED: BY A PERSON")
        assert drill in said(sheet)
        await scenario.slack.wait_for(lambda _: not api.faults and not api.playing)


async def test_without_the_simulated_api_it_does_not_begin(tmp_path: Path) -> None:
    async with RehearsalApi({CUSTOMER: []}) as api:
        pass
    async with rehearsing(tmp_path, api) as scenario:
        await scenario.type(f"drill start {CUSTOMER} lost")
        await scenario.told("The simulated API of this drill is not there: start `")
        await asyncio.sleep(0)
        assert scenario.slack.channel_messages(INCIDENT) == []


async def test_a_real_customer_gets_none(tmp_path: Path) -> None:
    async with at_work(tmp_path) as scenario:
        await scenario.type(f"drill start {CUSTOMER} lost")
        await scenario.told("Customer 44444 is a real one")
        assert scenario.slack.channel_messages(INCIDENT) == []
