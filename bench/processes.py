"""Start the processes that are measured, and those that they talk to; stop them; how large they grew."""

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
LARGEST_LINE = 2**26  # bytes
START = 20.0  # seconds until the bot is ready, as it promises
STOP = 30.0  # seconds that it may take to stop


class Broken(Exception):
    """The bench itself, or what it measured, did not do what it must: the figures mean nothing."""


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    return environment({"PYTHONPATH": str(ROOT), **settings})


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two that are compared: where it listens, and its process."""

    port: int
    pid: int

    @property
    def events(self) -> str:
        """Where Slack delivers."""
        return f"http://127.0.0.1:{self.port}/slack/events"


class Remote:
    """The process of the simulated services."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def ask(self, do: str, **arguments: Any) -> Any:
        """Have the services do something and return their answer. Raises Broken."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise Broken(f"The simulated services ended while asked to {do}.")
        return json.loads(line)["told"]


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
        limit=LARGEST_LINE,
    )
    try:
        yield Remote(process)
    finally:
        await _end(process)


@contextlib.asynccontextmanager
async def floor(secret: str) -> AsyncIterator[Side]:
    """Run bare Bolt; yields where."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.floor",
        stdin=PIPE,
        stdout=PIPE,
        env=_environment({"SLACK_SIGNING_SECRET": secret}),
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START):
            port = int(await process.stdout.readline())
        yield Side(port, process.pid)
    finally:
        await _end(process)


@contextlib.asynccontextmanager
async def bot(
    folder: Path, settings: Mapping[str, str], log_name: str = "bot.log"
) -> AsyncIterator[Side]:
    """Run `app.py run` in HTTP mode, with its default log, in ``folder``; yields where.

    Raises Broken where it does not become ready, or does not stop cleanly.
    """
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
            yield Side(port, process.pid)
            process.terminate()
            async with asyncio.timeout(STOP):
                if await process.wait() != 0:
                    raise Broken(f"The bot ended with status {process.returncode}.")
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


async def memory(database: Path, few: int, many: int, seconds: float) -> Any:
    """Run `bench.memory` to its end and return what it tells. Raises Broken."""
    words = (str(database), str(few), str(many), str(seconds))
    return await _told("bench.memory", words, {})


async def exporting(settings: Mapping[str, str], database: Path, customer: str, rounds: int) -> Any:
    """Run `bench.exporting` to its end and return what it tells. Raises Broken."""
    return await _told("bench.exporting", (str(database), customer, str(rounds)), settings)


async def importing(
    settings: Mapping[str, str], database: Path, customer: str, users: int, rounds: int
) -> Any:
    """Run `bench.importing` to its end and return what it tells. Raises Broken."""
    words = (str(database), customer, str(users), str(rounds))
    return await _told("bench.importing", words, settings)


async def _told(module: str, words: Sequence[str], settings: Mapping[str, str]) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *words, stdout=PIPE, env=_environment(settings)
    )
    try:
        told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise Broken(f"{module} came to no end.")
    return json.loads(told)


async def _ready(port: int, process: Process) -> None:
    async with aiohttp.ClientSession() as session, asyncio.timeout(START):
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
        async with asyncio.timeout(STOP):
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
    """Return the most memory (RSS) that the process ever held, where the system tells (Linux)."""
    return _megabytes(pid, "VmHWM")


def resident_megabytes(pid: int) -> float | None:
    """Return the memory (RSS) that the process holds now, where the system tells (Linux)."""
    return _megabytes(pid, "VmRSS")


def _megabytes(pid: int, field: str) -> float | None:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    lines = status.read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time that the process has used, where the system tells (Linux)."""
    status = Path(f"/proc/{pid}/stat")
    if not status.exists():
        return None
    fields = status.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
