"""An import in the middle of which the process is killed: the next one goes on, and sends nobody twice
unless it is unknown whether they were reached."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from pathlib import Path

from bot.domain.change_state import State
from bot.domain.user_files.import_rows import ImportRow
from bot.ports import Transaction
from sandbox.slack import SlackSandbox, View
from tests.fixtures import direct_store
from tests.scenarios.conftest import APPROVER, INCIDENT, OPERATOR
from tests.scenarios.processes import PATIENCE, Deployment, deployment

LANDED, LOST = "22222", "33333"
USERS = 350


def a_file() -> bytes:
    lines = [f"user{one:04}@example.com;Name {one}" for one in range(1, USERS + 1)]
    return "\n".join(["user;displayName", *lines]).encode()


async def attach(on: Deployment, customer: str) -> None:
    await on.type(f"import {customer}")

    def opened(slack: SlackSandbox) -> View | None:
        views = [view for view in slack.views.values() if view.state == "open"]
        return next((one for one in views if customer in str(one.view["blocks"])), None)

    view = await on.slack.wait_for(opened, PATIENCE)
    await on.slack.submit(OPERATOR, view.id, {"file": [(f"{customer}.csv", a_file())]})
    await on.press("change_approve", customer, APPROVER)


def batches(on: Deployment, customer: str) -> list[list[str]]:
    """The addresses of each request that was carried out, in the order of arrival."""
    written = [one for one in on.requests(customer) if one.method == "PUT" and one.applied]
    return [[user["user"] for user in one.body["users"]] for one in written]


async def test_killed_in_the_middle_it_goes_on_and_sends_nobody_twice_unless_unknown(
    tmp_path: Path,
) -> None:
    async with deployment(tmp_path, QUIET_PERIOD="1") as on:
        faults = []
        for customer, applied in ((LANDED, True), (LOST, False)):
            on.continuity.add_customer(customer, users=USERS)
            fault = on.continuity.fail(
                method="PUT", path=customer, kind="hang", after=1, applied=applied
            )
            faults.append(fault)
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            for customer in (LANDED, LOST):
                await attach(on, customer)
            await on.continuity.wait_for(lambda: all(one.hits for one in faults), PATIENCE)
            await bot.kill()
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            for customer in (LANDED, LOST):
                await on.outcome(customer, f"{USERS} of {USERS} as in the file")
            await bot.stop()
        for customer in (LANDED, LOST):
            [change] = await on.changes(customer)
            assert change.state is State.APPLIED
            kinds = [entry.record.kind for entry in await on.trail(customer)]
            assert kinds.count("change.executing") == 2
            assert "change.lost" in kinds
            assert await direct_store.read(on.database, partial(_rows, change_id=change.id)) == []
        everybody = {f"user{one:04}@example.com" for one in range(1, USERS + 1)}
        first, unknown, *later = batches(on, LANDED)
        assert sorted([*first, *unknown, *chain(*later)]) == sorted(everybody)
        first, *later = batches(on, LOST)  # the one that hung was not read, and is among these
        assert sorted([*first, *chain(*later)]) == sorted(everybody)
        assert len(on.slack.files_in(INCIDENT)) == 4


def _rows(tx: Transaction, change_id: str) -> Sequence[ImportRow]:
    return tx.import_rows(change_id)
