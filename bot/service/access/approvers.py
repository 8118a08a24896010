"""Who can approve changes of a customer, by the role rows alone; Slack is not asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.policy import ANY, PolicyRule
from bot.domain.roles import ROLES_WITH, Grant, Right, SubjectKind
from bot.ports import Transaction

# Of the default policy, for what no row of the table is about.
DEFAULT_APPROVALS = 1


@dataclass(frozen=True, slots=True)
class Shortage:
    """A policy row, or None for the default, that too few people can fulfil.

    Of ``approvers`` people, ``there`` can approve besides the requester for whom they are fewest.
    """

    rule: PolicyRule | None
    needed: int
    there: int
    approvers: int


def people_with(
    right: Right,
    customer: str,
    grants: Iterable[Grant],
    now: datetime,
    other_ids: Mapping[str, str] | None = None,
) -> frozenset[str]:
    """Return the ids of the people who hold a row of their own with this right on this customer.

    User groups are left out: nobody becomes an approver by one. ``other_ids`` maps further ids of
    a person to the id that Slack answers with, so that each person counts once.
    """
    canonical = other_ids or {}
    return frozenset(
        canonical.get(row.subject.id, row.subject.id)
        for row in grants
        if row.subject.kind is SubjectKind.USER
        and row.role in ROLES_WITH[right]
        and row.covers(customer, now)
    )


def approvers(tx: Transaction, customer: str, now: datetime) -> frozenset[str]:
    """Return the ids of the people who may approve for this customer now, the requester too."""
    return people_with(Right.APPROVE, customer, tx.grants(customer=customer), now, tx.other_ids())


def approvers_of_all(tx: Transaction, customers: Sequence[str], now: datetime) -> frozenset[str]:
    """Return the ids of the people who may approve for each of these customers now."""
    found = [approvers(tx, one, now) for one in customers]
    return found[0].intersection(*found[1:]) if found else frozenset()


def shortages(
    customer: str,
    grants: Sequence[Grant],
    rules: Iterable[PolicyRule],
    now: datetime,
    other_ids: Mapping[str, str] | None = None,
) -> list[Shortage]:
    """Return what too few people can approve: of the default, and of each policy row for this
    customer."""
    can_approve = people_with(Right.APPROVE, customer, grants, now, other_ids)
    can_propose = people_with(Right.PROPOSE, customer, grants, now, other_ids)
    # Nobody approves their own change. Members of a user group may propose, too.
    there = min((len(can_approve - {one}) for one in can_propose), default=len(can_approve))
    asked: list[tuple[PolicyRule | None, int]] = [(None, DEFAULT_APPROVALS)]
    asked += [(rule, rule.approvals) for rule in rules if rule.customer in (ANY, customer)]
    total = len(can_approve)
    return [Shortage(rule, needed, there, total) for rule, needed in asked if there < needed]
