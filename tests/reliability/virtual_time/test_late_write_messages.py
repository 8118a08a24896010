"""Proof 3 over real sockets: the running bot, and real processes, with an API that lands writes late."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from bot.domain.change import Change, switch_of
from bot.domain.change_state import OPEN, State
from sandbox.continuity import ContinuitySandbox
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.virtual_time.event_loop import run_virtual
from tests.reliability.virtual_time.simulation import Simulation, simulation
from tests.scenarios.conftest import APPROVER, INCIDENT, OPERATOR
from tests.scenarios.processes import Deployment, deployment

SEED = 20261124
QUIET = 60.0  # seconds, as without a setting
GIVEN_UP = 30.0  # seconds after which the client gives a write up
AT_ONCE = 16  # stories
SHORT_QUIET = 8.0  # seconds, where the time is real


def stall(
    api: ContinuitySandbox, customer: str, method: str, dice: random.Random, *, broken: bool
) -> None:
    """Let the next write for a customer land less than QUIET after the client has given it up."""
    late = dice.uniform(0.05, 0.98) * QUIET
    kind = "reset_then_apply" if broken else "stall_then_apply"
    seconds = late if broken else GIVEN_UP + late
    api.fail(kind=kind, seconds=seconds, method=method, path=f"^/{customer}")


def judge(api: ContinuitySandbox, customer: str, changes: Sequence[Change]) -> str:
    """Return what is not as the newest change has it that was told as applied, or `""`."""
    stands = {user.failover for user in api.customers[customer].values()}
    newest = max((one for one in changes if one.started_at), key=_start)
    if newest.state is State.APPLIED and stands != {switch_of(newest).on}:
        return f"{customer}: {newest.id} {switch_of(newest).direction} is applied, and it stands {stands}"
    return ""


def _start(change: Change) -> datetime:
    assert change.started_at
    return change.started_at


async def settled(changes: Callable[[], Awaitable[Sequence[Change]]], pause: float) -> None:
    """Look into the database until every change has ended. Raises TimeoutError."""
    async with asyncio.timeout(60 * QUIET):
        while any(one.state in OPEN for one in await changes()):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(pause)


# --- the running bot, in owned time ---------------------------------------------------------------


async def there_and_back(on: Simulation, customer: str) -> None:
    """Switch on, off, and perhaps on again, each before the last is settled; most land late."""
    dice = random.Random(f"{SEED} {customer}")  # noqa: S311
    on.continuity.add_customer(customer, 3)
    for word in ("on", "off", "on")[: dice.randint(2, 3)]:
        method = "PUT" if word == "on" else "DELETE"
        if word == "on" or dice.random() < 0.5:
            stall(on.continuity, customer, method, dice, broken=dice.random() < 0.5)
        known = {message.ts for message in on.about(customer)}
        told = _told_alone(on, customer)
        await on.slack.command(OPERATOR, INCIDENT, f"failover {word} {customer}")
        await on.until(partial(_is_released, on, customer, known, told))
        await asyncio.sleep(dice.uniform(0, 20))


def _is_released(on: Simulation, customer: str, known: set[str], told: int) -> bool:
    """Whether a card that was not known has been decided on, or there was nothing to do."""
    new = [message.text for message in on.about(customer) if message.ts not in known]
    decided = any(not text.startswith("FAILOVER") for text in new)
    return decided or _told_alone(on, customer) > told


def _told_alone(on: Simulation, customer: str) -> int:
    """How often the requester alone was told that there is nothing to do."""
    return sum(f"for {customer}* was not proposed" in one.text for one in on.slack.ephemerals)


async def approve_all(on: Simulation, customers: Iterable[str]) -> None:
    """Release whatever is asked, and asked again."""
    while True:
        for customer in customers:
            for card in on.about(customer):
                if "change_approve" in on.slack.buttons(card):
                    await on.release(card)
        await asyncio.sleep(2.0)


def test_the_running_bot_lets_no_late_write_land_over_a_newer_one(
    tmp_path: Path, sizes: Sizes, figures: Figures
) -> None:
    customers = [f"{10000 + number}" for number in range(sizes(8, 200))]

    async def story() -> tuple[list[str], Counter[str], int]:
        ends, late = Counter[str](), 0
        wrong: list[str] = []
        async with simulation(tmp_path) as on, on.bot():
            for start in range(0, len(customers), AT_ONCE):
                some = customers[start : start + AT_ONCE]
                approving = asyncio.create_task(approve_all(on, some))
                await asyncio.gather(*(there_and_back(on, customer) for customer in some))
                await settled(on.changes, QUIET)
                await asyncio.sleep(GIVEN_UP + QUIET)  # whatever is late has landed
                approving.cancel()
                late += sum(fault.hits for fault in on.continuity.faults)
                on.continuity.faults.clear()
                for customer in some:
                    changes = await on.changes(customer)
                    ends.update(change.state for change in changes)
                    wrong += filter(None, [judge(on.continuity, customer, changes)])
        return wrong, ends, late

    wrong, ends, late = run_virtual(story())
    figures.add(
        "3 late writes, the running bot",
        f"{len(customers)} stories, {late} writes landed late: not as told {len(wrong)}; "
        f"{dict(ends)} (seed {SEED})",
    )
    assert wrong == [], "\n".join(wrong)


# --- real processes, in real time -----------------------------------------------------------------


async def test_a_real_process_lets_no_late_write_land_over_a_newer_one(
    tmp_path: Path, sizes: Sizes, figures: Figures
) -> None:
    customers = [f"{20000 + number}" for number in range(sizes(3, 30))]
    wrong: list[str] = []
    async with deployment(tmp_path, QUIET_PERIOD=f"{SHORT_QUIET}") as on, on.bot() as bot:
        await bot.answers("/readyz", 200)
        for start in range(0, len(customers), 3):
            some = customers[start : start + 3]
            await asyncio.gather(*(back_at_once(on, customer) for customer in some))
            for customer in some:
                changes = await on.changes(customer)
                assert [change.state for change in changes] == [State.APPLIED] * 2
                wrong += filter(None, [judge(on.continuity, customer, changes)])
        await bot.stop()
    figures.add(
        "3 late writes, a real process",
        f"{len(customers)} writes landed late, below {SHORT_QUIET:g} s: not as told {len(wrong)} "
        f"(seed {SEED})",
    )
    assert wrong == [], "\n".join(wrong)


async def back_at_once(on: Deployment, customer: str) -> None:
    """Switch on, and off again while it is not known whether that took effect."""
    dice = random.Random(f"{SEED} {customer}")  # noqa: S311
    on.continuity.add_customer(customer, 3)
    late = dice.uniform(0.8, 0.95) * SHORT_QUIET
    on.continuity.fail(kind="reset_then_apply", seconds=late, method="PUT", path=f"^/{customer}")
    await on.run_to(customer)
    await on.sent("PUT", customer)
    await on.type(f"failover off {customer}")
    card = await on.card(customer, "change_approve", "FAILOVER OFF")
    await on.slack.click(APPROVER, INCIDENT, card.ts, "change_approve")
    await on.sent("DELETE", customer)
    await settled(lambda: on.changes(customer), 0.2)
    await on.continuity.wait_for(lambda: all(one.applied for one in on.requests(customer)), QUIET)
