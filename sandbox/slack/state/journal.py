"""What went between Slack and the app: calls, deliveries, refusals, and who is told of them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sandbox.slack.blocks.json_field import decoded
from sandbox.slack.model import (
    Call,
    Cause,
    Delivery,
    Ephemeral,
    Message,
    Refusal,
    Refused,
    View,
)

_JSON_FIELDS = {"attachments", "blocks", "files", "metadata", "view"}
"""Arguments that are JSON; in a form they are strings."""


OnChange = Callable[[str, Message | Ephemeral | View], None]
"""Called with `posted`, `updated`, `deleted`, `ephemeral`, `view_opened`, `view_updated`,
`view_closed` or `home_published`, and the item."""


class Journal:
    """Lists in the order of time, each with listeners; nobody has to poll.

    ``clock`` returns UNIX seconds. ``on_delivery`` is called when a delivery begins (``pending``)
    and when it ended, ``on_refused`` for each refusal.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.calls: list[Call] = []
        self.deliveries: list[Delivery] = []
        self.refused: list[Refused] = []
        self.on_delivery: list[Callable[[Delivery], None]] = []
        self.on_change: list[OnChange] = []
        self.on_refused: list[Callable[[Refused], None]] = []
        self.cause: Cause | None = None
        self._records = itertools.count(1)
        self._changed = asyncio.Event()

    def begin(self, delivery: Delivery) -> None:
        """Add a delivery, which gets its number and time."""
        delivery.number, delivery.at = next(self._records), self.clock()
        delivery.pending = True
        self.deliveries.append(delivery)
        self._tell(delivery)

    def end(self, delivery: Delivery) -> None:
        """Note that a delivery was answered or given up."""
        delivery.pending = False
        self._tell(delivery)

    def refuse(self, method: str, refusal: Refusal, arguments: Mapping[str, Any]) -> None:
        """Add a refusal; ``arguments`` is what the app sent, without tokens."""
        sent = {
            name: (decoded(value) or value) if name in _JSON_FIELDS else value
            for name, value in arguments.items()
        }
        refused = Refused(
            method, refusal.code, refusal.messages, next(self._records), self.clock(), sent
        )
        self.refused.append(refused)
        for listener in self.on_refused:
            listener(refused)
        self.wake()

    @contextmanager
    def caused_by(self, method: str, arguments_bytes: int) -> Iterator[None]:
        """Name the cause of the messages that are posted or changed inside, without awaiting."""
        self.cause = Cause(method, self.clock(), arguments_bytes)
        try:
            yield
        finally:
            self.cause = None

    def changed(self, kind: str, item: Message | Ephemeral | View) -> None:
        """Call the watchers and wake those who wait."""
        for watch in self.on_change:
            watch(kind, item)
        self.wake()

    def wake(self) -> None:
        """Let everybody in ``wait_for`` evaluate their predicate again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _tell(self, delivery: Delivery) -> None:
        for listener in self.on_delivery:
            listener(delivery)
        self.wake()
