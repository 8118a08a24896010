"""The rows of imports, kept until their change has ended."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.outcome import UserStatus
from bot.domain.user_files.import_rows import ImportCounts, ImportRow, RowStatus


class ImportRows(Protocol):
    """The users of an uploaded file, compared with the API before they are sent."""

    def add_import(self, change_id: str, rows: Iterable[ImportRow], *, skipped: int) -> None:
        """Write the rows of a new import. No address may occur twice."""
        ...

    def import_rows(
        self, change_id: str, *, after: int = 0, limit: int | None = None, to_send: bool = False
    ) -> Sequence[ImportRow]:
        """Return rows in the order of their lines, behind the line ``after``.

        ``to_send``: only rows that differ from the API and have no outcome yet, or an unknown one.
        """
        ...

    def import_rows_of(self, change_id: str, addresses: Collection[str]) -> Sequence[ImportRow]:
        """Return the rows of these addresses, regardless of case."""
        ...

    def begin_comparison(self, change_id: str) -> None:
        """Begin a comparison of the rows with the API."""
        ...

    def save_compared(self, change_id: str, rows: Iterable[ImportRow]) -> None:
        """Write ``api_fields`` and ``status`` of these rows, in the comparison begun last."""
        ...

    def end_comparison(self, change_id: str) -> None:
        """End the comparison. Rows that were not saved since it began are new users."""
        ...

    def import_counts(self, change_id: str) -> ImportCounts | None:
        """Return how many rows have each status; None where the rows are no longer kept."""
        ...

    def import_groups(self, change_id: str) -> Collection[str]:
        """Return the groups named by differing rows, except those that one of these users is in.

        Both as of the last comparison.
        """
        ...

    def conclude_import_rows(
        self,
        change_id: str,
        to: UserStatus,
        reason: str,
        *,
        was: UserStatus | None,
        statuses: Collection[RowStatus] = tuple(RowStatus),
    ) -> None:
        """Write an outcome for rows with these statuses whose outcome ``was`` this; None is none."""
        ...

    def delete_import_rows(self, change_id: str) -> None:
        """Delete the rows of an import. The outcomes of its users stay."""
        ...

    def old_imports(self, before: datetime) -> Sequence[str]:
        """Return the ids of the changes whose rows were added before this time."""
        ...
