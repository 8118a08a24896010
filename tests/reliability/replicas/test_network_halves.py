"""The network between one bot and a half of the others is silent: the database, the services, or all of them.

Each bot reaches each of the three by a proxy of its own. Namespaces would need addresses beside 127.0.0.1.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

from bot.database_address import PostgresUrl
from tests.fixtures.databases import Databases
from tests.postgresql.proxy import PlainProxy, Proxy
from tests.reliability.conftest import Figures
from tests.reliability.processes.workload import Workload
from tests.reliability.replicas.findings import findings
from tests.reliability.replicas.fleet import LEASE, TAKEN_OVER, Fleet, acting, fleet
from tests.scenarios.processes import Deployment, deployment

SEED = 19
PAUSE = 0.15  # seconds between two acts
BETWEEN = 1.0  # seconds of work before a cut
SILENT = LEASE + 2.0  # seconds
LATENCY = 0.3  # seconds of each answer of the API: a cut shall come in the middle
WRITES = {"PUT", "DELETE", "POST"}
POSTS = {"chat.postMessage", "chat.update"}
DATABASE, SERVICES = ("database",), ("slack", "continuity")
# Who is cut off, and from what.
CUTS = (
    ("leader", DATABASE),
    ("leader", SERVICES),
    ("follower", DATABASE),
    ("leader", DATABASE + SERVICES),
    ("follower", SERVICES),
)


@dataclass(frozen=True)
class Network:
    """The ways of one bot, by what is at their end; ``settings`` lead the bot there."""

    ways: dict[str, Proxy]
    settings: dict[str, str]

    async def silence(self, names: Sequence[str]) -> None:
        """Let nothing through any more, in either direction."""
        for name in names:
            await asyncio.to_thread(self.ways[name].black_hole)

    async def restore(self) -> None:
        """Let everything through; what was on its way arrives."""
        for way in self.ways.values():
            await asyncio.to_thread(way.restore)

    def hosts(self) -> set[str]:
        """What this bot calls the services."""
        return {f"127.0.0.1:{self.ways[name].port}" for name in SERVICES}


@contextmanager
def a_network(on: Deployment) -> Iterator[Network]:
    database = on.settings["DATABASE"]
    ends = {"database": database, "slack": on.slack.api_url, "continuity": on.continuity.url}
    names = {"database": "DATABASE", "slack": "SLACK_API_URL", "continuity": "CONTINUITY_URL"}
    ways, settings = dict[str, Proxy](), dict[str, str]()
    with ExitStack() as stack:
        for name, url in ends.items():
            port = urlsplit(url).port
            assert port is not None
            proxy = (Proxy if name == "database" else PlainProxy)(port)
            ways[name] = stack.enter_context(proxy)
            settings[names[name]] = url.replace(f":{port}", f":{proxy.port}", 1)
        yield Network(ways, settings)


async def test_whichever_half_a_bot_is_cut_off_from_nothing_is_lost_or_done_twice(
    tmp_path: Path, databases: Databases, figures: Figures
) -> None:
    rng = Random(SEED)  # noqa: S311 - it draws moments, no secrets
    database: PostgresUrl = databases.of(tmp_path)
    async with deployment(tmp_path, socket_mode=False, database=database, QUIET_PERIOD="1") as on:
        on.continuity.latency = LATENCY
        workload = Workload(on, rng, pause=PAUSE, stumbles=False)
        await workload.settle_in()
        with a_network(on) as one, a_network(on) as two:
            networks = [one, two]
            async with fleet(on, ways=[each.settings for each in networks]) as bots:
                for number, (who, names) in enumerate(CUTS):
                    going_on = acting(workload)
                    await asyncio.sleep(rng.uniform(0.0, BETWEEN))
                    await _cut_off(on, bots, networks, who, names)
                    await _goes_on(on, bots, str(42000 + number), workload, going_on)
                await bots.finish(going_on, workload)
        found = await findings(on, workload)
    figures.add("14 network halves", f"{len(CUTS)} cuts of {SILENT:g} s (seed {SEED}), {found}")
    assert found.faults == {}
    # A message whose answer was on its way is posted again: one for each cut from Slack.
    assert found.doubled <= sum("slack" in names for _, names in CUTS)


async def _cut_off(
    on: Deployment, bots: Fleet, networks: Sequence[Network], who: str, names: Sequence[str]
) -> None:
    """Cut one off for longer than its lease; a leader that does not reach the database is replaced, and
    sends nothing more."""
    leader, row = await bots.led()
    place = leader if who == "leader" else 1 - leader
    network, loop = networks[place], asyncio.get_running_loop()
    end = loop.time() + SILENT
    await network.silence(names)
    if who == "leader" and "database" in names:
        began = loop.time()
        other, row = await bots.led(after=row.epoch)
        assert (other, loop.time() - began < TAKEN_OVER) == (1 - place, True)
        asked, called = len(on.continuity.requests), len(on.slack.calls)
        await asyncio.sleep(max(end - loop.time(), 1.0))
        assert _sent_by(on, network, asked, called) == []
    else:
        await asyncio.sleep(end - loop.time())
    # One that is cut off inside a step holds the lock for 4 s, nearly as long as the lease of this test.
    if "database" not in names:
        assert (await bots.led())[1].epoch == row.epoch
    await network.restore()


def _sent_by(on: Deployment, network: Network, asked: int, called: int) -> list[str]:
    """What a bot wrote to the API and posted since."""
    hosts = network.hosts()
    writes = [one for one in on.continuity.requests[asked:] if one.method in WRITES]
    posts = [one for one in on.slack.calls[called:] if one.method in POSTS]
    return [f"{one.method} {one.path}" for one in writes if one.host in hosts] + [
        one.method for one in posts if one.host in hosts
    ]


async def _goes_on(
    on: Deployment,
    bots: Fleet,
    customer: str,
    workload: Workload,
    others: asyncio.Task[None],
) -> None:
    """A change that is proposed now is carried out; the others rest, who might deny or withdraw it."""
    others.cancel()
    with suppress(asyncio.CancelledError):
        await others
    await workload.hush()
    await bots.ready()
    on.continuity.add_customer(customer, users=3)
    await on.run_to(customer)
    await on.outcome(customer, "3 of 3 in failover")
