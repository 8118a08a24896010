"""The composition root: settings in, everything wired, run until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.continuity.client import ContinuityClient
from bot.errors import SlackUnavailable
from bot.service.context import Context
from bot.service.execute import Executor
from bot.settings import Settings, check_complete
from bot.slack.announcer import Announcer
from bot.slack.app import build_app
from bot.slack.desk import Desk
from bot.slack.directory import SlackDirectory, ask
from bot.slack.server import Server
from bot.store.lock import DatabaseLock
from bot.store.sqlite import SqliteStore

DRAIN = 25.0  # seconds that running work has after SIGTERM

log = structlog.get_logger(__name__)


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        return datetime.now(UTC)


class Bot:
    """The running bot; ``server.port`` is where health, and in HTTP mode Slack, reaches it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.ready = False


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Bot]:
    """Start the bot, hand it out, and drain it at the end.

    Raises ConfigurationError, StoreBusy (a second bot on this database) or StoreUnusable.
    """
    check_complete(settings)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(DatabaseLock(settings.database))
        store = await SqliteStore.open_async(settings.database)
        stack.push_async_callback(store.close)
        secret = "" if settings.socket_mode else settings.slack_signing_secret.get_secret_value()
        bot = Bot(Server(secret, lambda: bot.ready))
        await bot.server.start(settings.host, settings.port)
        stack.push_async_callback(bot.server.stop)
        await _start(settings, store, bot, stack)
        yield bot
        bot.ready = False


async def _start(
    settings: Settings, store: SqliteStore, bot: Bot, stack: contextlib.AsyncExitStack
) -> None:
    session = await stack.enter_async_context(aiohttp.ClientSession())
    client = AsyncWebClient(
        token=settings.slack_bot_token.get_secret_value(),
        base_url=settings.slack_api_url,
        session=session,
        retry_handlers=[],  # the default one re-sends POSTs: a card arrived twice (measured)
        trust_env_in_session=False,
    )
    api = ContinuityClient(
        settings.continuity_url, settings.continuity_username, settings.continuity_password
    )
    stack.push_async_callback(api.aclose)
    me, app_id = await _who_am_i(client)
    work, news = asyncio.Event(), asyncio.Event()
    clock = SystemClock()
    ctx = Context(
        store=store,
        api=api,
        directory=SlackDirectory(client, me["team_id"]),
        clock=clock,
        quiet_period=timedelta(seconds=settings.quiet_period),
        ring_executor=work.set,
        ring_announcer=news.set,
    )
    executor = Executor(ctx, work)
    announcer = Announcer(store, client, clock, news)
    desk = Desk(ctx, client, team=me["team_id"], app=app_id, url=str(me.get("url", "")))
    await executor.recover()
    await desk.recover()
    running_desk = asyncio.create_task(desk.run())
    running_executor = asyncio.create_task(executor.run())
    running_announcer = asyncio.create_task(announcer.run())
    stack.push_async_callback(_cancel, running_announcer)
    stack.push_async_callback(announcer.deliver_due)
    stack.push_async_callback(executor.drain, DRAIN)
    stack.push_async_callback(_cancel, running_executor)
    stack.push_async_callback(desk.drain, 5.0)
    stack.push_async_callback(_cancel, running_desk)
    app = build_app(client, desk, me)
    if settings.socket_mode:
        handler = AsyncSocketModeHandler(
            app, settings.slack_app_token.get_secret_value(), web_client=client
        )
        stack.push_async_callback(handler.close_async)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt has no types here
    else:
        bot.server.app = app
    bot.ready = True
    log.info("bot.ready", team=me["team_id"], app=app_id, port=bot.server.port)


async def _who_am_i(client: AsyncWebClient) -> tuple[dict[str, str], str]:
    """Ask Slack for the home workspace and the app's own id; wait for it as long as it takes."""
    wait = 0.5
    while True:
        try:
            me = await ask(client.auth_test())
            info = await ask(client.bots_info(bot=me["bot_id"], team_id=me["team_id"]))
            return me, str(info["bot"]["app_id"])
        except SlackUnavailable as error:
            log.warning("slack.not_reached", why=str(error), next_try_seconds=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 10.0)


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
