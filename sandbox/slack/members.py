"""People, user groups and channels of a simulated workspace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.slack.model import Channel, Person, Usergroup


def direct_id(user_id: str) -> str:
    """Return the id of the direct messages between this person and the bot."""
    return f"D{user_id}"


class Members:
    """People by each of their ids, user groups and channels by id."""

    def __init__(self, team_id: str, bot_user_id: str) -> None:
        self.team_id = team_id
        self.bot_user_id = bot_user_id
        self.people: dict[str, Person] = {}
        self.usergroups: dict[str, Usergroup] = {}
        self.channels: dict[str, Channel] = {}

    def add_person(self, user_id: str, name: str, *, team_id: str = "", **flags: Any) -> Person:
        """Add a person, by default of this workspace; ``flags`` are fields of Person."""
        person = Person(user_id, name, team_id=team_id or self.team_id, **flags)
        for one in filter(None, (user_id, person.other_id)):
            self.people[one] = person
        return person

    def add_channel(
        self,
        channel_id: str,
        name: str,
        *,
        members: Iterable[str] = (),
        bot_member: bool = True,
        **flags: Any,
    ) -> Channel:
        """Add a channel; ``flags`` are fields of Channel."""
        ids = set(members) | ({self.bot_user_id} if bot_member else set())
        self.channels[channel_id] = Channel(channel_id, name, ids, **flags)
        return self.channels[channel_id]

    def add_usergroup(
        self, group_id: str, handle: str, users: Iterable[str] = (), *, disabled: bool = False
    ) -> Usergroup:
        """Add a user group."""
        self.usergroups[group_id] = Usergroup(group_id, handle, list(users), disabled)
        return self.usergroups[group_id]

    def has_direct_channel(self, user_id: str) -> bool:
        """Whether the bot and this person have written to each other, or could have."""
        return direct_id(user_id) in self.channels

    def direct_channel(self, user_id: str) -> Channel:
        """Return the channel of direct messages with this person, created if needed."""
        user_id = self.people[user_id].id if user_id in self.people else user_id
        channel_id = direct_id(user_id)
        if channel_id not in self.channels:
            flags = {"is_private": True, "is_im": True}
            self.add_channel(channel_id, "directmessage", members=[user_id], **flags)
        return self.channels[channel_id]
