"""Item 5: two decide on one change in the same moment, in the bot and at a terminal beside it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from random import Random

from bot.domain.change_state import State
from bot.service.context import Context
from bot.store.opening import open_store
from bot.store.times import SystemClock
from tests.builders import a_policy_rule
from tests.fakes import FakeApi, FakeDirectory
from tests.fixtures.audited_rows import put_policy
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.processes.end_state import TAKEN_BACK, EndState, end_state, settled
from tests.reliability.processes.races import CONTESTS, Contest, Race
from tests.reliability.processes.workload import OPERATORS, Workload
from tests.scenarios.conftest import INCIDENT
from tests.scenarios.processes import PATIENCE, Deployment, deployment

SEED = 5
LANES = 6
POLITE = re.compile(r"Nothing was done twice|too late to|approved this already|has expired")
DECIDED = {"change.approved", "change.confirmed", "change.cancelled"}

Run = Sequence[tuple[Contest, Race]]


async def test_what_two_decide_at_once_is_carried_out_once_or_taken_back_and_the_loser_is_told(
    in_memory: Path, sizes: Sizes, figures: Figures
) -> None:
    races = sizes(60, 1000)
    async with deployment(in_memory) as on:
        await Workload(on, Random(SEED)).settle_in()  # noqa: S311 - it draws moments, no secrets
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            run = await _run(on, races)
            await settled(on)
            await bot.stop()
        left = await end_state(on)
        writes = Counter(one.path.split("/")[1] for one in left.writes())
        ends = Counter(_end(left, race, writes[race.customer]) for _, race in run)
        refused = [entry for entry in left.trail if entry.record.kind == "refused"]
        figures.add(
            "5 rivals",
            f"{len(run)} races of {len(CONTESTS)} kinds (seed {SEED}): {ends['once']} carried out "
            f"once, {ends['never']} taken back and never sent, "
            f"{len(run) - ends['once'] - ends['never']} otherwise; "
            f"{len(refused)} losers, unanswered {len(_unanswered(left, run))}",
        )
        for contest, race in run:
            allowed = {"once", "never"} if contest.opposed else {"once"}
            assert _end(left, race, writes[race.customer]) in allowed, (contest.name, race)
        assert min(ends["once"], ends["never"]) > races / 20
        assert _unanswered(left, run) == []
        assert [entry for entry in refused if not POLITE.search(str(entry.record.detail))] == []
        assert [*left.unapproved(), *left.unintended(), *left.untold()] == []
        assert left.doubled() == {}


async def _run(on: Deployment, races: int) -> Run:
    """Run so many races, a few at a time; each has a customer of its own."""
    store = await open_store(on.database)
    admin = Context(store, FakeApi(), FakeDirectory(), SystemClock())
    drawn = iter(list(zip(cycle(CONTESTS), range(races), strict=False)))
    run: list[tuple[Contest, Race]] = []

    async def one_at_a_time() -> None:
        for contest, number in drawn:
            race = await _line_up(on, admin, contest, number)
            await asyncio.gather(*(side(race) for side in contest.sides))
            run.append((contest, race))

    await asyncio.gather(*(one_at_a_time() for _ in range(LANES)))
    await store.close()
    return run


async def _line_up(on: Deployment, admin: Context, contest: Contest, number: int) -> Race:
    """Propose a change and wait for the button that decides it."""
    customer, requester = str(30000 + number), OPERATORS[number % len(OPERATORS)]
    on.continuity.add_customer(customer, users=3)
    if contest.quorum > 1:
        rule = a_policy_rule(customer=customer, approvals=contest.quorum)
        await admin.store.write(lambda tx: put_policy(tx, rule))
    named = "user0001@example.com" if contest.button == "change_confirm" else ""
    await on.slack.command(requester, INCIDENT, f"failover on {customer} {named}")
    card, value = await on.slack.wait_for(
        lambda slack: next(
            (
                (message.ts, slack.buttons(message)[contest.button]["value"])
                for message in reversed(slack.messages)
                if contest.button in slack.buttons(message) and customer in message.text
            ),
            None,
        ),
        PATIENCE,
    )
    rng = Random(f"{SEED} {number}")  # noqa: S311 - it draws moments, no secrets
    return Race(on, admin, rng, customer, requester, card, value)


def _end(left: EndState, race: Race, writes: int) -> str:
    state = left.changes[race.change_id].state
    if (state, writes) == (State.APPLIED, 1):
        return "once"
    return "never" if state in TAKEN_BACK and not writes else f"otherwise: {state}, {writes} writes"


def _unanswered(left: EndState, run: Run) -> list[Race]:
    """Races in which a click neither decided anything nor was answered."""
    decided = Counter(
        entry.record.change_id
        for entry in left.trail
        if entry.record.channel and entry.record.kind in DECIDED
    )
    uses = left.on.slack.responses.uses
    return [
        race
        for _, race in run
        if any(not click.status for click in race.clicks)
        or sum(not uses(click.response_url) for click in race.clicks) > decided[race.change_id]
    ]
