"""A change of several steps: access on, then failover on, and what is left when one ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import (
    ACCESS_OFF,
    ACCESS_ON,
    FAILOVER_OFF,
    FAILOVER_ON,
    Action,
    Activate,
    EditUser,
    MakeToken,
    MoveEnd,
    Restore,
    SetFlag,
    affects_same_counts,
    are_independent,
    at_the_end,
    covered,
    may_undo,
    opposite,
    search_topics,
    switches,
    topics_that_switch,
)
from bot.domain.change import Change, opposes, switch_of
from bot.domain.change_state import Event, State
from bot.domain.outcome import Outcome, StepOutcome
from bot.domain.policy import PolicyRule, requirement
from bot.domain.preview import Facts, Preview
from bot.domain.scope import Everyone, Flag
from bot.domain.steps import already_of, lost_in_step, steps_of, without_set_steps
from tests.builders import NOW, a_change, a_policy_rule

SEEN = Outcome(api_id="1", total=9, in_state=9)
LATER = NOW + timedelta(seconds=3)
ENDS = (Event.CANCEL, Event.HALT, Event.EXPIRE, Event.DENY, Event.FAIL)


def activate(state: State = State.EXECUTING, **over: Any) -> Change:
    times = {"started_at": NOW, "begun_at": NOW, "attempts": 1, "deadline": NOW}
    return a_change(action=Activate(), state=state, **(times | over))


def done(change: Change) -> Change:
    return change.moved(Event.SUCCEED, outcome=SEEN, finished_at=LATER)


def test_a_step_that_is_done_leads_to_the_next_one_and_the_last_to_the_end() -> None:
    first = activate(accepted_at=NOW, looks=2, postponed=1, ambiguous_at=NOW)
    second = done(first)
    assert (second.state, switch_of(second)) == (State.APPROVED, FAILOVER_ON)
    assert second.steps == (StepOutcome(ACCESS_ON, LATER, NOW, SEEN),)
    assert (second.attempts, second.looks, second.postponed, second.accepted_at) == (0, 0, 0, None)
    assert (second.outcome, second.finished_at) == (None, None)
    assert second.deadline == LATER + timedelta(minutes=30)
    # An opposite change waits for late requests of the first step, too.
    assert second.ambiguous_at == NOW
    end = done(replace(second, state=State.EXECUTING))
    assert (end.state, end.outcome, end.steps) == (State.APPLIED, SEEN, second.steps)


@pytest.mark.parametrize("event", ENDS)
def test_what_is_ended_after_a_step_is_partly_applied(event: Event) -> None:
    state = State.EXECUTING if event is Event.FAIL else State.APPROVED
    after_one = replace(done(activate()), state=state)
    assert after_one.moved(event).state is State.PARTIAL
    assert activate(state).moved(event).state is not State.PARTIAL
    skipped = activate(state, steps=(StepOutcome(ACCESS_ON, NOW),))
    assert skipped.moved(event).state is not State.PARTIAL


@pytest.mark.parametrize("state", [State.AWAITING_APPROVAL, State.AWAITING_CONFIRMATION])
def test_what_is_asked_again_after_a_step_and_ends_is_partly_applied(state: State) -> None:
    assert replace(done(activate()), state=state).moved(Event.EXPIRE).state is State.PARTIAL


@pytest.mark.parametrize("over", [{"stopped_by": "U1"}, {"state": State.NEEDS_OPERATOR}])
def test_a_step_that_was_stopped_or_left_to_a_person_ends_the_change(over: dict[str, Any]) -> None:
    end = done(activate(**over))
    assert (end.state, end.finished_at, end.attempts) == (State.PARTIAL, LATER, 0)
    assert [one.switch for one in end.steps] == [ACCESS_ON]
    last = done(activate(**over, steps=(StepOutcome(ACCESS_ON, NOW, NOW, SEEN),)))
    assert last.state is State.APPLIED


def counted(with_access: int | None, in_failover: int | None, problem: str = "") -> Preview:
    facts = Facts(with_access=with_access, in_failover=in_failover)
    return Preview(NOW, total=9, already=0, facts=facts, problem=problem)


@pytest.mark.parametrize(
    ("seen", "skipped"),
    [
        (counted(9, 0), [ACCESS_ON]),
        (counted(0, 9), [FAILOVER_ON]),
        (counted(8, 8), []),
        (counted(9, 9), []),  # one is left
        (counted(None, 9), [FAILOVER_ON]),
        (counted(9, 0, "the counts contradict each other"), []),
        (None, []),
    ],
)
def test_a_step_with_nothing_to_do_is_skipped(seen: Preview | None, skipped: list[SetFlag]) -> None:
    change = activate(State.APPROVED, attempts=0)
    after = without_set_steps(change, seen, NOW)
    assert [one.switch for one in after.steps] == skipped
    assert not after.is_partly_done
    # Not sent, and counted again later.
    assert without_set_steps(after, counted(0, 0), NOW).steps == ()
    assert without_set_steps(after, None, NOW).steps == ()
    assert without_set_steps(replace(change, attempts=1), seen, NOW).steps == ()


def test_how_many_are_as_wanted_is_told_of_the_current_step() -> None:
    change = activate(preview=counted(4, 2))
    assert (already_of(change), already_of(done(change))) == (4, 2)
    assert already_of(activate()) is None
    assert already_of(a_change(preview=Preview(NOW, 9, 5))) == 5


def test_a_lost_answer_of_the_step_before_is_none_of_this_one() -> None:
    second = done(activate(ambiguous_at=NOW))
    assert lost_in_step(activate(ambiguous_at=NOW)) == NOW
    assert lost_in_step(second) is None
    later = LATER + timedelta(seconds=1)
    assert lost_in_step(replace(second, ambiguous_at=later)) == later


@pytest.mark.parametrize(
    ("over", "states"),
    [
        ({"state": State.APPROVED, "attempts": 0}, ["done", "not_begun"]),
        ({"state": State.EXECUTING}, ["done", "sending"]),
        ({"state": State.ACCEPTED}, ["done", "accepted"]),
        ({"state": State.UNKNOWN}, ["done", "not_known"]),
        ({"state": State.GIVEN_UP}, ["done", "not_known"]),
        ({"state": State.APPLIED, "outcome": SEEN}, ["done", "done"]),
        ({"state": State.PARTIAL, "outcome": SEEN}, ["done", "partial"]),
        ({"state": State.PARTIAL, "outcome": Outcome("refused")}, ["done", "failed"]),
        ({"state": State.PARTIAL}, ["done", "not_known"]),
        ({"state": State.PARTIAL, "attempts": 0}, ["done", "not_begun"]),
        ({"state": State.FAILED, "steps": ()}, ["failed", "not_begun"]),
        ({"state": State.EXPIRED, "steps": ()}, ["not_known", "not_begun"]),
        ({"steps": (StepOutcome(ACCESS_ON, NOW),)}, ["skipped", "sending"]),
    ],
)
def test_how_each_step_stands(over: dict[str, Any], states: list[str]) -> None:
    fields: dict[str, Any] = {"state": State.EXECUTING, "attempts": 1}
    change = replace(done(activate()), **(fields | over))
    assert [one.state for one in steps_of(change)] == states
    assert steps_of(replace(change, customer="12 customers")) == ()


def test_each_kind_says_which_flags_it_switches() -> None:
    end = MoveEnd("C-1", Flag.FAILOVER, True, NOW)
    assert switches(Activate()) == (ACCESS_ON, FAILOVER_ON)
    assert (switches(Restore()), covered(Restore())) == (
        (FAILOVER_OFF,),
        (FAILOVER_OFF, ACCESS_OFF),
    )
    assert switches(ACCESS_OFF) == (ACCESS_OFF,)
    assert switches(end) == switches(EditUser(())) == ()
    assert topics_that_switch(Flag.ACCESS) == ("access", "activate")
    assert topics_that_switch(Flag.FAILOVER) == ("failover", "activate", "restore")
    assert search_topics(ACCESS_ON) == ("access", "activate", "restore")
    assert search_topics(Restore()) == ("failover", "access", "activate", "restore")
    assert search_topics(end) == ("failover",)
    assert (opposite(Activate()), opposite(Restore())) == (Restore(), Activate())
    assert (at_the_end(Activate()), at_the_end(Restore())) == (Restore(), ACCESS_OFF)
    assert at_the_end(FAILOVER_ON) == FAILOVER_OFF


@pytest.mark.parametrize(
    ("late", "new", "undoes"),
    [
        (Activate(), Restore(), True),
        (Activate(), FAILOVER_OFF, True),
        (Activate(), ACCESS_OFF, True),
        (ACCESS_OFF, Activate(), True),
        (Activate(), FAILOVER_ON, False),
        (Restore(), ACCESS_ON, False),
        (Restore(), FAILOVER_OFF, False),
    ],
)
def test_a_change_of_steps_opposes_what_takes_back_any_of_them(
    late: Action, new: Action, undoes: bool
) -> None:
    assert may_undo(late, new) is undoes
    assert opposes(a_change(action=late), a_change(action=new)) is undoes


def test_a_change_of_steps_is_a_switch_to_the_other_kinds() -> None:
    assert are_independent(Activate(), MakeToken(notify=True))
    assert are_independent(EditUser(()), Activate())
    assert not are_independent(Activate(), ACCESS_ON)
    assert affects_same_counts(Activate(), ACCESS_OFF)
    assert not affects_same_counts(Restore(), ACCESS_OFF)


@pytest.mark.parametrize("action", [Activate(), Restore()])
@pytest.mark.parametrize("strict", ["failover", "access"])
def test_the_stricter_policy_of_its_flags_counts(action: Action, strict: str) -> None:
    rules: list[PolicyRule] = [
        a_policy_rule(flag="failover", approvals=1),
        a_policy_rule(flag="access", approvals=1),
    ]
    rules[strict == "access"] = replace(rules[strict == "access"], approvals=2)
    need = requirement(
        rules,
        customer="44444",
        action=action,
        scope=Everyone(),
        users_changed_within_the_hour=0,
    )
    assert need.approvals == 2
    assert strict in need.reason
