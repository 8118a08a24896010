"""Several processes on one database: a second bot, the terminal beside the bot, a slow neighbour."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio

from bot.domain.roles import Role
from bot.store.sqlite.sqlite_library import Journal, preferred_journal, sqlite3
from tests.scenarios.conftest import APPROVER, said
from tests.scenarios.processes import (
    PATIENCE,
    SECOND_APPROVER,
    BotProcess,
    Deployment,
    Ended,
    deployment,
)

QUIET_PERIOD = 5.0  # seconds; the first look after an ambiguous answer comes after two
LOCKED = 3.0  # seconds
LANES = 3  # changes that are made at the same time, for load

pytestmark = pytest.mark.asyncio(loop_scope="module")


@dataclass(frozen=True)
class ServiceHarness:
    """A bot that runs for all tests of this module, each with customers of its own."""

    on: Deployment
    bot: BotProcess
    numbers: Iterator[int]

    def customer(self, failover_on: int = 0) -> str:
        """Return a new customer with 20 users, five of them in one group."""
        number = str(next(self.numbers))
        groups = {"emea": 5}
        self.on.continuity.add_customer(number, users=20, groups=groups, failover_on=failover_on)
        return number


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def harness(
    tmp_path_factory: pytest.TempPathFactory, backend: str
) -> AsyncIterator[ServiceHarness]:
    folder = tmp_path_factory.mktemp(f"harness-{backend}")
    async with deployment(folder, QUIET_PERIOD=str(QUIET_PERIOD)) as on, on.bot() as bot:
        await bot.answers("/readyz", 200)
        yield ServiceHarness(on, bot, count(10001))
        await bot.stop()
        errors = [line for line in bot.log.splitlines() if '"level": "error"' in line]
        # Other work that keeps the machine busy delays the loop, too.
        assert [line for line in errors if '"alarm": "loop_lag"' not in line] == []
        await on.trail("")


@contextmanager
def write_lock(database: Path) -> Iterator[sqlite3.Connection]:
    """Hold the write lock, as a slow step of another program does."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("ROLLBACK")


@pytest.mark.sqlite
async def test_of_two_bots_started_in_the_same_moment_exactly_one_runs(tmp_path: Path) -> None:
    """The database is not there yet."""
    fresh = str(tmp_path / "fresh.db")
    async with (
        deployment(tmp_path) as on,
        on.bot(DATABASE=fresh) as one,
        on.bot(DATABASE=fresh) as two,
    ):
        ends = {asyncio.create_task(bot.ended()): bot for bot in (one, two)}
        (loser,), (winner,) = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        assert loser.result() == 1
        assert ends[loser].log.count("\n") == 1
        assert "runs the bot on it" in ends[loser].log
        await ends[winner].answers("/readyz", 200)
        await ends[winner].stop()
        assert await winner == 0


async def test_the_terminal_writes_and_reads_while_the_bot_works(harness: ServiceHarness) -> None:
    on, seen = harness.on, len(harness.on.slack.deliveries)
    others, is_file = harness.customer(), isinstance(on.database, Path)
    done: list[str] = []

    async def at_the_terminal() -> list[Ended]:
        first = await asyncio.gather(
            on.terminal("role", "grant", "U0NEWCOMER", "viewer", others),
            on.terminal("policy", "set", others, "access", "groups", "2"),
            on.terminal("audit", "verify"),
        )
        ended = list(first)
        if is_file:
            ended.append(await on.terminal("backup", "meanwhile.db"))
        while len(done) <= LANES:  # a fast terminal reads on, until the bot has worked beside it
            ended.append(await on.terminal("audit", "verify"))
        return ended

    terminal = asyncio.create_task(at_the_terminal())

    async def one_at_a_time() -> None:
        while not terminal.done() and len(done) < 50:
            customer = harness.customer()
            await on.run_to(customer)
            await on.outcome(customer, "20 of 20 in failover")
            done.append(customer)

    await asyncio.gather(*(one_at_a_time() for _ in range(LANES)))

    ended = await terminal
    assert [(end.status, end.err) for end in ended] == [(0, "")] * len(ended)
    assert "intact" in ended[2].out
    if is_file:
        against = await on.terminal("audit", "verify", "--against", "meanwhile.db")
        assert "It continues meanwhile.db, unchanged to entry" in against.out, against.err
    assert len(done) > LANES
    assert all(on.writes(customer) == [f"PUT /{customer}/failover"] for customer in done)
    assert not [d for d in on.slack.deliveries[seen:] if d.timed_out or d.status != 200]


@pytest.mark.sqlite
async def test_a_neighbour_who_holds_the_write_lock_delays_and_breaks_nothing(
    harness: ServiceHarness,
) -> None:
    """What is pressed and typed meanwhile gets its answer, from the terminal as well."""
    on, customer, another = harness.on, harness.customer(), harness.customer()
    await on.type(f"failover on {customer}")
    card = await on.card(customer, "change_approve")
    with write_lock(on.file):
        acted = asyncio.gather(
            on.slack.click(APPROVER, card.channel, card.ts, "change_approve"),
            on.slack.click(SECOND_APPROVER, card.channel, card.ts, "change_approve"),
            on.type(f"failover on {another}"),
            on.type(f"status {another}", APPROVER),
            on.terminal("role", "grant", "U0NEWCOMER", "operator", another),
        )
        released = asyncio.get_running_loop().time() + LOCKED
        while asyncio.get_running_loop().time() < released:
            await harness.bot.answers("/healthz", 200)
            await asyncio.sleep(0.2)
        assert on.writes(customer) == []
    assert (await acted)[4].status == 0
    await on.outcome(customer, "20 of 20 in failover")
    await on.card(another, "change_approve")
    await on.told(f"*{another}*: 20 users", APPROVER)
    late = {e.user for e in on.slack.ephemerals if "Nothing was done twice" in e.text}
    assert len(late & {APPROVER, SECOND_APPROVER}) == 1
    assert on.writes(customer) == [f"PUT /{customer}/failover"]


@pytest.mark.sqlite
@pytest.mark.skipif(preferred_journal() is not Journal.WAL, reason="this SQLite is too old for WAL")
async def test_a_neighbour_with_an_open_cursor_delays_no_acknowledgement(
    harness: ServiceHarness,
) -> None:
    """As a shell with a pager behind it, for as long as a whole change takes."""
    on, customer, seen = harness.on, harness.customer(), len(harness.on.slack.deliveries)
    with closing(sqlite3.connect(on.file, isolation_level=None)) as connection:
        cursor = connection.execute("SELECT name FROM sqlite_schema")
        assert cursor.fetchone()
        await on.run_to(customer)
        await on.outcome(customer, "20 of 20 in failover")
        assert (await on.terminal("role", "grant", "U0READER", "viewer", customer)).status == 0
        assert cursor.fetchall()
    assert not [d for d in on.slack.deliveries[seen:] if d.timed_out or d.status != 200]
    assert not [e for e in on.slack.ephemerals if "Not saved" in e.text]


async def test_a_policy_set_on_the_terminal_holds_for_the_next_proposal(
    harness: ServiceHarness,
) -> None:
    on, customer = harness.on, harness.customer()
    ended = await on.terminal("policy", "set", customer, "failover", "everyone", "2")
    assert ended.status == 0
    await on.type(f"failover on {customer}")
    await on.press("change_approve", customer)
    await on.card(customer, "change_approve", "1 of 2")
    await on.press("change_approve", customer)
    await on.told("You have approved this already", APPROVER)
    assert on.writes(customer) == []
    await on.press("change_approve", customer, SECOND_APPROVER)
    outcome = await on.outcome(customer, "20 of 20 in failover")
    assert f"approved by <@{APPROVER}>, <@{SECOND_APPROVER}>" in said(outcome)
    assert on.writes(customer) == [f"PUT /{customer}/failover"]


async def test_a_role_revoked_on_the_terminal_counts_for_clicks_and_for_what_was_approved(
    harness: ServiceHarness,
) -> None:
    """One change is approved and waits for another to end, the next one is about to be approved."""
    on, behind, clicked, leaving = harness.on, harness.customer(), harness.customer(), "U0LEAVING"
    on.slack.add_person(leaving, "leaving")
    await on.grant(leaving, Role.APPROVER)
    held = on.continuity.fail(method="PUT", path=behind, kind="hang")
    await on.run_to(behind)
    await on.sent("PUT", behind)
    await on.type(f"failover on {behind} --group emea")
    await on.press("change_approve", behind, leaving, "emea")  # the first card may still be there
    waiting = await on.card(behind, words="Starts after")
    await on.type(f"failover on {clicked}")
    await on.card(clicked, "change_approve")

    assert (await on.terminal("role", "revoke", leaving, "approver", "*")).status == 0
    await on.press("change_approve", clicked, leaving)
    await on.told("You may not approve", leaving)
    assert held.hits == 1
    await _cut(on)  # the first one loses its answer, is read back, sent again, and ends
    await on.outcome(behind, "20 of 20 in failover")
    await on.slack.wait_for(lambda _: "CANCELLED" in said(waiting), PATIENCE)

    assert f"{leaving} lost the right" in said(waiting)
    assert on.writes(behind) == [f"PUT /{behind}/failover"] * 2
    assert [r.query for r in on.requests(behind) if r.method == "PUT"] == [[], []]
    assert await on.card(clicked, "change_approve")
    assert on.writes(clicked) == []


async def test_an_opposite_change_waits_out_the_quiet_period_and_the_same_direction_does_not(
    harness: ServiceHarness,
) -> None:
    on = harness.on
    opposite, same = harness.customer(failover_on=5), harness.customer()
    for customer, scope in ((opposite, ""), (same, "--group emea")):
        on.continuity.fail(method="PUT", path=customer, kind="reset_after")
        await on.run_to(customer, scope=scope)
        await on.card(customer, words="not known")
    await on.run_to(opposite, on=False)
    await on.card(opposite, words="Starts after")
    await on.run_to(same)
    await on.outcome(same, "20 of 20 in failover")
    await on.outcome(opposite, "20 of 20 not in failover")

    assert _after_the_first_write(on, opposite, "DELETE") >= QUIET_PERIOD
    assert _after_the_first_write(on, same, "PUT") < QUIET_PERIOD
    assert on.writes(opposite) == [f"PUT /{opposite}/failover", f"DELETE /{opposite}/failover"]


async def _cut(on: Deployment) -> None:
    """Break every connection of the API off, and let it answer again."""
    port = int(on.continuity.url.split(":")[2].split("/")[0])
    await on.continuity.stop()
    await on.continuity.start(port)


def _after_the_first_write(on: Deployment, customer: str, method: str) -> float:
    """Seconds from the first write of this customer to the last one with this method."""
    writes = [r for r in on.requests(customer) if r.method in ("PUT", "DELETE")]
    last = [r for r in writes if r.method == method][-1]
    assert last is not writes[0]
    return last.at - writes[0].at
