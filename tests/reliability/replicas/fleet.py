"""Bots on one database, started and ended one by one; Slack reaches all of them."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from pathlib import Path

from bot.database_address import Database
from bot.errors import StoreError
from bot.ports import Leader, Store
from bot.store.opening import open_store
from tests.reliability.processes.end_state import settled
from tests.reliability.processes.workload import Workload
from tests.scenarios.balancer import Balancer
from tests.scenarios.processes import BotProcess, Deployment, free_port

WRONG_CLOCK = Path(__file__).with_name("wrong_clock.py")
LEASE = 5.0  # seconds, the shortest that can be set
TAKEN_OVER = LEASE + 5.0  # seconds; docs/reliability.md
PATIENCE = 60.0  # seconds
BETWEEN_LOOKS = 0.05  # seconds; another process writes the row


@dataclass
class Fleet:
    """``bots`` by their place: the one that is started in a place follows the one before, on its port.

    ``store`` is a connection of the test's own; ``settings`` are those of each place beside the deployment's.
    """

    on: Deployment
    store: Store
    balancer: Balancer
    settings: Sequence[dict[str, str]]
    bots: dict[int, BotProcess] = field(default_factory=dict)
    logs: list[str] = field(default_factory=list)

    async def start(self, place: int, script: Path | None = None) -> BotProcess:
        """Start a bot in this place; ``script`` is another program to be the bot."""
        settings = self.settings[place]
        script = WRONG_CLOCK if "CLOCK_AHEAD" in settings else script
        bot = self.on.bot(script=script, **settings)
        self.on.slack.request_url = f"{self.balancer.url}/slack/events"
        self.bots[place] = await bot.__aenter__()
        return bot

    async def ready(self, *places: int) -> None:
        """Wait until these take commands, or all of them. Raises TimeoutError."""
        for place in places or self.bots:
            await self.bots[place].answers("/readyz", 200)

    async def kill(self, place: int) -> None:
        """Kill the bot in this place."""
        bot = self.bots.pop(place)
        await bot.kill()
        self.logs.append(bot.log)

    async def stop(self, place: int) -> None:
        """Ask the bot in this place to end, and wait for it."""
        bot = self.bots.pop(place)
        await bot.stop()
        self.logs.append(bot.log)

    def signal(self, place: int, number: signal.Signals) -> None:
        """Send the bot in this place a signal."""
        self.bots[place].signal(number)

    async def leader(self) -> Leader | None:
        """Return who leads by the database, None where nobody does, or where it does not answer."""
        try:
            row = await self.store.read(lambda tx: tx.leader())
        except StoreError:
            return None
        return row if row and row.holder else None

    async def led(self, after: int = 0) -> tuple[int, Leader]:
        """Wait until a bot leads in an epoch after this one; return its place, too. Raises TimeoutError."""
        async with asyncio.timeout(PATIENCE):
            while True:
                row = await self.leader()
                if row and row.epoch > after and (place := self._place_of(row)) is not None:
                    return place, row
                await asyncio.sleep(BETWEEN_LOOKS)

    def _place_of(self, row: Leader) -> int | None:
        pid = row.name.rpartition(":")[2]
        found = (place for place, bot in self.bots.items() if str(bot.process.pid) == pid)
        return next(found, None)

    async def finish(self, acting: asyncio.Task[None], workload: Workload) -> None:
        """End the workload, let the bots do what is left with nothing in their way, and stop them."""
        acting.cancel()
        with suppress(asyncio.CancelledError):
            await acting
        await workload.hush()
        self.on.continuity.faults.clear()
        await self.ready()
        await settled(self.on)
        for place in list(self.bots):
            await self.stop(place)


def acting(workload: Workload) -> asyncio.Task[None]:
    """Let people act until the task is cancelled."""
    return asyncio.create_task(workload.act_for(inf))


@asynccontextmanager
async def fleet(
    on: Deployment,
    size: int = 2,
    *,
    observed: Database | None = None,
    apart: bool = False,
    clocks_ahead: Sequence[float] = (),
    ways: Sequence[Mapping[str, str]] = (),
) -> AsyncIterator[Fleet]:
    """Start so many bots and wait until all are ready; what still runs at the end of the block is killed.

    ``observed`` is the database by a way of the test's own, unless it is the deployment's. ``apart``: the first bot calls the
    services `localhost`, so that what it sends can be told from what the others send. ``clocks_ahead`` are the seconds by which the clock of
    each host is wrong, ``ways`` the settings by which each reaches the services and the database.
    """
    settings = [{"LEASE": f"{LEASE:g}", "PORT": str(free_port())} for _ in range(size)]
    if apart:
        for name in ("CONTINUITY_URL", "SLACK_API_URL"):
            settings[0][name] = on.settings[name].replace("127.0.0.1", "localhost")
    for place, way in enumerate(ways):
        settings[place] |= way
    for one, ahead in zip(settings, clocks_ahead, strict=False):
        one["CLOCK_AHEAD"] = str(ahead)
    async with AsyncExitStack() as stack:
        store = await open_store(observed or on.database)
        stack.push_async_callback(store.close)
        balancer = await stack.enter_async_context(Balancer())
        balancer.ways = [f"http://127.0.0.1:{one['PORT']}" for one in settings]
        made = Fleet(on, store, balancer, settings)
        try:
            for place in range(size):
                await made.start(place)
            await made.ready()
            yield made
        except BaseException as error:
            logs = [*made.logs[-2:], *(bot.log for bot in made.bots.values())]
            error.add_note("The bots printed at last:\n" + "\n".join(log[-5000:] for log in logs))
            raise
        finally:
            for place in list(made.bots):
                await made.kill(place)
