"""One call of Slack's Web API: every failure becomes SlackUnavailable or SlackRefused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import SlackError, SlackRefused, SlackUnavailable

TIME = 10.0  # seconds
_PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable"})


async def ask(call: Awaitable[Any]) -> dict[str, Any]:
    """Await a Web API call and return its answer. Raises SlackUnavailable or SlackRefused."""
    try:
        async with asyncio.timeout(TIME):
            response = await call
    except SlackApiError as error:
        raise _of_answer(error.response) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError):
        raise SlackUnavailable("Slack did not answer.") from None
    data = getattr(response, "data", None)
    return data if isinstance(data, dict) else {}


def _of_answer(response: Any) -> SlackError:
    code = str(response.get("error", "")) if hasattr(response, "get") else ""
    status = int(getattr(response, "status_code", 200))
    if status != 429 and status < 500 and code not in _PASSING:
        return SlackRefused(f"Slack refused it ({code}).", code=code)
    after = getattr(response, "headers", {}).get("Retry-After")
    return SlackUnavailable(
        f"Slack put it off ({code or status}).",
        code=code,
        retry_after=float(after) if after else None,
    )
