"""Slack's people, user groups and channels, cached for 60 s; equal requests are shared."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.characters import storable
from bot.errors import InstallationFault, SlackError, SlackRefused
from bot.ports import Channel, Person
from bot.service.parallel import finish_tasks
from bot.slack.api.channels import shared_outside
from bot.slack.api.client import call_slack

CACHE_SECONDS = 60.0
# For how long it is known who is barred, where Slack does not answer.
KNOWN_SECONDS = 24 * 3600.0
MAX_CACHED_ANSWERS = 10_000
# Of one question: its time in all, and the people. `users.getPresence` is tier 3: 50 a minute.
PRESENCE_SECONDS, MAX_PRESENCES = 1.0, 20
# Of `conversations.members`: at most 1,000 a page; tier 4, 100 pages a minute.
MEMBERS_OF_A_PAGE, MAX_MEMBER_PAGES = 1_000, 20
_NO_PERSON = {
    "user_not_found": "Slack does not know you",
    "user_not_visible": "Slack does not show you to this app (user_not_visible)",
}


class SlackDirectory:
    """The port ``Directory`` over the Web API.

    ``home`` is the id of the workspace whose people are allowed; "" allows nobody.
    ``seconds`` is a monotonic clock.
    """

    def __init__(
        self, client: AsyncWebClient, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._seconds = seconds
        self.home = ""
        self._cache: dict[tuple[str, str], tuple[float, asyncio.Future[dict[str, Any]]]] = {}
        # When Slack told of each person, and what.
        self._told: dict[str, tuple[float, Person]] = {}

    async def person(self, user_id: str) -> Person:
        """Return the person; barred unless an active full member of the home workspace.

        Raises SlackRefused where Slack refuses for another reason than the person.
        """
        try:
            data = await self._cached(("user", user_id), lambda: self._user(user_id))
        except SlackRefused as error:
            if error.code not in _NO_PERSON:
                raise
            return Person(user_id, "", _NO_PERSON[error.code])
        return self._person(user_id, data)

    def known(self, ids: Collection[str]) -> Mapping[str, Person]:
        """Return the people of whom Slack told within KNOWN_SECONDS, also where its answer was awaited
        by nobody any more."""
        since = self._seconds() - KNOWN_SECONDS
        told = {one: self._told[one] for one in ids if one in self._told}
        return {one: person for one, (at, person) in told.items() if at >= since}

    async def _user(self, user_id: str) -> dict[str, Any]:
        """Return Slack's answer on a person, and keep who it is."""
        try:
            data = await call_slack(self._client.users_info(user=user_id))
        except SlackRefused as error:
            if error.code in _NO_PERSON:
                self._keep(Person(user_id, "", _NO_PERSON[error.code]), user_id)
            raise
        self._keep(self._person(user_id, data), user_id)
        return data

    def _keep(self, person: Person, user_id: str) -> None:
        if len(self._told) >= MAX_CACHED_ANSWERS:
            self._told.pop(next(iter(self._told)))
        self._told[user_id] = self._seconds(), person

    def _person(self, user_id: str, data: dict[str, Any]) -> Person:
        user = data.get("user", {})
        profile = user.get("profile") or {}
        name = profile.get("display_name") or user.get("real_name") or user.get("name", "")
        own_id = str(user.get("id") or user_id)
        others = {user_id, str(_enterprise(user).get("id") or user_id)} - {own_id}
        zone = str(user.get("tz") or "")
        return Person(
            own_id, storable(str(name)), self._barred_because(user), frozenset(others), zone
        )

    async def usergroups_of(self, user_id: str, among: Collection[str]) -> tuple[str, ...]:
        """Return which of the groups have this person as a member; unknown ones have none.

        One call for all groups: `usergroups.*` takes twenty a minute.
        """
        if not among:
            return ()
        ids = (await self.person(user_id)).ids
        members = await self._members()
        return tuple(sorted(one for one in among if not ids.isdisjoint(members.get(one, ()))))

    async def is_usergroup_member(self, user_id: str, usergroup: str) -> bool | None:
        """Return whether the person is a member of the group; None where Slack does not list it."""
        ids = (await self.person(user_id)).ids
        members = (await self._members()).get(usergroup)
        return None if members is None else not ids.isdisjoint(members)

    async def present(self, user_ids: Collection[str]) -> frozenset[str]:
        """Return which of the first MAX_PRESENCES people Slack shows as active.

        Whoever Slack does not tell of within PRESENCE_SECONDS does not count as active.
        """
        ids = [*dict.fromkeys(user_ids)][:MAX_PRESENCES]
        tasks = {one: asyncio.create_task(self._is_active(one)) for one in ids}
        await finish_tasks(tasks.values(), PRESENCE_SECONDS)
        return frozenset(
            one for one, task in tasks.items() if not task.cancelled() and task.result()
        )

    async def _is_active(self, user_id: str) -> bool:
        try:
            data = await self._cached(
                ("presence", user_id),
                lambda: call_slack(self._client.users_getPresence(user=user_id)),
            )
        except SlackError:
            return False
        return data.get("presence") == "active"

    async def channel(self, channel_id: str) -> Channel:
        """Return the channel. Raises SlackRefused where the bot cannot see it."""
        data = await self._cached(
            ("channel", channel_id),
            lambda: call_slack(self._client.conversations_info(channel=channel_id)),
        )
        channel = data.get("channel", {})
        if not channel.get("is_member"):
            # So that an /invite counts at once.
            self._cache.pop(("channel", channel_id), None)
        return Channel(
            channel_id,
            str(channel.get("name", "")),
            shared_outside=shared_outside(channel),
            bot_is_member=bool(channel.get("is_member")),
        )

    async def is_in_channel(self, ids: Collection[str], channel_id: str) -> bool:
        """Return whether the person is among the channel's members. Raises as ``channel``.

        Of a channel with more than MAX_MEMBER_PAGES pages the last members are not seen.
        """
        key = ("members", channel_id)
        data = await self._cached(key, lambda: self._channel_members(channel_id))
        is_there = not data["members"].isdisjoint(ids)
        if not is_there:
            # So that who joins counts at once.
            self._cache.pop(key, None)
        return is_there

    async def _channel_members(self, channel_id: str) -> dict[str, Any]:
        found, cursor = set[str](), ""
        for _ in range(MAX_MEMBER_PAGES):
            data = await call_slack(
                self._client.conversations_members(
                    channel=channel_id, limit=MEMBERS_OF_A_PAGE, cursor=cursor
                )
            )
            found.update(data.get("members", []))
            cursor = str((data.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return {"members": found}

    async def _members(self) -> dict[str, list[str]]:
        try:
            data = await self._cached(("groups", ""), self._groups)
        except InstallationFault:
            raise
        except SlackRefused:  # a plan without user groups
            return {}
        groups = data.get("usergroups", [])
        return {group["id"]: group.get("users", []) for group in groups}

    async def _groups(self) -> dict[str, Any]:
        return await call_slack(self._client.usergroups_list(include_users=True))

    def _barred_because(self, user: dict[str, Any]) -> str:
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
        teams = {user.get("team_id"), *(_enterprise(user).get("teams") or ())}
        if not self.home or self.home not in teams:
            return "you belong to another workspace"
        return ""

    async def _cached(
        self, key: tuple[str, str], call: Callable[[], Awaitable[dict[str, Any]]]
    ) -> dict[str, Any]:
        now = self._seconds()
        cached = self._cache.get(key)
        if cached is None or cached[0] <= now or _failed(cached[1]):
            if len(self._cache) > MAX_CACHED_ANSWERS:
                self._cache = {k: v for k, v in self._cache.items() if v[0] > now}
            cached = (now + CACHE_SECONDS, asyncio.ensure_future(call()))
            self._cache[key] = cached
        return await asyncio.shield(cached[1])


def _enterprise(user: dict[str, Any]) -> dict[str, Any]:
    """Return the Enterprise Grid part of a user: their id there and all their workspaces."""
    return user.get("enterprise_user") or {}


def _failed(answer: asyncio.Future[dict[str, Any]]) -> bool:
    return answer.done() and (answer.cancelled() or answer.exception() is not None)
