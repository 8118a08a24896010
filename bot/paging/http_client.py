"""Post one request to a pager: with time limits, without redirects, and our own errors alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from bot import network
from bot.errors import PagerError, PagerRefused, PagerUnavailable
from bot.proxy_transport import ProxyTransport
from bot.retry_after import retry_after

TIMEOUT = httpx.Timeout(10.0, connect=5.0, pool=5.0)
# Of the whole request: a time limit of httpx begins again with every byte.
MAX_SECONDS = 15.0
# May succeed later, as it is.
_LATER = frozenset({408, 425, 429})
_POOL_LIMITS = httpx.Limits(max_connections=16, max_keepalive_connections=4)

NO_ANSWER = "It did not answer in time."
NOT_REACHED = "It cannot be reached."
UNTRUSTED = "It cannot be reached: {why}."
REDIRECT = "It answered with a redirect ({status}), which is never followed."
REFUSED = "It refused it ({status}). {cure}"
BUSY = "It takes no more for now (429)."
FAILED = "It answered {status}."


@asynccontextmanager
async def open_client() -> AsyncIterator[httpx.AsyncClient]:
    """Yield the client of all pagers; it keeps no cookies, and reads no variable by itself."""
    async with httpx.AsyncClient(
        timeout=TIMEOUT,
        transport=ProxyTransport(_POOL_LIMITS),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
        trust_env=False,
    ) as client:
        yield client


async def post(
    client: httpx.AsyncClient,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    cure: str,
    before: Callable[[], None],
) -> None:
    """Post a JSON body, once; the answer's body is not read.

    ``cure`` says what to look at after a refusal. ``before`` is called first: what it raises is raised
    instead of sending. Raises PagerUnavailable and PagerRefused.
    """
    before()
    told = {"Content-Type": "application/json", **headers}
    async with _answer(
        client, client.build_request("POST", url, content=body, headers=told)
    ) as answer:
        error = error_of(answer, cure)
    if error is not None:
        raise error


async def reach(client: httpx.AsyncClient, url: str) -> None:
    """Ask for the headers of an address; any answer will do. Raises PagerUnavailable."""
    async with _answer(client, client.build_request("HEAD", url)):
        pass


@asynccontextmanager
async def _answer(
    client: httpx.AsyncClient, request: httpx.Request
) -> AsyncIterator[httpx.Response]:
    """Send a request and yield its answer, whose body is not read. Raises PagerUnavailable."""
    try:
        async with asyncio.timeout(MAX_SECONDS):
            answer = await client.send(request, stream=True, follow_redirects=False)
    except (TimeoutError, httpx.TimeoutException):
        raise PagerUnavailable(NO_ANSWER) from None
    except (httpx.HTTPError, OSError) as failed:
        why = network.certificate_error(failed)
        raise PagerUnavailable(UNTRUSTED.format(why=why) if why else NOT_REACHED) from None
    try:
        yield answer
    finally:
        await answer.aclose()


def error_of(answer: httpx.Response, cure: str) -> PagerError | None:
    """Return our error for an answer outside 2xx, else None."""
    status = answer.status_code
    if answer.is_success:
        return None
    if status in _LATER or status >= 500:
        wait = retry_after(answer.headers.get("Retry-After"), datetime.now(UTC))
        sentence = BUSY if status == 429 else FAILED.format(status=status)
        return PagerUnavailable(sentence, retry_after=wait)
    if 300 <= status < 400:
        return PagerRefused(REDIRECT.format(status=status))
    return PagerRefused(REFUSED.format(status=status, cure=cure))
