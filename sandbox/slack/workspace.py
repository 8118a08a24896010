"""The state of a simulated workspace: its members, messages, modals, files and deliveries."""

from __future__ import annotations

import asyncio
import copy
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Self, TypeVar

from sandbox.slack.members import Members, direct_id
from sandbox.slack.model import (
    Ephemeral,
    File,
    Message,
    Refusal,
    Revision,
    View,
)
from sandbox.slack.state.journal import Journal

T = TypeVar("T")
OnChange = Callable[[str, Message | Ephemeral | View], None]
"""Called with `posted`, `updated`, `deleted`, `ephemeral`, `view_opened`, `view_updated` or
`view_closed`, and the item."""

MANIFEST_SCOPES = (
    "app_mentions:read,channels:read,chat:write,commands,files:read,files:write,groups:read,"
    "usergroups:read,users:read"
)
"""The scopes of an app installed from manifest.yml."""


class Workspace(Members, Journal):
    """One workspace with one app in it.

    ``clock`` returns UNIX seconds. ``scopes`` is what the bot is granted, comma separated. Without
    ``messages_tab`` the app cannot write to a person directly; ``messages_tab_read_only`` as in
    manifest.yml: people cannot write to the app. ``withheld`` names fields that a method leaves out
    of its answer, by method: `{"bots.info": ("bot.app_id",)}`. With an ``enterprise_id`` it is a
    workspace of an Enterprise Grid; with ``org_install`` the app is installed for all of them.
    """

    def __init__(
        self,
        *,
        team_id: str = "T0HOME",
        app_id: str = "A0CONTINUITY",
        bot_user_id: str = "U0BOT",
        clock: Callable[[], float] = time.time,
    ) -> None:
        Members.__init__(self, team_id, bot_user_id)
        Journal.__init__(self, clock)
        self.app_id = app_id
        self.bot_id = "B0CONTINUITY"
        self.scopes = MANIFEST_SCOPES
        self.messages_tab = True
        self.messages_tab_read_only = True
        self.enterprise_id = ""
        self.org_install = False
        self.withheld: dict[str, tuple[str, ...]] = {}
        self.base_url = "http://127.0.0.1/"
        self.messages: list[Message] = []
        self.ephemerals: list[Ephemeral] = []
        self.views: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.on_change: list[OnChange] = []
        self._by_ts: dict[tuple[str, str], Message] = {}
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self.add_person(bot_user_id, "continuity", is_bot=True, real_name="Continuity")

    # messages

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
        """Post a message as ``user``. A reply to a reply is in the same thread. Raises Refusal."""
        parent = self.message(channel, thread_ts) if thread_ts else None
        if thread_ts and parent is None:
            raise Refusal("thread_not_found")
        root = (parent.thread_ts or parent.ts) if parent else None
        kept = self.with_ids(blocks)
        message = Message(
            self.next_ts(), channel, user, text, kept, root, metadata=metadata, files=files
        )
        message.history.append(Revision(self.clock(), text, kept, self.cause))
        self.messages.append(message)
        self._by_ts[channel, message.ts] = message
        self.changed("posted", message)
        return message

    def update(
        self, message: Message, text: str | None, blocks: Sequence[dict[str, Any]] | None
    ) -> None:
        """Change text and blocks of a message; None leaves one as it is."""
        message.text = message.text if text is None else text
        message.blocks = message.blocks if blocks is None else self.with_ids(blocks)
        message.edited = True
        revision = Revision(self.clock(), message.text, message.blocks, self.cause)
        message.history.append(revision)
        self.changed("updated", message)

    def delete(self, message: Message | Ephemeral) -> None:
        """Delete a message; it stays in the lists, marked as deleted."""
        message.deleted = True
        self.changed("deleted", message)

    def post_ephemeral(
        self,
        channel: str,
        user: str,
        text: str,
        blocks: Sequence[dict[str, Any]] = (),
        *,
        via: str,
        thread_ts: str | None = None,
    ) -> Ephemeral:
        """Show a message to one person only; ``via`` is how it came, see Ephemeral."""
        kept = self.with_ids(blocks)
        ephemeral = Ephemeral(channel, user, text, kept, via, thread_ts, self.next_ts())
        ephemeral.cause = self.cause
        self.ephemerals.append(ephemeral)
        self.changed("ephemeral", ephemeral)
        return ephemeral

    def message(self, channel: str, ts: str) -> Message | None:
        """Return the message, also a deleted one."""
        return self._by_ts.get((channel, ts))

    def channel_messages(self, channel: str) -> list[Message]:
        """Return the messages of the channel outside threads, oldest first."""
        return [m for m in self._not_deleted(channel) if m.thread_ts is None]

    def direct_messages(self, user_id: str) -> list[Message]:
        """Return the direct messages with this person outside threads, oldest first."""
        return self.channel_messages(direct_id(user_id))

    def thread(self, channel: str, ts: str) -> list[Message]:
        """Return the replies to a message, oldest first."""
        return [m for m in self._not_deleted(channel) if m.thread_ts == ts]

    def files_in(self, channel: str) -> list[File]:
        """Return the files shared in a channel, or with a person, oldest first."""
        channel = direct_id(channel) if channel in self.people else channel
        shared = (file for message in self._not_deleted(channel) for file in message.files)
        return [file for file in shared if file.state != "deleted"]

    def _not_deleted(self, channel: str) -> Iterator[Message]:
        return (m for m in self.messages if m.channel == channel and not m.deleted)

    def buttons(self, item: Message | Ephemeral) -> dict[str, dict[str, Any]]:
        """Return the elements of a message that can be used now, by action id."""
        found: dict[str, dict[str, Any]] = {}
        for block in [] if item.deleted else item.blocks:
            for element in [*block.get("elements", []), block.get("accessory", {})]:
                if "action_id" in element:
                    found[element["action_id"]] = {**element, "block_id": block["block_id"]}
        return found

    # ids and changes

    def next_ts(self) -> str:
        """Return a timestamp for a message, later than every earlier one; it is the message's id
        too."""
        self._last_ts = max(self._last_ts + 1, int(self.clock() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def next_number(self) -> int:
        """Return a number that was not used before."""
        return next(self._numbers)

    def with_ids(self, blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Return a copy in which every block and element has an id, as Slack adds them."""
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
        """Call the watchers and wake those who wait."""
        for watch in self.on_change:
            watch(kind, item)
        self.wake()

    async def wait_for(
        self,
        predicate: Callable[[Self], T | Literal[False] | None],
        timeout: float = 30.0,  # noqa: ASYNC109 - asyncio.timeout would lose the message
    ) -> T:
        """Return the first true result of ``predicate``, evaluated again at every change of state.

        Raises TimeoutError after ``timeout`` seconds, with the last messages.
        """
        try:
            async with asyncio.timeout(timeout):
                while not (result := predicate(self)):
                    await self._changed.wait()
        except TimeoutError:
            last: list[Message | Ephemeral] = [*self.messages[-5:], *self.ephemerals[-5:]]
            lines = "".join(f"\n  {item.channel} {item.user}: {item.text!r}" for item in last)
            sentence = f"not so after {timeout} s; refused: {self.refused[-3:]}; last said:{lines}"
            raise TimeoutError(sentence) from None
        return result
