"""What admins configure by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.configuration import Entry, Kind


class ConfigurationRows(Protocol):
    """The table ``configuration``."""

    def configured(self, kind: Kind | None = None) -> Sequence[Entry]:
        """Return the entries, of one kind or of all, by kind and name.

        A row that cannot be read is not among them.
        """
        ...

    def configured_entry(self, kind: Kind, name: str) -> Entry | None:
        """Return one entry, or None."""
        ...

    def unreadable_configuration(self) -> Sequence[tuple[str, str]]:
        """Return kind and name of each row that cannot be read: it was altered or is damaged."""
        ...

    def put_configured(self, entry: Entry) -> None:
        """Write an entry; that of the same kind and name is replaced."""
        ...

    def remove_configured(self, kind: Kind, name: str) -> bool:
        """Remove the row; False where there is none."""
        ...
