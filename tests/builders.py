"""Values of the domain with every field filled in, for tests that care about one or two of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.actions import ACCESS_ON, SetFlag
from bot.domain.audit.chain import Record
from bot.domain.change import Approval, Change
from bot.domain.change_state import State
from bot.domain.emergency import Emergency
from bot.domain.outcome import Outcome, StepOutcome
from bot.domain.policy import DECISION_TIME, PolicyRule
from bot.domain.preview import Preview
from bot.domain.review import Review, ReviewState
from bot.domain.roles import Grant, Role, Subject, parse_subject
from bot.domain.scope import Everyone, Flag
from bot.domain.time_limit import TimeLimit
from bot.ports import Delivery

NOW = datetime(2026, 3, 14, 3, 4, 5, 678901, tzinfo=UTC)
CUSTOMER = "44444"
OTHER_CUSTOMER = "55555DE"
CHANNEL = "C0INCIDENT"
REQUESTER = "U0OPERATOR"
APPROVER = "U0APPROVER"
ADMIN = "U0ADMIN"


def a_change(**over: Any) -> Change:
    """Return `failover on` for all of customer 44444, waiting for one approval; ``over`` replaces."""
    fields: dict[str, Any] = {
        "id": "C-7K3MX",
        "customer": CUSTOMER,
        "action": SetFlag(over.pop("flag", Flag.FAILOVER), over.pop("on", True)),
        "scope": Everyone(),
        "reason": "Exchange down",
        "requester": REQUESTER,
        "requester_usergroups": ("S0ONCALL",),
        "channel": CHANNEL,
        "state": State.AWAITING_APPROVAL,
        "created_at": NOW,
        "deadline": NOW + DECISION_TIME,
        "approvals_needed": 1,
        "policy": "default: one approval by somebody else",
    }
    return Change(**(fields | over))


def a_finished_change(**over: Any) -> Change:
    """Return the same change applied, with every optional field set: preview, approval, outcome."""
    fields: dict[str, Any] = {
        "state": State.APPLIED,
        "revision": 6,
        "preview": Preview(NOW, total=1284, already=0, access_off=1240, not_activated=31),
        "preview_revision": 2,
        "approvals": (Approval(APPROVER, NOW + timedelta(minutes=5), 2, "approver * U0ADMIN"),),
        "decided_at": NOW + timedelta(minutes=5),
        "decided_by": APPROVER,
        "decision_reason": "go",
        "attempts": 1,
        "postponed": 2,
        "next_try_at": NOW + timedelta(minutes=5, seconds=1),
        "looks": 1,
        "begun_at": NOW + timedelta(minutes=5, microseconds=6),
        "started_at": NOW + timedelta(minutes=5, microseconds=7),
        "next_look_at": NOW + timedelta(minutes=6),
        "ambiguous_at": NOW + timedelta(minutes=5, seconds=2),
        "accepted_at": NOW + timedelta(minutes=5, seconds=3),
        "stopped_by": REQUESTER,
        "waits_for": "C-00001",
        "waits_until": NOW + timedelta(minutes=5, microseconds=5),
        "waits_at_most": NOW + timedelta(minutes=15),
        "asked_again": "1,284 users when it was decided, 1,350 now.",
        "asked_before": (ADMIN,),
        "settled_by": ADMIN,
        "done": 3,
        "outcome": Outcome(
            api_id="20260314-1",
            api_timestamp="2026-03-14T03:09:12Z",
            affected=1284,
            total=1284,
            in_state=1284,
            read_back_at=NOW + timedelta(minutes=5, seconds=4),
            not_activated=31,
            access_off=1240,
            cannot_read=1240,
        ),
        "finished_at": NOW + timedelta(minutes=5, seconds=4),
        "terminal": "operator@jump1",
        "remarks": ("The addresses are those of the column “mail”.",),
    }
    return a_change(**(fields | over))


def a_finished_timed_change(**over: Any) -> Change:
    """Return the same change with the fields of a timed change, and of one with steps, too."""
    access = Outcome(api_id="20260314-0", total=1284, in_state=1284)
    fields: dict[str, Any] = {
        "steps": (StepOutcome(ACCESS_ON, NOW + timedelta(minutes=5), NOW, access),),
        "time_limit": TimeLimit(timedelta(hours=2), zone="Europe/Berlin"),
        "ends_at": NOW + timedelta(hours=2, minutes=5),
        "end_note": "The way back is C-00003.",
        "back_of": "C-00002",
        "drill": True,
        "batch": "C-00001",
        "review": Review(ReviewState.OBJECTED, "U0APPROVER", NOW, "Not needed", "root@host"),
        "emergency": Emergency("U0COMMANDER", NOW, "No approver", "rows", "root@host"),
    }
    return a_finished_change(**(fields | over))


def a_subject(text: str = REQUESTER) -> Subject:
    """Return the subject of a plain Slack id."""
    return parse_subject(text)


def a_grant(subject: str = REQUESTER, role: Role = Role.OPERATOR, **over: Any) -> Grant:
    """Return a role row for good; ``subject`` is a plain Slack id, ``over`` replaces fields."""
    fields: dict[str, Any] = {"customer": CUSTOMER, "granted_by": ADMIN, "granted_at": NOW}
    return Grant(parse_subject(subject), role, **(fields | over))


def a_policy_rule(**over: Any) -> PolicyRule:
    """Return a rule that asks for two approvals for every change of customer 44444."""
    fields: dict[str, Any] = {
        "customer": CUSTOMER,
        "flag": "*",
        "scope_kind": "*",
        "approvals": 2,
        "set_by": "operator@jump1",
        "set_at": NOW,
    }
    return PolicyRule(**(fields | over))


def a_record(kind: str = "change.proposed", **over: Any) -> Record:
    """Return a record of the requester's proposal; ``over`` replaces fields."""
    fields: dict[str, Any] = {
        "at": NOW,
        "actor": REQUESTER,
        "actor_name": "on call",
        "customer": CUSTOMER,
        "change_id": "C-7K3MX",
        "channel": CHANNEL,
        "detail": {"reason": "Exchange down", "users": 1284},
    }
    return Record(kind=kind, **(fields | over))


def a_delivery(key: str = "command:1111.2222", **over: Any) -> Delivery:
    """Return a slash command as the edge saves it; ``over`` replaces fields."""
    fields: dict[str, Any] = {
        "kind": "command",
        "payload": '{"text":"failover on 44444"}',
        "received_at": NOW,
    }
    return Delivery(key, **(fields | over))
