"""How much memory the bot holds after many changes: the whole bot, and services and store alone."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench import processes
from bench.command_load import Setup
from bench.database import prepare_database, wait_until_settled
from bench.table import Figure, compare, megabytes, milliseconds

SERVICE_SECONDS = 120.0  # at most, for the changes through the services
BOT_SECONDS = 60.0  # at most, for those through the whole bot
# A database in shared memory, where there is one, is not slowed by the disk.
NO_DISK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


async def whole_bot(setup: Setup, few: int, many: int) -> Figure:
    """Apply ``few`` changes through the running bot, then up to ``many``; compare its memory."""
    await setup.remote.call("deliver_to", url=setup.ours.events)
    sizes, done = list[float | None](), 0
    deadline = time.monotonic() + BOT_SECONDS
    for goal in (few, many):
        while done < goal and (done < few or time.monotonic() < deadline):
            batch = min(50, goal - done)
            customers = [str(60_000 + done + one) for one in range(batch)]
            await setup.remote.call("apply", customers=customers)
            done += batch
        await wait_until_settled(setup.database)
        sizes.append(processes.resident_megabytes(setup.ours.pid))
    return _figure("memory of the bot", few, done, sizes)


async def services_and_store(few: int, many: int) -> list[Figure]:
    """Do the same without Slack and HTTP: so many changes through the whole bot take too long
    here."""
    with tempfile.TemporaryDirectory(dir=NO_DISK) as name:
        database = Path(name) / "memory.db"
        await prepare_database(database)
        words = (str(database), str(few), str(many), str(SERVICE_SECONDS))
        result = await processes.worker("memory", words, {})
    done = result["changes"]
    each = milliseconds(result["seconds"] / done)
    return [
        _figure("memory of services and store", few, done, result["megabytes"], 1.1),
        Figure("  a change there, Slack and API standing in", "", each),
    ]


def _figure(
    name: str, few: int, many: int, sizes: list[float | None], max_ratio: float | None = None
) -> Figure:
    before, after = sizes
    name = f"{name} after {few:,} changes, and {many:,}"
    if before is None or after is None:
        return Figure(name, "not known", "not known")
    return compare(name, before, after, max_ratio, text=megabytes)
