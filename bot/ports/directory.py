"""People, user groups and channels of Slack."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Person:
    """A person in Slack. ``barred`` says why they may not use the bot, or is ``""``.

    ``id`` is the id in Slack's answer. In Enterprise Grid a person may have a `U…` and a `W…` id,
    and both can be asked for; ``others`` are the further ids. ``zone`` is the name of their time
    zone, as `Europe/Berlin`, ``""`` where Slack does not tell it.
    """

    id: str
    name: str
    barred: str = ""
    others: frozenset[str] = frozenset()
    zone: str = ""

    @property
    def ids(self) -> frozenset[str]:
        """All ids of this person."""
        return self.others | {self.id}


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel in Slack. ``shared_outside`` (with another company) None: not in Slack's answer."""

    id: str
    name: str
    shared_outside: bool | None
    bot_is_member: bool


class Directory(Protocol):
    """Slack's people, user groups and channels.

    Raises SlackUnavailable when Slack does not answer, InstallationFault when it refuses the bot.
    """

    async def person(self, user_id: str) -> Person:
        """Return the person. One that Slack does not know is barred."""
        ...

    def known(self, ids: Collection[str]) -> Mapping[str, Person]:
        """Return, by the id asked for, the people of whom Slack told this process within a day.

        Asks nothing.
        """
        ...

    async def usergroups_of(self, user_id: str, among: Collection[str]) -> tuple[str, ...]:
        """Return which of the user groups ``among`` hold this person."""
        ...

    async def is_usergroup_member(self, user_id: str, usergroup: str) -> bool | None:
        """Return whether the user group holds this person; None where Slack does not list it."""
        ...

    async def present(self, user_ids: Collection[str]) -> frozenset[str]:
        """Return which of these people are active in Slack now; the others are not, or not known.

        Takes a second at most, asks about the first twenty, and raises nothing.
        """
        ...

    async def channel(self, channel_id: str) -> Channel:
        """Return the channel.

        Raises SlackRefused (`channel_not_found`) where the bot cannot see it.
        """
        ...

    async def is_in_channel(self, ids: Collection[str], channel_id: str) -> bool:
        """Return whether a person with one of these ids is in the channel. Raises as ``channel``."""
        ...
