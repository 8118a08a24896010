"""Proof 4: whatever Slack does, each outcome reaches the channel, once, and the cards show the truth."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.domain.change import Change
from bot.domain.change_state import OPEN, State
from bot.ports import Message as Row
from bot.ports import MessageKind, Transaction, message_key
from bot.slack.views.texts.states import HEADINGS
from sandbox.slack import Message
from tests.fixtures import direct_store
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.virtual_time.event_loop import run_virtual
from tests.reliability.virtual_time.simulation import Simulation, simulation
from tests.scenarios.conftest import APPROVER, INCIDENT, OPERATOR

SEED = 20261124
AGAIN = 30.0  # seconds after which a person who sees nothing does it once more
WELL_AGAIN = 1800.0  # seconds after which it must be over
CALLS = ("chat.postMessage", "chat.update")
# What an outcome may offer: a new change, with a decision of its own.
PROPOSING = {"change_back"}


@dataclass(frozen=True)
class Trouble:
    """What Slack does wrong, from the moment a change is asked for.

    ``calls`` are the faults of the next Web API calls, ``fates`` those of the next envelopes; ``down`` is
    for so many seconds, from the moment that the change is released. ``doubled`` is how many messages may
    stand there twice, since the answer to their post was lost.
    """

    name: str
    calls: tuple[dict[str, Any], ...] = ()
    fates: tuple[str, ...] = ()
    down: float = 0.0
    doubled: int = 0


def _all(**how: Any) -> dict[str, Any]:
    return {"method": "*", "times": 8, **how}


def _each(**how: Any) -> tuple[dict[str, Any], ...]:
    return tuple({"method": method, "times": 3, **how} for method in CALLS)


TROUBLES = (
    Trouble("429", (_all(retry_after=2),)),
    Trouble("429 for a minute", (_all(retry_after=60, times=2),)),
    Trouble("500", (_all(status=500),)),
    Trouble("503", (_all(status=503),)),
    Trouble("a page with 200", (_all(status=200),)),
    Trouble("half an answer", (_all(broken=True),)),
    Trouble("an error that passes", (_all(error="fatal_error"),)),
    Trouble("slow", (_all(seconds=2, status=503),)),
    Trouble("hang", _each(seconds=30, drop=True)),
    Trouble("reset", _each(drop=True)),
    Trouble("answer of an update lost", ({"method": "chat.update", "drop": True, "applied": True, "times": 3},)),
    Trouble("answer of a post lost", ({"method": "chat.postMessage", "drop": True, "applied": True, "times": 3},), doubled=3),
    Trouble("half an answer to a post", ({"method": "chat.postMessage", "broken": True, "applied": True, "times": 2},), doubled=2),
    Trouble("envelopes dropped", fates=("dropped",) * 3),
    Trouble("envelopes doubled", fates=("twice",) * 6),
    Trouble("socket cut in an envelope", fates=("cut",) * 2),
    Trouble("socket cut after an envelope", fates=("cut_after",) * 3),
    Trouble("everything at once", (_all(status=503), *_each(retry_after=5)), ("cut", "twice", "dropped", "cut_after")),
    Trouble("down for a minute", down=60.0),
)  # fmt: skip


async def insist(
    on: Simulation, act: Callable[[], Awaitable[Any]], done: Callable[[], bool]
) -> None:
    """Do it, and again as long as nothing is to be seen of it, as people do."""
    while not done():
        await act()
        try:
            await on.until(done, AGAIN)
        except TimeoutError:
            continue


@dataclass
class Tally:
    """What was due and what was there, over all troubles."""

    changes: int = 0
    outcomes: int = 0
    doubled: int = 0
    wrong: list[str] = field(default_factory=list)


async def one_change(on: Simulation, customer: str, dice: random.Random) -> None:
    """Ask for a change and release it; the API takes a while, so that its outcome meets the trouble."""
    on.continuity.add_customer(customer, 3)
    on.continuity.fail(
        kind="delay", seconds=dice.uniform(12, 28), method="PUT", path=f"^/{customer}"
    )

    def card() -> Message | None:
        found = on.about(customer)
        return next((one for one in found if "change_approve" in on.slack.buttons(one)), None)

    def is_released() -> bool:
        return any(not one.text.startswith("FAILOVER") for one in on.about(customer))

    async def press() -> None:
        standing = card()
        if standing is not None:
            await on.slack.click(APPROVER, INCIDENT, standing.ts, "change_approve")

    async def ask() -> None:
        await on.slack.command(OPERATOR, INCIDENT, f"failover on {customer}")

    await insist(on, ask, lambda: card() is not None)
    await insist(on, press, is_released)


async def endure(on: Simulation, trouble: Trouble, customers: list[str], tally: Tally) -> None:
    """Let some changes meet this trouble, and look at what is left of it when all is well again."""
    dice = random.Random(f"{SEED} {trouble.name}")  # noqa: S311
    for fault in trouble.calls:
        on.slack.fail(**fault)
    on.slack.sockets.envelope_faults = list(trouble.fates)
    await asyncio.gather(*(one_change(on, customer, dice) for customer in customers))
    if trouble.down:
        on.slack.down = True
        await asyncio.sleep(trouble.down)
        on.slack.down = False
    shown = await settled(on, customers)
    doubled = 0
    for change, rows in shown:
        tally.changes += 1
        tally.outcomes += len(rows) - 1
        doubled += len(standing(on, change)) - len(rows)
        tally.wrong += [f"{trouble.name}: {words}" for words in untrue(on, change, rows)]
    if not 0 <= doubled <= trouble.doubled:
        tally.wrong.append(f"{trouble.name}: {doubled} messages too many")
    tally.doubled += doubled
    on.slack.heal()


async def settled(on: Simulation, customers: list[str]) -> list[tuple[Change, list[Row]]]:
    """Wait until every change has ended and all its messages are shown; return both."""
    found: list[tuple[Change, list[Row]]] = []
    async with direct_store.opened(on.settings.database) as store:
        while not found:
            await asyncio.sleep(5)
            found = await store.read(lambda tx: _all_shown(tx, customers))
    return found


def _all_shown(tx: Transaction, customers: list[str]) -> list[tuple[Change, list[Row]]]:
    """Return the changes with card and outcome, or nothing as long as one of them is behind."""
    found = []
    for customer in customers:
        for change in tx.changes(customer=customer):
            keys = [message_key(MessageKind.CARD, change.id)]
            keys += [
                message_key(MessageKind.OUTCOME, change.id, revision)
                for revision in range(change.revision + 1)
            ]
            rows = [row for key in keys if (row := tx.message(key))]
            if change.state in OPEN or len(rows) < 2 or any(r.shown < r.wanted for r in rows):
                return []
            found.append((change, rows))
    return found


def standing(on: Simulation, change: Change) -> list[Message]:
    """What stands in the channel about a change."""
    return [one for one in on.about(change.customer) if change.id in one.text]


def untrue(on: Simulation, change: Change, rows: list[Row]) -> list[str]:
    """Return what is wrong with its messages, or with what was sent."""
    wrong = []
    if change.state is not State.APPLIED or len(on.writes(change.customer)) != 1:
        wrong.append(f"{change.id} is {change.state}: {on.writes(change.customer)}")
    if len(rows) != 2:
        wrong.append(f"{change.id} has {len(rows) - 1} outcomes")
    for row in rows:
        message = on.slack.message(row.channel, row.ts or "")
        if message is None or not message.text.startswith(HEADINGS[change.state]):
            wrong.append(f"{row.key} says {message and message.text}")
        elif on.slack.buttons(message).keys() - PROPOSING:
            wrong.append(f"{row.key} has buttons")
    return wrong


def test_every_outcome_is_posted_once_and_the_cards_show_the_truth(
    tmp_path: Path, sizes: Sizes, figures: Figures
) -> None:
    each, hour, tally = sizes(2, 30), sizes(900, 3600), Tally()
    troubles = (*TROUBLES, Trouble(f"down for {hour} s", down=hour))

    async def story() -> None:
        async with simulation(tmp_path, socket_mode=True, rate_limits=True) as on, on.bot():
            for number, trouble in enumerate(troubles):
                customers = [f"{10000 + 100 * number + one}" for one in range(each)]
                async with asyncio.timeout(trouble.down + WELL_AGAIN):
                    await endure(on, trouble, customers, tally)

    run_virtual(story())
    expected = each * len(troubles)
    figures.add(
        "4 Slack faults",
        f"{len(troubles)} kinds of trouble, an outage of {hour} s among them: {tally.outcomes} of {expected} outcomes "
        f"delivered, {tally.doubled} messages twice (the answer to their post was lost), "
        f"{len(tally.wrong)} not as it is (seed {SEED})",
    )
    assert tally.wrong == [], "\n".join(tally.wrong)
    assert tally.changes == tally.outcomes == expected
