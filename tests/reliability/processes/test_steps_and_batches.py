"""Activations with two steps and batches of twelve customers, with the bot killed at many moments between."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from bot.domain.change import Change
from sandbox.slack import Message
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.processes.end_state import ENDED, end_state, settled
from tests.reliability.processes.restarts import RestartedBot, restarted
from tests.scenarios.conftest import APPROVER, INCIDENT, said
from tests.scenarios.processes import Deployment, deployment

# On PostgreSQL nobody goes on before the lease of a killed bot has run out: tests/reliability/replicas.
pytestmark = pytest.mark.sqlite
SEED = 15
SINGLE = [str(number) for number in range(30001, 30004)]
TOGETHER = [str(number) for number in range(31001, 31013)]
LATENCY = 0.15  # seconds of each answer of the API
# More of them would use up the attempts of a change.
KILLS = 6
WITHIN = 60.0  # seconds


async def test_killed_between_steps_and_within_a_batch_each_flag_is_set_and_each_end_told(
    in_memory: Path, sizes: Sizes, figures: Figures
) -> None:
    rng = Random(SEED)  # noqa: S311 - it draws moments, no secrets
    for round_ in range(sizes(1, 10)):
        folder = in_memory / str(round_)
        folder.mkdir()
        async with deployment(folder, socket_mode=True, QUIET_PERIOD="1") as on:
            for customer in SINGLE + TOGETHER:
                on.continuity.add_customer(customer, users=8, access_off=8)
            on.continuity.latency = LATENCY
            async with restarted(on) as bot:
                await _proposed(on, bot)
                await _killed(bot, rng)
                await bot.start()
                await bot.ready()
                await settled(on)
                assert await bot.end(signal.SIGTERM) == 0
            await _check(on, figures)


async def _proposed(on: Deployment, bot: RestartedBot) -> None:
    """Propose and approve all at about the same time, and kill the bot when the first requests are under way."""
    await bot.start()
    await bot.ready()
    commands = [f"activate {one} --reason down" for one in SINGLE]
    await asyncio.gather(*map(on.type, [*commands, f"activate {' '.join(TOGETHER)} --reason down"]))
    cards = [await on.card(one, "change_approve") for one in SINGLE]
    cards.append(await on.slack.wait_for(lambda _: _counted(on), WITHIN))
    await asyncio.gather(
        *(on.slack.click(APPROVER, INCIDENT, card.ts, "change_approve") for card in cards)
    )
    await bot.end()


def _counted(on: Deployment) -> Message | None:
    posts = on.slack.channel_messages(INCIDENT)
    whole = [one for one in posts if "*12 customers*" in said(one)]
    return next((one for one in whole if "change_approve" in on.slack.buttons(one)), None)


async def _killed(bot: RestartedBot, rng: Random) -> None:
    for _ in range(KILLS):
        await bot.start()
        await bot.ready()
        await asyncio.sleep(rng.uniform(0.05, 1.5))  # the moment of the kill
        await bot.end()


async def _check(on: Deployment, figures: Figures) -> None:
    left = await end_state(on)
    changes = [*left.changes.values()]
    assert len(changes) == len(SINGLE) + len(TOGETHER)
    lost = Counter(entry.record.kind for entry in left.trail)["change.lost"]
    figures.add(
        "1 kills, steps and batches",
        f"{KILLS} kills (seed {SEED}), {len(changes)} changes: "
        f"{dict(Counter(one.state.value for one in changes))}, {len(left.writes())} writes, "
        f"{lost} interrupted while executing, {len(left.doubled())} outcomes doubled",
    )
    assert lost >= KILLS / 2
    # A kill between Slack's answer and the bot's commit doubles the message that was under way.
    assert len(left.doubled()) <= KILLS
    assert left.abandoned() == []
    assert left.unapproved() == []
    assert left.unintended() == []
    _check_order(on, changes)
    alone = [one for one in changes if not one.batch and one.state in ENDED]
    outcomes = left.outcomes()
    assert [one.id for one in alone if one.id not in outcomes] == []
    (batch,) = {one.batch for one in changes if one.batch}
    assert outcomes[batch]
    # The outcome of a batch is sealed by the end of whichever member ended last.
    assert [one for one in left.unlike() if one != batch] == []


def _check_order(on: Deployment, changes: Sequence[Change]) -> None:
    """Failover of a customer is sent after access alone, and what is applied is set."""
    for change in changes:
        lines = on.writes(change.customer)
        flags = [line.rpartition("/")[2].partition("?")[0] for line in lines]
        assert flags == sorted(flags), change.customer
        held = on.continuity.customers[change.customer].values()
        if change.state.value == "applied":
            assert all(one.access and one.failover for one in held), change.customer
            assert {"access", "failover"} == {*flags}
