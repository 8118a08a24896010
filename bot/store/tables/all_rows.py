"""All rows of one step: what both backends make of ``bot.ports.Transaction``."""

from __future__ import annotations

from bot.ports import Backlog
from bot.store.tables.audit_rows import AuditRows
from bot.store.tables.configuration_rows import ConfigurationRows
from bot.store.tables.contact_row import ContactRow
from bot.store.tables.deadline_rows import DeadlineRows
from bot.store.tables.drill_rows import DrillRows
from bot.store.tables.import_rows import ImportRows
from bot.store.tables.inbox_rows import InboxRows
from bot.store.tables.message_rows import MessageRows
from bot.store.tables.notify_rows import NotifyRows
from bot.store.tables.outcome_rows import OutcomeRows
from bot.store.tables.page_rows import PageRows
from bot.store.tables.recipient_rows import RecipientRows
from bot.store.tables.replica_rows import ReplicaRows
from bot.store.tables.report_message_rows import ReportMessageRows
from bot.store.tables.role_rows import RoleRows
from bot.store.tables.still_needed_rows import StillNeededRows
from bot.store.tables.switched_rows import SwitchedRows


class AllRows(
    InboxRows,
    RoleRows,
    NotifyRows,
    ConfigurationRows,
    PageRows,
    SwitchedRows,
    StillNeededRows,
    DrillRows,
    ReportMessageRows,
    OutcomeRows,
    ImportRows,
    AuditRows,
    MessageRows,
    DeadlineRows,
    RecipientRows,
    ContactRow,
    ReplicaRows,
):
    """All tables; a backend adds the differences of its schema from the one that the bot makes."""

    def notify(self, channel: str) -> None:
        """Nobody listens to a file."""

    def backlog(self) -> Backlog:
        return Backlog(
            self.open_changes(),
            self.executing_since(),
            self.outbox_behind_since(),
            self.contradicted_at(),
            self.pages_behind_since(),
            next((one.due_at for one in self.due_deadlines(self._clock.now())), None),
            *self.count_reviews_owed(),
        )
