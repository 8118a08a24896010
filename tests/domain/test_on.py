"""What is on by the changes: the newest effective one counts, for everyone, groups and users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import (
    ACCESS_ON,
    FAILOVER_ON,
    Activate,
    DeleteUser,
    EditUser,
    ImportUsers,
)
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.mail_user import FieldChange
from bot.domain.on import Deleted, OnEntry, Switched, effects_of, on_now
from bot.domain.outcome import Outcome, StepOutcome, UserOutcome, UserStatus
from bot.domain.scope import Everyone, FileUsers, Flag, Groups, Scope, Users
from tests.builders import NOW, a_change

PEOPLE = ("a@example.com", "b@example.com", "c@example.com", "d@example.com")
GROUPS = ("emea", "germany")


def applied(number: int, scope: Scope | None = None, *, on: bool = True, **over: Any) -> Change:
    """A change that was applied so many minutes after the beginning."""
    at = NOW + timedelta(minutes=number)
    times = dict.fromkeys(("created_at", "started_at", "finished_at"), at)
    fields = {"id": f"C-{number:05}", "state": State.APPLIED, **times}
    return a_change(scope=scope or Everyone(), on=on, **(fields | over))


def shown(*changes: Change) -> list[tuple[str, object]]:
    """The changes that hold, and for whom."""
    effects = [one for change in changes for one in effects_of(change)]
    return [(one.change.id, one.scope) for one in on_now(effects)]


def only(*changes: Change) -> OnEntry:
    [entry] = on_now([one for change in changes for one in effects_of(change)])
    return entry


def users(*names: str) -> Users:
    return Users(tuple(f"{name}@example.com" for name in names))


def test_the_newest_change_for_everyone_counts() -> None:
    assert shown(applied(1), applied(2, on=False)) == []
    assert shown(applied(1), applied(2, on=False), applied(3)) == [("C-00003", Everyone())]
    assert shown(applied(3), applied(2, on=False)) == [("C-00003", Everyone())]


def test_what_began_last_counts_not_what_was_proposed_last() -> None:
    """A change may be approved half an hour after a later one was executed."""
    late = applied(1, started_at=NOW + timedelta(minutes=25))
    assert shown(late, applied(5, on=False)) == [("C-00001", Everyone())]


def test_a_group_and_users_inside_everyone_are_said_once() -> None:
    inside = [applied(2, Groups(("emea",))), applied(3, users("a"))]
    assert shown(applied(1), *inside) == [("C-00001", Everyone())]
    assert shown(*inside, applied(4, on=False)) == []
    assert shown(*inside) == [("C-00002", Groups(("emea",))), ("C-00003", users("a"))]


def test_who_was_taken_out_of_everyone_is_told() -> None:
    entry = only(applied(1), applied(2, Groups(("emea",)), on=False),
                 applied(3, users("a", "b"), on=False))  # fmt: skip
    assert (entry.scope, entry.off_groups, entry.off_users) == (Everyone(), ("emea",), 2)


def test_who_is_switched_on_again_is_taken_out_no_more() -> None:
    entry = only(applied(1), applied(2, users("a", "b"), on=False), applied(3, users("a")))
    assert (entry.change.id, entry.off_users) == ("C-00001", 1)


def test_a_user_switched_on_after_a_group_was_taken_out_may_be_in_it() -> None:
    found = shown(applied(1), applied(2, Groups(("emea",)), on=False), applied(3, users("a")))
    assert found == [("C-00001", Everyone()), ("C-00003", users("a"))]


def test_a_group_that_is_switched_off_may_hold_users_who_were_named() -> None:
    entry = only(applied(1, users("a")), applied(2, Groups(("emea",)), on=False))
    assert (entry.scope, entry.off_groups) == (users("a"), ("emea",))


def test_the_rest_of_a_change_is_its_own_entry() -> None:
    many = applied(1, users("a", "b", "c"))
    assert shown(many, applied(2, users("B"), on=False)) == [("C-00001", users("a", "c"))]
    two = applied(1, Groups(GROUPS))
    assert shown(two, applied(2, Groups(("germany",)), on=False)) == [
        ("C-00001", Groups(("emea",)))
    ]


def test_an_address_counts_whatever_its_case() -> None:
    assert shown(applied(1, Users(("A@Example.com",))), applied(2, users("a"), on=False)) == []


def test_of_a_partial_change_those_count_whom_it_reached() -> None:
    outcomes = [
        UserOutcome("a@example.com", UserStatus.APPLIED),
        UserOutcome("b@example.com", UserStatus.FAILED),
        UserOutcome("c@example.com", UserStatus.UNKNOWN),
        UserOutcome("d@example.com", UserStatus.NOT_SENT),
    ]
    change = applied(1, users("a", "b", "c", "d"), state=State.PARTIAL)
    found = on_now(effects_of(change, outcomes))
    assert [(one.scope, one.certain) for one in found] == [(users("a"), True), (users("c"), False)]


@pytest.mark.parametrize("state", [State.PARTIAL, State.NEEDS_OPERATOR, State.GIVEN_UP,
                                   State.EXECUTING, State.ACCEPTED, State.UNKNOWN])  # fmt: skip
def test_what_may_have_reached_them_is_not_certain(state: State) -> None:
    assert not only(applied(1, state=state)).certain
    # What was on before is still on, and may be off.
    entry = only(applied(1), applied(2, on=False, state=state))
    assert (entry.change.id, entry.certain, entry.doubted_by) == ("C-00001", True, ("C-00002",))
    assert only(applied(1), applied(2, state=state)).change.id == "C-00001"


@pytest.mark.parametrize("state", [State.FAILED, State.DENIED, State.CANCELLED, State.EXPIRED,
                                   State.AWAITING_APPROVAL, State.APPROVED])  # fmt: skip
def test_what_had_no_effect_changes_nothing(state: State) -> None:
    assert shown(applied(1, state=state)) == []
    assert shown(applied(1), applied(2, on=False, state=state)) == [("C-00001", Everyone())]


def test_who_is_deleted_is_not_on() -> None:
    effects: list[Switched | Deleted] = [*effects_of(applied(1, users("a", "b")))]
    gone = Deleted(NOW + timedelta(minutes=2), frozenset({"a@example.com"}))
    assert [one.scope for one in on_now([*effects, gone])] == [users("b")]
    assert on_now([*effects, Deleted(gone.at, None)]) == ()
    # Who is made again, and switched on, is on.
    again = effects_of(applied(3, users("a")))
    assert [one.scope for one in on_now([*effects, gone, *again])] == [users("b"), users("a")]


@pytest.mark.parametrize(
    ("action", "scope"),
    [
        (EditUser((FieldChange("displayName", "A", "B"),)), users("a")),
        (ImportUsers("users.csv"), FileUsers(3, "0" * 64)),
        (DeleteUser(), users("a")),
    ],
)
def test_edits_and_imports_set_no_flag(action: Any, scope: Scope) -> None:
    """The flags of a user are left out of what is sent."""
    assert effects_of(applied(1, scope, action=action)) == []


@dataclass(frozen=True)
class Step:
    """A change of the model: what it is for, and which way."""

    scope: Everyone | Groups | Users
    on: bool


SCOPES = st.one_of(
    st.just(Everyone()),
    st.sets(st.sampled_from(GROUPS), min_size=1).map(lambda names: Groups(tuple(sorted(names)))),
    st.sets(st.sampled_from(PEOPLE), min_size=1).map(lambda names: Users(tuple(sorted(names)))),
)
STEPS = st.lists(st.builds(Step, SCOPES, st.booleans()), max_size=12)
MEMBERS = st.dictionaries(st.sampled_from(PEOPLE), st.sets(st.sampled_from(GROUPS)))


def is_for(person: str, scope: object, members: dict[str, set[str]]) -> bool:
    match scope:
        case Users(addresses=addresses):
            return person in addresses
        case Groups(names=names):
            return not members.get(person, set()).isdisjoint(names)
        case _:
            return True


def replayed(person: str, steps: Sequence[Step], members: dict[str, set[str]]) -> bool:
    """The simple model: the last change that was for a person counts."""
    mine = [step.on for step in steps if is_for(person, step.scope, members)]
    return bool(mine) and mine[-1]


def entries(steps: Sequence[Step]) -> Sequence[OnEntry]:
    changes = [applied(number, step.scope, on=step.on) for number, step in enumerate(steps)]
    return on_now([one for change in changes for one in effects_of(change)])


@given(STEPS, MEMBERS)
def test_nobody_who_is_on_is_left_out(steps: list[Step], members: dict[str, set[str]]) -> None:
    found = entries(steps)
    for person in PEOPLE:
        if replayed(person, steps, members):
            assert any(is_for(person, one.scope, members) for one in found)


@given(STEPS, MEMBERS)
def test_whom_an_entry_names_is_on_unless_it_says_who_may_be_off(
    steps: list[Step], members: dict[str, set[str]]
) -> None:
    for one in entries(steps):
        for person in PEOPLE:
            if is_for(person, one.scope, members) and not (one.off_groups or one.off_users):
                assert replayed(person, steps, members)


@given(STEPS)
def test_without_groups_the_entries_are_exact(steps: list[Step]) -> None:
    steps = [step for step in steps if not isinstance(step.scope, Groups)]
    found = entries(steps)
    said = sum(len(PEOPLE) - one.off_users if isinstance(one.scope, Everyone)
               else len(one.scope.addresses) for one in found if not isinstance(one.scope, Groups))  # fmt: skip
    assert said == sum(replayed(person, steps, {}) for person in PEOPLE)


def test_a_flag_is_that_of_its_change() -> None:
    assert only(applied(1, flag=Flag.ACCESS)).flag is Flag.ACCESS


def test_a_timed_change_says_until_when() -> None:
    assert only(applied(1, ends_at=NOW)).until == NOW
    assert only(applied(1)).until is None


def test_each_step_of_a_change_is_an_entry_as_far_as_it_came() -> None:
    """Access is on once that step is done; failover only where it was sent."""
    at = NOW + timedelta(minutes=1)
    access = StepOutcome(ACCESS_ON, at + timedelta(seconds=2), at, Outcome(total=9, in_state=9))
    whole = applied(2, action=Activate(), steps=(access,), attempts=1)
    effects = effects_of(whole)
    assert [(one.switch, one.at, one.certain) for one in effects] == [
        (ACCESS_ON, at, True),
        (FAILOVER_ON, NOW + timedelta(minutes=2), True),
    ]
    entries = [on_now([one])[0] for one in effects]
    assert [(one.flag, one.since) for one in entries] == [
        (Flag.ACCESS, at + timedelta(seconds=2)),
        (Flag.FAILOVER, NOW + timedelta(minutes=2)),
    ]
    not_begun = replace(whole, state=State.PARTIAL, attempts=0, scope=users("a"))
    of_access = [UserOutcome("a@example.com", UserStatus.APPLIED)]
    assert [one.switch for one in effects_of(not_begun, of_access)] == [ACCESS_ON]
    skipped = replace(whole, steps=(replace(access, outcome=None),))
    assert [one.switch for one in effects_of(skipped)] == [FAILOVER_ON]
