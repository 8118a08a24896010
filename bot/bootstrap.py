"""The composition root: takes the settings, builds every component, and runs them until told to
stop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp

from bot.continuity.client import client_of
from bot.continuity.customer_accounts import account_finder
from bot.credentials import ANY
from bot.database_address import sqlite_file
from bot.domain.api_health import ApiHealth
from bot.metrics import Metrics
from bot.ports import Clock, Store
from bot.service.changes.executor import Executor
from bot.service.context import Context, RefusalKind
from bot.service.monitoring.alarms import AlarmNotice
from bot.service.monitoring.api_watch import ApiWatch
from bot.service.monitoring.watchdog import Watchdog
from bot.service.queries.standing import standing
from bot.settings import Settings
from bot.settings_check import check_complete
from bot.slack.api.client import SlackClient, call_slack, client_for, until_slack_answers
from bot.slack.api.directory import SlackDirectory
from bot.slack.api.export_sink import SlackExportSink
from bot.slack.api.heartbeat import Heartbeat
from bot.slack.api.http_session import open_session
from bot.slack.api.identity import app_id_of, check_identity
from bot.slack.api.reply import ReplyTargets
from bot.slack.features.base.context import FeatureContext
from bot.slack.inbound.bolt_app import build_app
from bot.slack.inbound.delivery_worker import DeliveryWorker
from bot.slack.inbound.http_server import HttpServer
from bot.slack.inbound.router import Router
from bot.slack.inbound.socket_mode import SocketModeConnection
from bot.slack.outbox.publisher import OutboxPublisher
from bot.slack.outbox.rate_limiter import RateLimiter
from bot.slack.views.alarms import alarm_text
from bot.store.opening import open_store
from bot.store.sqlite.lock import DatabaseLock
from bot.store.sqlite.sqlite_library import preferred_journal
from bot.store.times import SystemClock

PUBLISHER_DRAIN = 4.0  # seconds for the last messages, when the work they tell of is done

log = structlog.get_logger(__name__)


class Bot:
    """The running bot; ``server.port`` is where health, and in HTTP mode Slack, reaches it."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        secret = "" if settings.socket_mode else settings.slack_signing_secret.get_secret_value()
        self.ready = False
        self.server = HttpServer(
            secret, lambda: self.ready, metrics, host=settings.host, port=settings.port
        )


@dataclass(frozen=True, slots=True)
class Workspace:
    """The workspace and the app that the token belongs to, as Slack answered at the start."""

    me: dict[str, Any]
    app_id: str

    @property
    def team(self) -> str:
        """The workspace's id."""
        return str(self.me["team_id"])

    @property
    def url(self) -> str:
        """The workspace's address, or ``""``."""
        return str(self.me.get("url", ""))


@dataclass(frozen=True, slots=True)
class Core:
    """What runs before Slack has answered: it takes up what the process before left unfinished."""

    ctx: Context
    client: SlackClient
    directory: SlackDirectory
    executor: Executor
    watchdog: Watchdog
    reply_targets: ReplyTargets
    publisher: OutboxPublisher


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Bot]:
    """Start the bot, yield it, and stop it in the reverse order at the end of the block.

    ``clock`` is the system's unless given. Raises ConfigurationError, StoreBusy (a second bot on
    this database), StoreUnusable or SlackRefused.
    """
    check_complete(settings)
    async with AsyncExitStack() as stack:
        start = stack.enter_async_context
        clock = clock or SystemClock()
        started_at = clock.now()
        stack.enter_context(DatabaseLock(sqlite_file(settings.database, "The bot")))
        store = await start(
            await open_store(settings.database, clock=clock, journal=preferred_journal())
        )
        metrics = Metrics()
        bot = Bot(settings, metrics)
        await start(bot.server)
        core = await _start_core(settings, store, clock, metrics, stack)
        home = await until_slack_answers(lambda: _workspace(core.client))
        core.directory.home = home.team
        core.publisher.workspace_url = home.url
        channel = settings.ops_channel
        await start(Heartbeat(store, core.client, clock, channel, started_at=started_at))
        app = await _start_inbound(core, home, metrics, settings.drain, stack)
        if settings.socket_mode:
            token = settings.slack_app_token.get_secret_value()
            socket = await start(SocketModeConnection(app, core.client, token, metrics))
            core.watchdog.socket = socket.ages
        else:
            bot.server.app = app
        bot.ready = True
        log.info("bot.ready", team=home.team, app=home.app_id, port=bot.server.port)
        yield bot
        bot.ready = False
        bot.server.app = None


async def _start_core(
    settings: Settings, store: Store, clock: Clock, metrics: Metrics, stack: AsyncExitStack
) -> Core:
    """Start what needs no answer of Slack: watchdog, API client, publisher and executor."""
    start = stack.enter_async_context
    session = await start(open_session([_count_rate_limits(metrics)]))
    token = settings.slack_bot_token.get_secret_value()
    client = client_for(token, settings.slack_api_url, session)
    health = ApiHealth(account_finder(settings))
    watchdog = await start(_watchdog(settings.ops_channel, store, clock, client, metrics, health))
    api = await start(client_of(settings, metrics.called))
    work, news = asyncio.Event(), asyncio.Event()
    directory, reply_targets = SlackDirectory(client), ReplyTargets()
    ctx = Context(
        store=store,
        api=api,
        directory=directory,
        clock=clock,
        export_sink=SlackExportSink(client),
        quiet_period=timedelta(seconds=settings.quiet_period),
        effect_timeout=timedelta(seconds=settings.settle),
        allow_passwords=settings.allow_password_command,
        api_health=health,
        wake_executor=work.set,
        wake_publisher=news.set,
        on_refusal=partial(_count_refusal, metrics, watchdog),
    )
    pace, channel = RateLimiter(settings.slack_pace), settings.ops_channel
    publisher = await start(
        OutboxPublisher(
            store,
            client,
            clock,
            news,
            channel,
            pace,
            reply_targets,
            PUBLISHER_DRAIN,
            partial(standing, ctx),
        )
    )
    client.on_answer = partial(_answered, watchdog, publisher)
    executor = await start(Executor(ctx, work, settings.drain))
    await start(ApiWatch(ctx, settings.customer_accounts.keys() - {ANY}, metrics.looked))
    return Core(ctx, client, directory, executor, watchdog, reply_targets, publisher)


def _watchdog(
    channel: str,
    store: Store,
    clock: Clock,
    client: SlackClient,
    metrics: Metrics,
    health: ApiHealth,
) -> Watchdog:
    async def post(notice: AlarmNotice) -> None:
        await call_slack(client.chat_postMessage(channel=channel, text=alarm_text(notice)))

    return Watchdog(store, clock, metrics, post if channel else None, health)


async def _start_inbound(
    core: Core, home: Workspace, metrics: Metrics, drain: float, stack: AsyncExitStack
) -> AsyncApp:
    """Start what carries out deliveries; return the app that Slack's payloads are dispatched to."""
    deps = FeatureContext(core.ctx, core.client, home.url)
    router = Router(deps, team=home.team, app=home.app_id)
    worker = DeliveryWorker(
        core.ctx, core.client, router, metrics, reply_targets=core.reply_targets, drain=drain
    )
    await stack.enter_async_context(worker)
    # At the same time: both have the drain time together, not one after the other.
    stack.push_async_callback(lambda: asyncio.gather(worker.stop(), core.executor.stop()))
    return build_app(core.client, worker, home.me)


def _count_rate_limits(metrics: Metrics) -> aiohttp.TraceConfig:
    """Count each 429 of Slack, whoever sent the request."""

    async def ended(_: object, __: object, call: aiohttp.TraceRequestEndParams) -> None:
        if call.response.status == 429:
            metrics.rate_limited("slack")

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    return trace


def _answered(watchdog: Watchdog, publisher: OutboxPublisher, method: str, fault: str) -> None:
    watchdog.slack_answered(method, fault)
    if not fault:
        publisher.slack_answered(method)


def _count_refusal(metrics: Metrics, watchdog: Watchdog, kind: RefusalKind) -> None:
    metrics.refusal(kind)
    if kind is RefusalKind.UNKNOWN_CARD:
        watchdog.unknown_card()


async def _workspace(client: SlackClient) -> Workspace:
    """Ask Slack whose token this is. Raises SlackUnavailable, SlackRefused and
    ConfigurationError."""
    me = check_identity(await call_slack(client.auth_test()))
    info = await call_slack(client.bots_info(bot=me["bot_id"], team_id=me["team_id"]))
    return Workspace(me, app_id_of(info))
