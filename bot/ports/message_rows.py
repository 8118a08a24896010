"""The inbox of deliveries from Slack, and the outbox of messages to Slack."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.change import Change
from bot.ports.records import Delivery, Message, MessageKind


class InboxRows(Protocol):
    """Deliveries, kept until they are processed."""

    def save_delivery(self, delivery: Delivery) -> bool:
        """Save a delivery; False where this key was saved before."""
        ...

    def waiting_deliveries(self) -> Sequence[Delivery]:
        """Return the deliveries that are not processed yet, oldest first."""
        ...

    def unclaimed_deliveries(self) -> Sequence[Delivery]:
        """Return those of them that no running replica has claimed."""
        ...

    def claim_deliveries(self, holder: str) -> Sequence[Delivery]:
        """Claim what is unclaimed for this replica, and return it, oldest first."""
        ...

    def free_deliveries(self, keys: Collection[str]) -> None:
        """Leave deliveries to whichever replica claims them."""
        ...

    def finish_delivery(self, key: str) -> None:
        """Mark a delivery as processed and delete its payload."""
        ...


class MessageRows(Protocol):
    """The messages of changes, with the revision shown and the one wanted."""

    def enqueue_message(
        self,
        kind: MessageKind,
        change: Change,
        *,
        person: str = "",
        name: str = "",
        not_before: datetime | None = None,
    ) -> None:
        """Ask for a message to show the change's revision.

        ``person`` receives an ASSERTED or DIRECT message or a NOTICE: a Slack id, or the id of a
        channel. ``name`` is the text of a NOTICE: one that was asked for before is not told again.
        ``not_before`` is when a new row falls due, unless more is asked for before.
        """
        ...

    def refresh_outcome(self, change: Change) -> None:
        """Ask for the last outcome of a change, where there is one, to show the change's revision."""
        ...

    def remove_card(self, change: Change) -> None:
        """Ask for the card and the timeline to be deleted, or never posted, and for no outcome."""
        ...

    def note_outage(self, channel: str, late_since: datetime) -> None:
        """After an outage: a NOW message follows the outcomes that wait here since ``late_since``.

        Without such outcomes there is none.
        """
        ...

    def late_customers(self, channel: str) -> Sequence[str]:
        """Return the customers whose outcomes came late here since the last NOW message."""
        ...

    def first_card_since(self, channel: str, since: datetime, change: Change) -> bool:
        """Whether no other card of the channel is of a change proposed since then and before."""
        ...

    def message(self, key: str) -> Message | None:
        """Return a row of the outbox."""
        ...

    def due_channels(self, now: datetime) -> Sequence[str]:
        """Return the channels in which a message other than a file is due."""
        ...

    def due_messages(
        self, now: datetime, *, channel: str | None = None, limit: int = 100, files: bool = False
    ) -> Sequence[Message]:
        """Return due rows: what is to be deleted, cards whose buttons are not the change's any
        more, then by age, and timelines last.

        An outcome waits while its card is due, a timeline until its card is posted. ``files``: only
        files instead of everything else.
        """
        ...

    def next_due(self) -> datetime | None:
        """Return the earliest ``due_at`` of a row that is not up to date, or None."""
        ...

    def save_message(self, message: Message) -> None:
        """Write where a row is posted and what it shows; ``wanted`` is not written."""
        ...
