"""Pages survive the process: a killed leader's page is one incident, and the other replica goes on with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.database_address import PostgresUrl
from sandbox.pagers import PagerSandbox
from sandbox.pagers.sandbox import PAGERDUTY, ROUTING_KEY
from tests.scenarios.processes import deployment

CUSTOMER = "44444"
# For the lease of a leader that was killed.
PATIENCE = 60.0


def settings_of(pagers: PagerSandbox) -> dict[str, Any]:
    return {"PAGERDUTY_ROUTING_KEY": ROUTING_KEY, "PAGERDUTY_URL": pagers.url}


async def test_after_a_kill_while_a_page_is_sent_there_is_one_incident_that_ends(
    tmp_path: Path,
) -> None:
    async with PagerSandbox() as pagers, deployment(tmp_path, **settings_of(pagers)) as made:
        made.continuity.add_customer(CUSTOMER, 3)
        pagers.fail("lost", seconds=60.0, times=1)
        async with made.bot() as bot:
            await bot.answers("/readyz", 200)
            await made.type(f"failover on {CUSTOMER}")
            await pagers.until(lambda: bool(pagers.requests))
            await bot.kill()
        async with made.bot() as bot:
            await bot.answers("/readyz", 200)
            await pagers.until(lambda: len(pagers.requests) >= 2)
            assert pagers.states() == ["triggered"]
            await made.press("change_approve", CUSTOMER)
            await made.outcome(CUSTOMER, "Read back")
            await pagers.until(lambda: pagers.states() == ["resolved"])
            assert ROUTING_KEY not in bot.log
        assert {name for name, _ in pagers.requests} == {PAGERDUTY}


async def test_the_other_replica_sends_what_a_killed_leader_could_not(
    tmp_path: Path, postgresql: str
) -> None:
    async with (
        PagerSandbox() as pagers,
        deployment(tmp_path, database=PostgresUrl(postgresql), **settings_of(pagers)) as made,
    ):
        made.continuity.add_customer(CUSTOMER, 3)
        pagers.fail("cut")
        async with made.bot() as leader, made.bot() as other:
            for bot in (leader, other):
                await bot.answers("/readyz", 200)
            await made.type(f"failover on {CUSTOMER}")
            await pagers.until(lambda: bool(pagers.requests))
            await leader.kill()
            pagers.faults.clear()
            await pagers.until(lambda: pagers.states() == ["triggered"], PATIENCE)
            await made.press("change_approve", CUSTOMER)
            await made.outcome(CUSTOMER, "Read back")
            await pagers.until(lambda: pagers.states() == ["resolved"])
