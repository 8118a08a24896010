"""Item 8: the disk is full, or the database cannot be written any more, while the bot runs."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.domain.change_state import State
from bot.domain.roles import Role
from tests.reliability.conftest import Figures
from tests.reliability.processes.end_state import end_state, settled
from tests.reliability.processes.restarts import RestartedBot, restarted
from tests.scenarios.conftest import APPROVER
from tests.scenarios.processes import PATIENCE, Deployment, deployment

# The disk of this host is not that of PostgreSQL: tests/reliability/replicas/test_database_faults.py.
pytestmark = pytest.mark.sqlite
LATE = "U0LATE"  # Slack tells the name when the trouble has begun
SWEEPS = 2  # of the executor in vain, a second apart: what is repeated too often shows by then


class At:
    """How far it has come when the trouble begins: a customer for each."""

    SENT = "11111"  # the request is on its way; its answer comes meanwhile
    POSTING = "22222"  # its card is on its way to Slack
    SAVED = "33333"  # typed and acknowledged, and not carried out yet
    WAITING = "44444"  # waits for an approval, which is given meanwhile
    UNTYPED = "55555"  # is typed meanwhile


CUSTOMERS = [number for name, number in vars(At).items() if name.isupper()]


@dataclass(frozen=True)
class Trouble:
    """How it begins and ends; ``words`` is what a person is told of the cause.

    ``journal`` is that of ``restarted``: a bot in WAL mode has all files open, and does not notice that its
    folder has become read-only.
    """

    begin: Callable[[RestartedBot, Path], object]
    end: Callable[[RestartedBot, Path], object]
    words: str
    journal: tuple[str, ...] = ()


TROUBLES = {
    "full": Trouble(
        lambda bot, _: bot.let_files_grow(1), lambda bot, _: bot.let_files_grow(), "check the disk"
    ),
    "full, rollback journal": Trouble(
        lambda bot, _: bot.let_files_grow(1),
        lambda bot, _: bot.let_files_grow(),
        "check the disk",
        ("rollback",),
    ),
    "read-only": Trouble(
        lambda _, folder: folder.chmod(0o500),
        lambda _, folder: folder.chmod(0o700),
        "is read-only",
        ("rollback",),
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
async def test_while_nothing_can_be_saved_people_are_told_and_afterwards_all_of_it_ends_in_the_truth(
    in_memory: Path, figures: Figures, name: str
) -> None:
    trouble = TROUBLES[name]
    async with (
        deployment(in_memory, QUIET_PERIOD="1") as on,
        restarted(on, *trouble.journal) as bot,
    ):
        await on.grant(LATE, Role.OPERATOR)
        on.slack.add_person(LATE, "late")
        for customer in CUSTOMERS:
            on.continuity.add_customer(customer, users=20)
        await bot.start()
        await bot.ready()
        answered = await _until_it_begins(on)
        trouble.begin(bot, in_memory)
        answered.set()
        await _meanwhile(on, bot)
        written = {customer: on.writes(customer) for customer in CUSTOMERS}
        cards = {customer: len(on.cards(customer)) for customer in CUSTOMERS}
        trouble.end(bot, in_memory)
        await settled(on)
        of_its_own = {customer: await on.changes(customer) for customer in CUSTOMERS}
        await _repeat(on)
        await settled(on)
        assert await bot.end(signal.SIGTERM) == 0
        left = await end_state(on)

        told = [one.text for one in on.slack.ephemerals if "Not saved" in one.text]
        figures.add(
            f"8 disk, {name}",
            f"{len(told)} refused with the cause, {len(left.outcomes())} outcomes told, "
            f"without intent {len(left.unintended())}, doubled {len(left.doubled())}, "
            f"doubled cards {left.doubled_cards()}, chain of {len(left.trail)} intact",
        )
        assert len(told) == 4
        assert all(trouble.words in text for text in told)
        assert written == {c: [f"PUT /{c}/failover"] if c == At.SENT else [] for c in CUSTOMERS}
        assert cards == {At.SENT: 1, At.POSTING: 1, At.SAVED: 0, At.WAITING: 1, At.UNTYPED: 0}
        assert [one.state for one in of_its_own[At.SENT]] == [State.APPLIED]
        assert of_its_own[At.SAVED] == of_its_own[At.UNTYPED] == []
        assert len(on.outcomes(At.SENT)) == len(on.outcomes(At.WAITING)) == 1
        assert left.unapproved() == left.unintended() == left.stale() == []
        assert left.doubled() == {}
        assert left.doubled_cards() == 0


async def _until_it_begins(on: Deployment) -> asyncio.Event:
    """Bring each customer as far as it is to come; set what is returned, and the answers come."""
    answered = asyncio.Event()
    await on.type(f"failover on {At.WAITING}")
    await on.card(At.WAITING, "change_approve")
    on.continuity.fail(method="PUT", path=At.SENT, kind="delay", until=answered)
    await on.run_to(At.SENT)
    await on.sent("PUT", At.SENT)
    await on.card(At.SENT, words="EXECUTING")
    on.slack.server.held = dict.fromkeys(("chat.postMessage", "users.info"), answered)
    calls = len(on.slack.calls)
    await on.type(f"failover on {At.POSTING}")
    await on.type(f"failover on {At.SAVED}", LATE)
    await on.slack.wait_for(
        lambda slack: on.slack.server.held.keys() <= {call.method for call in slack.calls[calls:]},
        PATIENCE,
    )
    return answered


async def _meanwhile(on: Deployment, bot: RestartedBot) -> None:
    """Nobody is left without an answer, and the bot goes on."""
    await on.press("change_approve", At.WAITING)
    await on.told("Not saved", APPROVER)
    await on.type(f"failover on {At.UNTYPED}")
    await on.type(f"status {At.SENT}")
    await on.slack.wait_for(
        lambda slack: sum("Not saved" in one.text for one in slack.ephemerals) == 4, PATIENCE
    )
    async with asyncio.timeout(PATIENCE):
        # The answer of the API came, and that could not be saved: it is read back afterwards.
        while not bot.log.count("executor.work_failed"):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.1)
        while bot.log.count("executor.sweep_failed") < SWEEPS:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.1)
    await bot.ready()


async def _repeat(on: Deployment) -> None:
    """Do again what was not saved."""
    await on.press("change_approve", At.WAITING)
    await on.outcome(At.WAITING, "20 of 20 in failover")
    await on.type(f"failover on {At.UNTYPED}")
    await on.type(f"failover on {At.SAVED}", LATE)
    for customer in (At.UNTYPED, At.SAVED):
        await on.card(customer, "change_approve")
