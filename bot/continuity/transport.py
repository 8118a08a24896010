"""How a request is sent and its answer read: in its lane, in time, told once, and nothing foreign raised."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar

import httpx
import stamina
import structlog

from bot.continuity import classification, urls
from bot.continuity.concurrency import ConcurrencyLimiter
from bot.continuity.proxy import ProxyTransport
from bot.continuity.schemas import LARGEST_ANSWER
from bot.errors import Ambiguous, ContinuityError, NotSent
from bot.metrics import RATE_LIMITED
from bot.redaction import Redactor

ATTEMPTS = 3  # of a read
LONGEST_RETRY_AFTER = 2.0  # seconds that a read waits out; the person is waiting, too
READ_TIMEOUT = httpx.Timeout(10.0, connect=5.0, pool=5.0)
WRITE_TIMEOUT = httpx.Timeout(30.0, connect=5.0, pool=5.0)

ENCODED = "The continuity API answered in an encoding that was not asked for: it was not read."

_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=32)

T = TypeVar("T")
OnCall = Callable[[str, str, float], None]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """One request: ``line`` is path and query below ``base``; ``redact`` takes its secrets out of a text."""

    operation: str
    method: str
    base: httpx.URL
    line: str
    auth: httpx.Auth | None
    redact: Redactor
    body: bytes | None = None

    @property
    def is_read(self) -> bool:
        """Whether it changes nothing, and may be repeated."""
        return self.method in {"HEAD", "GET"}

    def __repr__(self) -> str:
        return f"{self.method} /{self.line}"  # never the body


@dataclass(frozen=True, slots=True)
class Response:
    """A 2xx, read in whole."""

    response: httpx.Response
    body: bytes


class ApiTransport:
    """Connections, without cookies: what one account was given must not go along with another.

    Reads and writes have connections of their own: 200 hanging writes must not starve a count.
    """

    def __init__(
        self,
        *,
        read_timeout: httpx.Timeout,
        write_timeout: httpx.Timeout,
        read_wait: float,
        transport: httpx.AsyncBaseTransport | None,
        on_call: OnCall | None,
    ) -> None:
        self._read_wait = read_wait
        self._on_call = on_call
        self._reads, self._writes = (
            ConcurrencyLimiter(
                httpx.AsyncClient(
                    timeout=timeout,
                    transport=transport or ProxyTransport(_LIMITS),
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                    follow_redirects=False,
                    trust_env=False,  # the route reads it
                ),
                most,
            )
            for timeout, most in ((read_timeout, 64), (write_timeout, 256))
        )

    async def send(self, call: Call, parse: Callable[[Response], T]) -> T:
        """Send a write, once, and return what ``parse`` makes of its answer."""
        return await self._once(self._writes, call, parse)

    async def read(self, call: Call, parse: Callable[[Response], T]) -> T:
        """Send a read, again where it makes sense, and return what ``parse`` makes of its answer."""
        async for attempt in self._attempts():
            with attempt:
                return await self._once(self._reads, call, parse)
        raise Ambiguous("The continuity API was not asked.")  # not reached: the last attempt raises

    @asynccontextmanager
    async def stream(
        self, call: Call
    ) -> AsyncIterator[tuple[httpx.Response, AsyncIterator[bytes]]]:
        """Hand out a read's answer and its chunks; asked again only while nothing was handed out.

        However long it takes in all: what ends it is silence.
        """
        async with AsyncExitStack() as stack:
            async for attempt in self._attempts():
                with attempt:
                    response = await stack.enter_async_context(self._streamed(call))
            yield response, _chunks(response, self._patience(self._reads))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._reads.client.aclose()
        await self._writes.client.aclose()

    async def _once(
        self, limiter: ConcurrencyLimiter, call: Call, parse: Callable[[Response], T]
    ) -> T:
        async with self._told(call), limiter.place() as client:
            # httpx's read timeout starts anew with every byte: a dripping answer must end, too.
            async with asyncio.timeout(self._patience(limiter)), _opened(client, call) as response:
                body = await _whole(response)
            return parse(Response(response, body))

    @asynccontextmanager
    async def _streamed(self, call: Call) -> AsyncIterator[httpx.Response]:
        async with self._told(call), self._reads.place() as client, AsyncExitStack() as stack:
            async with asyncio.timeout(self._patience(self._reads)):
                response = await stack.enter_async_context(_opened(client, call))
            yield response

    @asynccontextmanager
    async def _told(self, call: Call) -> AsyncIterator[None]:
        """Turn what is foreign into our errors, and tell how the call ended."""
        started, outcome = time.perf_counter(), "Cancelled"
        try:
            yield
            outcome = "ok"
        except ContinuityError as error:
            outcome = RATE_LIMITED if error.status == 429 else type(error).__name__
            raise
        except Exception as error:
            told = classification.of_exception(error)
            outcome = type(told).__name__
            raise told from None
        finally:
            with suppress(Exception):  # what fails here must not lose a write's receipt
                self._tell(call, outcome, time.perf_counter() - started)

    def _tell(self, call: Call, outcome: str, seconds: float) -> None:
        """Log the call, a good read at DEBUG: 500 named users are looked at one by one."""
        tell = log.debug if outcome == "ok" and call.is_read else log.info
        milliseconds = round(seconds * 1000)
        tell("api.call", operation=call.operation, outcome=outcome, milliseconds=milliseconds)
        if self._on_call is not None:
            self._on_call(call.operation, outcome, seconds)

    def _attempts(self) -> AsyncIterator[stamina.Attempt]:
        return stamina.retry_context(
            on=_worth_another,
            attempts=ATTEMPTS,
            wait_initial=self._read_wait,
            wait_jitter=self._read_wait,
            timeout=None,
        )

    @staticmethod
    def _patience(limiter: ConcurrencyLimiter) -> float:
        return 2 * (limiter.client.timeout.read or 30.0)


@asynccontextmanager
async def _opened(client: httpx.AsyncClient, call: Call) -> AsyncIterator[httpx.Response]:
    """Send it and hand out a 2xx whose body is still to come. Raises our error for another status."""
    url = urls.checked_url(call.base, call.line)
    if client.is_closed:
        raise NotSent("The bot is closing its connections to the API. Nothing was sent.")
    headers = {"Accept-Encoding": "identity"}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    request = client.build_request(call.method, url, content=call.body, headers=headers)
    response = await client.send(request, auth=call.auth, stream=True)
    try:
        if not response.is_success:
            told = b"" if _is_encoded(response) else await _whole(response)
            by_account = call.auth is not None
            raise classification.of_status(response, told, call.redact, by_account=by_account)
        if _is_encoded(response):
            raise classification.unusable(response, ENCODED)
        yield response
    finally:
        await response.aclose()


def _is_encoded(response: httpx.Response) -> bool:
    """Whether the body came otherwise than asked for: 300 bytes in gzip may stand for gigabytes."""
    told = response.headers.get("Content-Encoding", "").strip().lower()
    return told not in ("", "identity") and response.request.method != "HEAD"


async def _whole(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for chunk in response.aiter_bytes():
        parts.append(chunk)
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise classification.unusable(
                response, "The continuity API answered with far too much."
            )
    return b"".join(parts)


async def _chunks(response: httpx.Response, patience: float) -> AsyncIterator[bytes]:
    """Give out what comes as it comes; the next must be there within ``patience`` seconds.

    The time that the reader takes for it does not count.
    """
    chunks = response.aiter_bytes()
    while True:
        try:
            async with asyncio.timeout(patience):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        yield chunk


def _worth_another(error: Exception) -> bool | float:
    if isinstance(error, NotSent):
        wait = error.retry_after or 0.0
        return (wait or True) if wait <= LONGEST_RETRY_AFTER else False
    return isinstance(error, Ambiguous) and (error.status is None or error.status >= 500)
