"""`demo`: the page in the browser with the real bot behind it, or the unattended transcript."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import click

from bot.errors import BotError
from bot.terminal.demo import setting, transcript
from bot.terminal.demo.bot_process import BotProcess
from bot.terminal.demo.completion import complete
from bot.terminal.demo.known import KnownToPerson
from bot.terminal.demo.tour import Tour
from sandbox.browser import ActionError, BrowserServer
from sandbox.browser.pagers import Pagers
from sandbox.browser.switches import add_switches
from sandbox.browser.world import add_world
from sandbox.clock import SandboxClock
from sandbox.continuity import RehearsalApi
from sandbox.pagers import PagerSandbox

API_LATENCY_SECONDS = 0.035
END_SECONDS = 0.7  # that the bot has at the end, before it is killed


def run(port: int | None, *, no_browser: bool) -> None:
    """Serve the page until SIGINT or SIGTERM, or print the transcript.

    The page is for a terminal, or where ``port`` (None: not given) or ``no_browser`` ask for it; with
    SCRIPT=1 there is none. Raises BotError.
    """
    asked = port is not None or no_browser
    attended = asked or (sys.stdin.isatty() and sys.stdout.isatty())
    if os.environ.get("SCRIPT", "") not in {"", "0"} or not attended:
        asyncio.run(transcript.demo())
    else:
        asyncio.run(serve(port or 0, lambda url: _announce(url, open_browser=not no_browser)))
        # The interpreter's last collections would take longer than all that ends before: nothing is
        # left to collect.
        gc.freeze()


async def serve(port: int, announce: Callable[[str], None]) -> None:
    """Serve the page until SIGINT or SIGTERM; ``announce`` gets its address once it can be opened.

    Raises BotError where ``port`` cannot be used; 0 lets the system choose.
    """
    ending = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    with tempfile.TemporaryDirectory(prefix="continuity-demo-") as folder:
        async with AsyncExitStack() as stack:
            database = Path(folder) / "demo.db"
            server = await _start_services(port, stack)
            pagers = await stack.enter_async_context(setting.new_pagers())
            drills = await stack.enter_async_context(setting.new_rehearsal(server.clock))
            accounts = Path(folder) / "accounts.toml"
            setting.write_accounts(accounts, drills)
            settings = setting.bot_settings(pagers) | {"CONTINUITY_CREDENTIALS": str(accounts)}
            bot = BotProcess(database, server.slack, server.continuity, settings)
            known = await stack.enter_async_context(
                KnownToPerson(database, server.slack, server.clock)
            )
            tour = _add_parts(server, bot, known, database, pagers, drills)
            try:
                await stack.enter_async_context(server)
            except OSError as error:
                raise BotError(_why_no_port(port, error)) from None
            stack.push_async_callback(bot.end, END_SECONDS)
            announce(server.url)
            await setting.grant(database)
            await stack.enter_async_context(tour)
            await bot.start()
            await ending.wait()


async def _start_services(port: int, stack: AsyncExitStack) -> BrowserServer:
    """Start Slack and the API with the demo's world; return the page, not started yet."""
    clock = SandboxClock()
    slack, continuity = setting.new_services(clock)
    setting.add_people(slack)
    setting.add_customers(continuity)
    slack.retry_events = True
    continuity.latency = API_LATENCY_SECONDS
    await stack.enter_async_context(slack)
    await stack.enter_async_context(continuity)
    server = BrowserServer(slack, continuity, clock, port=port)
    server.team_name = "Acme"
    server.phones.add(setting.APPROVER)
    server.notify_all.add(setting.CHANNEL)
    return server


def _add_parts(
    server: BrowserServer,
    bot: BotProcess,
    known: KnownToPerson,
    database: Path,
    pagers: PagerSandbox,
    drills: RehearsalApi,
) -> Tour:
    """Add to the page what stands beside the workspace; return the tour, not started yet."""
    slack, continuity, clock = server.slack, server.continuity, server.clock
    clock.on_skip.append(bot.move)
    world = add_world(server, slack, continuity, clock, setting.CUSTOMER, setting.CUSTOMER_NAME)
    drills.on_request.append(world.on_drill_request)
    Pagers(server, pagers, clock)
    switches = add_switches(server, slack, continuity, pagers)
    tour = Tour(
        server,
        slack,
        continuity,
        world=world,
        switches=switches,
        database=database,
        bot=bot,
        clock=clock,
    )
    _add_bot(server, bot, tour)
    _add_completion(server, known)
    return tour


def _announce(url: str, *, open_browser: bool) -> None:
    click.echo(f"Open {url}\nCtrl-C ends the demo.")
    if open_browser and _has_display():
        # A browser may run for as long as it is open: nobody waits for it.
        threading.Thread(target=webbrowser.open, args=[url], daemon=True).start()


def _add_bot(server: BrowserServer, bot: BotProcess, tour: Tour) -> None:
    """Add the part `bot`, and the actions `bot` and `bot_log`."""

    async def do(body: dict[str, Any]) -> dict[str, Any]:
        try:
            match body.get("do"):
                case "kill":
                    bot.kill()
                case "stop":
                    bot.stop()
                case "start":
                    await bot.start()
                case _:
                    raise ActionError("The bot can be started, stopped or killed.")
        except BotError as error:
            raise ActionError(str(error)) from None
        return {}

    async def log(_: dict[str, Any]) -> dict[str, Any]:
        return {"lines": list(bot.lines)}

    server.add_part("bot", lambda: bot.status)
    server.add_action("bot", do)
    server.add_action("bot_log", log)

    def changed() -> None:
        server.publish("bot", bot.status)
        tour.wake()

    bot.on_change = changed


def _add_completion(server: BrowserServer, known: KnownToPerson) -> None:
    """Add the action `complete`."""

    async def act(body: dict[str, Any]) -> dict[str, Any]:
        match body:
            case {"person": str(person), "text": str(text), "cursor": int(cursor)} if (
                person in server.slack.people and 0 <= cursor <= len(text)
            ):
                try:
                    return complete(text, cursor, await known(person)).as_json()
                except BotError as error:
                    raise ActionError(str(error)) from None
        raise ActionError("To complete a text takes a person, a text and a cursor inside of it.")

    server.add_action("complete", act)


def _why_no_port(port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is in use: give another one with --port, or none."
    why = os.strerror(error.errno) if error.errno else str(error)
    return f"Port {port} cannot be opened: {why}. Give another one with --port, or none."


def _has_display() -> bool:
    """Whether a browser has a window to open in; one in this terminal would take it away."""
    named = any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
    return named or sys.platform in {"darwin", "win32"}
