"""What may still hold of all switches is found, and nothing older."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.domain.actions import ACCESS_ON, Activate, DeleteUser, PurgeUsers, Restore
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import Outcome, StepOutcome, UserOutcome, UserStatus
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Groups, Scope, Users
from bot.ports import Store, Transaction
from bot.service.on_entries import entries_of
from tests.builders import CUSTOMER, NOW, OTHER_CUSTOMER, a_change

JO = Users(("jo@example.com",))


def begun(number: int, scope: Scope | None = None, **over: Any) -> Change:
    """A change that began so many minutes after the beginning, and was applied."""
    at = NOW + timedelta(minutes=number)
    fields = {"id": f"C-{number:05}", "state": State.APPLIED, "started_at": at, "finished_at": at}
    return a_change(scope=scope or Everyone(), **(fields | over))


async def add(store: Store, *changes: Change) -> None:
    def step(tx: Transaction) -> None:
        for change in changes:
            tx.add_change(change)

    await store.write(step)


async def found(store: Store, customers: list[str] | None = None, limit: int = 9) -> list[str]:
    changes = await store.read(lambda tx: tx.switched(customers, limit=limit))
    return [change.id for change in changes]


async def test_what_was_begun_before_the_newest_change_for_everyone_is_not_read(
    store: Store,
) -> None:
    await add(
        store,
        begun(1),
        begun(2, JO),
        begun(3, on=False),
        begun(4, Groups(("emea",)), state=State.PARTIAL),
        begun(5, JO, on=False),
        begun(6, state=State.EXECUTING),
        a_change(id="C-00007"),  # never begun
        begun(2, flag=Flag.ACCESS, id="C-0000A"),
        begun(1, JO, customer=OTHER_CUSTOMER, id="C-0000B"),
    )
    assert await found(store) == ["C-0000B", "C-0000A", "C-00004", "C-00005", "C-00006"]
    assert await found(store, [OTHER_CUSTOMER]) == ["C-0000B"]
    assert await found(store, []) == []


async def test_a_change_that_was_proposed_before_and_begun_after_is_found(store: Store) -> None:
    await add(store, begun(5, on=False), begun(9, id="C-LATE1", created_at=NOW))
    assert await found(store) == ["C-LATE1"]


async def test_a_reason_that_looks_like_the_direction_hides_nothing(store: Store) -> None:
    await add(store, begun(1, reason='he said "on":false'), begun(2, JO, reason='"on":false'))
    assert await found(store) == ["C-00001", "C-00002"]


async def test_of_each_kind_of_scope_so_many_are_read(store: Store) -> None:
    groups = Groups(("emea",))
    await add(store, *(begun(n, JO) for n in range(10, 15)), begun(1, groups), begun(2, groups))
    assert await found(store, limit=2) == ["C-00001", "C-00002", "C-00013", "C-00014"]


async def test_deletions_since_are_found_with_whom_they_reached(store: Store) -> None:
    await add(
        store,
        begun(1, JO, action=DeleteUser()),
        begun(3, JO, action=DeleteUser()),
        begun(4, EVERY_USER, action=PurgeUsers()),
        begun(5, Filters(access=False), action=PurgeUsers()),
        begun(6),
        begun(6, JO, action=DeleteUser(), customer=OTHER_CUSTOMER, id="C-OTHER"),
    )

    def query(tx: Transaction) -> list[str]:
        since = NOW + timedelta(minutes=2)
        return [one.id for one in tx.deletions_since([CUSTOMER], since, limit=9)]

    assert await store.read(query) == ["C-00005", "C-00004", "C-00003"]
    rows = [
        UserOutcome("Jo@example.com", UserStatus.APPLIED),
        UserOutcome("sam@example.com", UserStatus.FAILED),
        UserOutcome("kim@example.com", UserStatus.APPLIED),
    ]
    await store.write(lambda tx: tx.put_user_outcomes("C-00005", rows))
    asked = ["Jo@example.com", "sam@example.com", *(f"u{n}@example.com" for n in range(600))]
    gone = await store.read(lambda tx: tx.deleted_among("C-00005", asked))
    assert gone == {"jo@example.com"}


async def test_what_is_on_for_a_time_is_found_whatever_a_reason_says(store: Store) -> None:
    end = NOW + timedelta(hours=2)
    await add(
        store,
        begun(1, ends_at=end),
        begun(2, reason='"ends_at":"2026-03-14T05:00:00Z"'),
        begun(3, JO, state=State.PARTIAL, ends_at=end),
        begun(4, state=State.EXECUTING),
    )
    found = await store.read(lambda tx: tx.timed_changes())
    assert [one.id for one in found] == ["C-00001", "C-00003"]


async def test_changes_that_switch_several_flags_are_found_for_each(store: Store) -> None:
    """A restore ends failover, an access off for everyone nothing of failover."""
    access = StepOutcome(ACCESS_ON, NOW, NOW, Outcome(total=9, in_state=9))
    await add(
        store,
        begun(1, flag=Flag.ACCESS),
        begun(2, action=Activate(), steps=(access,)),
        begun(3, JO, action=Restore()),
        begun(4, JO),
        begun(5, on=False, flag=Flag.ACCESS),
        begun(1, action=Activate(), customer=OTHER_CUSTOMER, id="C-0000B"),
        begun(2, JO, customer=OTHER_CUSTOMER, id="C-0000C"),
        begun(3, action=Restore(), customer=OTHER_CUSTOMER, id="C-0000D"),
        begun(4, JO, customer=OTHER_CUSTOMER, id="C-0000E"),
    )
    # The access off is read where an activate counts for failover: it says that access is off.
    assert await found(store, [CUSTOMER]) == ["C-00002", "C-00003", "C-00004", "C-00005"]
    assert await found(store, [OTHER_CUSTOMER]) == ["C-0000B", "C-0000D", "C-0000E"]
    entries = (await store.read(entries_of))[CUSTOMER]
    assert [(one.flag, one.change.id) for one in entries] == [
        (Flag.FAILOVER, "C-00002"),
    ]
