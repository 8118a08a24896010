"""The audit trail, and what a verification of it needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.audit.chain import AuditEntry, Record
from bot.domain.change import Change


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: None and ``""`` are no restriction.

    ``whole_batch``: the id of the first change of a batch stands for all of them.
    ``people`` are ids of who acted or on whose behalf it was done. ``since`` belongs to the time,
    ``until`` does not.
    """

    customers: Collection[str] | None = None
    change_id: str = ""
    people: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    whole_batch: bool = False


class AuditRows(Protocol):
    """Entries are appended, never changed."""

    def record(self, record: Record, change: Change | None = None) -> AuditEntry:
        """Append an entry with the next number and the hash of the entry before.

        ``change`` is the change as this step leaves it: digests of its row become part of the
        entry.
        """
        ...

    def entries(
        self,
        *,
        customers: Collection[str] | None = None,
        change_id: str | None = None,
        limit: int | None = None,
    ) -> Sequence[AuditEntry]:
        """Return the last entries in the order of their numbers."""
        ...

    def matching(
        self, where: AuditFilter, *, limit: int | None = None, after: float | None = None
    ) -> Sequence[AuditEntry]:
        """Return the last matching entries in the order of their numbers.

        With ``after``, the first ones with a number above it.
        """
        ...

    def count_matching(self, where: AuditFilter) -> int:
        """Return how many entries match."""
        ...

    def story_entries(self, change_ids: Collection[str]) -> Sequence[AuditEntry]:
        """Return the entries of these changes of the kinds that ``change_stories`` reads."""
        ...

    def first_entry(self, change_id: str) -> AuditEntry | None:
        """Return the first entry of a change: its proposal. Raises StoreUnusable."""
        ...

    def actor_names(self) -> Mapping[str, str]:
        """Return the name in the last entry of each actor that has one."""
        ...

    def entries_after(self, seq: float, limit: int) -> Sequence[AuditEntry]:
        """Return a page of entries with numbers above ``seq``; ``-inf`` returns the first page."""
        ...

    def role_entries(self, subject: str, customers: Collection[str]) -> Sequence[AuditEntry]:
        """Return the entries on role rows of a Slack id for these customers; `*` is one."""
        ...

    def policy_entries(self, customers: Collection[str]) -> Sequence[AuditEntry]:
        """Return the entries on policy rows for these customers; `*` is one."""
        ...

    def configuration_entries(self, customer: str) -> Sequence[AuditEntry]:
        """Return the entries on the configuration of a customer, of `*`, or (`""`) of no one customer."""
        ...

    def ids_entries(self, user_id: str) -> Sequence[AuditEntry]:
        """Return the entries that name this id as one of several of a person."""
        ...

    def questions(
        self, people: Collection[str], customer: str, since: datetime
    ) -> Sequence[AuditEntry]:
        """Return the entries from ``since`` on, in which one of these ids asked others about this
        customer."""
        ...

    def changes_without_row(self) -> Sequence[str]:
        """Return the ids of changes that entries name and that have no row."""
        ...

    def message_keys(self, change_id: str) -> Collection[str]:
        """Return the keys of a change's rows in the outbox."""
        ...

    def schema_differences(self) -> Sequence[str]:
        """Return a sentence for each place where the schema is not the one that the bot makes."""
        ...
