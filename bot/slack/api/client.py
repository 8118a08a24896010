"""One call of Slack's Web API: every failure becomes SlackUnavailable or SlackRefused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any, TypeVar

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import network
from bot.errors import InstallationFault, SlackError, SlackUnavailable
from bot.slack.api.error_codes import TEMPORARY, refusal

# Of one call, unless the caller gives its own.
MAX_CALL_SECONDS = 10.0
# Of a `Retry-After`: a proxy in between may answer anything.
MAX_RETRY_AFTER_SECONDS = 600.0
# Between two attempts of `until_slack_answers`: doubled from the first to the last.
FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS = 0.5, 10.0
_UNKNOWN = "a method"
# AttributeError: the SDK takes any answer for a dict.
_NO_ANSWER = (
    SlackClientError,
    aiohttp.ClientError,
    TimeoutError,
    OSError,
    ValueError,
    AttributeError,
)
# The method of the current call.
_method: ContextVar[str] = ContextVar("slack_method", default=_UNKNOWN)

T = TypeVar("T")

log = structlog.get_logger(__name__)


class SlackClient(AsyncWebClient):
    """The Web API. ``on_answer`` is called for each answer, with the method and the fault.

    The fault is a sentence about the bot's installation, or "". ``before_call`` is called before each
    call; what it raises is raised instead of calling.
    """

    on_answer: Callable[[str, str], None] | None = None
    before_call: Callable[[], None] | None = None

    async def api_call(self, api_method: str, **how: Any) -> AsyncSlackResponse:
        """Call a method, as the library does."""
        _method.set(api_method)
        if self.before_call is not None:
            self.before_call()
        try:
            answer = await super().api_call(api_method, **how)
        except SlackApiError as error:
            failure = _error_of(error.response)
            if not isinstance(failure, SlackUnavailable):
                self._answered(str(failure) if isinstance(failure, InstallationFault) else "")
            raise
        self._answered("")
        return answer

    def _answered(self, fault: str) -> None:
        if self.on_answer is not None:
            self.on_answer(_method.get(), fault)


def client_for(
    token: str, api_url: str, session: aiohttp.ClientSession | None = None
) -> SlackClient:
    """Return the client of the Web API; without a ``session`` each call opens one and closes it."""
    client = SlackClient(
        token=token,
        base_url=api_url,
        ssl=network.tls_context(),
        session=session,
        retry_handlers=[],  # the default one re-sends POSTs: a card arrived twice (measured)
        trust_env_in_session=False,
    )
    client.proxy = network.proxy_for(api_url)  # the library takes HTTPS_PROXY for every address
    return client


async def call_slack(
    call: Awaitable[Any],
    *,
    seconds: float = MAX_CALL_SECONDS,
    headers: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Await a Web API call and return its answer. Raises SlackUnavailable or SlackRefused.

    Only an error code of Slack is a refusal: a page of a proxy in between is SlackUnavailable.
    ``headers`` is filled with the headers of the answer, also of a refusal; names in lower case.
    """
    received = {} if headers is None else headers
    _method.set(_UNKNOWN)
    try:
        async with asyncio.timeout(seconds):
            response = await call
    except SlackApiError as error:
        received |= _lower(error.response.headers)
        raise _error_of(error.response) from None
    except _NO_ANSWER as error:
        raise no_answer(error, f"Slack did not answer {_method.get()}") from None
    received |= _lower(response.headers)
    if not isinstance(response.data, dict):
        raise SlackUnavailable(f"Slack did not answer {_method.get()} in JSON.")
    return response.data


async def until_slack_answers(call: Callable[[], Awaitable[T]]) -> T:
    """Repeat a call until Slack answers it, however long that takes. Raises SlackRefused."""
    wait = FIRST_RETRY_SECONDS
    while True:
        try:
            return await call()
        except SlackUnavailable as error:
            log.warning("slack.not_reached", why=str(error), next_try_seconds=wait)
            await asyncio.sleep(wait)
            wait = min(wait * 2, MAX_RETRY_SECONDS)


def no_answer(error: Exception, sentence: str) -> SlackUnavailable:
    """Return SlackUnavailable for an error of the network; it names an untrusted certificate."""
    distrust = network.certificate_error(error)
    return SlackUnavailable(f"{sentence}: {distrust}." if distrust else f"{sentence}.")


def required(answer: Mapping[str, Any], *path: str) -> str:
    """Return the text at ``path`` of an answer. Raises SlackUnavailable where there is none."""
    found: Any = answer
    for name in path:
        found = found.get(name) if isinstance(found, Mapping) else None
    if not (found and isinstance(found, str)):
        raise SlackUnavailable(f"Slack's answer to {_method.get()} has no {'.'.join(path)}.")
    return found


def _error_of(response: Any) -> SlackError:
    # Where the body could not be read, this is aiohttp's response and not the SDK's.
    method = _method.get()
    data = getattr(response, "data", None)
    answer = data if isinstance(data, dict) else {}
    code = str(answer.get("error") or "")
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    if code and status != 429 and status < 500 and code not in TEMPORARY:
        needed, provided = (str(answer.get(name) or "") for name in ("needed", "provided"))
        return refusal(method, code, needed, provided)
    if status in (404, 405) and not code:
        return SlackUnavailable(
            f"Slack's Web API has no {method} ({status}): look whether SLACK_API_URL is right."
        )
    return SlackUnavailable(
        f"Slack put {method} off ({code or status}).",
        code=code or ("ratelimited" if status == 429 else ""),
        retry_after=_seconds(response.headers.get("Retry-After", "")),
    )


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _seconds(text: str) -> float | None:
    """Return the seconds of a `Retry-After`, at most MAX_RETRY_AFTER_SECONDS, else None."""
    if text.isascii() and text.isdecimal() and len(text) <= 5:
        return min(float(text), MAX_RETRY_AFTER_SECONDS)
    return None
