"""A bot that is killed and started again, on one database and on one port."""

from __future__ import annotations

import asyncio
import ctypes
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from tests.scenarios.processes import Deployment, environment, free_port

ROOT = Path(__file__).parents[3]
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1  # linux/prctl.h, linux/capability.h
PRCTL = ctypes.CDLL(None).prctl  # looked up before the fork: behind it a lock may be held for good


class RestartedBot:
    """One bot at a time; ``log`` is what all of them printed."""

    def __init__(self, launcher: asyncio.subprocess.Process, url: str) -> None:
        self._launcher = launcher
        self._url = url
        self._pid = 0
        self._lines: list[str] = []
        self._listening = asyncio.create_task(self._listen())

    @property
    def log(self) -> str:
        """What the bots printed so far."""
        return "".join(self._lines)

    async def start(self) -> None:
        """Start the next one."""
        assert self._launcher.stdin is not None
        self._launcher.stdin.write(b"start\n")
        self._pid = int(await self._answer())

    async def ready(self) -> None:
        """Wait until it takes commands. Raises TimeoutError."""
        async with asyncio.timeout(60.0), httpx.AsyncClient(trust_env=False) as http:
            while True:
                with suppress(httpx.TransportError):
                    if (await http.get(f"{self._url}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.02)

    def let_files_grow(self, most: int = resource.RLIM_INFINITY) -> None:
        """Refuse it every byte of a file beyond ``most``, or none."""
        _, hard = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (most, hard))

    async def end(self, how: signal.Signals = signal.SIGKILL) -> int:
        """Send it this signal, and return the exit status once it has ended."""
        os.kill(self._pid, how)
        self._pid, status = 0, int(await self._answer())
        return status

    async def close(self) -> None:
        """Kill what still runs, and end the launcher."""
        if self._pid:
            await self.end()
        assert self._launcher.stdin is not None
        self._launcher.stdin.close()
        await self._launcher.wait()
        await self._listening

    async def _answer(self) -> bytes:
        assert self._launcher.stdout is not None
        async with asyncio.timeout(60.0):
            line = await self._launcher.stdout.readline()
        assert line, "the launcher has ended"
        return line

    async def _listen(self) -> None:
        assert self._launcher.stderr is not None
        async for line in self._launcher.stderr:
            self._lines.append(line.decode())


@asynccontextmanager
async def restarted(on: Deployment, *journal: str) -> AsyncIterator[RestartedBot]:
    """Start the launcher of bots for this deployment; at the end of the block the last bot is killed.

    ``journal`` is `rollback` for bots that use no WAL, as with an older SQLite.
    """
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    settings = {**on.settings, "PORT": port, "PYTHONPATH": str(ROOT)}
    if "SLACK_APP_TOKEN" not in settings:
        on.slack.request_url = f"{url}/slack/events"
    launcher = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.reliability.processes.launcher",
        *journal,
        cwd=on.folder,
        env=environment(settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**24,  # bytes of a line: a traceback is one
        preexec_fn=_be_bound_by_permissions,
    )
    bot = RestartedBot(launcher, url)
    try:
        yield bot
    except BaseException as error:
        error.add_note(f"The bots printed at last:\n{bot.log[-5000:]}")
        raise
    finally:
        await bot.close()


def _be_bound_by_permissions() -> None:
    """Give up, where root runs this, the right to write what is read-only; it lasts from exec on."""
    PRCTL(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)
