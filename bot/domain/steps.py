"""The steps of a change that switches several flags, one after the other (adr/0024)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import Action, Activate, SetFlag, at_the_end, opposite, switches
from bot.domain.change import Change, sent_one_by_one, switch_of
from bot.domain.change_state import TOOK_EFFECT, UNDER_WAY, State
from bot.domain.identifiers import CUSTOMER
from bot.domain.outcome import Outcome, StepOutcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import Flag


def already_of(change: Change) -> int | None:
    """Return how many users were as the current step wants when it was counted; None: not known."""
    return already_in(change, change.preview, switch_of(change))


def already_in(change: Change, seen: Preview | None, switch: SetFlag) -> int | None:
    """Return how many users are as a step of this change wants by a count, None where it is not known."""
    if seen is None or len(switches(change.action)) == 1:
        return seen.already if seen else None
    facts = seen.facts or Facts()
    return facts.with_access if switch.flag is Flag.ACCESS else facts.in_failover


def without_set_steps(change: Change, seen: Preview | None, now: datetime) -> Change:
    """Return the change with the steps skipped that have nothing to do by this count.

    One at least is left, and none is skipped once something was sent. What an earlier count skipped is
    sent where it is not so any more, or where that is not known.
    """
    if change.was_sent:
        return change
    change = replace(change, steps=())
    if seen is None or seen.problem or not seen.total:
        return change
    left = change.steps_left
    is_set = [one for one in left if already_in(change, seen, one) == seen.total]
    if len(is_set) == len(left):
        return change
    return replace(change, steps=tuple(StepOutcome(one, now) for one in is_set))


def lost_in_step(change: Change) -> datetime | None:
    """Return when the answer to a request of the current step was last lost, or None."""
    since = max((one.finished_at for one in change.steps), default=None)
    lost_at = change.ambiguous_at
    return lost_at if since is None or (lost_at and lost_at > since) else None


def may_be_stopped(change: Change) -> bool:
    """Whether there is something that a person can keep from being sent."""
    if change.stopped_by is not None:
        return False
    parts = change.state is State.EXECUTING and sent_one_by_one(change) > 0
    next_step = change.state in UNDER_WAY and len(change.steps_left) > 1
    return parts or next_step or change.is_between_steps


class StepState(StrEnum):
    """Where a step of a change stands."""

    NOT_BEGUN = "not_begun"
    SENDING = "sending"
    ACCEPTED = "accepted"
    NOT_KNOWN = "not_known"
    DONE = "done"
    SKIPPED = "skipped"
    PARTIAL = "partial"
    FAILED = "failed"


_CURRENT = {
    State.EXECUTING: StepState.SENDING,
    State.ACCEPTED: StepState.ACCEPTED,
    State.APPLIED: StepState.DONE,
    State.PARTIAL: StepState.PARTIAL,
    State.FAILED: StepState.FAILED,
}
_NOT_SWITCHED = frozenset({StepState.NOT_BEGUN, StepState.SKIPPED, StepState.FAILED})


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a change; ``outcome`` is None where it was not sent, or has no answer yet."""

    switch: SetFlag
    state: StepState
    outcome: Outcome | None = None


def moved_mail(change: Change) -> bool:
    """Whether an activation brought users into failover: they have to know where their mail is."""
    if not isinstance(change.action, Activate) or change.state not in TOOK_EFFECT:
        return False
    reached = (StepState.DONE, StepState.SKIPPED, StepState.PARTIAL)
    return any(
        one.switch.flag is Flag.FAILOVER and one.state in reached for one in steps_of(change)
    )


def steps_of(change: Change) -> tuple[Step, ...]:
    """Return the steps of a change in their order; () for one that switches one flag or none, and for
    several customers together."""
    if len(switches(change.action)) < 2 or CUSTOMER.fullmatch(change.customer) is None:
        return ()
    done = {one.switch: one for one in change.steps}
    return tuple(
        _done(done[one]) if one in done else _left(change, one) for one in switches(change.action)
    )


def _done(step: StepOutcome) -> Step:
    if step.outcome is None:
        return Step(step.switch, StepState.SKIPPED)
    return Step(step.switch, StepState.DONE, step.outcome)


def _left(change: Change, switch: SetFlag) -> Step:
    is_current = change.attempts > 0 and change.steps_left[:1] == (switch,)
    if not is_current:
        return Step(switch, StepState.NOT_BEGUN)
    # Where it was withdrawn after a person had it tried again, that is not known either.
    state = _CURRENT.get(change.state, StepState.NOT_KNOWN)
    if state is StepState.PARTIAL and not (change.outcome and change.outcome.in_state):
        # An earlier step is done. This one was refused, or ended before it was tried once more.
        state = StepState.FAILED if change.outcome else StepState.NOT_KNOWN
    return Step(switch, state, change.outcome)


def end_of(change: Change) -> Action | None:
    """Return what the bot does at the end of a timed change; of an activate that switched one flag
    alone, the opposite of that one."""
    return _opposite_of_one(change) or at_the_end(change.action)


def back_of(change: Change) -> Action | None:
    """Return what a person takes a change back with; while it is on for a time, what the bot does at
    its end. None: there is nothing."""
    if change.ends_at is not None:
        return end_of(change)
    return _opposite_of_one(change) or opposite(change.action)


def _opposite_of_one(change: Change) -> Action | None:
    switched = [one.switch for one in steps_of(change) if one.state not in _NOT_SWITCHED]
    return opposite(switched[0]) if len(switched) == 1 else None
