"""A bot that is killed and started again, on one database and on one port."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx

from tests.scenarios.processes import Stage, environment, free_port

ROOT = Path(__file__).parents[2]


class Restarted:
    """One bot at a time; ``log`` is what all of them printed."""

    def __init__(self, launcher: asyncio.subprocess.Process, log: Path, url: str) -> None:
        self._launcher = launcher
        self._file = log
        self._url = url
        self._pid = 0

    @property
    def log(self) -> str:
        """What the bots printed so far."""
        return self._file.read_text() if self._file.exists() else ""

    async def start(self) -> None:
        """Start the next one."""
        assert self._launcher.stdin is not None
        self._launcher.stdin.write(f"{self._file}\n".encode())
        self._pid = int(await self._answer())

    async def ready(self) -> None:
        """Wait until it takes commands. Raises TimeoutError."""
        async with asyncio.timeout(30.0), httpx.AsyncClient(trust_env=False) as http:
            while True:
                with suppress(httpx.TransportError):
                    if (await http.get(f"{self._url}/readyz")).status_code == 200:
                        return
                await asyncio.sleep(0.02)

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

    async def _answer(self) -> bytes:
        assert self._launcher.stdout is not None
        async with asyncio.timeout(30.0):
            line = await self._launcher.stdout.readline()
        assert line, f"the launcher has ended; the bots printed:\n{self.log[-5000:]}"
        return line


@asynccontextmanager
async def restarted(on: Stage) -> AsyncIterator[Restarted]:
    """Make ready to start bots on this stage; at the end of the block the last one is killed."""
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    settings = {**on.settings, "PORT": port, "PYTHONPATH": str(ROOT)}
    if "SLACK_APP_TOKEN" not in settings:
        on.slack.request_url = f"{url}/slack/events"
    launcher = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.reliability.launcher",
        cwd=on.folder,
        env=environment(settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    bot = Restarted(launcher, on.folder / "bots.log", url)
    try:
        yield bot
    except BaseException as error:
        error.add_note(f"The bots printed at last:\n{bot.log[-5000:]}")
        raise
    finally:
        await bot.close()
