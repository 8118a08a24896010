"""The composition root: takes the settings, builds every component, and runs them until told to
stop."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from slack_bolt.async_app import AsyncApp

from bot import __version__
from bot.continuity.client import client_of
from bot.continuity.customer_accounts import account_finder
from bot.credentials import ANY
from bot.domain.api_health import ApiHealth
from bot.domain.report import parse_report_time
from bot.leader_part import LeaderPart
from bot.metrics import Metrics
from bot.paging.configured import open_pagers
from bot.ports import Clock, Store
from bot.redaction import log_redactor
from bot.service.context import Context, RefusalKind
from bot.service.monitoring.alarms import AlarmNotice
from bot.service.monitoring.api_watch import ApiWatch
from bot.service.monitoring.watchdog import Post, Watchdog
from bot.service.replicas.database_clock import DatabaseClock
from bot.service.replicas.fence import FencedStore
from bot.service.replicas.leadership import Leadership
from bot.service.replicas.lease import LEADER_LEFT, WORK
from bot.service.replicas.measurements import alarm_values, gauges
from bot.service.replicas.membership import Membership
from bot.setting_secrets import secrets_of
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
from bot.slack.outbox.rate_limiter import RateLimiter
from bot.slack.views.alarms import alarm_text
from bot.store.opening import listening, open_store
from bot.store.sqlite.lock import DatabaseLock
from bot.store.sqlite.sqlite_library import preferred_journal
from bot.store.times import SystemClock

log = structlog.get_logger(__name__)


class Bot:
    """The running bot; ``server.port`` is where health, and in HTTP mode Slack, reaches it."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        secret = "" if settings.socket_mode else settings.slack_signing_secret.get_secret_value()
        self.started = False
        self.membership: Membership | None = None
        self.server = HttpServer(
            secret, self._is_ready, metrics, host=settings.host, port=settings.port
        )

    def _is_ready(self) -> bool:
        """A replica that does not lead is ready, too; one that lost its lease is not."""
        return self.started and self.membership is not None and self.membership.alive


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
    membership: Membership
    leader: LeaderPart
    watchdog: Watchdog
    inbox: Store


@asynccontextmanager
async def running(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Bot]:
    """Start the bot, yield it, and stop it in the reverse order at the end of the block.

    ``clock`` is the system's unless given. Raises ConfigurationError, StoreBusy (a second bot on
    this database), StoreUnusable or SlackRefused.
    """
    check_complete(settings)
    async with AsyncExitStack() as stack:
        start = stack.enter_async_context
        own_time = DatabaseClock(clock or SystemClock())
        started_at = own_time.now()
        alone = isinstance(settings.database, Path)  # its lock proves it
        if isinstance(settings.database, Path):
            stack.enter_context(DatabaseLock(settings.database))
        store = await open_store(settings.database, clock=own_time, journal=preferred_journal())
        stack.push_async_callback(store.close)
        metrics = Metrics()
        bot = Bot(settings, metrics)
        await start(bot.server)
        name = f"{socket.gethostname()}:{os.getpid()}"
        bot.membership = await start(Membership(store, name, settings.lease, own_time, alone=alone))
        metrics.replica(partial(gauges, bot.membership))
        core = await _start_core(settings, store, own_time, metrics, bot.membership, stack)
        home = await until_slack_answers(lambda: _workspace(core.client))
        core.directory.home = home.team
        core.leader.found(home.url)
        channel = settings.ops_channel
        await start(Heartbeat(store, core.client, own_time, channel, started_at=started_at))
        app = await _start_inbound(core, home, metrics, settings.drain, stack)
        if settings.socket_mode:
            token = settings.slack_app_token.get_secret_value()
            connection = await start(SocketModeConnection(app, core.client, token, metrics))
            core.watchdog.socket = connection.ages
        else:
            bot.server.app = app
        bot.started = True
        here = {"team": home.team, "app": home.app_id, "port": bot.server.port}
        log.info("bot.ready", version=__version__, **here)
        yield bot
        bot.started = False
        bot.server.app = None


async def _start_core(
    settings: Settings,
    store: Store,
    clock: Clock,
    metrics: Metrics,
    membership: Membership,
    stack: AsyncExitStack,
) -> Core:
    """Start what needs no answer of Slack: watchdog, API client, and the leader's part where this
    replica leads."""
    start = stack.enter_async_context
    session = await start(open_session([_count_rate_limits(metrics)]))
    token, api_url = settings.slack_bot_token.get_secret_value(), settings.slack_api_url
    client, posting = (client_for(token, api_url, session) for _ in range(2))
    posting.before_call = membership.check_post
    health = ApiHealth(account_finder(settings))
    post = _post(client, settings.ops_channel)
    watchdog = Watchdog(store, clock, metrics, post, health, lambda: membership.leads)
    watchdog.replica = partial(alarm_values, membership)
    await start(watchdog)
    api = await start(client_of(settings, metrics.called, membership.check_request))
    directory, work, news = SlackDirectory(client), asyncio.Event(), asyncio.Event()
    ctx = Context(
        store=FencedStore(store, membership.fence, membership.lost, lambda: not membership.leads),
        api=api,
        directory=directory,
        clock=clock,
        export_sink=SlackExportSink(client),
        quiet_period=timedelta(seconds=settings.quiet_period),
        effect_timeout=timedelta(seconds=settings.settle),
        allow_passwords=settings.allow_password_command,
        ops_channel=settings.ops_channel,
        is_drill=settings.is_drill,
        report_at=parse_report_time(settings.report_at),
        api_health=health,
        pagers=settings.pagers,
        replica_id=lambda: membership.id,
        wake_executor=work.set,
        wake_publisher=news.set,
        on_refusal=partial(_count_refusal, metrics, watchdog),
        redact=log_redactor(secrets_of(settings)),
    )
    pace, targets = RateLimiter(settings.slack_pace), ReplyTargets()
    channel, drain = settings.ops_channel, settings.drain
    alive = partial(_is_alive, membership)
    pagers = await start(open_pagers(settings, membership.check_post))
    leader = LeaderPart(
        ctx, posting, channel, pace, targets, drain, work, news, alive, pagers, metrics.paged
    )
    client.on_answer = posting.on_answer = partial(_answered, watchdog, leader)
    await start(Leadership(membership, store, leader.term))
    await start(listening(settings.database, {WORK: leader.wake, LEADER_LEFT: membership.wake}))
    accounts = settings.customer_accounts.keys() - {ANY}
    await start(ApiWatch(ctx, accounts, metrics.looked, lambda: not membership.is_short))
    return Core(ctx, client, directory, membership, leader, watchdog, store)


def _is_alive(membership: Membership) -> bool:
    return membership.alive


def _post(client: SlackClient, channel: str) -> Post | None:
    """Return what posts an alarm to the operations channel, None without one."""

    async def post(notice: AlarmNotice) -> None:
        await call_slack(client.chat_postMessage(channel=channel, text=alarm_text(notice)))

    return post if channel else None


async def _start_inbound(
    core: Core, home: Workspace, metrics: Metrics, drain: float, stack: AsyncExitStack
) -> AsyncApp:
    """Start what carries out deliveries; return the app that Slack's payloads are dispatched to."""
    deps = FeatureContext(core.ctx, core.client, home.url)
    router = Router(deps, team=home.team, app=home.app_id)
    membership = core.membership
    worker = DeliveryWorker(
        core.ctx,
        core.client,
        router,
        metrics,
        reply_targets=core.leader.reply_targets,
        drain=drain,
        inbox=core.inbox,
        alive=partial(_is_alive, membership),
    )
    await stack.enter_async_context(worker)
    membership.on_lost.append(worker.drop)

    async def stop_work() -> None:
        # At the same time: both have the drain time together, not one after the other.
        membership.stop_campaigning()
        await asyncio.gather(worker.stop(), core.leader.stop_work())

    stack.push_async_callback(stop_work)
    return build_app(core.client, worker, home.me)


def _count_rate_limits(metrics: Metrics) -> aiohttp.TraceConfig:
    """Count each 429 of Slack, whoever sent the request."""

    async def ended(_: object, __: object, call: aiohttp.TraceRequestEndParams) -> None:
        if call.response.status == 429:
            metrics.rate_limited("slack")

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(ended)
    return trace


def _answered(watchdog: Watchdog, leader: LeaderPart, method: str, fault: str) -> None:
    watchdog.slack_answered(method, fault)
    if not fault:
        leader.slack_answered(method)


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
