"""Cards, outcomes and timelines: each state of a failover, and each other kind of change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.actions import (
    ACCESS_ON,
    Action,
    Activate,
    DeleteUser,
    EditUser,
    ImportUsers,
    MakeToken,
    MoveEnd,
    PurgeUsers,
    Restore,
    SetFlag,
)
from bot.domain.audit.chain import GENESIS, AuditEntry, Record
from bot.domain.change import Approval, Change
from bot.domain.change_state import AWAITING, OPEN, State
from bot.domain.mail_user import FieldChange
from bot.domain.outcome import FailedUsers, Outcome, StepOutcome
from bot.domain.policy import DECISION_TIME, DEFAULT_APPROVAL
from bot.domain.preview import Facts, Preview, UserFlags
from bot.domain.scope import Everyone, FileUsers, Filters, Flag, Groups, Scope, Users
from bot.domain.time_limit import TimeLimit
from bot.service.queries.standing import Standing
from bot.slack.views.changes.card import card
from bot.slack.views.changes.channel_fallback import redirected_card
from bot.slack.views.changes.outcome import outcome, timeline
from bot.slack.views.changes.terminal_origin import verbal_approval_notice
from bot.slack.views.outage import now_message
from bot.terminal.doctor.specimens.specimen import (
    ADDRESS,
    APPROVER,
    AT,
    CHANNEL,
    CUSTOMER,
    NAME,
    REQUESTER,
    Specimen,
    Surface,
)

_LATER = AT + timedelta(minutes=5)
_PREVIEW = Preview(AT, total=1284, already=0, access_off=240, not_activated=31)
_ONE = Preview(
    AT,
    total=1,
    already=0,
    facts=Facts(flags=UserFlags(failover=True, access=False, activation=None)),
)
_JO = Users((ADDRESS,))
_EDIT = EditUser((FieldChange("displayName", "Jo Doe", "Jo Roe"),))
_OTHERS: dict[str, tuple[Action, Scope, Preview]] = {
    "failover off for groups": (SetFlag(Flag.FAILOVER, on=False), Groups(("emea", "us")), _PREVIEW),
    "access on for named users": (
        SetFlag(Flag.ACCESS, on=True),
        Users((ADDRESS, "ann@example.com")),
        Preview(AT, total=2, already=1),
    ),
    "activate": (
        Activate(),
        Everyone(),
        replace(_PREVIEW, facts=Facts(with_access=44, in_failover=0)),
    ),
    "restore": (Restore(), Groups(("emea",)), _PREVIEW),
    "another end of a timed change": (
        MoveEnd("C-0000T", Flag.FAILOVER, True, AT, AT + timedelta(hours=2)),  # noqa: FBT003  # its fields in their order
        Everyone(),
        _PREVIEW,
    ),
    "edit": (_EDIT, _JO, _ONE),
    "delete": (DeleteUser(), _JO, _ONE),
    "import": (
        ImportUsers("acme.csv"),
        FileUsers(120, GENESIS),
        Preview(AT, total=120, already=80, facts=Facts(new=10, changed=30, unchanged=80)),
    ),
    "purge": (
        PurgeUsers(),
        Filters(("emea",)),
        Preview(AT, total=700, already=0, facts=Facts(everyone=1284, in_failover=3)),
    ),
    "token": (MakeToken(notify=False), _JO, _ONE),
    "token by mail": (MakeToken(notify=True), _JO, _ONE),
}
_APPLIED = Outcome(
    api_id="20260314-1",
    api_timestamp="2026-03-14T03:09:12Z",
    affected=1284,
    total=1284,
    in_state=1284,
    read_back_at=_LATER,
    not_activated=31,
    access_off=240,
    cannot_read=240,
)
_SENT: dict[str, Any] = {
    "attempts": 1,
    "begun_at": AT,
    "started_at": AT,
    "finished_at": _LATER,
}
_FAILURES = [FailedUsers("The continuity API does not know this user (404).", 1, (ADDRESS,))]
ENTRY = AuditEntry(812, Record(_LATER, "change.applied", "bot"), GENESIS, "3f9a1c02" * 8)


def specimens() -> Iterator[Specimen]:
    """Yield each."""
    for state in State:
        yield from _of_state(state)
    for kind, (action, scope, preview) in _OTHERS.items():
        change = a_change(State.AWAITING_APPROVAL, action=action, scope=scope, preview=preview)
        yield _card(f"card · {kind}", f"{kind} was proposed", change)
        ended = replace(change, state=State.APPLIED, outcome=_APPLIED, **_SENT)
        yield _outcome(f"outcome · {kind}", f"{kind} was applied", ended)
    yield from _of_steps()
    change = a_change(State.AWAITING_APPROVAL, preview=None)
    yield _card("card · counting", "a failover was just proposed, and is not counted yet", change)
    _, blocks = card(change, NAME)
    yield Specimen(
        "card · elsewhere",
        Surface.DIRECT,
        "its own channel does not take a card",
        blocks=redirected_card(change, blocks),
    )
    yield Specimen("timeline", Surface.THREAD, "each step of a change", *timeline(change, [ENTRY]))
    held = now_message([Standing(CUSTOMER, NAME, AT, users=1287, failover=0, access=44)])
    when = "after an outage of Slack, behind the late outcomes"
    yield Specimen("what holds now", Surface.CHANNEL, when, *held)
    yield from _said_at_the_terminal()


def _of_steps() -> Iterator[Specimen]:
    """An activate whose second step failed, and a restore whose access goes off later."""
    access = StepOutcome(ACCESS_ON, AT, AT, _APPLIED)
    refused = Outcome("The continuity API does not allow this (403).", failed=1)
    partly = a_change(
        State.PARTIAL, action=Activate(), steps=(access,), outcome=refused, begun_at=AT
    )
    yield _card("card · step failed", "access is on, and failover was refused", partly)
    yield _outcome("outcome · step failed", "access is on, and failover was refused", partly)
    ends = {"time_limit": TimeLimit(lasts=timedelta(hours=48)), "ends_at": AT + timedelta(hours=48)}
    later = a_change(State.APPLIED, action=Restore(), **ends)
    yield _outcome("outcome · access off later", "failover is off, access goes off later", later)


def _of_state(state: State) -> Iterator[Specimen]:
    change = a_change(state)
    words = state.words
    failures = _FAILURES if state in (State.PARTIAL, State.FAILED) else []
    yield _card(f"card · {words}", f"a failover is {words}", change, failures)
    if state not in OPEN:
        yield _outcome(f"outcome · {words}", f"a failover ended: {words}", change, failures)
    if state is State.APPLIED:
        unverified = replace(change, outcome=replace(_APPLIED, verifiable=False))
        yield _outcome(
            "outcome · not verified", "the API does not tell what is set", unverified, failures
        )


def _said_at_the_terminal() -> Iterator[Specimen]:
    said = Approval(APPROVER, AT, 1, "approver 44444 U0ADMIN", "said at ops@host")
    change = a_change(State.APPROVED, approvals=(said,), terminal="ops@host")
    for name, recipient in (("approver", APPROVER), ("requester", REQUESTER), ("channel", CHANNEL)):
        told = verbal_approval_notice(change, NAME, recipient, ["U0ADMIN"])
        when = f"an approval was said at the terminal: to the {name}"
        yield Specimen(f"approved by words · {name}", Surface.DIRECT, when, *told)


def _card(
    name: str, when: str, change: Change, failures: list[FailedUsers] | None = None
) -> Specimen:
    return Specimen(name, Surface.CHANNEL, when, *card(change, NAME, failures or []))


def _outcome(
    name: str, when: str, change: Change, failures: list[FailedUsers] | None = None
) -> Specimen:
    told = outcome(change, NAME, ENTRY, failures or [])
    return Specimen(name, Surface.CHANNEL, when, *told)


def a_change(state: State, **over: Any) -> Change:
    """Return a failover for everyone in this state; ``over`` replaces fields."""
    decided = state not in AWAITING
    ended = state not in OPEN
    fields: dict[str, Any] = {
        "id": "C-7K3MX",
        "customer": CUSTOMER,
        "action": SetFlag(Flag.FAILOVER, on=True),
        "scope": Everyone(),
        "reason": "Exchange down",
        "requester": REQUESTER,
        "requester_usergroups": (),
        "channel": CHANNEL,
        "state": state,
        "created_at": AT,
        "deadline": AT + DECISION_TIME,
        "approvals_needed": 0 if state is State.AWAITING_CONFIRMATION else 1,
        "policy": DEFAULT_APPROVAL,
        "revision": 4,
        "preview": _PREVIEW,
        "preview_revision": 2,
        "approvals": (Approval(APPROVER, AT, 2, "approver 44444 U0ADMIN"),) if decided else (),
        "decided_by": APPROVER if decided else None,
        "decision_reason": "Not now" if state is State.DENIED else "",
        "attempts": 1 if decided else 0,
        "started_at": AT if decided else None,
        "next_look_at": _LATER if state in (State.UNKNOWN, State.ACCEPTED) else None,
        "waits_for": "C-00001" if state is State.APPROVED else None,
        "outcome": _outcome_of(state),
        "finished_at": _LATER if ended else None,
    }
    return Change(**(fields | over))


def _outcome_of(state: State) -> Outcome | None:
    match state:
        case State.APPLIED:
            return _APPLIED
        case State.ACCEPTED | State.PARTIAL:
            return replace(_APPLIED, in_state=1283, failed=1)
        case State.FAILED | State.UNKNOWN | State.NEEDS_OPERATOR | State.GIVEN_UP:
            return Outcome("The continuity API did not answer in time.", failed=1)
        case _:
            return None
