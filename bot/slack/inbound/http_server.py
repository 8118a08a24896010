"""The HTTP server: health and metrics in both modes; signed payloads of Slack in HTTP mode."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable
from typing import Self

import structlog
from aiohttp import ClientError, web
from aiohttp.http_exceptions import HttpProcessingError
from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt.async_app import AsyncApp, AsyncBoltRequest

from bot.errors import ConfigurationError
from bot.metrics import Metrics
from bot.slack.inbound import body_parser
from bot.slack.inbound.http_connections import ConnectionLimits, HttpConnections
from bot.slack.limits import MAX_SIGNATURE_AGE_SECONDS

log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 1_000_000


class HttpServer:
    """An async context manager that listens on ``host`` and ``port`` (0: any free one).

    ``app`` is set once Slack has answered; until then payloads get 503. Without a ``signing_secret``
    there is no route for payloads.
    """

    def __init__(
        self,
        signing_secret: str,
        ready: Callable[[], bool],
        metrics: Metrics | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        limits: ConnectionLimits = ConnectionLimits(),  # noqa: B008  # it does not change
    ) -> None:
        self._secret = signing_secret.encode()
        self._ready = ready
        self._metrics = metrics or Metrics()
        self.app: AsyncApp | None = None
        self._limits = limits
        self._runner: web.AppRunner | None = None
        self._connections: HttpConnections | None = None
        self._host = host
        self.port = port

    async def __aenter__(self) -> Self:
        """Listen. Raises ConfigurationError where the address cannot be used."""
        routes = web.Application(client_max_size=MAX_BODY_BYTES)
        routes.router.add_get("/healthz", self._health_page)
        routes.router.add_get("/readyz", self._ready_page)
        routes.router.add_get("/metrics", self._metrics_page)
        if self._secret:
            routes.router.add_post("/slack/events", self._events)
        routes.on_response_prepare.append(_close_after)
        # What is signed are the bytes that were sent: nothing may decompress them first.
        self._runner = web.AppRunner(
            routes, access_log=None, auto_decompress=False, lingering_time=1.0, logger=_logger()
        )
        await self._runner.setup()
        if self._runner.server is not None:  # always, once it is set up
            self._connections = HttpConnections(self._runner.server, self._limits)
            await self._listen(self._connections)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._connections is not None:
            await self._connections.close()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _listen(self, connections: HttpConnections) -> None:
        try:
            self.port = await connections.listen(self._host, self.port)
        except (OSError, ValueError) as error:  # ValueError: no host can have this name
            where = f"{self._host}:{self.port}"
            why = error.strerror if isinstance(error, OSError) else "this is no host"
            raise ConfigurationError(f"HOST and PORT: {where} is not free: {why}.") from None

    async def _health_page(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _ready_page(self, _: web.Request) -> web.Response:
        ready = self._ready()
        return web.Response(
            text="ready\n" if ready else "not ready\n", status=200 if ready else 503
        )

    async def _metrics_page(self, _: web.Request) -> web.Response:
        return web.Response(
            body=self._metrics.render(), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def _events(self, request: web.Request) -> web.Response:
        arrived = time.perf_counter()
        try:
            raw = await request.read()
        except (ClientError, ConnectionError, HttpProcessingError, RuntimeError):
            # Broken off, also before it was asked for (RuntimeError), or not HTTP.
            return _malformed()
        stamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if not self._is_signed(raw, stamp, signature):
            return web.Response(status=401, text="not signed by Slack\n")
        if self._connections is not None:
            self._connections.verified(request.transport)
        if self.app is None:
            return web.Response(status=503, text="not ready\n")
        return await self._dispatch(self.app, raw, arrived)

    async def _dispatch(self, app: AsyncApp, raw: bytes, arrived: float) -> web.Response:
        try:
            # Without headers, as over Socket Mode: Bolt would choose its parser by one of them, and
            # headers are not signed.
            wrapped = AsyncBoltRequest(mode="socket_mode", body=body_parser.read(raw))
            answer = await app.async_dispatch(wrapped)
            self._metrics.acknowledged(time.perf_counter() - arrived)
        except Exception as error:  # Bolt raises many kinds of error for payloads of odd shape
            log.warning("http.malformed", error=type(error).__name__)
            return _malformed()
        # No listener: without a 200 Slack would deliver it again.
        if answer.status == 404:
            return web.Response(status=200)
        # Bolt could not read a signed payload; it logged why.
        if answer.status >= 500:
            return _malformed()
        return web.Response(
            status=answer.status,
            body=answer.body,
            content_type=answer.first_headers().get("content-type", "text/plain").split(";")[0],
        )

    def _is_signed(self, raw: bytes, stamp: str, signature: str) -> bool:
        """Return whether Slack signed `v0:{timestamp}:{raw body}` within five minutes.

        Not the SDK's verifier: it decodes the body first, so signed bytes that are not UTF-8 are
        forged to it.
        """
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) < 12):
            return False
        if (
            abs(time.time() - int(stamp)) > MAX_SIGNATURE_AGE_SECONDS
            or not self._secret
            or not signature.isascii()
        ):
            return False
        digest = hmac.new(self._secret, b"v0:%s:%s" % (stamp.encode(), raw), hashlib.sha256)
        return hmac.compare_digest(f"v0={digest.hexdigest()}".encode(), signature.encode())


def _malformed() -> web.Response:
    return web.Response(status=400, text="malformed\n")


async def _close_after(_: web.Request, response: web.StreamResponse) -> None:
    """End the connection after one request, so that no idle one counts against the limit."""
    response.force_close()
    # force_close alone comes too late for the header.
    response.headers["Connection"] = "close"


def _logger() -> logging.Logger:
    """Return aiohttp's logger without the tracebacks for malformed requests of strangers."""
    logger = logging.getLogger("aiohttp.server")
    logger.addFilter(_is_ours)
    return logger


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, (HttpProcessingError, ClientError, ConnectionError))
