"""The rows of an import: written with the change, compared, settled, and forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.actions import ImportUsers
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.scope import FileUsers
from bot.domain.user_files.import_rows import DIFFERING, ImportCounts, ImportRow, RowStatus
from bot.errors import Conflict
from bot.ports import Store, Transaction
from tests.builders import NOW, a_change

CHANGE = a_change(action=ImportUsers("users.csv"), scope=FileUsers(3, "abc"))
A, B, C = (f"{name}@example.com" for name in ("Ada", "bo", "cy"))
ROWS = (
    ImportRow(2, A, {"displayName": "Ada", "failoverGroups": ["emea"]}),
    ImportRow(3, B, {"displayName": "Bo"}),
    ImportRow(5, C, {"displayName": "Çy “C”"}),
)


@pytest.fixture
async def held(store: Store) -> Store:
    """The store with the change and its rows."""

    def step(tx: Transaction) -> None:
        tx.add_change(CHANGE)
        tx.add_import(CHANGE.id, ROWS, skipped=4)

    await store.write(step)
    return store


async def rows(store: Store, **asked: int | bool) -> Sequence[ImportRow]:
    return await store.read(lambda tx: tx.import_rows(CHANGE.id, **asked))  # type: ignore[arg-type]


async def compared(store: Store, *saved: ImportRow) -> None:
    """Compare these rows: of the others the API tells nothing."""

    def step(tx: Transaction) -> None:
        tx.begin_comparison(CHANGE.id)
        tx.save_compared(CHANGE.id, saved)
        tx.end_comparison(CHANGE.id)

    await store.write(step)


def told(row: ImportRow, standing: RowStatus) -> ImportRow:
    return replace(row, api_fields={"user": row.address, "shoeSize": 43}, status=standing)


CHANGED, UNCHANGED = told(ROWS[0], RowStatus.CHANGED), told(ROWS[1], RowStatus.UNCHANGED)


async def test_rows_come_back_as_they_were_by_line(held: Store) -> None:
    assert await rows(held) == [*ROWS]
    assert await rows(held, after=2, limit=1) == [ROWS[1]]


async def test_the_change_and_its_rows_are_written_together_or_not_at_all(store: Store) -> None:
    def step(tx: Transaction) -> None:
        tx.add_change(CHANGE)
        tx.add_import(CHANGE.id, ROWS, skipped=0)
        raise Conflict("on second thought")

    with pytest.raises(Conflict):
        await store.write(step)
    assert await rows(store) == []
    assert await store.read(lambda tx: tx.change(CHANGE.id)) is None


async def test_rows_are_found_by_address_in_whatever_capitals(held: Store) -> None:
    found = await held.read(lambda tx: tx.import_rows_of(CHANGE.id, ["ADA@example.com", "x@y.zz"]))
    assert found == [ROWS[0]]


async def test_who_was_not_told_of_is_new(held: Store) -> None:
    await compared(held, CHANGED, UNCHANGED)
    new = replace(ROWS[2], status=RowStatus.NEW)
    assert await rows(held) == [CHANGED, UNCHANGED, new]
    numbers = await held.read(lambda tx: tx.import_counts(CHANGE.id))
    assert numbers == ImportCounts(1, 1, 1, 4, NOW)


async def test_a_comparison_that_did_not_end_is_none(held: Store) -> None:
    await compared(held, CHANGED)

    def broken_off(tx: Transaction) -> None:
        tx.begin_comparison(CHANGE.id)
        tx.save_compared(CHANGE.id, [UNCHANGED])

    await held.write(broken_off)
    numbers = await held.read(lambda tx: tx.import_counts(CHANGE.id))
    assert numbers is not None
    assert numbers.compared_at is None
    await compared(held, CHANGED)
    assert (await rows(held))[1] == replace(ROWS[1], status=RowStatus.NEW)


async def test_what_differs_and_is_not_settled_is_to_be_sent(held: Store) -> None:
    await compared(held, CHANGED, UNCHANGED)
    assert [row.line for row in await rows(held, to_send=True)] == [2, 5]
    unknown = UserOutcome(A, UserStatus.UNKNOWN)
    failed = UserOutcome(C, UserStatus.FAILED, "no")
    await held.write(lambda tx: tx.put_user_outcomes(CHANGE.id, [unknown, failed]))
    assert [row.line for row in await rows(held, to_send=True)] == [2]


async def test_rows_are_settled_by_how_they_stand_and_what_became_of_them(held: Store) -> None:
    await compared(held, CHANGED, UNCHANGED)
    answered = UserOutcome(B, UserStatus.UNKNOWN, "sent", "R-1", "then")

    def step(tx: Transaction) -> None:
        settle: Callable[..., None] = tx.conclude_import_rows
        tx.put_user_outcomes(CHANGE.id, [answered])
        same = [RowStatus.UNCHANGED]
        settle(CHANGE.id, UserStatus.APPLIED, "", was=UserStatus.UNKNOWN, statuses=same)
        settle(CHANGE.id, UserStatus.NOT_SENT, "stopped", was=None, statuses=DIFFERING)

    await held.write(step)
    assert await held.read(lambda tx: tx.user_outcomes(CHANGE.id)) == [
        UserOutcome(A, UserStatus.NOT_SENT, "stopped"),
        UserOutcome(B, UserStatus.APPLIED, "", "R-1", "then"),
        UserOutcome(C, UserStatus.NOT_SENT, "stopped"),
    ]
    assert await held.read(lambda tx: tx.count_user_outcomes(CHANGE.id)) == {
        UserStatus.APPLIED: 1,
        UserStatus.FAILED: 0,
        UserStatus.UNKNOWN: 0,
        UserStatus.ACCEPTED: 0,
        UserStatus.NOT_SENT: 2,
    }
    behind = await held.read(lambda tx: tx.user_outcomes(CHANGE.id, after=A, limit=1))
    assert [row.address for row in behind] == [B]

    await held.write(lambda tx: tx.delete_user_outcomes(CHANGE.id, UserStatus.NOT_SENT))
    assert [row.address for row in await held.read(lambda tx: tx.user_outcomes(CHANGE.id))] == [B]


async def test_rows_are_forgotten_and_outcomes_stay(held: Store) -> None:
    def step(tx: Transaction) -> None:
        tx.put_user_outcomes(CHANGE.id, [UserOutcome(A, UserStatus.APPLIED)])
        tx.delete_import_rows(CHANGE.id)

    await held.write(step)
    assert await rows(held) == []
    assert await held.read(lambda tx: tx.import_counts(CHANGE.id)) is None
    assert len(await held.read(lambda tx: tx.user_outcomes(CHANGE.id))) == 1


async def test_old_rows_are_found(held: Store) -> None:
    assert await held.read(lambda tx: tx.old_imports(NOW)) == []
    later = NOW + timedelta(seconds=1)
    assert await held.read(lambda tx: tx.old_imports(later)) == [CHANGE.id]


async def test_the_groups_that_no_user_of_the_file_is_in_are_told(held: Store) -> None:
    def fields(row: ImportRow, *groups: str) -> ImportRow:
        return replace(row, fields={"failoverGroups": groups})

    other = a_change(id="C-00002", action=ImportUsers("more.csv"), scope=FileUsers(3, "def"))
    news = fields(ROWS[0], "emea", "news", "asia"), fields(ROWS[1], "asia"), fields(ROWS[2], "late")

    def step(tx: Transaction) -> Sequence[str]:
        tx.add_change(other)
        tx.add_import(other.id, news, skipped=0)
        tx.begin_comparison(other.id)
        before = replace(news[0], api_fields={"failoverGroups": ["emea"]}, status=RowStatus.CHANGED)
        tx.save_compared(other.id, [before, replace(news[1], status=RowStatus.UNCHANGED)])
        tx.end_comparison(other.id)
        return sorted(tx.import_groups(other.id))

    assert await held.write(step) == ["late", "news"]
