"""How many approvals a change needs, and by which rule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.actions import (
    Action,
    DeleteUser,
    ImportUsers,
    MakeToken,
    PurgeUsers,
    policy_topics,
)
from bot.domain.scope import Scope, Users

ANY = "*"
# The requester confirms up to this many named users alone, unless they changed more within the
# hour.
CONFIRMABLE_USERS = 10
CONFIRMABLE_USERS_AN_HOUR = 50
# A change expires when it is not decided in time, or does not start in time after that.
DECISION_TIME = timedelta(minutes=30)
START_TIME = timedelta(minutes=30)
MAX_APPROVALS = 5
# The rule for most changes; a card names every other one.
DEFAULT_APPROVAL = "default: one approval by somebody else"
# Share of the counted users by which the number may differ at the execution without a new approval.
TOLERANCE = 0.02


@dataclass(frozen=True, slots=True)
class PolicyRule:
    """One row of the table ``policy``; ``*`` stands for any customer, flag or kind of scope.

    ``flag`` is the topic of an action: a flag, or `edit`, `delete`, `import`, `purge`, `token`.
    """

    customer: str
    flag: str
    scope_kind: str
    approvals: int
    set_by: str
    set_at: datetime


@dataclass(frozen=True, slots=True)
class Requirement:
    """The approvals that a change needs, and the rule in words for the card and the audit trail."""

    approvals: int
    reason: str


def minimum_approvals(action: Action) -> int:
    """Return the approvals that an action needs whatever the policy table says.

    What cannot be reverted, or opens a mailbox, is never decided by one person.
    """
    match action:
        case PurgeUsers():
            return 2
        case DeleteUser() | ImportUsers() | MakeToken(notify=False):
            return 1
        case _:
            return 0


def requirement(
    rules: Iterable[PolicyRule],
    *,
    customer: str,
    action: Action,
    scope: Scope,
    users_changed_within_the_hour: int,
) -> Requirement:
    """Return how many approvals by others this change needs; 0 means the requester confirms it.

    The most specific row of the table wins: the customer counts before the flag, the flag before
    the kind of scope. Without a row: 0 for up to 10 named users while the requester stays within 50
    users an hour, else 1. Never fewer than ``minimum_approvals`` says. Where an action switches
    several flags, the strictest of what is asked for each.
    """
    rules = tuple(rules)
    each = [
        _by_rules_or_default(
            rules,
            customer=customer,
            topic=topic,
            scope=scope,
            users_changed_within_the_hour=users_changed_within_the_hour,
        )
        for topic in policy_topics(action)
    ]
    found = max(each, key=lambda one: one.approvals)
    floor = minimum_approvals(action)
    if found.approvals >= floor:
        return found
    return Requirement(floor, f"{action.topic}: always at least {floor} by others")


def matching(
    rules: Iterable[PolicyRule], *, customer: str, topic: str, scope: Scope
) -> list[PolicyRule]:
    """Return the rows that apply to such a change."""
    return [
        rule
        for rule in rules
        if rule.customer in (ANY, customer)
        and rule.flag in (ANY, topic)
        and rule.scope_kind in (ANY, scope.kind)
    ]


def most_specific(
    rules: Iterable[PolicyRule], *, customer: str, topic: str, scope: Scope
) -> PolicyRule | None:
    """Return the row that decides, or None. Customer counts before flag, flag before scope."""
    return max(
        matching(rules, customer=customer, topic=topic, scope=scope),
        key=lambda row: (row.customer != ANY, row.flag != ANY, row.scope_kind != ANY),
        default=None,
    )


def _by_rules_or_default(
    rules: Iterable[PolicyRule],
    *,
    customer: str,
    topic: str,
    scope: Scope,
    users_changed_within_the_hour: int,
) -> Requirement:
    rule = most_specific(rules, customer=customer, topic=topic, scope=scope)
    if rule is not None:
        return Requirement(
            rule.approvals,
            f"policy {rule.customer} {rule.flag} {rule.scope_kind}: {rule.approvals}, "
            f"set by {rule.set_by} on {rule.set_at:%Y-%m-%d}",
        )
    if isinstance(scope, Users) and len(scope.addresses) <= CONFIRMABLE_USERS:
        users = users_changed_within_the_hour + len(scope.addresses)
        if users <= CONFIRMABLE_USERS_AN_HOUR:
            return Requirement(0, f"default: up to {CONFIRMABLE_USERS} named users are confirmed")
        return Requirement(
            1, f"default: {users} users within the hour, more than {CONFIRMABLE_USERS_AN_HOUR}"
        )
    return Requirement(1, DEFAULT_APPROVAL)
