"""Proof 2, end to end: from the command to the outcome in the channel, whatever the API does."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sandbox.slack import Message
from tests.reliability.conftest import Figures, Sizes
from tests.reliability.virtual_time.api_faults import FAULTS, Fault, Late, Told
from tests.reliability.virtual_time.event_loop import run_virtual
from tests.reliability.virtual_time.simulation import PATIENCE, Simulation, simulation

SEED = 20261124
AT_ONCE = 16  # changes
SCOPES = ("", "--group emea --group apac", "user0001@example.com")


@dataclass(frozen=True)
class Case:
    """A command, and what goes wrong in its write or in what is read back after it."""

    scope: str
    on: bool
    fault: Fault
    in_read_back: bool

    def __str__(self) -> str:
        where = "read back after" if self.in_read_back else "answer to"
        return f"{where} {'on' if self.on else 'off'} {self.scope or 'everyone'}: {self.fault.name}"


@dataclass(frozen=True)
class End:
    """What became of a change: how its card begins, and what was sent, set and said."""

    heading: str
    sent: int
    all_set: bool
    in_doubt: bool
    outcomes: int = 1


def due(case: Case) -> End:
    """What must become of it. A fault happens to one write, or to every read for a minute."""
    if case.in_read_back:
        if (
            "@" in case.scope and case.fault.how["kind"] == 404
        ):  # the answer that there is no such user
            return End("FAILED", 1, True, False)
        told = case.fault.of("GET" if "@" in case.scope else "HEAD")
        return End("APPLIED", 1, True, told is not Told.ANSWERED)
    told, missing = case.fault.told, not case.fault.lands or isinstance(case.fault, Late)
    if told is Told.REFUSED:
        return End("FAILED", 1, False, False)
    sent = 2 if missing and told is not Told.ANSWERED else 1
    return End("APPLIED", sent, True, told is Told.AMBIGUOUS)


async def carry_out(on: Simulation, customer: str, case: Case) -> Message:
    """Let it happen to a change of this customer; return its card when nothing can come any more."""
    api = on.continuity
    for user in api.add_customer(customer, 4, groups={"emea": 1, "apac": 1}).values():
        user.failover = not case.on
    card = await on.ask(customer, f"failover {'on' if case.on else 'off'} {customer} {case.scope}")
    path, method = f"^/{customer}", "PUT" if case.on else "DELETE"
    if case.in_read_back:
        api.fail(kind="delay", seconds=1, method=method, path=path)
        await on.release(card)
        await api.wait_for(lambda: on.writes(customer), PATIENCE)
        faults = [
            api.fail(method=read, path=path, times=None, **case.fault.how)
            for read in ("HEAD", "GET")
        ]
        await asyncio.sleep(60)
        for fault in faults:
            api.faults.remove(fault)
    else:
        api.fail(method=method, path=path, **case.fault.how)
        await on.release(card)
    await on.until(lambda: len(on.about(customer)) > 1)
    await asyncio.sleep(90)  # whatever comes late has come
    return card


def end(on: Simulation, customer: str, case: Case, card: Message, kinds: set[str]) -> End:
    outcomes = [message for message in on.about(customer) if message is not card]
    touched = {
        user.failover
        for user in on.continuity.customers[customer].values()
        if case.scope in ("", user.user) or (case.scope in SCOPES[1] and user.groups)
    }
    headings = {message.text.split(": ")[0] for message in (card, *outcomes)}
    return End(
        heading=" and ".join(sorted(headings)),
        sent=len(on.writes(customer)),
        all_set=touched == {case.on},
        in_doubt=bool({"change.unknown", "change.accepted"} & kinds),
        outcomes=len(outcomes),
    )


def test_what_becomes_of_a_change_is_told_truly_whatever_the_api_does(
    tmp_path: Path, sizes: Sizes, figures: Figures
) -> None:
    cases = [Case(*one) for one in itertools.product(SCOPES, (True, False), FAULTS, (False, True))]
    random.Random(SEED).shuffle(cases)  # noqa: S311 - to be repeated, not to be guessed
    cases = cases[: sizes(32, len(cases))]

    async def story() -> list[str]:
        wrong = []
        async with simulation(tmp_path) as on, on.bot():
            for some in chunks(cases):
                wrong += await several(on, some)
        return wrong

    wrong = run_virtual(story())
    figures.add(
        "2 API faults, from the command to the outcome",
        f"{len(cases) - len(wrong)} of {len(cases)} as the table says (seed {SEED})",
    )
    assert wrong == [], "\n".join(wrong)


def chunks(cases: list[Case]) -> Iterator[dict[str, Case]]:
    """Some cases at a time, each with a customer of its own."""
    numbered = [(f"{number}", case) for number, case in enumerate(cases, 10000)]
    for start in range(0, len(numbered), AT_ONCE):
        yield dict(numbered[start : start + AT_ONCE])


async def several(on: Simulation, cases: dict[str, Case]) -> list[str]:
    cards = await asyncio.gather(*(carry_out(on, *one) for one in cases.items()))
    kinds = await on.kinds()
    wrong = []
    for (customer, case), card in zip(cases.items(), cards, strict=True):
        found = end(on, customer, case, card, kinds[customer])
        if found != due(case):
            wrong.append(f"{case}: {found}")
    return wrong
