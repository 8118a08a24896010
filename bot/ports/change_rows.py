"""Changes, and the outcome for each user of a change."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import FailedUsers, UserOutcome, UserStatus
from bot.ports.records import StoredChange


class ChangeRows(Protocol):
    """Changes by id, state, customer and time.

    Queries for several skip rows that cannot be read.
    """

    def change(self, change_id: str) -> Change | None:
        """Return the change with this id. Raises StoreUnusable where its row cannot be read."""
        ...

    @property
    def unreadable(self) -> Mapping[str, str]:
        """Why rows that this transaction met could not be read, by the change's id."""
        ...

    def add_change(self, change: Change) -> None:
        """Write a new change. Raises Conflict where the id is taken."""
        ...

    def save_change(self, change: Change) -> None:
        """Write the next revision.

        Raises Conflict where the stored one is not the revision before.
        """
        ...

    def changes(
        self,
        *,
        states: Collection[State] | None = None,
        customer: str | None = None,
        customers: Collection[str] | None = None,
        topics: Collection[str] | None = None,
        scopes: Collection[str] | None = None,
        requesters: Collection[str] | None = None,
        limit: int | None = None,
        oldest: bool = False,
    ) -> Sequence[Change]:
        """Return changes, newest first, that match what is given; ``oldest``: oldest first.

        ``topics`` are those of their action, e.g. `failover`; ``scopes`` are kinds of scope, e.g.
        `groups`; ``requesters`` are ids of who asked.
        """
        ...

    def changes_of_batch(self, batch: str) -> Sequence[Change]:
        """Return the changes that are decided together with the change of this id, that one first."""
        ...

    def changes_of_user(
        self, customer: str, address: str, groups: Collection[str], *, searched: int, limit: int
    ) -> Sequence[Change]:
        """Return the newest changes that reached this user, among the ``searched`` newest of the
        customer.

        They name the user, regardless of case, or were for everyone or one of the user's
        ``groups``. Those of a file or a filter have an outcome of the user, under the address as
        given or in small letters.
        """
        ...

    def count_changes(
        self,
        states: Collection[State],
        *,
        customers: Collection[str] | None = None,
        topic: str | None = None,
    ) -> int:
        """Return how many changes are in these states."""
        ...

    def change_ids(self, states: Collection[State]) -> Sequence[str]:
        """Return the ids of the changes in these states, oldest first."""
        ...

    def reviews_owed(
        self, customers: Collection[str] | None = None, limit: int | None = None
    ) -> Sequence[Change]:
        """Return the changes that were decided in an emergency and are not reviewed, oldest first."""
        ...

    def count_reviews_owed(self) -> tuple[int, datetime | None]:
        """Return how many there are, and when the oldest was proposed."""
        ...

    def changes_without_preview(self) -> Sequence[str]:
        """Return the ids of the changes that await a decision and have no preview yet."""
        ...

    def overdue_changes(self, now: datetime) -> Sequence[Change]:
        """Return the changes that await a decision or their start and are past their deadline."""
        ...

    def ambiguous_since(self, customer: str, since: datetime) -> Sequence[Change]:
        """Return the customer's changes whose last ambiguous answer came after ``since``."""
        ...

    def begun_since(self, customer: str, since: datetime) -> Sequence[Change]:
        """Return the customer's changes whose first attempt began after ``since``."""
        ...

    def users_sent(
        self,
        requesters: Collection[str],
        since: datetime,
        *,
        also_in_states: Collection[State] = (),
        except_id: str = "",
    ) -> int:
        """Return how many users the changes of this person name in total.

        ``requesters`` are all ids of the person. Counted are changes whose last attempt began after
        ``since``, and those ``also_in_states``; never the change ``except_id``.
        """
        ...

    def put_user_outcomes(self, change_id: str, outcomes: Iterable[UserOutcome]) -> None:
        """Write outcomes of users; one for the same address is replaced."""
        ...

    def user_outcomes(
        self,
        change_id: str,
        *,
        status: UserStatus | None = None,
        after: str = "",
        limit: int | None = None,
    ) -> Sequence[UserOutcome]:
        """Return outcomes in the order of addresses, behind the address ``after``."""
        ...

    def count_user_outcomes(self, change_id: str) -> Mapping[UserStatus, int]:
        """Return how many users have each status, 0 included."""
        ...

    def delete_user_outcomes(self, change_id: str, status: UserStatus) -> None:
        """Delete the outcomes with this status: they are open again."""
        ...

    def failures(self, change_id: str) -> tuple[Sequence[FailedUsers], int]:
        """Return why users were not reached, as far as a card has room, and the number of further
        reasons.

        In the order of ``UserStatus`` and of the addresses.
        """
        ...

    def stored_changes(
        self, *, after: str = "", limit: int | None = None
    ) -> Sequence[StoredChange]:
        """Return rows as stored, also unreadable ones, by id, behind ``after``."""
        ...

    def stored_change(self, change_id: str) -> StoredChange | None:
        """Return the row of a change as stored."""
        ...
