"""Whether somebody may be told of a change directly: they may have lost their roles since."""

from __future__ import annotations

from datetime import datetime

from bot.domain.change import Change
from bot.domain.roles import ROLES_WITH, Right, Subject, SubjectKind
from bot.ports import Transaction


def may_still_view(tx: Transaction, change: Change, person: str, now: datetime) -> bool:
    """Whether a role row of theirs lets them view the customer of a change; Slack is not asked.

    Of its requester the user groups count, too, with which they asked.
    """
    ids = tx.ids_of(person)
    subjects = [Subject(SubjectKind.USER, one) for one in sorted(ids)]
    if change.requester in ids:
        subjects += [Subject(SubjectKind.USERGROUP, one) for one in change.requester_usergroups]
    rows = tx.grants(subjects=subjects, customer=change.customer)
    return any(
        row.role in ROLES_WITH[Right.VIEW] and row.covers(change.customer, now) for row in rows
    )
