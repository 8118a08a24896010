"""The life of a change, told by its entries: every state and event, and what does not follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from bot.domain.audit.chain import GENESIS, AuditEntry, Record, hash_entry
from bot.domain.audit.change_history import PROPOSED, ChangeHistory
from bot.domain.audit.row_digests import DIGESTS_KEY, PART_OF, UNDIGESTED, RowDigests
from bot.domain.change import Change
from bot.domain.change_state import TRANSITIONS, Event, State
from bot.domain.outcome import Outcome
from bot.domain.scope import Everyone, Filters, Users
from bot.store.tables.change_codec import seal_of, write_change
from tests.builders import NOW, a_change
from tests.fixtures.audited_rows import path_to

DETAIL = {"approvals_needed": 0, "command": "failover on 44444"}
EVENTS = [(state, event) for state, events in TRANSITIONS.items() for event in events]


def a_seal(change: Change) -> RowDigests:
    made = seal_of(write_change(change))
    assert made
    return made


def told(change: Change, kind: str, *, sealed: bool = True) -> Record:
    """Return what is recorded of a step that leaves the change like this."""
    row = {DIGESTS_KEY: a_seal(change).detail()} if sealed else {}
    who = {"actor": change.requester, "customer": change.customer, "change_id": change.id}
    return Record(NOW, kind, **who, channel=change.channel, detail=DETAIL | row)


def entries(*records: Record) -> list[AuditEntry]:
    return [hash_entry(seq, one, GENESIS) for seq, one in enumerate(records, 1)]


def along(states: Sequence[State], change: Change) -> list[Record]:
    # By the seals alone: what the approvers are follows from the kind `change.approved`.
    kinds = [PROPOSED, *("change.x" for _ in states[1:])]
    return [told(replace(change, state=one), kind) for one, kind in zip(states, kinds, strict=True)]


def differences(change: Change, *records: Record) -> list[str]:
    return ChangeHistory(change.id).read(entries(*records)).differences(change, a_seal(change))


BY_HAND = a_change(approvals_needed=0, policy="confirmed", state=State.AWAITING_CONFIRMATION)


@pytest.mark.parametrize(("state", "event"), EVENTS)
def test_every_event_of_every_state_is_followed(state: State, event: Event) -> None:
    """A new state needs no rule here: its entries say themselves where the change stands."""
    by_approval = State.AWAITING_APPROVAL in (state, TRANSITIONS[state][event])
    first = replace(BY_HAND, approvals_needed=0)
    way = path_to(state, by_approval=by_approval)
    after = replace(first, state=TRANSITIONS[state][event])
    records = [*along(way, first), told(after, "change.x")]
    assert differences(after, *records) == [], (
        f"{state} → {event}: the replay of bot/domain/change_history.py does not follow this step"
    )


def test_every_state_can_be_told_by_a_kind_or_by_its_seal() -> None:
    for state in State:
        change = replace(BY_HAND, state=state)
        assert RowDigests.from_entry(entries(told(change, "change.x"))[0]) == a_seal(change)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("reached", State)
def test_what_no_step_leads_to_is_told(state: State, reached: State) -> None:
    first, after = replace(BY_HAND, state=state), replace(BY_HAND, state=reached)
    found = differences(after, told(first, PROPOSED), told(after, "change.x"))
    legal = reached is state or reached in TRANSITIONS.get(state, {}).values()
    said = (
        f"C-7K3MX: {state.words} in entry 1 and {reached.words} in entry 2, which no step leads to"
    )
    assert found == ([] if legal else [said])


def test_every_field_of_a_change_is_sealed_but_what_is_shown_while_it_waits_or_runs() -> None:
    """One that nobody named belongs to the course."""
    names = {field.name for field in fields(Change)}
    assert set(PART_OF) <= names, "a part names a field that a change does not have"
    assert names >= UNDIGESTED
    assert {"waits_for", "waits_until", "done", "revision"} <= UNDIGESTED
    before = a_seal(BY_HAND)
    others = {
        "customer": "55555",
        "scope": Users(("a@example.com",)),
        "reason": "other",
        "approvals_needed": 3,
        "deadline": NOW + timedelta(days=1),
        "attempts": 2,
        "decided_by": "U0X",
        "outcome": Outcome("x"),
        "stopped_by": "U0X",
        "preview_revision": 4,
        "finished_at": NOW,
    }
    for name, value in others.items():
        after = a_seal(replace(BY_HAND, **{name: value}))  # type: ignore[arg-type]  # names above
        assert before.differing_parts(after) == [PART_OF.get(name, "course")]


def test_a_field_that_says_nothing_is_as_if_it_were_not_there() -> None:
    """A later version adds some; a filter that asks for `off` is another one than none."""
    row = {"state": "approved", "customer": "44444"}
    assert RowDigests.of(row) == RowDigests.of(
        row | {"new": None, "list": [], "text": "", "number": 0}
    )
    off, none = (replace(BY_HAND, scope=Filters(failover=one)) for one in (False, None))
    assert a_seal(off).differing_parts(a_seal(none)) == ["asked"]


def test_addresses_may_be_spelled_as_the_api_spells_them() -> None:
    one, other = (replace(BY_HAND, scope=Users((name,))) for name in ("jo@a.com", "Jo@A.com"))
    assert a_seal(one) == a_seal(other)
    assert a_seal(one).differing_parts(a_seal(replace(one, scope=Everyone()))) == ["asked"]


def test_a_seal_of_another_version_is_not_compared() -> None:
    record = told(BY_HAND, PROPOSED)
    row = {**record.detail[DIGESTS_KEY], "version": 99}  # type: ignore[dict-item]  # a mapping
    life = ChangeHistory(BY_HAND.id).read(
        entries(replace(record, detail=DETAIL | {DIGESTS_KEY: row}))
    )
    assert not life.is_covered
    assert life.differences(replace(BY_HAND, attempts=7), None) == []


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {DIGESTS_KEY: 1},
        {DIGESTS_KEY: {"version": 1}},
        {DIGESTS_KEY: {"version": 1, "state": "x"}},
    ],
)
def test_an_entry_that_is_no_step_is_told_or_left_out(detail: dict[str, object]) -> None:
    broken = replace(told(BY_HAND, "change.x"), detail=detail)
    found = ChangeHistory(BY_HAND.id).read(entries(told(BY_HAND, PROPOSED), broken)).faults
    expected = (
        []
        if detail in ({}, {DIGESTS_KEY: 1})
        else ["C-7K3MX: entry 2 cannot be read as a step of it"]
    )
    assert found == expected
