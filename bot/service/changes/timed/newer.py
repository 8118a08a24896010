"""Whether another change of the same users stands in the way of a way back, or is taken back with it."""

from __future__ import annotations

from bot.domain.actions import (
    ACCESS_OFF,
    Restore,
    SetFlag,
    covered,
    opposite,
    search_topics,
    switches,
)
from bot.domain.change import Change
from bot.domain.change_state import AWAITING, MAY_HAVE_EFFECT, OPEN, State
from bot.domain.preview import Preview
from bot.domain.scope import Flag, overlap
from bot.domain.steps import end_of
from bot.ports import Transaction

_STANDING = OPEN | {State.NEEDS_OPERATOR}


TAKES_BACK_TOO = (
    "It also takes back {newer} {title}, which is newer and had fewer approvals than {timed}: propose that "
    "again where it must stay."
)

IN_FAILOVER = (
    "{action} is not made by itself: {users} of these users are in failover, and would no longer read their "
    "mail."
)
NOT_KNOWN = (
    "{action} is not made by itself: the API did not tell whether users are in failover again, who would no "
    "longer read their mail. Type `{command}` when you know that none is."
)


def newer_change(tx: Transaction, timed: Change, way_back: str = "") -> Change | None:
    """Return the change of the same flag and of some of the same users that came after this one, or None.

    It is decided, or had or may have had an effect. One that only waits for a decision stands in no
    way, nor one that had fewer approvals than ``timed``: else one person could keep, alone, what two
    were needed for. Nor does one that took some of the users back already. ``way_back`` is the id of
    the way back itself.
    """
    decided = (one for one in _newer(tx, timed, way_back) if _decided_alike(timed, one))
    return next(decided, None)


def taken_back_too(tx: Transaction, timed: Change) -> str:
    """Return in a sentence which newer change the way back undoes for its users, too, or ``""``."""
    same = (one for one in _newer(tx, timed) if _is_undone(timed, one))
    newer = next(same, None)
    if newer is None:
        return ""
    return TAKES_BACK_TOO.format(newer=newer.id, title=newer.action.title, timed=timed.id)


def why_not_made(timed: Change, newer: Change) -> str:
    """Return in a sentence that the way back is not made, and why; plain text."""
    how = "is newer" if newer.state in MAY_HAVE_EFFECT else f"is newer and {newer.state.words}"
    back = end_of(timed)
    what = back.title.lower() if back else "the way back"
    return f"{what.capitalize()} is not made by itself: {newer.id} {newer.action.title} {how}."


def takes_mail(timed: Change, seen: Preview | None) -> str:
    """Return in a sentence that users are or may be in failover, from whom a restore takes no access, or
    ``""``."""
    if not isinstance(timed.action, Restore):
        return ""
    users, action = seen.facts.in_failover if seen and seen.facts else None, ACCESS_OFF.title
    if users is None:
        return NOT_KNOWN.format(action=action.capitalize(), command=action.lower())
    return IN_FAILOVER.format(action=action.capitalize(), users=f"{users:,}") if users else ""


def _newer(tx: Transaction, timed: Change, way_back: str = "") -> list[Change]:
    """Return what came after ``timed`` and may hold for some of its users, the newest first."""
    topics, began = search_topics(timed.action), timed.begun_at or timed.created_at
    open_ones = tx.changes(states=_STANDING, customer=timed.customer, topics=topics)
    found = [*open_ones, *tx.begun_since(timed.customer, began)]
    others = [one for one in found if one.id not in (timed.id, way_back)]
    newest = sorted(others, key=lambda one: one.begun_at or one.created_at, reverse=True)
    return [one for one in newest if _may_hold(timed, one)]


def _decided_alike(timed: Change, other: Change) -> bool:
    """Whether as many people decided it. Whoever is put into failover must be able to log in, so that
    access is not taken from them, however that was decided."""
    into_failover = SetFlag(Flag.FAILOVER, on=True) in switches(other.action)
    if isinstance(timed.action, Restore) and into_failover:
        return True
    # A commander stands for those who would have approved.
    needed = max(len(timed.approvals), int(timed.emergency is not None))
    return other.emergency is not None or len(other.approvals) >= needed


def _may_hold(timed: Change, other: Change) -> bool:
    flags = {one.flag for one in _taken(timed)}
    if flags.isdisjoint(one.flag for one in switches(other.action)):
        return False
    if other.drill is not timed.drill:  # it is at another API
        return False
    if not overlap(other.scope, timed.scope):
        return False
    if other.state in AWAITING and not other.was_sent:
        return False
    if other.state in OPEN:
        return True
    may_have_effect = other.state in MAY_HAVE_EFFECT or (
        other.attempts > 0 and other.state is not State.FAILED
    )
    return may_have_effect and _is_undone(timed, other)


def _is_undone(timed: Change, other: Change) -> bool:
    """Whether the way back would take back what the other change set."""
    return any(opposite(one) in switches(other.action) for one in _taken(timed))


def _taken(timed: Change) -> tuple[SetFlag, ...]:
    """Return what the way back switches; access is not taken from users who are in failover again."""
    back = end_of(timed)
    return covered(timed.action if isinstance(timed.action, Restore) or back is None else back)
