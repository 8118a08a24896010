"""Two replicas take deliveries: one click reaches both, and each is replaced while commands come in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from bot.domain.change_state import State
from tests.fixtures.databases import Databases
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.processes.workload import Workload
from tests.reliability.replicas.findings import findings
from tests.reliability.replicas.fleet import acting, fleet
from tests.scenarios.conftest import APPROVER, INCIDENT
from tests.scenarios.processes import deployment

SEED = 17
PAUSE = 0.15  # seconds between two acts


async def test_one_click_that_is_delivered_to_both_counts_once(
    tmp_path: Path, databases: Databases, sizes: Sizes, figures: Figures
) -> None:
    """In the same moment: to each of the two the balancer hands the same bytes."""
    clicks = sizes(10, 300)
    async with deployment(tmp_path, socket_mode=False, database=databases.of(tmp_path)) as on:
        customers = [str(50000 + number) for number in range(clicks)]
        async with fleet(on) as bots:
            bots.balancer.to_all = True
            for customer in customers:
                on.continuity.add_customer(customer, users=3)
                await on.type(f"failover on {customer}")
                card = await on.card(customer, "change_approve")
                click = await on.slack.click(APPROVER, INCIDENT, card.ts, "change_approve")
                assert click.status == 200
            for customer in customers:
                await on.outcome(customer, "3 of 3 in failover")
            for place in list(bots.bots):
                await bots.stop(place)
        for customer in customers:
            assert [one.state for one in await on.changes(customer)] == [State.APPLIED]
            kinds = [entry.record.kind for entry in await on.trail(customer)]
            assert (kinds.count("change.proposed"), kinds.count("change.approved")) == (1, 1)
            assert on.writes(customer) == [f"PUT /{customer}/failover"]
            assert len(on.outcomes(customer)) == len(on.cards(customer)) == 1
        told = [one for one in on.slack.ephemerals if "already" in one.text]
        figures.add("14 one click to both", f"{clicks} clicks, {len(told)} told that it was done")
        assert told == []


@pytest.mark.parametrize("socket_mode", [True, False], ids=["socket", "http"])
async def test_each_replica_is_replaced_while_commands_come_in_and_none_is_lost(
    tmp_path: Path, databases: Databases, sizes: Sizes, figures: Figures, *, socket_mode: bool
) -> None:
    rng = Random(SEED)  # noqa: S311 - it draws moments, no secrets
    rounds = sizes(2, 20)
    async with deployment(
        tmp_path, socket_mode=socket_mode, database=databases.of(tmp_path), QUIET_PERIOD="1"
    ) as on:
        workload = Workload(on, rng, pause=PAUSE, stumbles=False)
        await workload.settle_in()
        async with fleet(on) as bots:
            going_on = acting(workload)
            for _ in range(rounds):
                for place in list(bots.bots):
                    await asyncio.sleep(1.0)
                    await bots.stop(place)
                    await bots.start(place)
                    await bots.ready(place)
            await bots.finish(going_on, workload)
        found = await findings(on, workload)
    way = "socket" if socket_mode else "http"
    figures.add(f"14 rolling update, {way}", f"{rounds} updates of both (seed {SEED}), {found}")
    assert found.faults == {}
    assert found.doubled == 0
    # A busy machine may take longer than Slack waits; nothing is refused.
    ended = [act.delivery for act in workload.acts]
    assert [one for one in ended if not one.timed_out and one.status != 200] == []
    assert found.acknowledged >= found.acts - rounds
