"""Why a change reaches nobody: a name or number that the API does not know, and what is meant."""

from __future__ import annotations

from http import HTTPStatus

from bot.domain.change import Change
from bot.domain.roles import ANY_CUSTOMER, Subject, SubjectKind
from bot.domain.scope import EVERY_USER, Filters, Groups, Users, describe_filters
from bot.errors import Refused
from bot.ports import Transaction
from bot.service.change_types.attempt.group_spelling import similar_groups
from bot.service.change_types.attempt.unknown_users import UnknownUsers
from bot.service.context import Context

# Customers that a sentence names.
MAX_NAMED_CUSTOMERS = 5


async def why_nobody(ctx: Context, change: Change) -> str:
    """Return why no user matches, and which group or customer may be meant."""
    scope, customer = change.scope, change.customer
    groups = scope.names if isinstance(scope, Groups) else ()
    if isinstance(scope, Filters) and scope != EVERY_USER:
        groups = scope.groups
        why = f"No user of customer {customer} matches {', '.join(describe_filters(scope))}."
    elif len(groups) == 1:
        why = f"There is no group {groups[0]} for customer {customer}."
    elif groups:
        why = f"No user of customer {customer} is in one of these groups: {', '.join(groups)}."
    else:
        why = f"Customer {customer} has no users."
    if similar := await similar_groups(ctx, customer, groups) if groups else []:
        return f"{why} Did you mean {' or '.join(similar)}?"
    return f"{why} {await _customers(ctx, change)}"


async def why_refused(ctx: Context, change: Change, error: Refused) -> str:
    """Return why the API refused to count; for an unknown customer, which one may be meant."""
    if error.status != HTTPStatus.NOT_FOUND or isinstance(error, UnknownUsers):
        return str(error)
    if isinstance(change.scope, Users):
        who = ", ".join(change.scope.addresses)
        return f"There is no user {who} for customer {change.customer}. {error}"
    return f"There is no customer {change.customer}. {error} {await _customers(ctx, change)}"


async def _customers(ctx: Context, change: Change) -> str:
    """Return for which customers the requester holds valid role rows, with their names."""

    def query(tx: Transaction) -> str:
        subjects = [Subject(SubjectKind.USER, change.requester)]
        subjects += [Subject(SubjectKind.USERGROUP, one) for one in change.requester_usergroups]
        names, now = tx.customer_names(), ctx.clock.now()
        rows = [row for row in tx.grants(subjects=subjects) if row.in_force(now)]
        numbers = sorted({row.customer for row in rows})
        if ANY_CUSTOMER in numbers:
            return "all customers"
        shown = [f"{number} {names.get(number, '')}".strip() for number in numbers]
        more = len(shown) - MAX_NAMED_CUSTOMERS
        others = f" and {more} more" if more > 0 else ""
        return (", ".join(shown[:MAX_NAMED_CUSTOMERS]) or "none") + others

    return f"You have rights for: {await ctx.store.read(query)}."
