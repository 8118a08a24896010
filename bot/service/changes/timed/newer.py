"""Whether another change of the same users stands in the way of a way back."""

from __future__ import annotations

from bot.domain.actions import Restore, at_the_end, covered, opposite, search_topics, switches
from bot.domain.change import (
    AWAITING,
    MAY_HAVE_EFFECT,
    OPEN,
    Change,
    State,
)
from bot.domain.scope import overlap
from bot.ports import Transaction

_STANDING = OPEN | {State.NEEDS_OPERATOR}


def newer_change(tx: Transaction, timed: Change, way_back: str = "") -> Change | None:
    """Return the change of the same flag and of some of the same users that came after this one, or None.

    It is decided, or had or may have had an effect. One that only waits for a decision stands in no
    way: else one person could keep, without an approval, what two were needed for. Nor does one that
    took some of the users back already. ``way_back`` is the id of the way back itself.
    """
    topics, began = search_topics(timed.action), timed.begun_at or timed.created_at
    open_ones = tx.changes(states=_STANDING, customer=timed.customer, topics=topics)
    found = [*open_ones, *tx.begun_since(timed.customer, began)]
    others = [one for one in found if one.id not in (timed.id, way_back)]
    newest = sorted(others, key=lambda one: one.begun_at or one.created_at, reverse=True)
    return next((one for one in newest if _stands_in_the_way(timed, one)), None)


def why_not_made(timed: Change, newer: Change) -> str:
    """Return in a sentence that the way back is not made, and why; plain text."""
    how = "is newer" if newer.state in MAY_HAVE_EFFECT else f"is newer and {newer.state.words}"
    back = at_the_end(timed.action)
    what = back.title.lower() if back else "the way back"
    return f"{what.capitalize()} is not made by itself: {newer.id} {newer.action.title} {how}."


def _stands_in_the_way(timed: Change, other: Change) -> bool:
    back = at_the_end(timed.action)
    # Access is not taken from those who are in failover again.
    taken = (
        covered(timed.action)
        if isinstance(timed.action, Restore)
        else switches(back)
        if back
        else ()
    )
    same_flag = {one.flag for one in taken} & {one.flag for one in switches(other.action)}
    if not same_flag or not overlap(other.scope, timed.scope):
        return False
    if other.state in AWAITING and not other.attempts:
        return False
    if other.state in OPEN:
        return True
    may_have_effect = other.state in MAY_HAVE_EFFECT or (
        other.attempts > 0 and other.state is not State.FAILED
    )
    return may_have_effect and any(opposite(one) in switches(other.action) for one in taken)
