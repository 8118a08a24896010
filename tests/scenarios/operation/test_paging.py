"""The whole bot with both pagers: one incident for each change, and a card that tells what failed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from bot.bootstrap import running
from bot.service.pages import publisher
from bot.service.parallel import cancel_tasks
from bot.settings import Settings
from sandbox.pagers import PagerSandbox
from sandbox.pagers.sandbox import PAGERDUTY, ROUTING_KEY, SECRET, WEBHOOK
from sandbox.slack import Message, SlackSandbox
from tests.fixtures.metric_samples import number
from tests.fixtures.raw_database import held
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, Scenario, at_work, said

TOLD = "The pager (PagerDuty) did not take this."


def settings_of(pagers: PagerSandbox, **over: Any) -> dict[str, Any]:
    return {
        "pagerduty_routing_key": SecretStr(ROUTING_KEY),
        "pagerduty_url": pagers.url,
        "pager_webhook_url": pagers.webhook_url,
        "pager_webhook_secret": SecretStr(SECRET),
        **over,
    }


@dataclass
class Paged:
    """A bot at work, and the pagers that it has."""

    bot: Scenario
    pagers: PagerSandbox

    async def reach(self, state: str, pager: str = PAGERDUTY) -> None:
        """Wait until the pager's one incident has this state."""
        await self.pagers.until(lambda: self.pagers.states(pager) == [state])

    async def card_says(self, words: str, *, there: bool = True) -> None:
        """Wait until the one card tells this, or does not."""

        def tells(slack: Any) -> bool:
            cards = [m for m in slack.channel_messages(INCIDENT) if "asked by" in said(m)]
            return bool(cards) and (words in said(cards[-1])) is there

        await self.bot.slack.wait_for(tells)


@pytest.fixture
async def paged(tmp_path: Path) -> AsyncIterator[Paged]:
    async with PagerSandbox() as pagers, at_work(tmp_path, **settings_of(pagers)) as bot:
        yield Paged(bot, pagers)


@pytest.mark.parametrize("pager", [PAGERDUTY, WEBHOOK])
async def test_a_change_is_one_incident_from_its_proposal_to_its_end(
    paged: Paged, pager: str
) -> None:
    await paged.bot.type(f"failover on {CUSTOMER} --reason Exchange down")
    await paged.reach("triggered", pager)
    [incident] = [one for one in paged.pagers.incidents.all() if one.pager == pager]
    card = await paged.bot.card("change_approve")
    assert incident.summary.startswith(
        "Approval needed: FAILOVER ON · Acme GmbH (44444) · ALL 20 users · asked by "
    )
    assert incident.severity == "critical"
    assert incident.link.endswith(f"/archives/{INCIDENT}/p{card.ts.replace('.', '')}")
    await paged.bot.press("change_approve", user=APPROVER, card=card)
    await paged.bot.outcome("Read back")
    await paged.reach("resolved", pager)
    told = str(paged.pagers.requests)
    assert "@" not in told
    assert "Exchange" not in told
    assert {name for name, _ in paged.pagers.requests} == {PAGERDUTY, WEBHOOK}


async def test_somebody_who_looks_acknowledges_it(paged: Paged) -> None:
    await paged.bot.type(f"access on {CUSTOMER}")
    await paged.reach("triggered")
    [incident] = [one for one in paged.pagers.incidents.all() if one.pager == PAGERDUTY]
    assert incident.severity == "warning"
    message = await paged.bot.slack.wait_for(direct_message)
    await paged.bot.press("change_looking", user=APPROVER, card=message)
    await paged.reach("acknowledged")


async def test_a_pager_that_refuses_is_told_in_the_card_and_other_pagers_are_not_held_up(
    paged: Paged,
) -> None:
    fault = paged.pagers.fail("400", pager=PAGERDUTY)
    await paged.bot.type(f"failover on {CUSTOMER}")
    await paged.card_says(f"{TOLD}* It refused it (400). Look at PAGERDUTY_ROUTING_KEY.")
    await paged.card_says("Tell the approvers yourself.")
    await paged.reach("triggered", WEBHOOK)
    assert ROUTING_KEY not in str(paged.bot.slack.messages)
    fault.times = 0
    await paged.bot.press("change_approve", user=APPROVER)
    await paged.bot.outcome("Read back")
    await paged.card_says("The pager", there=False)
    await paged.reach("resolved", WEBHOOK)


async def test_a_pager_that_is_away_holds_up_nothing_and_gets_the_page_when_it_is_back(
    paged: Paged, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "MAX_WAIT", timedelta(seconds=0.2))
    await paged.pagers.stop()
    await paged.bot.type(f"failover on {CUSTOMER}")
    await paged.card_says(f"{TOLD}* It cannot be reached. Tell the approvers yourself.")
    await paged.pagers.start()
    await paged.reach("triggered")
    await paged.card_says(TOLD, there=False)
    async with httpx.AsyncClient(trust_env=False) as http:
        answer = await http.get(f"http://127.0.0.1:{paged.bot.port}/metrics", timeout=30.0)
    assert number(answer.text, "continuity_pages_total", pager=PAGERDUTY, result="taken") == 1
    assert number(answer.text, "continuity_pages_total", pager=PAGERDUTY, result="unavailable") >= 3


async def test_a_lost_answer_makes_no_second_incident(paged: Paged) -> None:
    paged.pagers.fail("lost", times=2)
    await paged.bot.type(f"failover on {CUSTOMER}")
    await paged.pagers.until(lambda: len(paged.pagers.requests) >= 4)
    await paged.reach("triggered")
    await paged.reach("triggered", WEBHOOK)


async def test_a_restart_resolves_what_ended_while_the_pager_was_away(paged: Paged) -> None:
    await paged.bot.type(f"failover on {CUSTOMER}")
    await paged.reach("triggered")
    paged.pagers.fail("500")
    await paged.bot.press("change_approve", user=APPROVER)
    await paged.bot.outcome("Read back")
    paged.pagers.faults.clear()
    await paged.reach("resolved")
    assert held(paged.bot.settings.database).count(ROUTING_KEY) == 0
    assert held(paged.bot.settings.database).count(SECRET) == 0


async def test_a_bot_that_starts_again_sends_what_the_one_before_could_not(tmp_path: Path) -> None:
    async with PagerSandbox() as pagers:
        await pagers.stop()
        async with at_work(tmp_path, **settings_of(pagers)) as bot:
            await bot.type(f"failover on {CUSTOMER}")
            await bot.card("change_approve")
            settings = bot.settings
            await Paged(bot, pagers).card_says("It cannot be reached")
        await pagers.start()
        assert pagers.incidents.all() == []
        again = asyncio.create_task(keep_running(settings))
        await pagers.until(lambda: pagers.states() == ["triggered"])
        await cancel_tasks([again])


def direct_message(slack: SlackSandbox) -> Message | None:
    """The approver's own message with the card."""
    found = slack.channel_messages(f"D{APPROVER}")
    return next((one for one in found if "change_looking" in slack.buttons(one)), None)


async def keep_running(settings: Settings) -> None:
    """Run the bot without Slack: it waits for that, and sends pages meanwhile."""
    async with running(settings):
        await asyncio.Event().wait()
