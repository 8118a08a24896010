"""The composition root: settings in, everything wired, run until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.continuity.client import client_of
from bot.errors import ConfigurationError, SlackUnavailable
from bot.metrics import Metrics
from bot.ports import Clock
from bot.service.changes.executor import Executor
from bot.service.context import Context, RefusalKind
from bot.service.monitoring.watchdog import Watchdog
from bot.settings import Settings
from bot.settings_check import check_complete
from bot.slack import features
from bot.slack.api.client import call_slack, client_for
from bot.slack.api.directory import SlackDirectory
from bot.slack.api.export_sink import SlackExportSink
from bot.slack.api.heartbeat import Heartbeat
from bot.slack.api.http_session import open_session
from bot.slack.api.identity import app_id_of, check_identity
from bot.slack.api.reply import ReplyTargets
from bot.slack.features.context import FeatureContext
from bot.slack.inbound.bolt_app import build_app
from bot.slack.inbound.http_server import HttpServer
from bot.slack.inbound.router import Router
from bot.slack.inbound.secret_forms import SecretFormRunner
from bot.slack.inbound.socket_mode import SocketModeConnection
from bot.slack.inbound.worker import DeliveryWorker
from bot.slack.outbox.publisher import OutboxPublisher
from bot.slack.outbox.rate_limiter import RateLimiter
from bot.store.sqlite.lock import DatabaseLock
from bot.store.sqlite.store import SqliteStore
from bot.store.times import SystemClock

T = TypeVar("T")
LAST_WORDS = 4.0  # seconds that the announcer has at the end, when the work is done

log = structlog.get_logger(__name__)


class Bot:
    """The running bot; ``server.port`` is where health, and in HTTP mode Slack, reaches it."""

    def __init__(self, server: HttpServer) -> None:
        self.server = server
        self.ready = False


@dataclass(frozen=True, slots=True)
class Installation:
    """The workspace and the app that this token belongs to, as Slack tells at the start."""

    me: dict[str, Any]
    app_id: str

    @property
    def team(self) -> str:
        """The workspace's id."""
        return str(self.me["team_id"])


@contextlib.asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Bot]:
    """Start the bot, hand it out, and drain it at the end. ``clock`` is given where time is owned.

    What a process before this one left half-done is taken up before Slack is reached. Raises
    ConfigurationError, StoreBusy (a second bot on this database), StoreUnusable or SlackRefused.
    """
    check_complete(settings)
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(DatabaseLock(settings.database))
        clock = clock or SystemClock()
        store = await SqliteStore.open_async(settings.database, clock=clock)
        stack.push_async_callback(store.close)
        secret = "" if settings.socket_mode else settings.slack_signing_secret.get_secret_value()
        metrics = Metrics()
        bot = Bot(HttpServer(secret, lambda: bot.ready, metrics))
        await _listen(bot.server, settings, stack)
        session = await stack.enter_async_context(open_session([_counting(metrics)]))
        token = settings.slack_bot_token.get_secret_value()
        client = client_for(token, settings.slack_api_url, session)
        directory = SlackDirectory(client)
        reply_targets = ReplyTargets()
        watchdog = _start_watch(settings.ops_channel, store, client, metrics, clock, stack)
        client.on_answer = watchdog.slack_answered
        ctx, executor = await _start_work(
            settings, store, client, directory, clock, watchdog, metrics, reply_targets, stack
        )
        home = await _until_slack_answers(lambda: _who_am_i(client))
        directory.home = home.team
        heartbeat = Heartbeat(store, client, clock, settings.ops_channel)
        heartbeat.start()
        stack.push_async_callback(heartbeat.stop)
        app = await _start_desk(
            ctx, executor, client, home, metrics, reply_targets, stack, settings.drain
        )
        if settings.socket_mode:
            link = SocketModeConnection(
                app, client, settings.slack_app_token.get_secret_value(), metrics
            )
            await _open(link, stack)
            watchdog.socket = link.ages
        else:
            bot.server.app = app
        bot.ready = True
        log.info("bot.ready", team=home.team, app=home.app_id, port=bot.server.port)
        yield bot
        bot.ready = False
        bot.server.app = None


async def _listen(server: HttpServer, settings: Settings, stack: contextlib.AsyncExitStack) -> None:
    try:
        await server.start(settings.host, settings.port)
    except (OSError, ValueError) as error:  # ValueError: no host can have this name
        where = f"{settings.host}:{settings.port}"
        why = error.strerror if isinstance(error, OSError) else "this is no host"
        raise ConfigurationError(f"HOST and PORT: {where} is not free: {why}.") from None
    stack.push_async_callback(server.stop)


async def _open(link: SocketModeConnection, stack: contextlib.AsyncExitStack) -> None:
    stack.push_async_callback(link.close)
    await _until_slack_answers(link.open)
    link.start()


def _counting(metrics: Metrics) -> aiohttp.TraceConfig:
    """Count what Slack puts off, whoever asked."""

    async def ended(_: object, __: object, call: aiohttp.TraceRequestEndParams) -> None:
        if call.response.status == 429:
            metrics.rate_limited("slack")

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    return trace


def _start_watch(
    ops_channel: str,
    store: SqliteStore,
    client: AsyncWebClient,
    metrics: Metrics,
    clock: Clock,
    stack: contextlib.AsyncExitStack,
) -> Watchdog:
    async def post(text: str) -> None:
        await call_slack(client.chat_postMessage(channel=ops_channel, text=text))

    watchdog = Watchdog(store, clock, metrics, post if ops_channel else None)
    watchdog.start()
    stack.push_async_callback(watchdog.stop)
    return watchdog


async def _start_work(
    settings: Settings,
    store: SqliteStore,
    client: AsyncWebClient,
    directory: SlackDirectory,
    clock: Clock,
    watchdog: Watchdog,
    metrics: Metrics,
    reply_targets: ReplyTargets,
    stack: contextlib.AsyncExitStack,
) -> tuple[Context, Executor]:
    """Start what needs no answer of Slack: the executor and the announcer."""
    api = client_of(settings, metrics.called)
    stack.push_async_callback(api.aclose)
    work, news = asyncio.Event(), asyncio.Event()

    def refused(kind: RefusalKind) -> None:
        metrics.refusal(kind)
        if kind is RefusalKind.UNKNOWN_CARD:
            watchdog.unknown_card()

    ctx = Context(
        store=store,
        api=api,
        directory=directory,
        clock=clock,
        export_sink=SlackExportSink(client),
        quiet_period=timedelta(seconds=settings.quiet_period),
        settle=timedelta(seconds=settings.settle),
        allow_passwords=settings.allow_password_command,
        wake_executor=work.set,
        wake_publisher=news.set,
        on_refusal=refused,
    )
    rate_limiter = RateLimiter(settings.slack_pace)
    publisher = OutboxPublisher(
        store, client, ctx.clock, news, settings.ops_channel, rate_limiter, reply_targets
    )
    publisher.start()
    stack.push_async_callback(publisher.stop, LAST_WORDS)
    executor = Executor(ctx, work)
    executor.start()
    stack.push_async_callback(executor.stop, settings.drain)
    return ctx, executor


async def _start_desk(
    ctx: Context,
    executor: Executor,
    client: AsyncWebClient,
    home: Installation,
    metrics: Metrics,
    reply_targets: ReplyTargets,
    stack: contextlib.AsyncExitStack,
    drain: float,
) -> AsyncApp:
    url = str(home.me.get("url", ""))
    answers = Router(ctx, client, team=home.team, app=home.app_id, url=url)
    delivery_worker = DeliveryWorker(ctx, client, answers, metrics, reply_targets=reply_targets)
    deps = FeatureContext(ctx, client, url)
    carried_out = {form: partial(one, deps) for form, one in features.CONFIDANTS.items()}
    secret_forms = SecretFormRunner(
        ctx, client, carried_out, team=home.team, app=home.app_id, metrics=metrics
    )
    await delivery_worker.start()

    async def stop() -> None:
        await asyncio.gather(
            delivery_worker.stop(drain), secret_forms.stop(drain), executor.stop(drain)
        )

    stack.push_async_callback(stop)
    return build_app(client, delivery_worker, home.me, secret_forms)


async def _who_am_i(client: AsyncWebClient) -> Installation:
    me = check_identity(await call_slack(client.auth_test()))
    info = await call_slack(client.bots_info(bot=me["bot_id"], team_id=me["team_id"]))
    return Installation(me, app_id_of(info))


async def _until_slack_answers(question: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer, for as long as it takes. Raises SlackRefused."""
    wait = 0.5
    while True:
        try:
            return await question()
        except SlackUnavailable as error:
            log.warning("slack.not_reached", why=str(error), next_try_seconds=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, 10.0)
