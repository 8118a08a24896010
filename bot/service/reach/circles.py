"""Who belongs to a circle: the people who may approve a change, by the role rows alone."""

from __future__ import annotations

from datetime import datetime

from bot.domain.change import Change
from bot.domain.notify import Circle
from bot.domain.roles import Right, Role
from bot.ports import Transaction
from bot.service.access.approvers import approvers, people_with


def members(tx: Transaction, change: Change, circle: Circle, now: datetime) -> frozenset[str]:
    """Return the ids of those who may approve the change and have not, without its requester.

    The approvers are those who are no admins, where there is such a person. User groups are left
    out: nobody becomes an approver by one (``domain/roles.py``).
    """
    if circle is Circle.PAGER:
        return frozenset()
    may = approvers(tx, change.customer, now) - _not_asked(tx, change)
    rows = tx.grants(customer=change.customer, role=Role.ADMIN)
    admins = may & people_with(Right.APPROVE, change.customer, rows, now, tx.other_ids())
    if circle is Circle.ADMINS:
        return admins
    return may - admins or admins


def _not_asked(tx: Transaction, change: Change) -> frozenset[str]:
    people = (change.requester, *(given.approver for given in change.approvals))
    return frozenset[str]().union(*(tx.ids_of(one) for one in people))
