"""What a person's phone shows of the workspace: who is notified of a message, with which text."""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import Any

from sandbox.browser.plain_text import plain_text
from sandbox.browser.shapes import key_of
from sandbox.slack import Channel, Message, Person, notifications
from sandbox.slack.workspace import Workspace

MAX_KEPT = 500
MAX_CHARS = 240
NO_TEXT = "This content can't be displayed."
"""A notification shows a message's ``text`` alone, never its blocks."""
_EVERYBODY = {"<!channel>", "<!here>", "<!everyone>"}


class Notifications:
    """The notifications of the people in ``phones``, of posts and never of updates.

    They get direct messages, mentions and replies in threads they take part in; of the channels in
    ``notify_all`` every message outside of threads, as a phone set to "all new messages" does.
    """

    def __init__(self, workspace: Workspace, phones: set[str], notify_all: set[str]) -> None:
        self._workspace = workspace
        self._phones = phones
        self._notify_all = notify_all
        self._numbers = count(1)
        self._kept: deque[dict[str, Any]] = deque(maxlen=MAX_KEPT)

    def part(self) -> list[dict[str, Any]]:
        """Return the latest notifications, oldest first."""
        return list(self._kept)

    def of(self, message: Message) -> list[dict[str, Any]]:
        """Return the notifications of a message that was just posted, one for each person."""
        channel = self._workspace.channels.get(message.channel)
        if channel is None or not (readers := self._readers(message, channel)):
            return []
        called = self._called(message)
        made = [
            self._notification(message, channel, person, mention=person.id in called)
            for person in readers
            if channel.is_im or person.id in called or self._follows(person.id, message)
        ]
        self._kept.extend(made)
        return made

    def _readers(self, message: Message, channel: Channel) -> list[Person]:
        ids = sorted((self._phones & channel.members) - {message.user})
        return [self._workspace.people[one] for one in ids if one in self._workspace.people]

    def _called(self, message: Message) -> set[str]:
        """Return the ids of those whom the message mentions, by name, group or all together."""
        called: set[str] = set()
        for mention in notifications(message):
            target = mention.strip("<>").removeprefix("!subteam^").removeprefix("@")
            group = self._workspace.usergroups.get(target)
            if mention in _EVERYBODY:
                called |= self._phones
            elif group is not None:
                called |= set(group.users)
            else:
                called.add(target)
        return called

    def _follows(self, person: str, message: Message) -> bool:
        """Whether the person gets messages of this channel, or takes part in this thread."""
        if message.thread_ts is None:
            return message.channel in self._notify_all
        root = self._workspace.message(message.channel, message.thread_ts)
        said = [root] if root else []
        said += self._workspace.thread(message.channel, message.thread_ts)
        return any(one.user == person or person in self._called(one) for one in said)

    def _notification(
        self, message: Message, channel: Channel, person: Person, *, mention: bool
    ) -> dict[str, Any]:
        sender = self._workspace.people.get(message.user)
        bot = self._workspace.people[self._workspace.bot_user_id]
        return {
            "number": next(self._numbers),
            "person": person.id,
            "at": self._workspace.clock(),
            "title": bot.real_name if channel.is_im else f"#{channel.name}",
            "sender": (sender.real_name or sender.name) if sender else message.user,
            "text": self._text(message, person),
            "message": key_of(message),
            "mention": mention,
        }

    def _text(self, message: Message, reader: Person) -> str:
        text = plain_text(self._workspace, message.text, reader)
        if not text and message.files:
            text = f"Uploaded a file: {message.files[0].name}"
        text = text or NO_TEXT
        return text if len(text) <= MAX_CHARS else f"{text[: MAX_CHARS - 1].rstrip()}…"
