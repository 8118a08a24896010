"""Slack's people and places, as the use cases need them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Person:
    """A person as Slack tells. ``barred`` says why they may do nothing here, or is ``""``.

    ``id`` is the one that Slack answers with: in Enterprise Grid a person may have a `U…` and a `W…`, and
    either may have been asked for. ``others`` are the further ids of the same person.
    """

    id: str
    name: str
    barred: str = ""
    others: frozenset[str] = frozenset()

    @property
    def ids(self) -> frozenset[str]:
        """All ids of this person."""
        return self.others | {self.id}


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as Slack tells; ``shared_outside`` (with another company) is None where it does not."""

    id: str
    name: str
    shared_outside: bool | None
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

    async def is_usergroup_member(self, user_id: str, usergroup: str) -> bool | None:
        """Return whether the user group holds this person; None where Slack does not list it."""
        ...

    async def channel(self, channel_id: str) -> Channel:
        """Return the channel. Raises SlackRefused (`channel_not_found`) where the bot cannot see it."""
        ...
