"""Run the bot in this process until a signal ends it."""

from __future__ import annotations

import asyncio
import signal

import structlog

from bot import telemetry
from bot.bootstrap import running
from bot.errors import BotError, ConfigurationError
from bot.ports import Clock
from bot.setting_secrets import secrets_of
from bot.settings import Settings, load_readable
from bot.settings_check import check_complete
from bot.terminal.output import REFUSED

log = structlog.get_logger(__name__)


def run_until_signal() -> None:
    """Run the bot with the settings of the environment; return after a signal.

    Raises BotError or OSError if it cannot start. With LOG_FORMAT=json the reasons are a log line,
    and SystemExit is raised.
    """
    settings, unreadable = load_readable()
    try:
        if unreadable:
            raise ConfigurationError("\n".join(unreadable))
        asyncio.run(serve(settings))
    except (BotError, OSError) as error:
        if settings.log_format != "json":
            raise
        telemetry.set_up(settings.log_level, settings.log_format, secrets_of(settings))
        log.critical("start.refused", reasons=str(error).splitlines())
        raise SystemExit(REFUSED) from None


async def serve(settings: Settings, clock: Clock | None = None) -> None:
    """Run until SIGTERM or SIGINT, then drain; a second signal does not wait for that.

    ``clock`` is the system's unless given. Raises ConfigurationError before anything is started or
    logged.
    """
    check_complete(settings)
    telemetry.set_up(settings.log_level, settings.log_format, secrets_of(settings))
    started, stopping = asyncio.Event(), asyncio.Event()

    async def run_until_stopped() -> None:
        async with running(settings, clock):
            started.set()
            await stopping.wait()

    task = asyncio.create_task(run_until_stopped())

    def stop() -> None:
        if (
            stopping.is_set() or not started.is_set()
        ):  # while Slack does not answer, the start does not end
            task.cancel()
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await task
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise
