"""Who belongs to a circle: the people who may approve a change, by the role rows alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bot.domain.notify import Circle
from bot.domain.roles import Right, Role
from bot.ports import Transaction
from bot.service.access.approvers import approvers, people_with


def members(
    tx: Transaction, customer: str, circle: Circle, now: datetime, without: Iterable[str]
) -> frozenset[str]:
    """Return the ids of those who may approve a change of this customer, but the people ``without``.

    The approvers are those who are no admins, where there is such a person. User groups are left
    out: nobody becomes an approver by one (``domain/roles.py``).
    """
    if circle is Circle.PAGER:
        return frozenset()
    others = frozenset[str]().union(*(tx.ids_of(one) for one in without))
    may = approvers(tx, customer, now) - others
    rows = tx.grants(customer=customer, role=Role.ADMIN)
    admins = may & people_with(Right.APPROVE, customer, rows, now, tx.other_ids())
    if circle is Circle.ADMINS:
        return admins
    return may - admins or admins
