"""The states of a change, the events that move it, and the one table of transitions."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a change stands."""

    AWAITING_CONFIRMATION = "awaiting_confirmation"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    EXECUTING = "executing"
    ACCEPTED = "accepted"  # by the API; its effect is not seen yet
    UNKNOWN = "unknown"
    NEEDS_OPERATOR = "needs_operator"
    APPLIED = "applied"
    PARTIAL = "partial"
    FAILED = "failed"
    DENIED = "denied"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    GIVEN_UP = "given_up"  # a person closed it; what is set is not known

    @property
    def words(self) -> str:
        """The state as a sentence says it: `awaiting approval`."""
        return self.value.replace("_", " ")


class Event(StrEnum):
    """What moves a change from one state to another."""

    CONFIRM = "confirm"  # the requester, where no approval is needed
    APPROVE = "approve"  # the approval that completes the quorum
    DENY = "deny"
    CANCEL = "cancel"  # a person takes it back
    HALT = "halt"  # the bot stops it: refused preview, nothing to do, rights withdrawn
    EXPIRE = "expire"
    CLAIM = "claim"  # the executor takes it, or takes it again
    SUCCEED = "succeed"
    STEP_DONE = "step_done"  # and another step is left
    SUCCEED_PARTLY = "succeed_partly"
    FAIL = "fail"
    ACCEPT = "accept"  # the API took it, and does not show the effect yet
    LOSE = "lose"  # the answer is ambiguous
    POSTPONE = "postpone"  # the request did not leave: it is tried again
    ESCALATE = "escalate"  # reading back did not settle it
    ASK_CONFIRMATION = "ask_confirmation"  # what was confirmed no longer holds
    ASK_APPROVAL = "ask_approval"  # what was approved no longer holds, or others are needed by now
    COMMAND = "decide_alone"  # a commander, in an emergency
    RETRY = "retry"  # an operator has it sent once more
    GIVE_UP = "give_up"


def _table() -> Mapping[State, Mapping[Event, State]]:
    taken_back = {
        Event.CANCEL: State.CANCELLED,
        Event.HALT: State.CANCELLED,
        Event.EXPIRE: State.EXPIRED,
        Event.SUCCEED_PARTLY: State.PARTIAL,
    }
    settled = {
        Event.SUCCEED: State.APPLIED,
        Event.SUCCEED_PARTLY: State.PARTIAL,
        Event.FAIL: State.FAILED,
    }
    return MappingProxyType(
        {
            State.AWAITING_CONFIRMATION: {
                Event.CONFIRM: State.APPROVED,
                Event.COMMAND: State.APPROVED,
                Event.ASK_APPROVAL: State.AWAITING_APPROVAL,
                **taken_back,
            },
            State.AWAITING_APPROVAL: {
                Event.APPROVE: State.APPROVED,
                Event.COMMAND: State.APPROVED,
                Event.DENY: State.DENIED,
                **taken_back,
            },
            State.APPROVED: {
                Event.CLAIM: State.EXECUTING,
                Event.ASK_CONFIRMATION: State.AWAITING_CONFIRMATION,
                Event.ASK_APPROVAL: State.AWAITING_APPROVAL,
                Event.ESCALATE: State.NEEDS_OPERATOR,
                Event.DENY: State.DENIED,
                **taken_back,
            },
            State.EXECUTING: {
                Event.ACCEPT: State.ACCEPTED,
                Event.LOSE: State.UNKNOWN,
                Event.POSTPONE: State.APPROVED,
                Event.STEP_DONE: State.APPROVED,
                **settled,
            },
            State.ACCEPTED: {
                Event.ESCALATE: State.NEEDS_OPERATOR,
                Event.STEP_DONE: State.APPROVED,
                **settled,
            },
            State.UNKNOWN: {
                Event.STEP_DONE: State.APPROVED,
                Event.ACCEPT: State.ACCEPTED,
                Event.CLAIM: State.EXECUTING,
                Event.ESCALATE: State.NEEDS_OPERATOR,
                **settled,
            },
            State.NEEDS_OPERATOR: {
                Event.RETRY: State.APPROVED,
                Event.GIVE_UP: State.GIVEN_UP,
                **settled,
            },
        }
    )


TRANSITIONS = _table()


# What is set stays, so that a change of which a step is done is partly applied after each of these.
_ENDS_WITHOUT_EFFECT = frozenset({Event.CANCEL, Event.HALT, Event.EXPIRE, Event.DENY, Event.FAIL})


AWAITING = frozenset({State.AWAITING_CONFIRMATION, State.AWAITING_APPROVAL})


RUNNING = frozenset({State.EXECUTING, State.UNKNOWN})


# Sent, and it is not concluded yet what it came to.
UNDER_WAY = RUNNING | {State.ACCEPTED}


OPEN = AWAITING | UNDER_WAY | {State.APPROVED}


ENDED = frozenset(State) - OPEN - {State.NEEDS_OPERATOR}


# These may have changed something at the API, without more being sent.
MAY_HAVE_EFFECT = frozenset({State.APPLIED, State.PARTIAL, State.NEEDS_OPERATOR, State.GIVEN_UP})


TOOK_EFFECT = frozenset({State.APPLIED, State.PARTIAL})


MAY_BE_REPEATED = frozenset({State.EXPIRED, State.PARTIAL, State.FAILED, State.GIVEN_UP})
