"""Slack's people and places, as the use cases need them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Person:
    """A person as Slack tells. ``barred`` says why he may do nothing here, or is ``""``."""

    id: str
    name: str
    barred: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A channel as Slack tells."""

    id: str
    name: str
    shared_outside: bool
    bot_is_member: bool


class Directory(Protocol):
    """Slack's people, user groups and channels.

    Raises SlackUnavailable when Slack does not answer, InstallationFault when it refuses the bot.
    """

    async def person(self, user_id: str) -> Person:
        """Return the person; somebody whom Slack does not know is barred."""
        ...

    async def usergroups_of(self, user_id: str, among: Collection[str]) -> tuple[str, ...]:
        """Return which of the user groups ``among`` hold this person."""
        ...

    async def place(self, channel_id: str) -> Place:
        """Return the channel. Raises SlackRefused (`channel_not_found`) where the bot cannot see it."""
        ...
