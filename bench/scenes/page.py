"""How soon the page of the demo shows a message, how it scrolls, and how soon it can be used.

Beside it stands a page that appends the text of a bare event stream. Without Chromium it is left out.
"""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright

from bench.processes import ROOT, Broken
from bench.table import Figure, compare, in_seconds, milliseconds, quantile
from sandbox.browser import BrowserServer
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.environment import environment
from sandbox.slack import SlackSandbox

MAX_SECONDS = 300.0  # for all of it
AIM_SHOWN, AIM_FRAME, AIM_START = 0.2, 0.05, 3.0
PERSON, CHANNEL = "U1", "C1"
_BARE = """<!doctype html><meta charset="utf-8"><body><script>
new EventSource("events").onmessage = (event) => {
  const line = document.createElement("p");
  line.textContent = event.data;
  document.body.append(line);
};
</script>"""
# Notes when a text `message N .` was first in the page, in seconds of the wall clock.
_WATCH = """() => {
  window.seen = {};
  new MutationObserver(() => {
    const now = (performance.timeOrigin + performance.now()) / 1000;
    for (const [, number] of document.body.textContent.matchAll(/message (\\d+) \\./g)) {
      window.seen[number] ??= now;
    }
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
}"""
_SEEN = """(number) => new Promise((done) => {
  const look = () => (window.seen[number] ? done(window.seen[number]) : setTimeout(look, 5));
  look();
})"""
# From the newest to the oldest message and back; returns the longest frame in seconds.
_SCROLL = """(step) => new Promise((done) => {
  const list = document.querySelector(".msg-scroller");
  let [before, longest, direction] = [performance.now(), 0, -1];
  const frame = (now) => {
    longest = Math.max(longest, now - before);
    before = now;
    list.scrollTop += direction * step;
    if (direction < 0 && list.scrollTop <= 0) direction = 1;
    const isBack = list.scrollTop + list.clientHeight >= list.scrollHeight - 1;
    if (direction > 0 && isBack) done(longest / 1000);
    else requestAnimationFrame(frame);
  };
  requestAnimationFrame((now) => {
    before = now;
    requestAnimationFrame(frame);
  });
})"""

Post = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Messages one after the other, messages in the channel that is scrolled, starts."""

    shown: int = 200
    scrolled: int = 1_000
    starts: int = 3


QUICK = Sizes(shown=20, scrolled=1_000, starts=1)


async def measure(sizes: Sizes) -> list[Figure]:
    """Measure all three. Raises Broken, OSError or TimeoutError."""
    print("page …", file=sys.stderr, flush=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        return [Figure("page: left out, there is no Chromium on this machine")]
    async with asyncio.timeout(MAX_SECONDS), async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        starts = [await _start(browser) for _ in range(sizes.starts)]
        async with (
            aiohttp.ClientSession() as session,
            _page(browser, session) as (page, post),
            _bare_page(browser) as (bare_page, bare_post),
        ):
            bare, ours = list[float](), list[float]()
            for number in range(sizes.shown):
                bare.append(await _shown(bare_page, bare_post, number))
                ours.append(await _shown(page, post, number))
            for number in range(sizes.shown, sizes.scrolled):
                await post(number)
            await page.evaluate(_SEEN, sizes.scrolled - 1)
            longest = await page.evaluate(_SCROLL, 200)
        await browser.close()
    slowest, start = quantile(ours, 0.99), median(starts)
    aim = f"<= {milliseconds(AIM_SHOWN)}"
    return [
        compare(f"chat.postMessage to its text in the page, p50 of {sizes.shown}",
                median(bare), median(ours)),
        Figure("  p99", milliseconds(quantile(bare, 0.99)), milliseconds(slowest), "", aim,
               slowest <= AIM_SHOWN),
        Figure(f"longest frame while {sizes.scrolled:,} messages scroll", "",
               milliseconds(longest), "", f"<= {milliseconds(AIM_FRAME)}", longest <= AIM_FRAME),
        Figure(f"demo until its page can be used, median of {sizes.starts}", "",
               in_seconds(start), "", f"<= {in_seconds(AIM_START)}", start <= AIM_START),
    ]  # fmt: skip


async def _shown(page: Page, post: Post, number: int) -> float:
    began = time.time()
    await post(number)
    return float(await page.evaluate(_SEEN, number)) - began


@asynccontextmanager
async def _page(
    browser: Browser, session: aiohttp.ClientSession
) -> AsyncIterator[tuple[Page, Post]]:
    """The page with one channel, and what posts into it as the bot does."""
    clock = SandboxClock()
    slack = SlackSandbox(clock=clock, enforce_rate_limits=False)
    async with slack, ContinuitySandbox(clock=clock) as continuity:
        slack.add_person(PERSON, "operator")
        slack.add_channel(CHANNEL, "mail-outage", members=[PERSON])

        async def post(number: int) -> None:
            body = {"channel": CHANNEL, "text": f"*This* is message {number} ."}
            headers = {"Authorization": f"Bearer {slack.bot_token}"}
            url = f"{slack.api_url}chat.postMessage"
            async with session.post(url, json=body, headers=headers) as response:
                if not (await response.json())["ok"]:
                    raise Broken("Slack did not take a message.")

        async with BrowserServer(slack, continuity, clock) as server:
            page = await browser.new_page()
            await page.goto(server.url)
            await page.get_by_role("textbox", name="Message", exact=True).wait_for()
            await page.evaluate(_WATCH)
            yield page, post
            await page.close()


@asynccontextmanager
async def _bare_page(browser: Browser) -> AsyncIterator[tuple[Page, Post]]:
    """A page that appends what comes, and what sends it."""
    streams: list[web.StreamResponse] = []
    opened = asyncio.Event()

    async def index(_: web.Request) -> web.Response:
        return web.Response(text=_BARE, content_type="text/html")

    async def events(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        streams.append(stream)
        opened.set()
        await ended.wait()
        return stream

    async def post(number: int) -> None:
        for stream in streams:
            await stream.write(f"data: This is message {number} .\n\n".encode())

    ended = asyncio.Event()
    app = web.Application()
    app.add_routes([web.get("/", index), web.get("/events", events)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    page = await browser.new_page()
    await page.goto(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    await opened.wait()
    await page.evaluate(_WATCH)
    yield page, post
    ended.set()
    await page.close()
    await runner.cleanup()


async def _start(browser: Browser) -> float:
    """Start the demo as a process; return the seconds until its page can be used."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(Path(ROOT) / "app.py"), "demo", "--no-browser", "--port", "0"),
            cwd=folder,
            env=environment({}),
            stdout=PIPE,
        )
        try:
            assert process.stdout is not None
            url = (await process.stdout.readline()).decode().split()[1]
            page = await browser.new_page()
            await page.goto(url)
            await page.get_by_role("textbox", name="Message", exact=True).wait_for()
            seconds = time.monotonic() - began
            await page.close()
        finally:
            process.send_signal(signal.SIGINT)
            await process.communicate()
    return seconds
