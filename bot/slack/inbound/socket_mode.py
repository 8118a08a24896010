"""The Socket Mode connection, opened again where the library does not recover by itself.

slack_sdk 3.47 pings, notices a socket that was cut or does not answer, and reconnects. But where an
address was used up without success, `connect()` repeats the same one for ever (measured). It has no limit
for a handshake or an `apps.connections.open` that hangs (aiohttp's 300 s), and keeps a socket on which
Slack never sent hello.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError, SlackUnavailable
from bot.metrics import Metrics
from bot.network import proxy_for
from bot.service.parallel import cancel_tasks
from bot.slack.api.client import call_slack, required, until_slack_answers

# The library reconnects when a pong is half of this late.
PING_SECONDS = 5.0
# Without hello, envelope or pong, which comes every PING_SECONDS.
MAX_SILENCE_SECONDS = 20.0
# From the start of a handshake to Slack's hello.
MAX_HELLO_SECONDS = 10.0
# Between two tries, unless Slack asks for more.
MAX_RETRY_SECONDS = 10.0

log = structlog.get_logger(__name__)


class SocketModeConnection:
    """An async context manager that keeps one socket open. Times are in seconds."""

    def __init__(
        self,
        app: AsyncApp,
        client: AsyncWebClient,
        app_token: str,
        metrics: Metrics,
        *,
        ping: float = PING_SECONDS,
        max_silence: float = MAX_SILENCE_SECONDS,
        max_hello: float = MAX_HELLO_SECONDS,
    ) -> None:
        self._app = app
        self._client = client
        self._token = app_token
        self._metrics = metrics
        self._ping, self._max_silence, self._max_hello = ping, max_silence, max_hello
        self._handler: _Handler | None = None
        self._alive_at = self._envelope_at = time.monotonic()
        self._pong: float | None = None
        self._watching: list[asyncio.Task[None]] = []

    async def open(self) -> None:
        """Open a new socket at a new address. Raises SlackUnavailable or SlackRefused."""
        opened = await call_slack(self._client.apps_connections_open(app_token=self._token))
        handler = _Handler(self._app, self._token, self._client, self._ping, self._metrics)
        handler.client.wss_uri = url = required(opened, "url")
        handler.client.proxy = proxy_for(url)
        greeted = asyncio.Event()

        async def heard(message: aiohttp.WSMessage) -> None:
            self._alive_at = self._envelope_at = time.monotonic()
            if (greeting := _greeting(message.data)) is not None:
                log.info("socket.greeted", connections=greeting.get("num_connections"))
                greeted.set()

        handler.client.on_message_listeners.append(heard)
        try:
            async with asyncio.timeout(self._max_hello):
                await handler.connect_async()  # type: ignore[no-untyped-call]  # slack_bolt has no types here
                await greeted.wait()
        except TimeoutError:
            await _close(handler)
            raise SlackUnavailable("Slack's socket did not open.") from None
        except BaseException:
            await _close(handler)
            raise
        self._handler = handler

    async def __aenter__(self) -> Self:
        """Open a socket, however long Slack does not answer, and keep one open from then on.

        One that was silent for ``max_silence`` seconds is replaced. Raises SlackRefused.
        """
        await until_slack_answers(self.open)
        self._watching = [asyncio.create_task(self._watch())]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the socket for good."""
        await cancel_tasks(self._watching)
        await self._drop()

    def ages(self) -> Mapping[str, float]:
        """Return the seconds since the last envelope or greeting, and since any sign of life."""
        self._note_pong()
        now = time.monotonic()
        return {"envelope_age": now - self._envelope_at, "socket_silence": now - self._alive_at}

    async def _watch(self) -> None:
        look = wait = self._max_silence / 20
        while True:
            await asyncio.sleep(look)
            try:
                silent = self.ages()["socket_silence"]
                if silent < self._max_silence:
                    continue
                if self._handler is not None:
                    log.warning("socket.dead", silent_seconds=round(silent, 1))
                await self._drop()  # so that the library no longer asks for addresses as well
                await self.open()
                self._metrics.reconnected()
                log.warning("socket.reopened")
                wait = look
            except SlackError as error:
                retry_after = getattr(error, "retry_after", None)
                log.warning("socket.not_opened", why=str(error), next_try_seconds=wait)
                await asyncio.sleep(retry_after or wait)
                wait = min(wait * 2, MAX_RETRY_SECONDS)
            except Exception as error:  # whatever it was, it must not be the last try
                log.exception("socket.failed", why=str(error))

    def _note_pong(self) -> None:
        # The library writes down the time of the last ping that was answered.
        pong = None if self._handler is None else self._handler.client.last_ping_pong_time
        if pong is not None and pong != self._pong:
            self._pong, self._alive_at = pong, time.monotonic()

    async def _drop(self) -> None:
        handler, self._handler = self._handler, None
        if handler is not None:
            await _close(handler)


class _Handler(AsyncSocketModeHandler):
    """Bolt's own handler; it also acknowledges what has no listener, and measures the time.

    Bolt answers an event without a listener with 404 and sends nothing then: Slack would deliver it
    again, three times. ``HttpServer`` does the same.
    """

    def __init__(
        self, app: AsyncApp, token: str, client: AsyncWebClient, ping: float, metrics: Metrics
    ) -> None:
        self._metrics = metrics
        super().__init__(app, token, web_client=client, ping_interval=ping)

    async def handle(self, client: Any, req: SocketModeRequest) -> None:
        started = time.perf_counter()
        answer = await run_async_bolt_app(self.app, req)
        if answer.status == 404:
            answer = BoltResponse(status=200)
        await send_async_response(client, req, answer, started)
        self._metrics.acknowledged(time.perf_counter() - started)


async def _close(handler: AsyncSocketModeHandler) -> None:
    with suppress(Exception):  # a dead socket may fail to close: it is given up anyway
        await handler.close_async()  # type: ignore[no-untyped-call]  # slack_bolt has no types here


def _greeting(text: str) -> dict[str, Any] | None:
    """Return Slack's hello, the first message on a socket, or None for any other one."""
    with suppress(ValueError):
        message = json.loads(text)
        return message if isinstance(message, dict) and message.get("type") == "hello" else None
    return None
