"""The Socket Mode connection: what the library does not get over by itself is opened anew.

slack_sdk 3.47 pings, notices a socket that was cut or does not answer, and tries again. It does not
get over an address that was used up in vain: `connect()` repeats the same one for ever (measured). It
has no limit of its own for a handshake or an `apps.connections.open` that hangs (aiohttp's 300 s), and
takes for good a socket on which Slack never said hello.
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
from bot.slack.api.client import call_slack, required, until_slack_answers

PING = 5.0  # seconds; the library takes a socket for dead after a pong that is 2.5 s late
PATIENCE = 20.0  # seconds without greeting, envelope or pong, which comes every 5 s
HELLO = 10.0  # seconds from the start of a handshake to Slack's greeting
LONGEST_WAIT = 10.0  # seconds between two tries, unless Slack asks for more

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
        ping: float = PING,
        patience: float = PATIENCE,
        hello: float = HELLO,
    ) -> None:
        self._app = app
        self._client = client
        self._token = app_token
        self._metrics = metrics
        self._ping, self._patience, self._hello = ping, patience, hello
        self._handler: _Handler | None = None
        self._alive_at = self._envelope_at = time.monotonic()
        self._pong: float | None = None
        self._tending: asyncio.Task[None] | None = None

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
            async with asyncio.timeout(self._hello):
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

        One that was silent for ``patience`` seconds is replaced. Raises SlackRefused.
        """
        await until_slack_answers(self.open)
        self._tending = asyncio.create_task(self._tend())
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the socket for good."""
        if self._tending is not None:
            self._tending.cancel()
            await asyncio.gather(self._tending, return_exceptions=True)
        await self._drop()

    def ages(self) -> Mapping[str, float]:
        """Return the seconds since the last envelope or greeting, and since any sign of life."""
        self._note_pong()
        now = time.monotonic()
        return {"envelope_age": now - self._envelope_at, "socket_silence": now - self._alive_at}

    async def _tend(self) -> None:
        look = wait = self._patience / 20
        while True:
            await asyncio.sleep(look)
            try:
                silent = self.ages()["socket_silence"]
                if silent < self._patience:
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
                wait = min(wait * 2, LONGEST_WAIT)
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
    """Bolt's own handler; it acknowledges what is not ours to handle, and is measured.

    Bolt answers an event without a listener with 404 and sends nothing then: Slack would deliver it
    again, three times. Over HTTP ``Server`` does the same.
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
    """Return Slack's first words on a socket, or None where it says something else."""
    with suppress(ValueError):
        told = json.loads(text)
        return told if isinstance(told, dict) and told.get("type") == "hello" else None
    return None
