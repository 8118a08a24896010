"""Send a request and read its answer: with time-outs, retries of reads, and our own errors
alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TypeVar

import httpx
import stamina
import structlog

from bot.continuity import error_mapping, urls
from bot.continuity.concurrency import ConcurrencyLimiter
from bot.continuity.rehearsal import check_simulated
from bot.continuity.request import Call, Response
from bot.continuity.schemas import MAX_RESPONSE_BYTES
from bot.errors import Ambiguous, ContinuityError, NotSent
from bot.metrics import RATE_LIMITED
from bot.proxy_transport import ProxyTransport

MAX_READ_ATTEMPTS = 3
MAX_RETRY_AFTER_SECONDS = 2.0  # a read waits no longer than that: a person waits for it
READ_TIMEOUT = httpx.Timeout(10.0, connect=5.0, pool=5.0)
WRITE_TIMEOUT = httpx.Timeout(30.0, connect=5.0, pool=5.0)

UNEXPECTED_ENCODING = (
    "The continuity API answered in an encoding that was not asked for: it was not read."
)

_POOL_LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=32)

T = TypeVar("T")
OnCall = Callable[[str, str, float], None]
Guard = Callable[[], None]

log = structlog.get_logger(__name__)


class ApiTransport:
    """HTTP connections without cookies, since those of one account must not be sent with another.

    Reads and writes have connections of their own, so that 200 hanging writes do not delay a count.
    ``read_wait`` is the first pause before a retry, in seconds. ``before_request`` is called before a
    connection is taken and again before the first byte of a request is written; what it raises is
    raised instead of sending it.
    """

    def __init__(
        self,
        *,
        read_timeout: httpx.Timeout,
        write_timeout: httpx.Timeout,
        read_wait: float,
        transport: httpx.AsyncBaseTransport | None,
        on_call: OnCall | None,
        before_request: Guard | None = None,
    ) -> None:
        self._before_request = before_request
        self._read_wait = read_wait
        self._on_call = on_call
        self._reads, self._writes = (
            ConcurrencyLimiter(
                httpx.AsyncClient(
                    timeout=timeout,
                    transport=transport or ProxyTransport(_POOL_LIMITS),
                    cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                    follow_redirects=False,
                    trust_env=False,  # ProxyTransport reads it
                ),
                max_concurrent,
            )
            for timeout, max_concurrent in ((read_timeout, 64), (write_timeout, 256))
        )

    async def send(self, call: Call, parse: Callable[[Response], T]) -> T:
        """Send a write, once, and return what ``parse`` returns for its answer. Raises
        ContinuityError."""
        return await self._once(self._writes, call, parse)

    async def read(self, call: Call, parse: Callable[[Response], T]) -> T:
        """Do the same for a read, which is retried if it may succeed later."""
        async for attempt in self._attempts():
            with attempt:
                return await self._once(self._reads, call, parse)
        raise Ambiguous("The continuity API was not asked.")  # not reached: the last attempt raises

    @asynccontextmanager
    async def stream(
        self, call: Call
    ) -> AsyncIterator[tuple[httpx.Response, AsyncIterator[bytes]]]:
        """Yield a read's answer and its chunks; it is retried only before anything was yielded.

        There is no limit for all of it, only for the time between two chunks.
        """
        async with AsyncExitStack() as stack:
            async for attempt in self._attempts():
                with attempt:
                    response = await stack.enter_async_context(self._streamed(call))
            yield response, _chunks_of(response, self._total_timeout(self._reads))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._reads.client.aclose()
        await self._writes.client.aclose()

    async def _once(
        self, limiter: ConcurrencyLimiter, call: Call, parse: Callable[[Response], T]
    ) -> T:
        async with self._reported(call), limiter.slot() as client:
            # httpx's read timeout starts again with every byte: it does not end an answer that drips.
            async with (
                asyncio.timeout(self._total_timeout(limiter)),
                _opened(client, call, self._before_request) as response,
            ):
                body = await _read_body(response)
            return parse(Response(response, body))

    @asynccontextmanager
    async def _streamed(self, call: Call) -> AsyncIterator[httpx.Response]:
        async with self._reported(call), self._reads.slot() as client, AsyncExitStack() as stack:
            async with asyncio.timeout(self._total_timeout(self._reads)):
                response = await stack.enter_async_context(
                    _opened(client, call, self._before_request)
                )
            yield response

    @asynccontextmanager
    async def _reported(self, call: Call) -> AsyncIterator[None]:
        """Translate exceptions of the library into our errors, and report how the call ended."""
        started, outcome = time.perf_counter(), "Cancelled"
        try:
            yield
            outcome = "ok"
        except ContinuityError as error:
            outcome = RATE_LIMITED if error.status == 429 else type(error).__name__
            raise
        except Exception as error:
            ours = error_mapping.of_exception(error)
            outcome = type(ours).__name__
            raise ours from None
        finally:
            with suppress(Exception):  # a failure to report must not lose a write's receipt
                self._report(call, outcome, time.perf_counter() - started)

    def _report(self, call: Call, outcome: str, seconds: float) -> None:
        """Log the call (a successful read at DEBUG, since 500 users are read one by one) and count
        it."""
        log_it = log.debug if outcome == "ok" and call.is_read else log.info
        milliseconds = round(seconds * 1000)
        log_it("api.call", operation=call.operation, outcome=outcome, milliseconds=milliseconds)
        if self._on_call is not None:
            self._on_call(call.operation, outcome, seconds)

    def _attempts(self) -> AsyncIterator[stamina.Attempt]:
        return stamina.retry_context(
            on=_is_retryable,
            attempts=MAX_READ_ATTEMPTS,
            wait_initial=self._read_wait,
            wait_jitter=self._read_wait,
            timeout=None,
        )

    @staticmethod
    def _total_timeout(limiter: ConcurrencyLimiter) -> float:
        return 2 * (limiter.client.timeout.read or 30.0)


@asynccontextmanager
async def _opened(
    client: httpx.AsyncClient, call: Call, guard: Guard | None
) -> AsyncIterator[httpx.Response]:
    """Send the request and yield a 2xx whose body is not read yet. Raises ContinuityError for
    another status."""
    url = urls.checked_url(call.base, call.line)
    if client.is_closed:
        raise NotSent("The bot is closing its connections to the API. Nothing was sent.")
    headers = {"Accept-Encoding": "identity"}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
    request = client.build_request(call.method, url, content=call.body, headers=headers)
    if call.drill:
        await check_simulated(client, call.base)
    if guard is not None:
        guard()
        request.extensions["trace"] = partial(_guarded, guard)
    response = await client.send(request, auth=call.auth, stream=True)
    try:
        if not response.is_success:
            body = b"" if _has_other_encoding(response) else await _read_body(response)
            by_account = call.auth is not None
            raise error_mapping.of_status(response, body, call.redact, by_account=by_account)
        if _has_other_encoding(response):
            raise error_mapping.unusable(response, UNEXPECTED_ENCODING)
        yield response
    finally:
        await response.aclose()


async def _guarded(guard: Guard, event: str, _: object) -> None:
    """Call the guard again when a connection is there, which may have taken seconds.

    httpcore tells each step by name: https://www.encode.io/httpcore/extensions/#trace.
    """
    if event.endswith("send_request_headers.started"):
        guard()


def _has_other_encoding(response: httpx.Response) -> bool:
    """Whether the body has a Content-Encoding: 300 bytes of gzip may expand to gigabytes."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    return encoding not in ("", "identity") and response.request.method != "HEAD"


async def _read_body(response: httpx.Response) -> bytes:
    parts, size = [], 0
    async for chunk in response.aiter_bytes():
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_RESPONSE_BYTES:
            raise error_mapping.unusable(response, "The continuity API answered with far too much.")
    return b"".join(parts)


async def _chunks_of(response: httpx.Response, chunk_timeout: float) -> AsyncIterator[bytes]:
    """Yield chunks; each must arrive within ``chunk_timeout`` seconds, not counting the reader's
    own time."""
    chunks = response.aiter_bytes()
    while True:
        try:
            async with asyncio.timeout(chunk_timeout):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        yield chunk


def _is_retryable(error: Exception) -> bool | float:
    if isinstance(error, NotSent):
        wait = error.retry_after or 0.0
        return (wait or True) if wait <= MAX_RETRY_AFTER_SECONDS else False
    return isinstance(error, Ambiguous) and (error.status is None or error.status >= 500)
