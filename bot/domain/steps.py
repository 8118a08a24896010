"""The steps of a change that switches several flags, one after the other (adr/0023)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.actions import SetFlag, switches
from bot.domain.change import Change, switch_of
from bot.domain.outcome import StepOutcome
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

    One at least is left, and none is skipped once something was sent.
    """
    if seen is None or seen.problem or not seen.total or change.was_sent or change.steps:
        return change
    left = change.steps_left
    is_set = [one for one in left if already_in(change, seen, one) == seen.total]
    if len(is_set) == len(left):
        return change
    return replace(change, steps=tuple(StepOutcome(one, now) for one in is_set))
