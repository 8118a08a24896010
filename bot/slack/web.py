"""One call of Slack's Web API: every failure becomes SlackUnavailable or SlackRefused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackError, SlackRefused, SlackUnavailable

TIME = 10.0  # seconds
# Codes of a state that passes by itself (docs.slack.dev/reference/methods/chat.postMessage, "Errors").
_PASSING = frozenset(
    {
        "fatal_error",
        "internal_error",
        "rate_limited",
        "ratelimited",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
    }
)


def client_for(
    token: str, api_url: str, session: aiohttp.ClientSession | None = None
) -> AsyncWebClient:
    """Return the client of the Web API; without a ``session`` each call opens one and closes it."""
    return AsyncWebClient(
        token=token,
        base_url=api_url,
        session=session,
        retry_handlers=[],  # the default one re-sends POSTs: a card arrived twice (measured)
        trust_env_in_session=False,
    )


async def ask(
    call: Awaitable[Any], *, seconds: float = TIME, headers: dict[str, str] | None = None
) -> dict[str, Any]:
    """Await a Web API call and return its answer. Raises SlackUnavailable or SlackRefused.

    Only Slack's own error code is a refusal: a page or text of something in between is no answer.
    ``headers`` is filled with those of Slack's answer, also of a refusal; names in lower case.
    """
    heard = {} if headers is None else headers
    try:
        async with asyncio.timeout(seconds):
            response = await call
    except SlackApiError as error:
        heard |= _lower(error.response.headers)
        raise _of_answer(error.response) from None
    except (
        SlackClientError,
        aiohttp.ClientError,
        TimeoutError,
        OSError,
        ValueError,
        AttributeError,  # the SDK takes whatever was answered for a dict
    ):
        raise SlackUnavailable("Slack did not answer.") from None
    heard |= _lower(response.headers)
    if not isinstance(response.data, dict):
        raise SlackUnavailable("Slack did not answer in JSON.")
    return response.data


def _of_answer(response: Any) -> SlackError:
    # Where the body could not be read, this is aiohttp's response and not the SDK's.
    data = getattr(response, "data", None)
    code = (data.get("error") or "") if isinstance(data, dict) else ""
    status = getattr(response, "status_code", 0) or getattr(response, "status", 0)
    if code and status != 429 and status < 500 and code not in _PASSING:
        return SlackRefused(f"Slack refused it ({code}).", code=str(code))
    return SlackUnavailable(
        f"Slack put it off ({code or status}).",
        code=str(code) or ("ratelimited" if status == 429 else ""),
        retry_after=_seconds(response.headers.get("Retry-After", "")),
    )


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _seconds(text: str) -> float | None:
    """Return what `Retry-After` says in whole seconds; what lies in between may say anything."""
    return float(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else None
