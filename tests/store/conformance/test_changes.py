"""Changes come back as they were saved, one revision after the other, and are found by what matters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import SetFlag
from bot.domain.change import Change
from bot.domain.change_state import OPEN, RUNNING, Event, State
from bot.domain.outcome import FailedUsers, Outcome, UserOutcome, UserStatus
from bot.domain.preview import Preview
from bot.domain.review import Review, ReviewState
from bot.domain.scope import Everyone, FileUsers, Filters, Flag, Groups, Scope, Users
from bot.errors import Conflict
from bot.ports import Store, Transaction
from tests.builders import (
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_change,
    a_finished_timed_change,
)

SCOPES: list[Scope] = [
    Everyone(),
    Groups(("emea", "South Pole")),
    Users(("Jo.Doe@example.com", "o'hara@example.com")),
    Users(tuple(f"user{number}@example.com" for number in range(500))),
]


async def _add(store: Store, *changes: Change) -> None:
    def step(tx: Transaction) -> None:
        for change in changes:
            tx.add_change(change)

    await store.write(step)


async def _save(store: Store, change: Change) -> None:
    await store.write(lambda tx: tx.save_change(change))


@pytest.mark.parametrize("scope", SCOPES, ids=["everyone", "groups", "users", "500 users"])
@pytest.mark.parametrize("build", [a_change, a_finished_timed_change])
async def test_a_change_comes_back_as_it_was(
    store: Store, build: Callable[..., Change], scope: Scope
) -> None:
    change = build(scope=scope)

    await _add(store, change)
    again = await store.read(lambda tx: tx.change(change.id))

    assert again == change
    assert again is not None
    assert type(again.scope) is type(scope)
    assert again.created_at.utcoffset() == timedelta(0)


async def test_every_field_of_the_finished_change_is_set() -> None:
    """Else the round trip above proves less than it says."""
    change = a_finished_timed_change()
    bare = a_change()

    unset = [name for name in Change.__slots__ if getattr(change, name) in (None, (), "", 0)]

    assert unset == []
    assert isinstance(change.preview, Preview)
    assert isinstance(change.outcome, Outcome)
    assert bare.preview is None


@pytest.mark.parametrize("unknown", ["C-00000", "C-\0"])
async def test_an_unknown_id_is_none(store: Store, unknown: str) -> None:
    assert await store.read(lambda tx: tx.change(unknown)) is None


async def test_an_id_is_given_once(store: Store) -> None:
    await _add(store, a_change())

    with pytest.raises(Conflict, match="C-7K3MX"):
        await _add(store, a_change(reason="another"))

    assert await store.read(lambda tx: tx.change("C-7K3MX")) == a_change()


async def test_a_step_may_go_on_after_a_taken_id(store: Store) -> None:
    """The caller draws another id within the same step."""
    await _add(store, a_change())

    def step(tx: Transaction) -> None:
        with pytest.raises(Conflict):
            tx.add_change(a_change())
        tx.add_change(a_change(id="C-00002"))

    await store.write(step)

    assert await store.read(lambda tx: tx.change("C-00002")) is not None


async def test_the_next_revision_is_saved_and_no_other(store: Store) -> None:
    first = a_change()
    second = first.revised(preview=Preview(NOW, total=3, already=1))
    third = second.moved(Event.APPROVE, deadline=NOW + timedelta(hours=1))
    await _add(store, first)

    for wrong in (third, first):
        with pytest.raises(Conflict, match="has moved on"):
            await _save(store, wrong)
    await _save(store, second)
    with pytest.raises(Conflict, match="has moved on"):
        await _save(store, second)
    await _save(store, third)

    assert await store.read(lambda tx: tx.change(first.id)) == third
    assert await store.read(lambda tx: tx.changes(states=[State.APPROVED])) == [third]
    assert await store.read(lambda tx: tx.changes(states=[State.AWAITING_APPROVAL])) == []


async def test_a_change_that_was_never_added_is_not_saved(store: Store) -> None:
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.save_change(a_change(revision=2)))


async def test_changes_are_found_newest_first(store: Store) -> None:
    later = NOW + timedelta(microseconds=1)
    waiting = a_change(id="C-00001")
    applied = a_change(id="C-00002", state=State.APPLIED, created_at=later + timedelta(1))
    elsewhere = a_change(id="C-00003", customer=OTHER_CUSTOMER, created_at=later)
    running = a_change(id="C-00004", state=State.EXECUTING, flag=Flag.ACCESS, created_at=later)
    await _add(store, waiting, applied, elsewhere, running)

    async def ids(**asked: object) -> list[str]:
        found = await store.read(lambda tx: tx.changes(**asked))  # type: ignore[arg-type]  # the table below passes what the port names
        return [change.id[-1] for change in found]

    assert await ids() == ["2", "4", "3", "1"]
    assert await ids(limit=2) == ["2", "4"]
    assert await ids(customer=CUSTOMER) == ["2", "4", "1"]
    assert await ids(states=OPEN) == ["4", "3", "1"]
    assert await ids(states=OPEN, customer=CUSTOMER, limit=1) == ["4"]
    assert await ids(states=[]) == []
    assert await ids(limit=0) == []


async def test_the_oldest_changes_are_found_first_where_they_are_asked_for(store: Store) -> None:
    ids = ["C-FIRST", "C-THEN", "C-LAST"]
    first, then, last = (
        a_change(id=one, created_at=NOW + timedelta(seconds=n)) for n, one in enumerate(ids)
    )
    await _add(store, then, last, first)
    found = await store.read(lambda tx: tx.changes(states=OPEN, limit=2, oldest=True))
    assert [one.id for one in found] == ["C-FIRST", "C-THEN"]


async def test_of_changes_of_one_moment_the_one_added_last_is_the_newest(store: Store) -> None:
    ids = ("C-00002", "C-00001", "C-00003")
    await _add(store, *(a_change(id=one) for one in ids))

    found = await store.read(lambda tx: tx.changes(states=OPEN))

    assert tuple(change.id for change in found) == ids[::-1]


async def test_the_users_that_somebody_had_sent_are_added_up(store: Store) -> None:
    """By their last attempt, which "since" itself counts as, or by the states that count besides."""
    three = Users(("a@example.com", "b@example.com", "c@example.com"))
    one = Users(("a@example.com",))
    since = NOW - timedelta(hours=1)
    early = since - timedelta(microseconds=1)
    await _add(
        store,
        a_change(id="C-00001", scope=three, state=State.APPLIED, started_at=since, begun_at=early),
        a_change(
            id="C-00002", scope=one, customer=OTHER_CUSTOMER, started_at=NOW, created_at=early
        ),
        a_change(id="C-00003", scope=Everyone(), started_at=NOW),
        a_change(id="C-00004", scope=Groups(("emea",)), started_at=NOW),
        a_change(id="C-00005", scope=three, state=State.APPLIED, started_at=early),
        a_change(id="C-00006", scope=three, state=State.DENIED),
        a_change(id="C-00007", scope=three, state=State.APPROVED),
        a_change(id="C-00008", scope=one, state=State.EXECUTING, started_at=early),
        a_change(id="C-00009", scope=three, requester="U0OTHER", started_at=NOW),
        a_change(id="C-00010", scope=one, requester="W0OPERATOR", started_at=NOW),
    )

    async def sent(*ids: str, **over: Any) -> int:
        return await store.read(lambda tx: tx.users_sent(ids, since, **over))

    assert await sent(REQUESTER) == 4
    assert await sent(REQUESTER, "W0OPERATOR") == 5
    assert await sent(REQUESTER, also_in_states=[State.APPROVED]) == 7
    assert await sent(REQUESTER, also_in_states=[State.APPROVED, *RUNNING]) == 8
    assert (
        await sent(REQUESTER, also_in_states=[State.APPROVED, *RUNNING], except_id="C-00007") == 5
    )
    assert await sent("U0NOBODY", also_in_states=OPEN) == 0


async def test_a_saved_attempt_counts_at_its_time(store: Store) -> None:
    change = a_change(scope=Users(("a@example.com",)), state=State.APPROVED)
    await _add(store, change)
    taken = change.moved(Event.CLAIM, started_at=NOW)
    await store.write(lambda tx: tx.save_change(taken))
    assert await store.read(lambda tx: tx.users_sent([REQUESTER], NOW)) == 1
    assert await store.read(lambda tx: tx.users_sent([REQUESTER], NOW + timedelta(seconds=1))) == 0


async def test_what_became_of_named_users_is_kept_by_address(store: Store) -> None:
    failed = UserOutcome("b@example.com", UserStatus.FAILED, "404 Not Found", "id-2", "t-2")
    waiting = UserOutcome("a@example.com", UserStatus.NOT_SENT)
    applied = UserOutcome("a@example.com", UserStatus.APPLIED, api_id="id-3", api_timestamp="t-3")
    unknown = UserOutcome("c@example.com", UserStatus.UNKNOWN, "timeout")
    await _add(store, a_change(), a_change(id="C-00002"))

    def step(tx: Transaction) -> None:
        tx.put_user_outcomes("C-7K3MX", iter([unknown, failed, waiting]))
        tx.put_user_outcomes("C-7K3MX", [applied])
        tx.put_user_outcomes("C-00002", [waiting])

    await store.write(step)

    def query(tx: Transaction) -> list[object]:
        return [
            tx.user_outcomes("C-7K3MX"),
            tx.user_outcomes("C-7K3MX", status=UserStatus.FAILED),
            tx.user_outcomes("C-7K3MX", limit=2),
            tx.user_outcomes("C-00002"),
            tx.user_outcomes("C-00000"),
        ]

    assert await store.read(query) == [
        [applied, failed, unknown],
        [failed],
        [applied, failed],
        [waiting],
        [],
    ]


async def test_a_text_with_the_character_0_is_kept_as_well_as_the_store_can(store: Store) -> None:
    odd = UserOutcome("a@example.com", UserStatus.FAILED, "time\0out")
    await _add(store, a_change())
    await store.write(lambda tx: tx.put_user_outcomes("C-7K3MX", [odd]))

    [read] = await store.read(lambda tx: tx.user_outcomes("C-7K3MX"))

    assert read in (odd, replace(odd, reason="time\ufffdout"))


async def test_changes_of_several_customers_are_found_and_counted(store: Store) -> None:
    later = NOW + timedelta(seconds=1)
    await _add(
        store,
        a_change(id="C-00001"),
        a_change(id="C-00002", customer=OTHER_CUSTOMER, created_at=later),
        a_change(id="C-00003", customer="66666"),
        a_change(id="C-00004", state=State.DENIED),
    )
    both = [CUSTOMER, OTHER_CUSTOMER]
    found = await store.read(lambda tx: tx.changes(states=OPEN, customers=both))
    assert [one.id for one in found] == ["C-00002", "C-00001"]
    assert await store.read(lambda tx: tx.count_changes(OPEN, customers=both)) == 2
    assert await store.read(lambda tx: tx.count_changes(OPEN)) == 3
    assert await store.read(lambda tx: tx.count_changes(OPEN, customers=[])) == 0
    assert not await store.read(lambda tx: tx.changes(states=OPEN, customers=[]))


async def test_ids_are_found_by_state_oldest_first(store: Store) -> None:
    older = a_change(id="C-00001", state=State.EXECUTING)
    newer = a_change(id="C-00002", state=State.UNKNOWN, created_at=NOW + timedelta(seconds=1))
    await _add(store, newer, older, a_change(id="C-00003"))
    found = await store.read(lambda tx: tx.change_ids({State.EXECUTING, State.UNKNOWN}))
    assert list(found) == ["C-00001", "C-00002"]


async def test_what_awaits_a_decision_without_a_preview_is_found(store: Store) -> None:
    seen = a_change(id="C-00002", preview=Preview(NOW, total=3))
    decided = a_change(id="C-00003", state=State.APPROVED)
    await _add(store, a_change(id="C-00001"), seen, decided)
    assert list(await store.read(lambda tx: tx.changes_without_preview())) == ["C-00001"]

    counted = a_change(id="C-00001", revision=2, preview=Preview(NOW))
    await store.write(lambda tx: tx.save_change(counted))
    assert not await store.read(lambda tx: tx.changes_without_preview())


async def test_what_is_past_its_deadline_is_found_unless_it_runs_or_ended(store: Store) -> None:
    late = NOW - timedelta(seconds=1)
    await _add(
        store,
        a_change(id="C-00001", deadline=late),
        a_change(id="C-00002", deadline=late, state=State.APPROVED),
        a_change(id="C-00003", deadline=late, state=State.EXECUTING),
        a_change(id="C-00004", deadline=late, state=State.DENIED),
        a_change(id="C-00005", deadline=NOW + timedelta(seconds=1)),
    )
    overdue = await store.read(lambda tx: tx.overdue_changes(NOW))
    assert {change.id for change in overdue} == {"C-00001", "C-00002"}


async def test_ambiguous_answers_are_found_by_customer_and_time(store: Store) -> None:
    fresh = a_change(id="C-00001", state=State.UNKNOWN, ambiguous_at=NOW)
    old = a_change(id="C-00002", ambiguous_at=NOW - timedelta(minutes=2))
    other = a_change(id="C-00003", customer=OTHER_CUSTOMER, ambiguous_at=NOW)
    await _add(store, fresh, old, other, a_change(id="C-00004"))
    await _save(store, fresh.moved(Event.CLAIM))
    since = NOW - timedelta(minutes=1)
    found = await store.read(lambda tx: tx.ambiguous_since(CUSTOMER, since))
    assert [change.id for change in found] == ["C-00001"]


async def test_failures_are_counted_by_reason_with_the_first_addresses(store: Store) -> None:
    """In the order of the statuses, then of the addresses; who was reached is not among them."""
    await _add(store, a_change(), a_change(id="C-OTHER"))
    rows = [
        UserOutcome("z@example.com", UserStatus.FAILED, "It refused."),
        UserOutcome("b@example.com", UserStatus.NOT_SENT, "It was stopped."),
        UserOutcome("a@example.com", UserStatus.UNKNOWN, "It refused."),
        UserOutcome("c@example.com", UserStatus.APPLIED, "It refused."),
        *(UserOutcome(f"n{n}@example.com", UserStatus.NOT_SENT, "No time.") for n in range(7)),
    ]
    await store.write(lambda tx: tx.put_user_outcomes("C-7K3MX", rows))
    await store.write(lambda tx: tx.put_user_outcomes("C-OTHER", rows[:1]))

    assert await store.read(lambda tx: tx.failures("C-7K3MX")) == (
        [
            FailedUsers("It refused.", 2, ("z@example.com", "a@example.com")),
            FailedUsers("It was stopped.", 1, ("b@example.com",)),
            FailedUsers("No time.", 7, tuple(f"n{n}@example.com" for n in range(5))),
        ],
        0,
    )
    assert await store.read(lambda tx: tx.failures("C-00000")) == ([], 0)


async def test_of_many_reasons_the_first_are_read_and_the_others_counted(store: Store) -> None:
    await _add(store, a_change())
    rows = [
        UserOutcome(f"u{n:03}@example.com", UserStatus.FAILED, f"Reason {n}.") for n in range(130)
    ]
    await store.write(lambda tx: tx.put_user_outcomes("C-7K3MX", rows))
    shown, more = await store.read(lambda tx: tx.failures("C-7K3MX"))
    assert [one.reason for one in shown] == [f"Reason {n}." for n in range(100)]
    assert more == 30


async def test_the_changes_of_a_user_are_found_by_name_group_and_outcome(store: Store) -> None:
    """Not by an address that stands elsewhere in the row, or that is part of another."""

    def scoped(number: int, scope: Scope, **over: Any) -> Change:
        at = NOW + timedelta(minutes=number)
        return a_change(id=f"C-{number:05}", scope=scope, created_at=at, **over)

    him = "Jo.Doe@example.com"
    await _add(
        store,
        scoped(1, Everyone()),
        scoped(2, Users(("al@example.com", "JO.doe@Example.com"))),
        scoped(3, Users(("xjo.doe@example.com", "jo.doe@example.community"))),
        scoped(4, Users(("al@example.com",)), reason="jo.doe@example.com"),
        scoped(5, Groups(("emea", "apac"))),
        scoped(6, Groups(("apac",))),
        scoped(7, FileUsers(2, "0" * 64)),
        scoped(8, FileUsers(2, "0" * 64)),
        scoped(9, Filters(("emea",))),
        scoped(10, Everyone(), customer=OTHER_CUSTOMER),
    )
    outcome = UserOutcome("jo.doe@example.com", UserStatus.APPLIED)
    for one in ("C-00007", "C-00009"):
        await store.write(lambda tx, one=one: tx.put_user_outcomes(one, [outcome]))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults

    async def found(*groups: str, searched: int = 100, limit: int = 9) -> list[str]:
        changes = await store.read(
            lambda tx: tx.changes_of_user(CUSTOMER, him, groups, searched=searched, limit=limit)
        )
        return [one.id[-1] for one in changes]

    assert await found("emea", "latam") == ["9", "7", "5", "2", "1"]
    assert await found() == ["9", "7", "2", "1"]
    assert await found("emea", limit=2) == ["9", "7"]
    assert await found("emea", searched=5) == ["9", "7", "5"]


async def test_changes_are_counted_by_what_they_do(store: Store) -> None:
    access = SetFlag(Flag.ACCESS, on=True)
    await _add(store, a_change(), a_change(id="C-OTHER", action=access))
    counted = await store.read(
        lambda tx: [tx.count_changes(OPEN, topic=one) for one in ("failover", "import", None)]
    )
    assert counted == [1, 0, 2]


async def test_the_changes_of_a_batch_are_found_by_it_the_first_one_first(store: Store) -> None:
    def step(tx: Transaction) -> None:
        for change_id, batch in (("C-00009", "C-00009"), ("C-00001", "C-00009"), ("C-00002", "")):
            tx.add_change(a_change(id=change_id, batch=batch))

    await store.write(step)
    found = await store.read(lambda tx: tx.changes_of_batch("C-00009"))
    assert [one.id for one in found] == ["C-00009", "C-00001"]
    assert await store.read(lambda tx: tx.changes_of_batch("C-00002")) == []


async def test_reviews_that_are_owed_are_found_oldest_first_until_they_are_given(
    store: Store,
) -> None:
    owed, late = Review(), NOW + timedelta(hours=1)
    await _add(
        store,
        a_change(id="C-00002", review=owed, created_at=late),
        a_change(id="C-00001", review=owed),
        a_change(id="C-00003", customer="55555", review=owed),
        a_change(id="C-00004", review=Review(ReviewState.ACCEPTED)),
        a_change(id="C-00005"),
    )

    async def found(customers: list[str] | None, limit: int | None = None) -> list[str]:
        rows = await store.read(lambda tx: tx.reviews_owed(customers, limit))
        return [one.id for one in rows]

    assert await found(None) == ["C-00001", "C-00003", "C-00002"]
    assert await found(["44444"]) == ["C-00001", "C-00002"]
    assert await found(None, 1) == ["C-00001"]
    assert await found([]) == []
    assert await store.read(lambda tx: tx.count_reviews_owed()) == (3, NOW)
    given = a_change(id="C-00001", review=Review(ReviewState.OBJECTED)).revised()
    await _save(store, given)
    assert await found(["44444"]) == ["C-00002"]
    assert await store.read(lambda tx: tx.count_reviews_owed()) == (2, NOW)
