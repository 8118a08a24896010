"""Whether somebody may be told of a change directly: they may have lost their roles since."""

from __future__ import annotations

from datetime import datetime

from bot.domain.change import Change
from bot.domain.roles import ROLES_WITH, Right, Subject, SubjectKind
from bot.ports import Transaction
from bot.service.batches import members_of


def may_still_view(tx: Transaction, change: Change, person: str, now: datetime) -> bool:
    """Whether a role row of theirs lets them view the customer of a change, or each of a batch; Slack is
    not asked.

    Of its requester the user groups count, too, with which they asked.
    """
    ids = tx.ids_of(person)
    subjects = [Subject(SubjectKind.USER, one) for one in sorted(ids)]
    if change.requester in ids:
        subjects += [Subject(SubjectKind.USERGROUP, one) for one in change.requester_usergroups]
    customer = None if change.batch else change.customer
    rows = tx.grants(subjects=subjects, customer=customer)
    may = [row for row in rows if row.role in ROLES_WITH[Right.VIEW]]
    return all(any(row.covers(one.customer, now) for row in may) for one in members_of(tx, change))
