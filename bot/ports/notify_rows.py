"""Notification rules: who is told of a change that waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.domain.notify import NotifyRule


class NotifyRows(Protocol):
    """The table ``notify_rules``."""

    def notify_rules(self) -> Sequence[NotifyRule]:
        """Return the rules, by customer.

        A row that cannot be read does not count: what applies without it tells people.
        """
        ...

    def unreadable_notify_rules(self) -> Sequence[str]:
        """Return the customers whose row cannot be read: it was altered or is damaged."""
        ...

    def put_notify_rule(self, rule: NotifyRule) -> None:
        """Write a rule; that of the same customer is replaced."""
        ...

    def remove_notify_rule(self, customer: str) -> bool:
        """Remove the customer's row; False where there is none."""
        ...
