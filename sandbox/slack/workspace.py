"""The state of a simulated workspace: who is there, what was said, which modals are open."""

from __future__ import annotations

import asyncio
import copy
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Literal, Self, TypeVar

from sandbox.slack.model import (
    Call,
    Channel,
    Delivery,
    Ephemeral,
    File,
    Message,
    Person,
    Refusal,
    Refused,
    Revision,
    Usergroup,
    View,
)

T = TypeVar("T")
OnChange = Callable[[str, Message | Ephemeral | View], None]
"""Called with `posted`, `updated`, `deleted`, `ephemeral`, `view_opened`, `view_updated` or
`view_closed`, and what it happened to."""

MANIFEST_SCOPES = (
    "app_mentions:read,channels:read,chat:write,commands,files:read,files:write,groups:read,"
    "usergroups:read,users:read"
)
"""What an app installed from manifest.yml is granted."""


def direct_id(user_id: str) -> str:
    """Return the id of the direct messages between this person and the bot."""
    return f"D{user_id}"


class Workspace:
    """One workspace with one app in it. ``clock`` gives UNIX seconds; ``scopes`` is what the bot was
    granted, comma separated; without ``messages_tab`` the app cannot write to a person directly. ``withheld``
    names fields that a method leaves out of its answer, by its name: `{"bots.info": ("bot.app_id",)}`. With
    an ``enterprise_id`` it is one of the workspaces of an Enterprise Grid; with ``org_install`` the app is
    installed for all of them."""

    def __init__(
        self,
        *,
        team_id: str = "T0HOME",
        app_id: str = "A0CONTINUITY",
        bot_user_id: str = "U0BOT",
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.team_id = team_id
        self.app_id = app_id
        self.bot_user_id = bot_user_id
        self.bot_id = "B0CONTINUITY"
        self.clock = clock
        self.scopes = MANIFEST_SCOPES
        self.messages_tab = True
        self.enterprise_id = ""
        self.org_install = False
        self.withheld: dict[str, tuple[str, ...]] = {}
        self.base_url = "http://127.0.0.1/"
        self.people: dict[str, Person] = {}
        self.usergroups: dict[str, Usergroup] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: list[Message] = []
        self.ephemerals: list[Ephemeral] = []
        self.views: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.deliveries: list[Delivery] = []
        self.calls: list[Call] = []
        self.refused: list[Refused] = []
        self.on_change: list[OnChange] = []
        self._by_ts: dict[tuple[str, str], Message] = {}
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self._changed = asyncio.Event()
        self.add_person(bot_user_id, "continuity", is_bot=True)

    # who and where

    def add_person(self, user_id: str, name: str, *, team_id: str = "", **flags: Any) -> Person:
        """Add a person; ``flags`` are the fields of Person. Of the home workspace unless told."""
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
        """Add a channel; ``flags`` are the fields of Channel."""
        inside = set(members) | ({self.bot_user_id} if bot_member else set())
        self.channels[channel_id] = Channel(channel_id, name, inside, **flags)
        return self.channels[channel_id]

    def add_usergroup(
        self, group_id: str, handle: str, users: Iterable[str] = (), *, disabled: bool = False
    ) -> Usergroup:
        """Add a user group."""
        self.usergroups[group_id] = Usergroup(group_id, handle, list(users), disabled)
        return self.usergroups[group_id]

    def direct_channel(self, user_id: str) -> Channel:
        """Return the direct messages between this person and the bot."""
        user_id = self.people[user_id].id if user_id in self.people else user_id
        channel_id = direct_id(user_id)
        if channel_id not in self.channels:
            flags = {"is_private": True, "is_im": True}
            self.add_channel(channel_id, "directmessage", members=[user_id], **flags)
        return self.channels[channel_id]

    # what was said

    def post(
        self,
        channel: str,
        user: str,
        text: str,
        blocks: Sequence[dict[str, Any]] = (),
        *,
        thread_ts: str | None = None,
        metadata: dict[str, Any] | None = None,
        files: Sequence[File] = (),
    ) -> Message:
        """Let somebody say something. A reply to a reply lands in the same thread."""
        parent = self.message(channel, thread_ts) if thread_ts else None
        if thread_ts and parent is None:
            raise Refusal("thread_not_found")
        root = (parent.thread_ts or parent.ts) if parent else None
        kept = self.with_ids(blocks)
        message = Message(
            self.next_ts(), channel, user, text, kept, root, metadata=metadata, files=files
        )
        message.history.append(Revision(self.clock(), text, kept))
        self.messages.append(message)
        self._by_ts[channel, message.ts] = message
        self.changed("posted", message)
        return message

    def update(
        self, message: Message, text: str | None, blocks: Sequence[dict[str, Any]] | None
    ) -> None:
        """Let a message say something else. What is None stays as it was."""
        message.text = message.text if text is None else text
        message.blocks = message.blocks if blocks is None else self.with_ids(blocks)
        message.edited = True
        message.history.append(Revision(self.clock(), message.text, message.blocks))
        self.changed("updated", message)

    def delete(self, message: Message | Ephemeral) -> None:
        """Take a message away; it stays in the lists, marked deleted."""
        message.deleted = True
        self.changed("deleted", message)

    def whisper(
        self,
        channel: str,
        user: str,
        text: str,
        blocks: Sequence[dict[str, Any]] = (),
        *,
        via: str,
        thread_ts: str | None = None,
    ) -> Ephemeral:
        """Show something to one person only."""
        kept = self.with_ids(blocks)
        ephemeral = Ephemeral(channel, user, text, kept, via, thread_ts, self.next_ts())
        self.ephemerals.append(ephemeral)
        self.changed("ephemeral", ephemeral)
        return ephemeral

    def message(self, channel: str, ts: str) -> Message | None:
        """Return the message, also a deleted one."""
        return self._by_ts.get((channel, ts))

    def channel_messages(self, channel: str) -> list[Message]:
        """Return what stands in the channel outside threads, oldest first."""
        return [m for m in self._standing(channel) if m.thread_ts is None]

    def direct_messages(self, user_id: str) -> list[Message]:
        """Return what stands in the direct messages with this person outside threads, oldest first."""
        return self.channel_messages(direct_id(user_id))

    def thread(self, channel: str, ts: str) -> list[Message]:
        """Return the replies to a message, oldest first."""
        return [m for m in self._standing(channel) if m.thread_ts == ts]

    def files_in(self, channel: str) -> list[File]:
        """Return the files that are shared there, oldest first. A person's id is their direct messages."""
        place = direct_id(channel) if channel in self.people else channel
        shared = (file for message in self._standing(place) for file in message.files)
        return [file for file in shared if file.state != "deleted"]

    def _standing(self, channel: str) -> Iterator[Message]:
        return (m for m in self.messages if m.channel == channel and not m.deleted)

    def buttons(self, item: Message | Ephemeral) -> dict[str, dict[str, Any]]:
        """Return the elements that can be used in a message as it stands, by action id."""
        found: dict[str, dict[str, Any]] = {}
        for block in [] if item.deleted else item.blocks:
            for element in [*block.get("elements", []), block.get("accessory", {})]:
                if "action_id" in element:
                    found[element["action_id"]] = {**element, "block_id": block["block_id"]}
        return found

    # numbers and changes

    def next_ts(self) -> str:
        """Return a message's timestamp, which is its id too: later than every one before."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def next_number(self) -> int:
        """Return a number that was not given before."""
        return next(self._numbers)

    def with_ids(self, blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a copy in which every block and element has its id, as Slack gives them."""
        kept: list[dict[str, Any]] = copy.deepcopy(list(blocks))
        for block in kept:
            block.setdefault("block_id", f"b{self.next_number()}")
            used = [block.get("accessory"), block.get("element")]
            if block.get("type") == "actions":
                used += block["elements"]
            for element in filter(None, used):
                element.setdefault("action_id", f"a{self.next_number()}")
        return kept

    def changed(self, kind: str, item: Message | Ephemeral | View) -> None:
        """Tell everybody who watches or waits."""
        for watch in self.on_change:
            watch(kind, item)
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_for(
        self,
        predicate: Callable[[Self], T | Literal[False] | None],
        timeout: float = 30.0,  # noqa: ASYNC109 - the tests' own name for how long they wait
    ) -> T:
        """Return the first true answer of ``predicate``, asked again at every change of state.

        Raises TimeoutError after ``timeout`` seconds, with the end of what was said.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (answer := predicate(self)):
                    await self._changed.wait()
        except TimeoutError:
            said: list[Message | Ephemeral] = [*self.messages[-5:], *self.ephemerals[-5:]]
            lines = "".join(f"\n  {item.channel} {item.user}: {item.text!r}" for item in said)
            sentence = f"not so after {timeout} s; refused: {self.refused[-3:]}; last said:{lines}"
            raise TimeoutError(sentence) from None
        return answer
