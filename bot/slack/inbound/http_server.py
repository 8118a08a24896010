"""The HTTP side: health in both modes; signed commands, clicks and events in HTTP mode."""

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

LARGEST_BODY = 1_000_000  # bytes


class HttpServer:
    """An async context manager that listens on ``host`` and ``port`` (0: any free one).

    ``app`` is set once Slack is known; until then it is alive but not ready. Without a
    ``signing_secret`` it takes nothing from Slack.
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
        routes = web.Application(client_max_size=LARGEST_BODY)
        routes.router.add_get("/healthz", self._health)
        routes.router.add_get("/readyz", self._readiness)
        routes.router.add_get("/metrics", self._numbers)
        if self._secret:
            routes.router.add_post("/slack/events", self._events)
        routes.on_response_prepare.append(_last)
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

    async def _health(self, _: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def _readiness(self, _: web.Request) -> web.Response:
        ready = self._ready()
        return web.Response(
            text="ready\n" if ready else "not ready\n", status=200 if ready else 503
        )

    async def _numbers(self, _: web.Request) -> web.Response:
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
        if not self._genuine(raw, stamp, signature):
            return web.Response(status=401, text="not signed by Slack\n")
        if self._connections is not None:
            self._connections.keep(request.transport)
        if self.app is None:
            return web.Response(status=503, text="not ready\n")
        return await self._dispatched(self.app, raw, arrived)

    async def _dispatched(self, app: AsyncApp, raw: bytes, arrived: float) -> web.Response:
        try:
            # As over Socket Mode, and without headers: Bolt would choose its parser by one of them,
            # and none of them is signed.
            wanted = AsyncBoltRequest(mode="socket_mode", body=body_parser.read(raw))
            answer = await app.async_dispatch(wanted)
            self._metrics.acknowledged(time.perf_counter() - arrived)
        except Exception as error:  # Bolt trips over many a shape; to Slack all are malformed
            log.warning("http.malformed", error=type(error).__name__)
            return _malformed()
        if answer.status == 404:  # not ours to handle: without a 200 it would be delivered again
            return web.Response(status=200)
        if answer.status >= 500:  # Bolt could not make sense of a signed payload; it logged why
            return _malformed()
        return web.Response(
            status=answer.status,
            body=answer.body,
            content_type=answer.first_headers().get("content-type", "text/plain").split(";")[0],
        )

    def _genuine(self, raw: bytes, stamp: str, signature: str) -> bool:
        """Whether Slack signed these bytes within five minutes (`v0:{timestamp}:{raw body}`).

        The SDK's verifier decodes the body first, and so takes signed bytes that are not UTF-8 for
        a forgery.
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


async def _last(_: web.Request, response: web.StreamResponse) -> None:
    """A connection carries one request: so nothing that waits for another one takes a place."""
    response.force_close()
    response.headers["Connection"] = "close"  # force_close alone comes too late for the header


def _logger() -> logging.Logger:
    """Return aiohttp's logger, which does not tell of what strangers send: a traceback for each."""
    logger = logging.getLogger("aiohttp.server")
    logger.addFilter(_is_ours)
    return logger


def _is_ours(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, (HttpProcessingError, ClientError, ConnectionError))
