"""Too few people who can approve a change: said at once, and corrected when a role row changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.limits import MAX_NAMED_PEOPLE
from bot.domain.roles import ANY_CUSTOMER, ROLES_WITH, Right, Role
from bot.ports import Transaction
from bot.service.access.approvers import approvers, approvers_of_all, people_with
from bot.service.access.remedies import admins_of, who_can
from bot.service.batches import waiting_customers
from bot.service.context import Context, save_change


@dataclass(frozen=True, slots=True)
class MissingApprovers:
    """``people`` can approve it, fewer than ``needed`` more approvals; ``admins`` can grant it.

    Both are mentions. ``requester_could`` is whether the requester could approve it if it were
    the change of somebody else.
    """

    needed: int
    people: tuple[str, ...]
    admins: tuple[str, ...]
    requester_could: bool


def missing_approvers(tx: Transaction, change: Change, now: datetime) -> MissingApprovers | None:
    """Return who is missing by the role rows; None where enough people can approve the change."""
    if change.state is not State.AWAITING_APPROVAL:
        return None
    requester = tx.ids_of(change.requester)
    given = frozenset[str]().union(*(tx.ids_of(one.approver) for one in change.approvals))
    customers = waiting_customers(tx, change)
    can = approvers_of_all(tx, customers, now)
    people, needed = can - requester - given, _needed(change)
    if len(people) >= needed:
        return None
    rows = tx.grants(customer=customers[0], role=Role.ADMIN)
    admins = people_with(Right.ADMINISTER, customers[0], rows, now, tx.other_ids())
    return MissingApprovers(
        needed, _mentions(people), _mentions(admins - requester), bool(can & requester)
    )


async def missing_approvers_in_slack(ctx: Context, change: Change) -> MissingApprovers | None:
    """Return the same without those whom Slack bars."""
    if change.state is not State.AWAITING_APPROVAL:
        return None
    if change.batch:  # its card tells it, by the role rows alone
        return None
    who, needed = (change.customer, change.requester), _needed(change)
    people = await who_can(ctx, Right.APPROVE, *who, change.id)
    if len(people) >= needed:
        return None

    def could(tx: Transaction) -> bool:
        can = approvers(tx, change.customer, ctx.clock.now())
        return bool(can & tx.ids_of(change.requester))

    admins = await admins_of(ctx, *who)
    return MissingApprovers(needed, (*people,), (*admins,), await ctx.store.read(could))


def correct_cards(tx: Transaction, role: Role, customer: str) -> None:
    """Have the cards that wait for an approval drawn anew, where a row of this role was written."""
    if role not in ROLES_WITH[Right.APPROVE]:
        return
    where = None if customer == ANY_CUSTOMER else customer
    for change in tx.changes(states={State.AWAITING_APPROVAL}, customer=where):
        if change.preview is not None:  # else the count draws it anew
            save_change(tx, (tx.change(change.id) or change).revised())


def _needed(change: Change) -> int:
    return change.approvals_needed - len({one.approver for one in change.approvals})


def _mentions(ids: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"<@{one}>" for one in sorted(ids)[:MAX_NAMED_PEOPLE])
