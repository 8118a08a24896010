"""The store: all state, read and written in transactions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from bot.ports.audit_rows import AuditRows
from bot.ports.change_rows import ChangeRows
from bot.ports.configuration_rows import ConfigurationRows
from bot.ports.deadline_rows import DeadlineRows
from bot.ports.drill_rows import DrillRows
from bot.ports.import_rows import ImportRows
from bot.ports.message_rows import InboxRows, MessageRows
from bot.ports.notify_rows import NotifyRows
from bot.ports.page_rows import PageRows
from bot.ports.recipient_rows import RecipientRows
from bot.ports.records import Backlog, SlackContact
from bot.ports.replica_rows import ReplicaRows
from bot.ports.report_message_rows import ReportMessageRows
from bot.ports.role_rows import RoleRows
from bot.ports.still_needed_rows import StillNeededRows
from bot.ports.switched_rows import SwitchedRows

T = TypeVar("T")


class Transaction(
    InboxRows,
    RoleRows,
    NotifyRows,
    ConfigurationRows,
    PageRows,
    ChangeRows,
    SwitchedRows,
    StillNeededRows,
    DrillRows,
    ReportMessageRows,
    ImportRows,
    AuditRows,
    MessageRows,
    DeadlineRows,
    RecipientRows,
    ReplicaRows,
    Protocol,
):
    """All tables. Inside ``Store.write`` everything is committed together, or nothing is."""

    def save_slack_contact(self, contact: SlackContact) -> None:
        """Write the newest contact; the one before is replaced."""
        ...

    def slack_contact(self) -> SlackContact | None:
        """Return the newest contact; None where no bot ever heard from Slack."""
        ...

    def notify(self, channel: str) -> None:
        """Wake who listens on the channel in other processes, once this is committed."""
        ...

    def backlog(self) -> Backlog:
        """Return what is unfinished. Fast however many changes there are."""
        ...


class ReadableStore(Protocol):
    """What reads a database; raises as ``Store`` does."""

    async def read(self, query: Callable[[Transaction], T]) -> T:
        """Run ``query`` in a read transaction."""
        ...


class Store(ReadableStore, Protocol):
    """Runs functions in transactions.

    Raises StoreBusy, StoreUnusable and what the given function raises, which rolls the transaction
    back.
    """

    async def write(self, step: Callable[[Transaction], T]) -> T:
        """Run ``step`` in a write transaction, on the store's own thread. It must not block."""
        ...

    async def close(self) -> None:
        """Close the database."""
        ...
