"""Two bots on one PostgreSQL database: one leads, and the other goes on when it stops, dies or hangs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import httpx
import pytest

from bot.bootstrap import Bot
from bot.database_address import PostgresUrl
from bot.domain.change_state import State
from bot.metrics import Metrics
from bot.service.replicas.membership import Membership
from bot.settings import Settings
from tests.fixtures.metric_samples import number
from tests.scenarios.conftest import INCIDENT
from tests.scenarios.processes import BotProcess, Deployment, deployment

FIRST, SECOND = "44444", "55555"
PATIENCE = 60.0


@dataclass
class Pair:
    """The deployment with two bots; the first of them led first."""

    deployment: Deployment
    bots: list[BotProcess] = field(default_factory=list)

    async def metrics(self, bot: BotProcess) -> str:
        async with httpx.AsyncClient(trust_env=False) as http:
            return (await http.get(f"{bot.url}/metrics")).text

    async def leads(self, bot: BotProcess) -> bool:
        return number(await self.metrics(bot), "continuity_replica_leader") == 1

    async def until_leads(self, bot: BotProcess) -> None:
        async with asyncio.timeout(PATIENCE):
            while not await self.leads(bot):  # noqa: ASYNC110  # a scrape tells nobody
                await asyncio.sleep(0.05)

    async def applied(self, customer: str) -> None:
        """Carry a change out, from the command to its outcome."""
        await self.deployment.run_to(customer)
        await self.deployment.outcome(customer, "Read back")

    async def states(self, customer: str) -> list[State]:
        return [change.state for change in await self.deployment.changes(customer)]


async def logged(bot: BotProcess, there: Callable[[str], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not there(bot.log):  # noqa: ASYNC110  # a log tells nobody
            await asyncio.sleep(0.05)


@pytest.fixture
async def pair(tmp_path: Path, postgresql: str) -> AsyncIterator[Pair]:
    async with (
        deployment(
            tmp_path,
            database=PostgresUrl(postgresql),
            LOG_FORMAT="json",
            OPS_CHANNEL=INCIDENT,
        ) as made,
        AsyncExitStack() as stack,
    ):
        for customer in (FIRST, SECOND):
            made.continuity.add_customer(customer, 3)
        found = Pair(made)
        for _ in range(2):
            found.bots.append(await stack.enter_async_context(made.bot()))
            await found.bots[-1].answers("/readyz", 200)
        assert [await found.leads(bot) for bot in found.bots] == [True, False]
        yield found


@pytest.mark.parametrize("alive", [True, False])
def test_one_that_lost_its_lease_is_not_ready(alive: bool) -> None:
    bot = Bot(Settings(_env_file=None), Metrics())
    assert not bot._is_ready()
    bot.membership = cast(Membership, SimpleNamespace(alive=alive))
    assert not bot._is_ready()
    bot.started = True
    assert bot._is_ready() is alive


async def test_a_replica_that_does_not_lead_is_ready_and_answers(pair: Pair) -> None:
    await pair.applied(FIRST)
    assert [await pair.leads(bot) for bot in pair.bots] == [True, False]
    assert await pair.bots[1].probe("/readyz") == 200
    assert pair.deployment.writes(FIRST) == [f"PUT /{FIRST}/failover"]


async def test_after_a_clean_stop_the_other_leads_without_waiting_for_the_lease(
    pair: Pair,
) -> None:
    leader, other = pair.bots
    await pair.applied(FIRST)
    await leader.stop()
    await pair.until_leads(other)
    await pair.applied(SECOND)
    assert "replica.took_over" not in other.log


async def test_what_a_killed_leader_left_is_read_back_by_the_other(pair: Pair) -> None:
    leader, other = pair.bots
    pair.deployment.continuity.fail(kind="hang", method="PUT", applied=True)
    await pair.deployment.run_to(FIRST)
    await pair.deployment.sent("PUT", FIRST)
    await leader.kill()
    await pair.until_leads(other)
    assert "replica.took_over" in other.log
    await pair.deployment.slack.wait_for(
        lambda slack: any(
            "lease_taken_over" in one.text and f":{leader.process.pid}" in one.text
            for one in slack.channel_messages(INCIDENT)
        ),
        PATIENCE,
    )
    await pair.deployment.outcome(FIRST, "Read back")
    kinds = [one.record.kind for one in await pair.deployment.trail(FIRST)]
    assert "change.lost" in kinds
    assert len(pair.deployment.writes(FIRST)) == 1
    await pair.applied(SECOND)


async def test_a_leader_that_hung_for_longer_than_its_lease_sends_nothing_more(pair: Pair) -> None:
    leader, other = pair.bots
    await pair.applied(FIRST)
    leader.signal(signal.SIGSTOP)
    await pair.until_leads(other)
    leader.signal(signal.SIGCONT)
    await logged(leader, lambda log: "replica.lost" in log and log.count("replica.joined") == 2)
    await pair.applied(SECOND)
    assert [await pair.leads(bot) for bot in pair.bots] == [False, True]
    assert pair.deployment.writes(SECOND) == [f"PUT /{SECOND}/failover"]
    await other.stop()
    await pair.until_leads(leader)
