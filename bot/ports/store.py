"""All state, as the use cases need it: one step in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from bot.domain.audit import AuditEntry, Record
from bot.domain.change import Change, FailedUsers, State, UserOutcome, UserStatus
from bot.domain.change_history import RowDigests
from bot.domain.policy import PolicyRule
from bot.domain.roles import Grant, Role, Subject
from bot.domain.user_files.import_rows import ImportCounts, ImportRow, RowStatus

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Delivery:
    """What Slack delivered, saved before it is acknowledged. ``key`` is Slack's own identity of it.

    ``kind`` is `command`, `click`, `view` or `mention`; ``payload`` is the edge's own JSON and never
    holds a password or a token.
    """

    key: str
    kind: str
    payload: str
    received_at: datetime


class MessageKind(StrEnum):
    """The messages that people see of a change; each is a projection brought up to date."""

    CARD = "card"
    TIMELINE = "timeline"
    OUTCOME = "outcome"
    ASSERTED = "asserted"  # to an approver: somebody said at the terminal that you approved
    DIFF = "diff"  # a file in the card's thread: what an import changes, user by user
    RESULTS = "results"  # a file in the card's thread: what became of each user


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox. It is due while ``shown < wanted``; ``ts`` None means not posted yet.

    ``key`` is that of ``message_key``. ``wanted`` and ``shown`` are revisions. ``channel`` is where it
    is, or is to be, posted: not always the change's own.
    """

    key: str
    kind: MessageKind
    change_id: str
    channel: str
    wanted: int
    shown: int = 0
    ts: str | None = None
    due_at: datetime | None = None
    tries: int = 0
    error: str = ""


def message_key(kind: MessageKind, change_id: str, revision: int = 0, person: str = "") -> str:
    """Return `card:ID`, `timeline:ID`, or `outcome:ID:REVISION`: each ending is a message of its own.

    `asserted:ID:PERSON` is for each approver who was named at the terminal.
    """
    if kind is MessageKind.ASSERTED:
        return f"{kind}:{change_id}:{person}"
    return (
        f"{kind}:{change_id}:{revision}" if kind is MessageKind.OUTCOME else f"{kind}:{change_id}"
    )


@dataclass(frozen=True, slots=True)
class Backlog:
    """What is not finished: how many changes in each state, and since when the oldest of two kinds is.

    ``executing_since`` is when the oldest executing change was claimed, ``outbox_behind_since`` when the
    oldest message that Slack could be given fell behind, ``contradicted_at`` when the audit
    trail contradicted the rows of a change last; None where there is none.
    """

    changes: Mapping[State, int]
    executing_since: datetime | None
    outbox_behind_since: datetime | None
    contradicted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredChange:
    """The row of a change as it is in the database, to be held against the audit trail.

    ``change`` is None where it cannot be read, ``digests`` where it is no JSON object either. ``columns`` are
    the columns for searching that say something else than the row. ``rows`` is the digest of the rows of
    an import, ``""`` where there are none (any more).
    """

    id: str
    change: Change | None
    digests: RowDigests | None
    columns: tuple[str, ...] = ()
    rows: str = ""


@dataclass(frozen=True, slots=True)
class SlackContact:
    """When the running bot last heard from Slack, and its OPS_CHANNEL, or ``""``."""

    heard_at: datetime
    ops_channel: str = ""


class Transaction(Protocol):
    """One step. Inside ``Store.write`` all of it is committed together, or nothing is."""

    # inbox
    def save_delivery(self, delivery: Delivery) -> bool:
        """Save a delivery; False where this key was saved before."""
        ...

    def waiting_deliveries(self) -> Sequence[Delivery]:
        """Return what was saved and not finished, oldest first."""
        ...

    def finish_delivery(self, key: str) -> None:
        """Mark it processed and forget its payload."""
        ...

    # roles, policy, customers
    def grants(
        self,
        *,
        subjects: Collection[Subject] | None = None,
        customer: str | None = None,
        role: Role | None = None,
    ) -> Sequence[Grant]:
        """Return role rows, of these subjects, for this customer (or `*`) and of this role where given."""
        ...

    def other_ids(self) -> Mapping[str, str]:
        """Return the further ids of people, each with the id that Slack answers with."""
        ...

    def ids_of(self, user_id: str) -> frozenset[str]:
        """Return all ids that are known of this person, this one among them."""
        ...

    def add_ids(self, user_id: str, others: Collection[str]) -> None:
        """Write further ids of the same person."""
        ...

    def put_grant(self, grant: Grant) -> None:
        """Write a role row; the same subject, role and customer is replaced."""
        ...

    def remove_grant(self, subject: Subject, role: Role, customer: str) -> bool:
        """Remove a role row; False where there is none."""
        ...

    def policy_rules(self) -> Sequence[PolicyRule]:
        """Return all policy rows."""
        ...

    def put_policy_rule(self, rule: PolicyRule) -> None:
        """Write a policy row; the same customer, flag and kind of scope is replaced."""
        ...

    def customer_names(self) -> Mapping[str, str]:
        """Return the names of all named customers by number."""
        ...

    def customer_name(self, customer: str) -> str:
        """Return the customer's name, or ``""``."""
        ...

    def name_customer(self, customer: str, name: str) -> None:
        """Write the customer's name."""
        ...

    def granted_usergroups(self) -> Sequence[str]:
        """Return the ids of the user groups that hold a role row."""
        ...

    # changes
    def change(self, change_id: str) -> Change | None:
        """Return the change with this id."""
        ...

    @property
    def unreadable(self) -> Mapping[str, str]:
        """Why the rows that this step met and could not read are set aside, by the change's id.

        A query for several changes leaves them out; one for a single change raises StoreUnusable.
        """
        ...

    def add_change(self, change: Change) -> None:
        """Write a new change. Raises Conflict where the id is taken."""
        ...

    def save_change(self, change: Change) -> None:
        """Write the next revision. Raises Conflict where the stored one is not the one before."""
        ...

    def changes(
        self,
        *,
        states: Collection[State] | None = None,
        customer: str | None = None,
        customers: Collection[str] | None = None,
        topic: str | None = None,
        scopes: Collection[str] | None = None,
        limit: int | None = None,
    ) -> Sequence[Change]:
        """Return changes, of one customer or of several where given, newest first.

        ``topic`` is that of their action, e.g. `failover`; ``scopes`` are kinds of scope, e.g. `groups`.
        """
        ...

    def changes_of_user(
        self, customer: str, address: str, groups: Collection[str], *, searched: int, limit: int
    ) -> Sequence[Change]:
        """Return the newest changes that were for this user, among the ``searched`` newest of the customer.

        They name the user, in whatever capitals, or were for everyone or one of the user's ``groups``. For
        those of a file or a filter there is an outcome of the user, as told or in small letters.
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

    def changes_without_preview(self) -> Sequence[str]:
        """Return the ids of the changes that await a decision and have no preview yet."""
        ...

    def overdue_changes(self, now: datetime) -> Sequence[Change]:
        """Return what awaits a decision or its start and is past its deadline."""
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
        """Return how many users are named, added up, by the changes of this person (by whichever of
        their ids) whose last attempt began since then, or that are ``also_in_states`` in these states; all
        ``except_id`` the one with this id."""
        ...

    def put_user_outcomes(self, change_id: str, outcomes: Iterable[UserOutcome]) -> None:
        """Write what became of named users; the same address is replaced."""
        ...

    def user_outcomes(
        self,
        change_id: str,
        *,
        status: UserStatus | None = None,
        after: str = "",
        limit: int | None = None,
    ) -> Sequence[UserOutcome]:
        """Return what became of named users, in the order of their addresses, behind ``after``."""
        ...

    def failures(self, change_id: str) -> tuple[Sequence[FailedUsers], int]:
        """Return why users were not reached, as far as a card has room for it, and how many more reasons
        there are; in the order of ``UserStatus`` and of the addresses."""
        ...

    def count_user_outcomes(self, change_id: str) -> Mapping[UserStatus, int]:
        """Return how many users each became of, 0 included."""
        ...

    def delete_user_outcomes(self, change_id: str, status: UserStatus) -> None:
        """Delete what became of the users of this status: it is open again."""
        ...

    # the rows of an import
    def add_import(self, change_id: str, rows: Iterable[ImportRow], *, skipped: int) -> None:
        """Write the rows of a new import beside its change; no address is there twice."""
        ...

    def import_rows(
        self, change_id: str, *, after: int = 0, limit: int | None = None, to_send: bool = False
    ) -> Sequence[ImportRow]:
        """Return rows by line, behind the line ``after``.

        ``to_send``: only those that differ from what the API told, and are not settled: nothing became
        of them yet, or that is unknown.
        """
        ...

    def import_rows_of(self, change_id: str, addresses: Collection[str]) -> Sequence[ImportRow]:
        """Return the rows of these addresses, in whatever capitals."""
        ...

    def begin_comparison(self, change_id: str) -> None:
        """Begin to compare the rows of an import with what the API tells."""
        ...

    def save_compared(self, change_id: str, rows: Iterable[ImportRow]) -> None:
        """Write ``told`` and ``standing`` of these rows, in the comparison that was begun last."""
        ...

    def end_comparison(self, change_id: str) -> None:
        """End it: every row that was not saved since it began is new."""
        ...

    def import_counts(self, change_id: str) -> ImportCounts | None:
        """Return how the rows stand; None where they are not kept (any more)."""
        ...

    def import_groups(self, change_id: str) -> Collection[str]:
        """Return the groups that rows which differ name, without those that any of these users is in.

        As the rows were compared last.
        """
        ...

    def conclude_import_rows(
        self,
        change_id: str,
        to: UserStatus,
        reason: str,
        *,
        was: UserStatus | None,
        standings: Collection[RowStatus] = tuple(RowStatus),
    ) -> None:
        """Write what became of all rows of these standings whose outcome ``was`` this, None being none."""
        ...

    def delete_import_rows(self, change_id: str) -> None:
        """Delete the rows of an import; what became of each address stays."""
        ...

    def old_imports(self, before: datetime) -> Sequence[str]:
        """Return the ids of the changes whose rows were added before this time."""
        ...

    # audit trail
    def record(self, record: Record, change: Change | None = None) -> AuditEntry:
        """Append an entry: number = last + 1, sealed to the one before.

        ``change`` is the change as this step leaves it: the seal of its row becomes part of the entry.
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

    def entries_after(self, seq: float, limit: int) -> Sequence[AuditEntry]:
        """Return the entries after number ``seq``, for a walk page by page; ``-inf`` begins it."""
        ...

    def role_entries(self, subject: str, customers: Collection[str]) -> Sequence[AuditEntry]:
        """Return the entries on the role rows of a subject, given by its Slack id, for these customers,
        `*` being one."""
        ...

    def policy_entries(self, customers: Collection[str]) -> Sequence[AuditEntry]:
        """Return the entries on the policy rows for these customers, `*` being one."""
        ...

    def ids_entries(self, user_id: str) -> Sequence[AuditEntry]:
        """Return the entries by which this id is one of several of a person."""
        ...

    def changes_without_row(self) -> Sequence[str]:
        """Return the ids of changes that entries name and that have no row."""
        ...

    def stored_changes(
        self, *, after: str = "", limit: int | None = None
    ) -> Sequence[StoredChange]:
        """Return the rows of changes as they are, also those that cannot be read, by id behind ``after``."""
        ...

    def stored_change(self, change_id: str) -> StoredChange | None:
        """Return the row of a change as it is."""
        ...

    def message_keys(self, change_id: str) -> Collection[str]:
        """Return the keys of a change's rows in the outbox."""
        ...

    def schema_differences(self) -> Sequence[str]:
        """Return in sentences where the schema is not the one that the bot makes."""
        ...

    # outbox
    def enqueue_message(self, kind: MessageKind, change: Change, *, person: str = "") -> None:
        """Ask for the change's card, timeline or outcome to show the change's revision.

        ``person`` is told it directly: the approver of an ASSERTED message.
        """
        ...

    def message(self, key: str) -> Message | None:
        """Return a row of the outbox."""
        ...

    def due_channels(self, now: datetime) -> Sequence[str]:
        """Return the channels in which a message is due that is no file."""
        ...

    def due_messages(
        self, now: datetime, *, channel: str | None = None, limit: int = 100, files: bool = False
    ) -> Sequence[Message]:
        """Return rows with ``shown < wanted`` and ``due_at`` reached, oldest first, and timelines
        last of all: new cards must not starve outcomes. An outcome is held back while its card is due,
        a timeline until its card is posted. Files are told of only where they are asked for, alone."""
        ...

    def next_due(self) -> datetime | None:
        """Return the earliest ``due_at`` of a row that is behind, or None."""
        ...

    def save_message(self, message: Message) -> None:
        """Write where and how far a row is shown; ``wanted`` stays as it is in the table."""
        ...

    # whether Slack is there
    def save_slack_contact(self, contact: SlackContact) -> None:
        """Write the newest contact in the place of the one before."""
        ...

    def slack_contact(self) -> SlackContact | None:
        """Return the newest contact; None where no bot has ever heard from Slack."""
        ...

    # the watchdog
    def backlog(self) -> Backlog:
        """Return what is not finished; cheap, however many changes are."""
        ...


class Store(Protocol):
    """All state, in the words of the domain. Raises StoreBusy and StoreUnusable and nothing foreign
    besides what the given function raises, which rolls the step back."""

    async def write(self, step: Callable[[Transaction], T]) -> T:
        """Run ``step`` in one write transaction, on the store's own thread. It must not block."""
        ...

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run ``query`` in one read transaction."""
        ...

    async def close(self) -> None:
        """Close the database."""
        ...
