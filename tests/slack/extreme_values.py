"""Changes at their largest and worst: every state, scope and preview, with hostile typed text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bot.domain.actions import MakeToken, MoveEnd
from bot.domain.audit.chain import AuditEntry, hash_entry
from bot.domain.change import Approval, Change
from bot.domain.change_state import TOOK_EFFECT, State
from bot.domain.outcome import FailedUsers, Outcome, UserOutcome, UserStatus
from bot.domain.preview import Facts, Preview, UserFlags
from bot.domain.scope import Everyone, Flag, Groups, Scope, Users
from bot.domain.time_limit import TimeLimit
from tests.builders import APPROVER, NOW, REQUESTER, a_change, a_record

EVIL = "<!channel> <@U0VICTIM> <!subteam^S0VICTIM> <http://x.example|click> &lt;!here&gt; & "
NAME = (EVIL * 2)[:80]
AMPERSANDS = "&" * 80
REASON = (EVIL * 4)[:300]
SENTENCE = (EVIL * 40)[:2000]


def longest_address(number: int = 0) -> str:
    """A valid address of 256 characters; each of its first 63 becomes five when escaped."""
    local = f"{number:03}" + "&" * 60
    domain = ".".join(["d" * 62, "e" * 62, "f" * 62, "x"])
    return f"{local}@{domain}"


SCOPES: dict[str, Scope] = {
    "everyone": Everyone(),
    "one group": Groups(("emea",)),
    "16 groups": Groups(tuple(f"<{number:02}>" + "&" * 124 for number in range(16))),
    "one user": Users((longest_address(),)),
    "500 users": Users(tuple(longest_address(number) for number in range(500))),
}
PREVIEWS: dict[str, Preview | None] = {
    "known": Preview(NOW, total=1_284_000, already=7, access_off=1_240_000, not_activated=31_000),
    "unknown": Preview(NOW, problem=SENTENCE),
    "none": None,
}


def failures(scope: Scope, *, of_each: bool = True) -> list[FailedUsers]:
    """Every named user failed, each with a reason of their own, or all with one."""
    addresses = scope.addresses if isinstance(scope, Users) else ()
    return by_reason(
        UserOutcome(one, UserStatus.FAILED, f"{number if of_each else ''}{SENTENCE}")
        for number, one in enumerate(addresses)
    )


def by_reason(rows: Iterable[UserOutcome]) -> list[FailedUsers]:
    """Group the rows of users as the store does, with all addresses."""
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.reason, []).append(row.address)
    return [FailedUsers(reason, len(each), tuple(each)) for reason, each in found.items()]


def in_state(state: State, scope: Scope, preview: Preview | None, **over: Any) -> Change:
    """A change with everything filled in that this state can have, as long as it can be."""
    decided = state not in (State.AWAITING_CONFIRMATION, State.AWAITING_APPROVAL)
    by_bot = state in (State.CANCELLED, State.EXPIRED, State.NEEDS_OPERATOR)
    outcome = Outcome(
        sentence=SENTENCE,
        api_id=SENTENCE,
        api_timestamp=SENTENCE,
        affected=1_284_000,
        total=1_284_000,
        in_state=1_283_997,
        read_back_at=NOW,
        not_activated=31_000,
        access_off=1_240_000,
        cannot_read=1_250_000,
        failed=3,
        expires=SENTENCE,
    )
    fields: dict[str, Any] = {
        "state": state,
        "scope": scope,
        "customer": "44444DE",
        "reason": REASON,
        "preview": preview,
        "preview_revision": 999_999_999 if preview else 0,
        "approvals_needed": 5,
        "approvals": tuple(Approval(f"{APPROVER}{n}", NOW, 1, "row") for n in range(4)),
        "waits_for": "C-00001",
        "done": 499,
        "next_look_at": NOW + timedelta(minutes=1) if state is State.UNKNOWN else None,
        "stopped_by": APPROVER if state is State.PARTIAL else None,
        "decided_by": APPROVER if decided else None,
        "decision_reason": SENTENCE if by_bot else REASON if state is State.DENIED else "",
        "started_at": NOW if decided else None,
        "finished_at": NOW + timedelta(minutes=29) if decided else None,
        "outcome": outcome if decided else None,
    }
    return a_change(**(fields | over))


def table() -> Iterator[tuple[str, Change]]:
    """Every state x scope x preview x flag x direction, each at its largest."""
    for state in State:
        for scope_name, scope in SCOPES.items():
            for preview_name, preview in PREVIEWS.items():
                for flag in Flag:
                    for on in (True, False):
                        change = in_state(state, scope, preview, flag=flag, on=on)
                        direction = "on" if on else "off"
                        words = f"{state}, {scope_name}, preview {preview_name}"
                        yield f"{words}, {flag} {direction}", change
    yield from tokens()
    yield from timed()


def timed() -> Iterator[tuple[str, Change]]:
    """Every state of a change that the bot takes back: after a time, at a time, and what came of it."""
    longest = timedelta(days=29, hours=23, minutes=59)
    until = NOW.replace(tzinfo=ZoneInfo("America/Argentina/ComodRivadavia")) + longest
    limits = {
        "for": TimeLimit(lasts=longest),
        "until": TimeLimit(until=until, zone=str(until.tzinfo)),
    }
    for state in State:
        on = {"ends_at": NOW + longest} if state in TOOK_EFFECT else {}
        for how, limit in limits.items():
            for name, preview in PREVIEWS.items():
                change = in_state(state, SCOPES["one user"], preview, time_limit=limit, **on)
                yield f"{state}, {how}, preview {name}", change
        note = in_state(
            state, SCOPES["one user"], None, time_limit=limits["for"], end_note=SENTENCE
        )
        yield f"{state}, ended", note
        for later in (NOW + longest, None):
            action = MoveEnd("C-00001", Flag.FAILOVER, True, NOW, later, "Pacific/Kiritimati")
            for name, preview in PREVIEWS.items():
                change = in_state(state, SCOPES["one user"], preview, action=action)
                yield f"{state}, {action.title}, preview {name}", change
        yield f"{state}, way back", in_state(state, SCOPES["one user"], None, back_of="C-00001")


def tokens() -> Iterator[tuple[str, Change]]:
    """Every state x preview of a token, shown or sent by mail."""
    facts = Facts(flags=UserFlags(failover=True, access=False, activation=False))
    for state in State:
        for name, preview in PREVIEWS.items():
            seen = replace(preview, total=1, facts=facts) if preview else None
            for notify in (True, False):
                action = MakeToken(notify)
                change = in_state(state, SCOPES["one user"], seen, action=action)
                yield f"{state}, {action.title}, preview {name}", change


def entries(count: int = 200) -> list[AuditEntry]:
    """A chain of entries by people, the bot and a terminal, with long typed reasons."""
    actors = (REQUESTER, "bot", "<!here>@host", "")
    chain: list[AuditEntry] = []
    for number in range(count):
        record = a_record(
            "change.denied", actor=actors[number % 4], detail={"reason": SENTENCE, "n": number}
        )
        chain.append(hash_entry(number + 1, record, chain[-1].hash if chain else "0" * 64))
    return chain


# Hypothesis: text as hostile as people can make it, and changes of any shape.

HOSTILE = st.one_of(
    st.text("&<>|!@#^*_~`: aé…😀-", max_size=300),
    st.sampled_from([EVIL, "<!channel>", "&lt;!channel&gt;", "&", "<" * 300, "&" * 300]),
)
_LOCAL = st.text("abcXYZ09!$&'*+=^_`{|}~-", min_size=1, max_size=60)
_GROUP = HOSTILE.map(lambda text: "g" + re.sub("[,\"'`]", "", text).strip()[:127].strip())
SCOPE = st.one_of(
    st.just(Everyone()),
    st.lists(_GROUP, min_size=1, max_size=16).map(lambda names: Groups(tuple(names))),
    st.lists(_LOCAL, min_size=1, max_size=12).map(
        lambda names: Users(tuple(f"u{name}@example.com" for name in names))
    ),
)
COUNT = st.one_of(st.none(), st.integers(0, 10**9))
PREVIEW = st.one_of(
    st.none(), st.builds(Preview, st.just(NOW), COUNT, COUNT, COUNT, COUNT, problem=HOSTILE)
)
OUTCOME = st.one_of(
    st.none(),
    st.builds(
        Outcome,
        sentence=HOSTILE,
        api_id=st.one_of(st.none(), HOSTILE),
        api_timestamp=st.one_of(st.none(), HOSTILE),
        affected=COUNT,
        total=COUNT,
        in_state=COUNT,
        read_back_at=st.sampled_from([None, NOW]),
        not_activated=COUNT,
        access_off=COUNT,
        cannot_read=COUNT,
        failed=st.integers(0, 500),
    ),
)
PEOPLE = st.sampled_from([None, REQUESTER, APPROVER])
LATER = st.sampled_from([None, NOW, NOW + timedelta(hours=2)])
APPROVALS = st.lists(
    st.sampled_from([APPROVER, "U0ADMIN"]).map(lambda who: Approval(who, NOW, 1, "row")), max_size=5
).map(tuple)
CHANGE = st.builds(
    a_change,
    state=st.sampled_from(State),
    flag=st.sampled_from(Flag),
    on=st.booleans(),
    customer=st.sampled_from(["44444", "44444DE"]),
    scope=SCOPE,
    reason=HOSTILE,
    preview=PREVIEW,
    preview_revision=st.integers(0, 10**6),
    outcome=OUTCOME,
    approvals_needed=st.integers(0, 5),
    approvals=APPROVALS,
    waits_for=st.sampled_from([None, "C-00001"]),
    decided_by=PEOPLE,
    decision_reason=HOSTILE,
    stopped_by=PEOPLE,
    done=st.integers(0, 500),
    next_look_at=LATER,
    started_at=LATER,
    finished_at=LATER,
)
FAILURES = st.lists(
    st.builds(UserOutcome, HOSTILE, st.sampled_from(UserStatus), HOSTILE), max_size=12
).map(by_reason)
CUSTOMER_NAME = HOSTILE.map(lambda text: text[:80])
