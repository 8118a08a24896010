"""Slack's people, user groups and channels; answers are kept for 60 s, one request a question."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackRefused, SlackUnavailable
from bot.ports import Person, Place

KEPT = 60.0  # seconds
_PASSING = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable"})


async def ask(call: Awaitable[Any]) -> dict[str, Any]:
    """Await a Web API call; map every failure to SlackUnavailable or SlackRefused."""
    try:
        async with asyncio.timeout(10.0):
            response = await call
    except SlackApiError as error:
        response = error.response
        code = str(response.get("error", "")) if hasattr(response, "get") else ""
        status = int(getattr(response, "status_code", 200))
        if status == 429 or code in _PASSING or status >= 500:
            after = getattr(response, "headers", {}).get("Retry-After")
            raise SlackUnavailable(
                f"Slack put it off ({code or status}).",
                code=code,
                retry_after=float(after) if after else None,
            ) from None
        raise SlackRefused(f"Slack refused it ({code}).", code=code) from None
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError):
        raise SlackUnavailable("Slack did not answer.") from None
    data = response.data
    return data if isinstance(data, dict) else {}


class SlackDirectory:
    """The port ``Directory`` over the Web API of the home workspace ``team``."""

    def __init__(self, client: AsyncWebClient, team: str) -> None:
        self._client = client
        self._team = team
        self._kept: dict[tuple[str, str], tuple[float, asyncio.Future[dict[str, Any]]]] = {}

    async def person(self, user_id: str) -> Person:
        """Return the person; barred unless an active full member of the home workspace."""
        try:
            data = await self._once(
                ("user", user_id), lambda: ask(self._client.users_info(user=user_id))
            )
        except SlackRefused:
            return Person(user_id, "", "Slack does not know you")
        user = data.get("user", {})
        profile = user.get("profile") or {}
        name = profile.get("display_name") or user.get("real_name") or user.get("name", "")
        return Person(user_id, str(name), self._bar(user))

    async def usergroups_of(self, user_id: str, among: Collection[str]) -> tuple[str, ...]:
        """Return which of the groups hold this person; a group Slack does not know holds nobody."""
        found = []
        for group in sorted(among):
            try:
                data = await self._once(
                    ("group", group),
                    lambda group=group: ask(self._client.usergroups_users_list(usergroup=group)),  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
                )
            except SlackRefused:
                continue
            if user_id in data.get("users", []):
                found.append(group)
        return tuple(found)

    async def place(self, channel_id: str) -> Place:
        """Return the channel. Raises SlackRefused where the bot cannot see it."""
        data = await self._once(
            ("channel", channel_id),
            lambda: ask(self._client.conversations_info(channel=channel_id)),
        )
        channel = data.get("channel", {})
        if not channel.get("is_member"):
            self._kept.pop(("channel", channel_id), None)  # an /invite counts at once
        return Place(
            channel_id,
            str(channel.get("name", "")),
            shared_outside=bool(channel.get("is_ext_shared", True)),
            bot_is_member=bool(channel.get("is_member")),
        )

    def _bar(self, user: dict[str, Any]) -> str:
        reasons = {
            "deleted": "the account is deactivated",
            "is_bot": "bots may not",
            "is_stranger": "people of other companies may not",
            "is_ultra_restricted": "guests may not",
            "is_restricted": "guests may not",
        }
        for field, reason in reasons.items():
            if user.get(field):
                return reason
        if user.get("team_id") != self._team:
            return "you belong to another workspace"
        return ""

    async def _once(
        self, key: tuple[str, str], call: Callable[[], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        now = time.monotonic()
        kept = self._kept.get(key)
        if kept is None or kept[0] <= now or (kept[1].done() and kept[1].exception()):
            if len(self._kept) > 10_000:
                self._kept = {k: v for k, v in self._kept.items() if v[0] > now}
            kept = (now + KEPT, asyncio.ensure_future(call()))
            self._kept[key] = kept
        return await asyncio.shield(kept[1])
