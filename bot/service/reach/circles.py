"""Who belongs to a circle: the people who may approve a change, by the role rows alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.domain.notify import Circle
from bot.domain.roles import Right, Role
from bot.ports import Transaction
from bot.service.access.approvers import approvers_of_all, people_with


def members(
    tx: Transaction,
    customers: Sequence[str],
    circle: Circle,
    now: datetime,
    without: Iterable[str],
) -> frozenset[str]:
    """Return the ids of those who may approve for all of these customers, but the people ``without``.

    The approvers are those who are no admins, where there is such a person. User groups are left
    out: nobody becomes an approver by one (``domain/roles.py``).
    """
    if circle is Circle.PAGER:
        return frozenset()
    others = frozenset[str]().union(*(tx.ids_of(one) for one in without))
    may = approvers_of_all(tx, customers, now) - others
    canonical = tx.other_ids()
    admins = may
    for customer in customers:
        rows = tx.grants(customer=customer, role=Role.ADMIN)
        admins &= people_with(Right.APPROVE, customer, rows, now, canonical)
    if circle is Circle.ADMINS:
        return admins
    return may - admins or admins
