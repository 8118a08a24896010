"""`demo` as a process: it opens the page, needs nothing and leaves nothing, however it is ended."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.terminal.demo.setting import APPROVER, CHANNEL, OPERATOR
from sandbox.environment import environment
from tests.terminal.conftest import Terminal
from tests.terminal.demo.page_client import MAX_SECONDS, PageClient, connected

ROOT = Path(__file__).parents[3]
HOSTILE = {
    "SLACK_BOT_TOKEN": "xoxb-real",
    "SLACK_APP_TOKEN": "xapp-real",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "CONTINUITY_URL": "http://127.0.0.1:9/",
    "DATABASE": "real.db",
    "OPS_CHANNEL": "C0REAL",
    "LOG_LEVEL": "nonsense",
    "PORT": "nonsense",
}


@dataclass
class Demo:
    """A running `demo`; its temporary files lie in ``temporary``."""

    process: asyncio.subprocess.Process
    temporary: Path
    url: str = ""

    async def end(self, number: signal.Signals) -> tuple[int, str]:
        """Send it a signal; return its exit status, and what it printed since."""
        self.process.send_signal(number)
        async with asyncio.timeout(MAX_SECONDS):
            printed, _ = await self.process.communicate()
        return self.process.returncode or 0, printed.decode()


@pytest.fixture
async def start(
    tmp_path: Path,
) -> AsyncIterator[Callable[..., Coroutine[Any, Any, Demo]]]:
    """Start `demo` with these words in a folder whose `.env` is hostile, as is the environment."""
    started: list[Demo] = []
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    (tmp_path / ".env").write_text("\n".join(f"{key}={value}" for key, value in HOSTILE.items()))

    async def start(*words: str, **variables: str) -> Demo:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "app.py"), "demo", *words),
            cwd=tmp_path,
            env=environment({**HOSTILE, "TMPDIR": str(temporary), **variables}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        demo = Demo(process, temporary)
        started.append(demo)
        assert process.stdout is not None
        async with asyncio.timeout(MAX_SECONDS):
            line = (await process.stdout.readline()).decode()
        demo.url = line.removeprefix("Open ").strip() if line.startswith("Open ") else ""
        return demo

    yield start
    for demo in started:
        if demo.process.returncode is None:
            demo.process.kill()
            await demo.process.communicate()
    assert not (tmp_path / "real.db").exists()


@asynccontextmanager
async def ready(demo: Demo) -> AsyncIterator[PageClient]:
    async with connected(demo.url) as page:
        await page.bot("ready")
        yield page


async def ended(pid: int) -> None:
    """Wait until a process that is not our child is gone."""
    async with asyncio.timeout(MAX_SECONDS):
        while _runs(pid):  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_page_and_bot_and_leaves_no_file(
    start: Callable[..., Coroutine[Any, Any, Demo]], number: signal.Signals
) -> None:
    demo = await start("--no-browser", "--port", "0")
    async with ready(demo) as page:
        pid = (await page.bot("ready"))["pid"]
        assert list(demo.temporary.iterdir())
        assert await demo.end(number) == (0, "Ctrl-C ends the demo.\n")
    await ended(pid)
    assert list(demo.temporary.iterdir()) == []


async def test_it_ends_while_a_change_executes_and_the_api_hangs(
    start: Callable[..., Coroutine[Any, Any, Demo]], record_property: Callable[..., None]
) -> None:
    demo = await start("--no-browser")
    async with ready(demo) as page:
        pid = (await page.bot("ready"))["pid"]
        text = "/continuity failover on 44444"
        await page.do("send", person=OPERATOR, channel=CHANNEL, text=text)
        card = await page.message("change_approve", "1,284")
        await page.do("switch", id="api_hanging", on=True)
        click = {"channel": CHANNEL, "ts": card["ts"], "action_id": "change_approve"}
        [block] = [one["block_id"] for one in card["blocks"] if one["type"] == "actions"]
        await page.do("click", person=APPROVER, **click, block_id=block)
        await page.until("api", lambda call: call["method"] == "PUT")
        began = asyncio.get_running_loop().time()
        assert await demo.end(signal.SIGINT) == (0, "Ctrl-C ends the demo.\n")
        seconds = asyncio.get_running_loop().time() - began
    record_property("figure demo, Ctrl-C while the API hangs", f"{seconds:.1f} s to the end")
    await ended(pid)
    assert list(demo.temporary.iterdir()) == []


async def test_a_demo_that_was_killed_leaves_no_bot(
    start: Callable[..., Coroutine[Any, Any, Demo]],
) -> None:
    demo = await start("--no-browser")
    async with ready(demo) as page:
        pid = (await page.bot("ready"))["pid"]
    await demo.end(signal.SIGKILL)
    await ended(pid)


async def test_the_address_is_opened_in_the_browser_unless_that_is_refused(
    start: Callable[..., Coroutine[Any, Any, Demo]], tmp_path: Path
) -> None:
    browser, opened = tmp_path / "browser", tmp_path / "opened"
    browser.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> {opened}\n')
    browser.chmod(0o700)
    for words in (("--port", "0", "--no-browser"), ("--port", "0")):
        demo = await start(*words, BROWSER=f"{browser} %s")
        async with ready(demo):
            pass
        await demo.end(signal.SIGINT)
    async with asyncio.timeout(MAX_SECONDS):
        while not opened.exists():  # noqa: ASYNC110  # nobody tells of it
            await asyncio.sleep(0.02)
    assert opened.read_text() == f"{demo.url}\n"


async def test_the_port_is_that_which_was_asked_for(
    start: Callable[..., Coroutine[Any, Any, Demo]],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    demo = await start("--no-browser", "--port", str(port))
    assert demo.url.startswith(f"http://127.0.0.1:{port}/")
    async with aiohttp.ClientSession() as session, session.get(demo.url) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")


def test_a_port_in_use_is_one_sentence(terminal: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        sentence = f"Port {port} is in use: give another one with --port, or none."
        assert terminal.refused("demo", "--no-browser", "--port", port) == sentence
    assert "is not in the range" in terminal.refused("demo", "--port", "70000", status=2)


@pytest.mark.parametrize(
    ("script", "first"),
    [("", b"Open http://127.0.0.1:"), ("1", b"U0OPERATOR > /continuity activate 44444")],
)
async def test_at_a_terminal_it_is_the_page_and_script_makes_it_the_transcript(
    tmp_path: Path, script: str, first: bytes
) -> None:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(ROOT / "app.py"), "demo"),
        cwd=tmp_path,
        env=environment({"TMPDIR": str(tmp_path), "SCRIPT": script}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown, seen = bytearray(), asyncio.Event()

    def read() -> None:
        try:
            shown.extend(os.read(ours, 65536))
        except OSError:  # the process has ended
            asyncio.get_running_loop().remove_reader(ours)
        if first in shown:
            seen.set()

    asyncio.get_running_loop().add_reader(ours, read)
    async with asyncio.timeout(MAX_SECONDS):
        await seen.wait()
        if not script:
            process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
    asyncio.get_running_loop().remove_reader(ours)
    os.close(ours)
    assert (b"Audit trail:" in shown) is bool(script)
