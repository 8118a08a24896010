"""Start and stop the processes that are measured and those they talk to; read their memory and
CPU."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.environment import environment

ROOT = Path(__file__).resolve().parent.parent
MAX_LINE_BYTES = 2**26
MAX_START_SECONDS = 20.0
MAX_STOP_SECONDS = 30.0


class Broken(Exception):
    """The bench, or what it measures, did something wrong: the figures mean nothing."""


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return environment({"PYTHONPATH": str(ROOT), **settings})


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared: its port and its process id."""

    port: int
    pid: int

    @property
    def events(self) -> str:
        """The URL to which Slack delivers."""
        return f"http://127.0.0.1:{self.port}/slack/events"


class Remote:
    """The process of the simulated services."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def call(self, method: str, **arguments: Any) -> Any:
        """Call a method of ``services.Services`` and return its result. Raises Broken."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"method": method, **arguments}).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise Broken(f"The simulated services ended in {method}.")
        return json.loads(line)["result"]


@contextlib.asynccontextmanager
async def services() -> AsyncIterator[Remote]:
    """Run the simulated services."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.services",
        stdin=PIPE,
        stdout=PIPE,
        env=_environment({}),
        limit=MAX_LINE_BYTES,
    )
    try:
        yield Remote(process)
    finally:
        await _end(process)


@contextlib.asynccontextmanager
async def server(module: str, settings: Mapping[str, str]) -> AsyncIterator[Side]:
    """Run a module of `bench.workers` that prints its port; yield its port and process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"bench.workers.{module}",
        stdin=PIPE,
        stdout=PIPE,
        env=_environment(settings),
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(MAX_START_SECONDS):
            port = int(await process.stdout.readline())
        yield Side(port, process.pid)
    finally:
        await _end(process)


@dataclass(frozen=True, slots=True)
class MortalSide(Side):
    """A bot that may be killed."""

    process: Process

    def kill(self) -> None:
        """Kill it where it stands."""
        self.process.kill()


@contextlib.asynccontextmanager
async def bot(
    folder: Path, settings: Mapping[str, str], log_name: str = "bot.log"
) -> AsyncIterator[Side]:
    """Run `app.py run` in HTTP mode in ``folder``, with its default log; yield its port and
    process.

    Raises Broken if it does not become ready, or does not stop with status 0.
    """
    async with killed_bot(folder, settings, log_name) as side:
        yield side
        side.process.terminate()
        async with asyncio.timeout(MAX_STOP_SECONDS):
            if await side.process.wait() != 0:
                raise Broken(f"The bot ended with status {side.process.returncode}.")


@contextlib.asynccontextmanager
async def killed_bot(
    folder: Path, settings: Mapping[str, str], log_name: str
) -> AsyncIterator[MortalSide]:
    """Run a bot that is killed at the end of the block, if it has not ended before. Raises Broken
    if it does not become ready."""
    port = _free_port()
    with (folder / log_name).open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "app.py"),
            "run",
            stdin=DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,  # where no `.env` lies
            env=_environment({**settings, "PORT": str(port)}),
        )
        try:
            await _ready(port, process)
            yield MortalSide(port, process.pid, process)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def completed(words: Sequence[str], settings: Mapping[str, str], folder: Path) -> float:
    """Run Python with ``words`` in ``folder`` to its end; return the seconds. Raises Broken."""
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *words,
        stdin=DEVNULL,
        stdout=DEVNULL,
        cwd=folder,
        env=_environment(settings),
    )
    if await process.wait() != 0:
        raise Broken(f"{' '.join(words)} ended with status {process.returncode}.")
    return time.monotonic() - began


async def worker(module: str, words: Sequence[str], settings: Mapping[str, str]) -> Any:
    """Run a module of `bench.workers` to its end and return the JSON it printed. Raises Broken."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        f"bench.workers.{module}",
        *words,
        stdout=PIPE,
        env=_environment(settings),
    )
    try:
        printed, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Broken(f"{module} ended with status {process.returncode}.")
    return json.loads(printed)


async def _ready(port: int, process: Process) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(MAX_START_SECONDS):
        while process.returncode is None:
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"http://127.0.0.1:{port}/readyz") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.02)
    raise Broken("The bot ended before it was ready.")


async def _end(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(MAX_STOP_SECONDS):
            await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def peak_megabytes(pid: int) -> float | None:
    """Return the peak memory (RSS) of a process, None where there is no /proc."""
    return _megabytes(pid, "VmHWM")


def resident_megabytes(pid: int) -> float | None:
    """Return the memory (RSS) of a process now, None where there is no /proc."""
    return _megabytes(pid, "VmRSS")


def _megabytes(pid: int, field: str) -> float | None:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    lines = status.read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def cpu_seconds(pid: int) -> float | None:
    """Return the CPU time that a process has used, None where there is no /proc."""
    status = Path(f"/proc/{pid}/stat")
    if not status.exists():
        return None
    fields = status.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
