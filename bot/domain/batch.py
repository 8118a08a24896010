"""A batch: changes of several customers that are decided together, seen as one.

Each member is a change of its own, with its preview, outcome and audit entries. Its ``batch`` is the id
of the first one, whose card shows all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from bot.domain.change import Change
from bot.domain.change_state import (
    AWAITING,
    MAY_BE_REPEATED,
    OPEN,
    TOOK_EFFECT,
    TRANSITIONS,
    Event,
    State,
)
from bot.domain.preview import Preview

# Of these at most are sent at a time.
MAX_PARALLEL_MEMBERS = 4
# Of these at most are counted at a time: the requests of other changes must find room in the pools.
MAX_COUNTED_MEMBERS = 8
# The first of these that a member is in is the state of all, where some have ended differently.
_WAITS = (State.AWAITING_APPROVAL, State.AWAITING_CONFIRMATION)
_ENDS = (
    State.NEEDS_OPERATOR,
    State.PARTIAL,
    State.FAILED,
    State.GIVEN_UP,
    State.EXPIRED,
    State.DENIED,
)


def is_first(change: Change) -> bool:
    """Whether the card of this change shows a batch."""
    return change.batch == change.id


def summary(members: Sequence[Change]) -> Change:
    """Return the batch as one change: its state, its numbers added up; it is not to be saved.

    Its id, revision and request are those of the first member, its decision that of a member in the state
    which is that of all. In place of a customer's number it has that of the customers.
    """
    first, told = members[0], counting(members)
    state = _state({_seen_state(one) for one in told})
    front = next((one for one in told if one.state is state), first)
    return replace(
        front,
        id=first.id,
        customer=label(len(told)),
        remarks=first.remarks,
        revision=first.revision,
        state=state,
        preview=_added_up(told),
        preview_revision=sum(one.preview_revision for one in members),
        attempts=sum(max(one.attempts, one.was_sent) for one in told),
        steps=(),
        finished_at=_last(told) if state not in OPEN else None,
        ends_at=min((one.ends_at for one in told if one.ends_at), default=None),
        end_note="",
        waits_for=None,
        next_try_at=None,
        stopped_by=None,
        outcome=None,
    )


def label(customers: int) -> str:
    """Return `12 customers`."""
    return "1 customer" if customers == 1 else f"{customers} customers"


def counting(members: Sequence[Change]) -> Sequence[Change]:
    """Return the members that were not stopped when they were first counted; all where all were."""
    return [one for one in members if not one.is_pointless] or members


def moved_by(members: Sequence[Change], event: Event) -> list[Change]:
    """Return the members that the event applies to now; what was begun is not withdrawn with the others."""
    found = [one for one in members if event in TRANSITIONS.get(one.state, {})]
    return not_begun(found) + _waiting(found) if event is Event.CANCEL else found


def to_repeat(members: Sequence[Change]) -> list[Change]:
    """Return the members that can be proposed again: they failed, or were not executed in time."""
    return [one for one in members if one.state in MAY_BE_REPEATED]


def not_begun(members: Sequence[Change]) -> list[Change]:
    """Return the members that are approved and of which nothing was sent."""
    return [one for one in members if one.state is State.APPROVED and not one.was_sent]


def _waiting(members: Sequence[Change]) -> list[Change]:
    return [one for one in members if one.state in AWAITING]


def _seen_state(change: Change) -> State:
    return State.EXECUTING if change.is_between_steps else change.state


def _state(states: Collection[State]) -> State:
    for waits in _WAITS:
        if waits in states:
            return waits
    if len(states) == 1:
        return next(iter(states))
    if any(one in OPEN for one in states):
        return State.EXECUTING
    if State.NEEDS_OPERATOR in states:
        return State.NEEDS_OPERATOR
    if any(one in TOOK_EFFECT for one in states):
        return State.PARTIAL
    return next((one for one in _ENDS if one in states), State.CANCELLED)


def _added_up(members: Sequence[Change]) -> Preview | None:
    """Return the numbers of all; None while one that waits for a decision is not counted yet."""
    seen = [one.preview for one in members if one.preview is not None]
    if not seen or any(one.state in AWAITING and one.preview is None for one in members):
        return None

    def total(name: str) -> int | None:
        numbers = [getattr(one, name) for one in seen]
        return None if None in numbers else sum(numbers)

    return Preview(
        max(one.taken_at for one in seen),
        total=total("total"),
        already=total("already"),
        access_off=total("access_off"),
        not_activated=total("not_activated"),
    )


def _last(members: Sequence[Change]) -> datetime | None:
    return max((one.finished_at for one in members if one.finished_at), default=None)
