"""`app.py run` with a fault: it logs, prints and raises its settings in every way that Python has."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import warnings
from typing import NoReturn

import structlog

from bot.setting_secrets import secrets_of
from bot.settings import Settings
from bot.terminal import cli
from bot.terminal import run as terminal_run
from bot.terminal.run import serve

LIBRARIES = ("slack_bolt", "slack_sdk", "aiohttp", "httpx", "httpcore", "asyncio", "websockets")


def fail(everything: str) -> NoReturn:
    """Fail with a chain, a note and a local variable that all hold the secrets."""
    try:
        raise KeyError(everything.encode())
    except KeyError as error:
        error.add_note(everything)
        raise RuntimeError(everything) from error


async def spill(everything: str) -> None:
    """Log, warn, and fail where nobody catches it."""
    logging.getLogger().setLevel(logging.DEBUG)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).debug("spilled by %s: %r", name, {everything: everything})
    structlog.get_logger("bot.spilling").info("spilled", value={"settings": [everything]})
    warnings.warn(everything, ResourceWarning, stacklevel=1)
    thread = threading.Thread(target=fail, args=(everything,))
    thread.start()
    await asyncio.to_thread(thread.join)

    async def lost() -> None:
        fail(everything)

    await asyncio.wait([asyncio.create_task(lost(), name=everything)])


async def run(settings: Settings) -> None:
    """Spill, be the bot, and break down at the end."""
    everything = "; ".join(secrets_of(settings))
    async with asyncio.TaskGroup() as group:
        bot = group.create_task(serve(settings))
        group.create_task(spill(everything))
        await bot
        fail(everything)


if __name__ == "__main__":
    warnings.simplefilter("always")
    vars(terminal_run)["serve"] = run
    sys.argv[1:] = ["run"]
    cli.main()
