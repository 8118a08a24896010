"""Changes that belong together: opposite ones that are open, and later ones that replace an earlier one."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import can_be_repeated, search_topics, switches
from bot.domain.change import Change, opposes
from bot.domain.change_state import AWAITING, ENDED, MAY_BE_REPEATED, OPEN, UNDER_WAY, State
from bot.domain.outcome import UserStatus
from bot.domain.scope import Everyone, Scope, Users, case_folded
from bot.ports import Transaction
from bot.service.batches import show_again

# Of one customer and topic, the newest ones.
MAX_SEARCHED = 100
_TOOK_EFFECT = (State.APPLIED, State.PARTIAL)


def opposites(tx: Transaction, change: Change) -> list[Change]:
    """Return the open changes that switch the same flag of the same users the other way.

    One that is not counted yet is none: it may turn out that there is nothing to do.
    """
    if not switches(change.action) or change.state not in OPEN:
        return []
    return [one for one in _of_topic(tx, change) if _step(one) and opposes(one, change)]


def superseded_by(tx: Transaction, change: Change) -> Change | None:
    """Return the later change that makes it pointless to propose this one again, or None.

    It is an equal one, whatever became of it, since that is where to go on; or an opposite one
    that was applied afterwards for all of these users.
    """
    if change.state not in MAY_BE_REPEATED or not can_be_repeated(change.action):
        return None
    rest = rest_of(tx, change)
    return next((one for one in _of_topic(tx, change) if _supersedes(one, change, rest)), None)


def refresh_related(tx: Transaction, change: Change, before: Change | None) -> None:
    """Have the cards brought up to date that tell of this change, which was ``before`` or is new.

    These cards get another revision: a rendering that began earlier does not count as this one.
    """
    moved = _step(before) != _step(change)
    settled = before is None or (change.state in ENDED and before.state not in ENDED)
    if not can_be_repeated(change.action) or not (moved or settled):
        return
    for one in _of_topic(tx, change):
        names_it = moved and one.state in OPEN and opposes(one, change)
        repeated = settled and one.state in MAY_BE_REPEATED
        if names_it or (repeated and _supersedes(change, one, rest_of(tx, one))):
            show_again(tx, one)


def rest_of(tx: Transaction, change: Change) -> Scope:
    """Return the users for whom a change that has ended is not applied yet."""
    if not isinstance(change.scope, Users):
        return change.scope
    done = {row.address for row in tx.user_outcomes(change.id, status=UserStatus.APPLIED)}
    rest = tuple(address for address in change.scope.addresses if address not in done)
    return Users(rest) if rest else change.scope


def _of_topic(tx: Transaction, change: Change) -> Sequence[Change]:
    found = tx.changes(
        customer=change.customer, topics=search_topics(change.action), limit=MAX_SEARCHED
    )
    return [one for one in found if one.id != change.id]


def _supersedes(later: Change, change: Change, rest: Scope) -> bool:
    if later.action == change.action:
        equal = (case_folded(change.scope), case_folded(rest))
        return later.created_at > change.created_at and case_folded(later.scope) in equal
    if not opposes(later, change) or later.state not in _TOOK_EFFECT:
        return False
    if later.finished_at is None or change.finished_at is None:
        return False
    return later.finished_at > change.finished_at and covers(later.scope, change.scope)


def covers(one: Scope, other: Scope) -> bool:
    """Whether every user of the other scope is certainly in this one."""
    if isinstance(one, Users) and isinstance(other, Users):
        mine = {address.lower() for address in one.addresses}
        return all(address.lower() in mine for address in other.addresses)
    return isinstance(one, Everyone) or one == other


def _step(change: Change | None) -> str:
    """Return what a card says of its opposite, "" where that is not open or not counted yet."""
    if change is None or change.state not in OPEN:
        return ""
    if change.state in AWAITING:
        return "waits" if change.preview else ""
    return "is under way" if change.state in UNDER_WAY else "is approved"
