"""One request and its answer over httpx: credentials, time limits, connections, what is told of it."""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from bot.continuity import outcomes
from bot.continuity.paths import Base, Target
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused

OnCall = Callable[[str, str, float], None]

_OUTCOMES: dict[type[ContinuityError], str] = {
    NotSent: "not_sent",
    Refused: "refused",
    Ambiguous: "ambiguous",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and connections of one kind of call.

    ``connect``, ``read`` and ``pool`` are httpx's timeouts (``read`` also bounds writing the
    request); ``total`` bounds the whole call, as httpx's read timeout starts anew with every byte.
    ``idle`` is how long a connection is kept for the next call: one that the API closes at the
    moment of a write makes the outcome ambiguous, so writes keep theirs but briefly.
    """

    connect: float = 5.0
    read: float = 10.0
    pool: float = 5.0
    total: float = 20.0
    concurrency: int = 64
    idle: float = 5.0


READS = Limits()
WRITES = Limits(read=30.0, total=60.0, concurrency=256, idle=2.0)


class Exchange:
    """Sends requests below one base URL with one account, through connections of its own."""

    def __init__(
        self,
        base: Base,
        username: str,
        password: SecretStr,
        limits: Limits,
        *,
        tls: ssl.SSLContext,
        transport: httpx.AsyncBaseTransport | None,
        on_call: OnCall | None,
    ) -> None:
        self._base, self._limits, self._on_call = base, limits, on_call
        self._username, self._password = username, password
        self._http = httpx.AsyncClient(
            auth=httpx.BasicAuth(username, password.get_secret_value()),
            headers={"Accept": "application/json", "User-Agent": "continuity-chatops"},
            timeout=httpx.Timeout(limits.read, connect=limits.connect, pool=limits.pool),
            limits=httpx.Limits(
                max_connections=limits.concurrency,
                max_keepalive_connections=limits.concurrency,
                keepalive_expiry=limits.idle,
            ),
            verify=tls,
            transport=transport,
            follow_redirects=False,
            trust_env=False,  # no proxy, no .netrc, no certificate from the environment
        )

    @property
    def closed(self) -> bool:
        """Whether nothing can be sent any more."""
        return self._http.is_closed

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    @asynccontextmanager
    async def call(self, operation: str) -> AsyncIterator[None]:
        """Bound a request in time, turn what is foreign into ours, and tell ``on_call`` of it."""
        started, outcome = time.perf_counter(), "cancelled"
        try:
            async with asyncio.timeout(self._limits.total):
                yield
            outcome = "ok"
        except ContinuityError as error:
            outcome = _OUTCOMES[type(error)]
            raise
        except Exception as error:
            told = outcomes.from_exception(error)
            outcome = _OUTCOMES[type(told)]
            raise told from error
        finally:
            if self._on_call is not None:
                with suppress(Exception):  # a metric that fails must not lose a write's receipt
                    self._on_call(operation, outcome, time.perf_counter() - started)

    async def send(self, target: Target) -> httpx.Response:
        """Send the request once and return its 2xx answer. Raises ours and httpx's errors."""
        if self.closed:
            raise NotSent("The bot is closing its connections to the API. Nothing was sent.")
        url = self._base.url(target)
        request = self._http.build_request(target.method, url)
        if (request.url.netloc, request.url.raw_path) != (url.netloc, url.raw_path):
            raise Refused("Not sent: the address of this request would point somewhere else.")
        response = await self._http.send(request)
        outcomes.raise_for_status(response, self.scrub)
        return response

    def scrub(self, text: str) -> str:
        """Return the API's words without the bot's credentials, should it repeat them."""
        password = self._password.get_secret_value()
        basic = b64encode(f"{self._username}:{password}".encode()).decode("ascii")
        for secret in (basic, password):
            text = text.replace(secret, "[…]") if secret else text
        if not self._username:
            return text
        return re.sub(rf"(?<!\w){re.escape(self._username)}(?!\w)", "[…]", text)


def make_tls(base: Base) -> ssl.SSLContext:
    """Return the TLS settings that reads and writes share; plain http gets one that trusts nobody,
    as loading the certificate authorities takes 20 ms."""
    if base.scheme == "http":
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.create_ssl_context(trust_env=False)
