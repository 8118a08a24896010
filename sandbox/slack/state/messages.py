"""The messages of a workspace: posted, changed, deleted, and what is in them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sandbox.slack.blocks.walk import all_blocks, elements, with_ids
from sandbox.slack.members import Members, direct_id
from sandbox.slack.model import Ephemeral, File, Message, Refusal, Revision
from sandbox.slack.state.journal import Journal


class Messages(Members, Journal):
    """Messages in the order of time; ``clock`` returns UNIX seconds."""

    def __init__(self, team_id: str, bot_user_id: str, clock: Callable[[], float]) -> None:
        Members.__init__(self, team_id, bot_user_id)
        Journal.__init__(self, clock)
        self.messages: list[Message] = []
        self.ephemerals: list[Ephemeral] = []
        self._by_ts: dict[tuple[str, str], Message] = {}
        self._by_channel: dict[str, list[Message]] = {}
        self._numbers = itertools.count(1)
        self._last_ts = 0

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
        self._by_channel.setdefault(channel, []).append(message)
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
        return (m for m in self._by_channel.get(channel, ()) if not m.deleted)

    def buttons(self, item: Message | Ephemeral) -> dict[str, dict[str, Any]]:
        """Return the elements of a message that can be used now, by action id."""
        return {element["action_id"]: element for element in _usable(item)}

    def element(
        self, item: Message | Ephemeral, action_id: str, block_id: str | None
    ) -> dict[str, Any] | None:
        """Return the element of this block, else of this action id in any block, or None."""
        same = [element for element in _usable(item) if element["action_id"] == action_id]
        inside = (element for element in same if element["block_id"] == block_id)
        return next(inside, same[-1] if same else None)

    # ids

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
        return with_ids(blocks, self.next_number)


def _usable(item: Message | Ephemeral) -> list[dict[str, Any]]:
    return [
        {**element, "block_id": block["block_id"]}
        for block in all_blocks([] if item.deleted else item.blocks)
        if block["type"] != "input" or block.get("dispatch_action")
        for element in elements(block)
    ]
