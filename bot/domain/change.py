"""A change: what was asked for, how far it is, and what it shares with others."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.actions import (
    Action,
    ImportUsers,
    PurgeUsers,
    SetFlag,
    are_independent,
    may_undo,
    switches,
)
from bot.domain.change_state import (
    _ENDS_WITHOUT_EFFECT,
    ENDED,
    MAY_HAVE_EFFECT,
    TOOK_EFFECT,
    TRANSITIONS,
    Event,
    State,
)
from bot.domain.emergency import Emergency
from bot.domain.limits import MAX_TYPED_USERS
from bot.domain.outcome import Outcome, StepOutcome
from bot.domain.policy import START_TIME
from bot.domain.preview import Preview
from bot.domain.review import Review, ReviewState
from bot.domain.scope import EVERY_USER, FileUsers, Filters, Scope, Users, overlap
from bot.domain.time_limit import TimeLimit
from bot.errors import Conflict

# Crockford's base 32: no I, L, O or U, so that an id can be read aloud on the phone.
ID_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ID_LENGTH = 5
CHANGE_ID = re.compile(rf"C-[{ID_ALPHABET}]{{5,10}}")


CLICKED = "clicked"  # how an approval is given in Slack


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's yes, with the role row that allowed it (`role customer granted_by`)."""

    approver: str
    at: datetime
    preview_revision: int
    evidence: str
    via: str = CLICKED  # or in words, where somebody else said it at the terminal


@dataclass(frozen=True, slots=True)
class Change:
    """One change, from the proposal to the outcome.

    ``revision`` grows with every saved step, and the card shows the newest. ``preview_revision`` is
    what a decision refers to: a button of an older preview decides nothing.
    """

    id: str
    customer: str
    action: Action
    scope: Scope
    reason: str
    requester: str
    requester_usergroups: tuple[str, ...]
    channel: str
    state: State
    created_at: datetime
    deadline: datetime  # of the decision while awaiting, of the start once approved
    approvals_needed: int
    policy: str
    revision: int = 1
    preview: Preview | None = None
    preview_revision: int = 0
    approvals: tuple[Approval, ...] = ()
    decided_at: datetime | None = None
    decided_by: str | None = None
    decision_reason: str = ""
    attempts: int = 0  # in which something may have been sent
    postponed: int = 0  # tries in which a request did not leave
    next_try_at: datetime | None = None  # after such a try
    looks: int = 0  # read-backs after the last ambiguous answer, or since it was accepted
    begun_at: datetime | None = None  # of the first attempt
    started_at: datetime | None = None  # of the last one
    next_look_at: datetime | None = None
    ambiguous_at: datetime | None = None
    accepted_at: datetime | None = None  # when the API last took all that was sent
    stopped_by: str | None = None
    waits_for: str | None = None  # the change that runs first
    waits_until: datetime | None = None  # the end of its quiet period, where that is waited for
    waits_at_most: datetime | None = None  # where it waits until an effect is seen
    asked_again: str = ""  # why an earlier yes no longer holds, with the numbers of that time
    asked_before: tuple[str, ...] = ()  # who gave that yes
    settled_by: str | None = None  # who concluded it where reading back did not
    done: int = 0  # users answered so far, where they are sent one by one
    outcome: Outcome | None = None
    finished_at: datetime | None = None
    terminal: str | None = None  # user@host where it was given on the terminal
    remarks: tuple[str, ...] = ()  # sentences on the card: what looks odd in the file
    time_limit: TimeLimit | None = None  # after which the bot takes it back
    ends_at: datetime | None = None  # when it does, while the change is on
    end_note: str = ""  # what became of the way back, or why there is none
    back_of: str | None = None  # the timed change of which the bot makes the way back by this one
    drill: bool = False  # a rehearsal: of a simulated API, and labelled wherever it is told
    batch: str = ""  # the first of the changes that are decided together, also of that one itself
    review: Review | None = None  # where it was decided without an approval
    emergency: Emergency | None = None  # where a commander decided alone
    # Those that are done; attempts, times and outcome are of the current one.
    steps: tuple[StepOutcome, ...] = ()

    @property
    def is_unverified(self) -> bool:
        """Whether it ended with the API's word alone."""
        ended = self.state in (State.APPLIED, State.PARTIAL) and not self.settled_by
        outcomes = (self.outcome, *(one.outcome for one in self.steps))
        return ended and any(one is not None and not one.verifiable for one in outcomes)

    @property
    def steps_left(self) -> tuple[SetFlag, ...]:
        """The flags that it has not switched yet, in their order: the first is the current step."""
        done = {one.switch for one in self.steps}
        return tuple(one for one in switches(self.action) if one not in done)

    @property
    def is_partly_done(self) -> bool:
        """Whether a step was sent and is done: what it set stays, however the change ends."""
        return any(one.outcome is not None for one in self.steps)

    @property
    def is_between_steps(self) -> bool:
        """Whether a step is done, and the next one waits to be sent."""
        return self.state is State.APPROVED and self.is_partly_done

    @property
    def was_sent(self) -> bool:
        """Whether anything may have been sent."""
        return self.attempts > 0 or self.is_partly_done

    @property
    def is_pointless(self) -> bool:
        """Whether the bot stopped it when it was first counted, before anybody could decide.

        The requester alone is told: a name was misspelt, or there was nothing to do.
        """
        undecided = self.decided_by is None and self.decided_at is None
        return self.state is State.CANCELLED and undecided and not self.asked_again

    @property
    def is_review_owed(self) -> bool:
        """Whether it was decided in an emergency, and nobody has reviewed it."""
        return self.review is not None and self.review.state is ReviewState.OWED

    def is_past(self, now: datetime) -> bool:
        """Whether the time until which it was to hold has come."""
        limit = self.time_limit
        return limit is not None and limit.until is not None and limit.until <= now

    @property
    def is_accepted(self) -> bool:
        """Whether the API took all that the last attempt sent."""
        taken, begun = self.accepted_at, self.started_at
        return taken is not None and begun is not None and taken >= begun

    @property
    def may_have_effect(self) -> bool:
        """Whether it may have changed something at the API that can be taken back."""
        may_be_set = self.state in MAY_HAVE_EFFECT or (self.state in ENDED and self.was_sent)
        return may_be_set and self.state is not State.FAILED

    def after(self, event: Event) -> State:
        """Return the state that ``event`` leads to. Raises Conflict where it does not apply."""
        state = TRANSITIONS.get(self.state, {}).get(self._of_whole(event))
        if state is None:
            verb = event.replace("_", " ")
            raise Conflict(f"{self.id} is {self.state.words} already: too late to {verb}.")
        return state

    def moved(self, event: Event, **fields: object) -> Change:
        """Return the change after ``event``, one revision on. Raises Conflict."""
        after = self.revised(state=self.after(event), **fields)
        if event is Event.SUCCEED and after.state is not State.APPLIED:
            after = _with_step_done(after)
        limit, sent = self.time_limit, after.started_at or after.created_at
        if limit is None or after.state not in TOOK_EFFECT:
            return after
        return replace(after, ends_at=limit.end(sent))

    def _of_whole(self, event: Event) -> Event:
        """Return what an event of the current step is for the whole change.

        A step that was left to a person, or stopped, ends it: the others are not sent by themselves.
        """
        if event is Event.SUCCEED and len(self.steps_left) > 1:
            ends = self.stopped_by is not None or self.state is State.NEEDS_OPERATOR
            return Event.SUCCEED_PARTLY if ends else Event.STEP_DONE
        if event in _ENDS_WITHOUT_EFFECT and self.is_partly_done:
            return Event.SUCCEED_PARTLY
        return event

    def revised(self, **fields: object) -> Change:
        """Return the change with other fields in the same state, one revision on."""
        return replace(self, revision=self.revision + 1, **fields)  # type: ignore[arg-type]  # names are checked by replace()


def switch_of(change: Change) -> SetFlag:
    """Return the flag that a change switches, by its current step; its last one where all are done.

    Raises TypeError for a change that switches none.
    """
    switched = change.steps_left or switches(change.action)[-1:]
    if not switched:
        raise TypeError(f"{change.id} switches no flag")
    return switched[0]


def _with_step_done(change: Change) -> Change:
    """Return the change with its current step among those that are done, the next one not begun.

    ``ambiguous_at`` stays: an opposite change waits for late requests of this step, too.
    """
    at = change.finished_at or change.created_at
    done = StepOutcome(switch_of(change), at, change.started_at, change.outcome or Outcome())
    after = replace(
        change,
        steps=(*change.steps, done),
        outcome=None,
        attempts=0,
        postponed=0,
        looks=0,
        done=0,
        accepted_at=None,
        next_look_at=None,
    )
    if change.state is not State.APPROVED:
        return after
    return replace(after, finished_at=None, deadline=at + START_TIME)


def sent_one_by_one(change: Change) -> int:
    """Return how many users are sent one by one, or in parts, so that it can be stopped; else 0."""
    match change.action, change.scope:
        case action, Users(addresses=addresses) if switches(action):
            return len(addresses)
        case ImportUsers(), FileUsers(users=users):
            differ = change.preview.will_change if change.preview else None
            return users if differ is None else differ
        case PurgeUsers(), Filters() as filters if filters != EVERY_USER and change.preview:
            return change.preview.total or 0
        case _:
            return 0


def listed_one_by_one(change: Change) -> bool:
    """Whether what became of each user is told in a file: there are too many to name them."""
    return isinstance(change.action, ImportUsers) or sent_one_by_one(change) > MAX_TYPED_USERS


def collide(one: Change, other: Change) -> bool:
    """Whether two changes of one customer must not run at the same time."""
    return overlap(one.scope, other.scope) and not are_independent(one.action, other.action)


def opposes(one: Change, other: Change) -> bool:
    """Whether two changes of one customer switch a flag, for the same users, on and off."""
    return bool(switches(one.action)) and may_reach_after(one, other)


def may_reach_after(late: Change, new: Change) -> bool:
    """Whether a late request of one change may undo what another did."""
    return may_undo(late.action, new.action) and overlap(late.scope, new.scope)
