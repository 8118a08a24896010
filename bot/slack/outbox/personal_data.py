"""Whether a channel may see users' data: the rule for files and for the values on a card."""

from __future__ import annotations

from datetime import datetime

from bot.domain.change import Change
from bot.domain.roles import Role, Subject, SubjectKind
from bot.ports import Transaction


def channel_may_see(tx: Transaction, change: Change, now: datetime) -> bool:
    """Return whether the change was proposed in an incident channel of its customer."""
    subject = Subject(SubjectKind.CHANNEL, change.channel)
    grants = tx.grants(subjects=[subject], customer=change.customer)
    return any(one.role is Role.INCIDENT and one.covers(change.customer, now) for one in grants)
