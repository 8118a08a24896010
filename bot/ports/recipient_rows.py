"""Recipients: who is told of a change that waits for an approval, and who looked at it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person who is told of a change.

    ``circle`` is the number of the step of the rule by which they are told, from 0. ``looked_at``
    None: they have not looked, as far as the bot knows.
    """

    change_id: str
    person: str
    circle: int
    told_at: datetime
    looked_at: datetime | None = None


class RecipientRows(Protocol):
    """The table ``recipients``."""

    def put_recipient(self, recipient: Recipient) -> None:
        """Write a recipient; the row of the same person and change is replaced."""
        ...

    def recipients(self, change_id: str) -> Sequence[Recipient]:
        """Return who is told of the change, by circle and person."""
        ...

    def mark_looked(self, change_id: str, persons: Collection[str], at: datetime) -> bool:
        """Note that a person, known by these ids, looked; False where that is noted already."""
        ...
