"""Messages that people added to the report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.incident_report.message import ReportMessage


class ReportMessageRows(Protocol):
    """The table ``report_messages``."""

    def add_report_message(self, message: ReportMessage) -> bool:
        """Add a message; return False, and change nothing, where it is there already."""
        ...

    def remove_report_message(self, channel: str, ts: str) -> ReportMessage | None:
        """Remove a message and return it; None where it is not there."""
        ...

    def report_messages(
        self,
        *,
        channel: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
    ) -> Sequence[ReportMessage]:
        """Return the messages in the order of their posting; ``until`` does not belong to it."""
        ...

    def card_change(self, channel: str, ts: str) -> str:
        """Return the id of the change whose card is this message, ``""`` where it is none."""
        ...
