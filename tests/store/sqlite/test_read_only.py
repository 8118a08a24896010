"""A look at a database leaves it as it is: not made, not migrated, not written, not rolled back."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import closing
from pathlib import Path

import pytest

from bot.errors import StoreBusy, StoreUnusable
from bot.store.sqlite.lock import DatabaseLock
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_grant, a_record


@pytest.fixture
async def filled(path: Path) -> Path:
    store = SqliteStore.open(path)
    await store.write(lambda tx: tx.record(a_record()))
    await store.write(lambda tx: tx.put_grant(a_grant()))
    await store.close()
    return path


def content(path: Path) -> bytes:
    return path.read_bytes()


def sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


async def test_it_reads_and_refuses_to_write(filled: Path) -> None:
    before = content(filled)
    store = ReadOnlySqliteStore.open(filled)
    assert len(await store.read(lambda tx: tx.entries())) == 1
    assert await store.read(lambda tx: tx.grants()) == [a_grant()]
    with pytest.raises(StoreUnusable, match="read-only"):
        await store.write(lambda tx: tx.record(a_record()))
    await store.close()
    assert content(filled) == before


async def test_the_schema_is_told_and_an_older_one_stays(filled: Path) -> None:
    sql(filled, "DELETE FROM _sqlite_migrations WHERE name >= '0005'")
    store = ReadOnlySqliteStore.open(filled)
    assert store.schema == "0004_inbox_and_messages"
    assert store.pending[0] == "0005_ambiguous_changes"
    await store.close()


def test_a_file_that_is_not_there_is_not_made(path: Path) -> None:
    with pytest.raises(StoreUnusable, match="there is no such file"):
        ReadOnlySqliteStore.open(path)
    assert not path.exists()


def test_an_empty_file_is_no_database_yet(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreUnusable, match="is empty"):
        ReadOnlySqliteStore.open(path)


def _die_in_the_middle(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("BEGIN IMMEDIATE")
    for number in range(100):
        connection.execute("INSERT INTO customers VALUES (?, ?)", (str(number), "x" * 4000))
    os._exit(0)


async def test_a_step_that_a_crash_cut_short_is_told_and_left_to_the_next_writer(
    filled: Path,
) -> None:
    crashed = multiprocessing.get_context("spawn").Process(
        target=_die_in_the_middle, args=(filled,)
    )
    crashed.start()
    crashed.join(60)
    journal = filled.with_name(f"{filled.name}-journal")
    assert journal.exists()
    with pytest.raises(StoreUnusable, match="a crash cut short"):
        ReadOnlySqliteStore.open(filled)
    assert journal.exists()
    await SqliteStore.open(filled).close()
    await ReadOnlySqliteStore.open(filled).close()


async def test_a_copy_is_whole_and_waits_for_no_one_without_an_end(
    filled: Path, tmp_path: Path
) -> None:
    store = ReadOnlySqliteStore.open(filled, busy_timeout=0.05)
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(filled, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")  # a step that has not come to its commit
        other.execute("INSERT INTO customers VALUES ('99999', 'Slow')")
        await store.copy_to(copy)
        other.execute("COMMIT")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusy):
            await store.copy_to(tmp_path / "never.db")
        other.execute("ROLLBACK")
    await store.close()
    copied = ReadOnlySqliteStore.open(copy)
    assert await copied.damage() == ""
    assert await copied.read(lambda tx: tx.grants()) == [a_grant()]
    assert await copied.read(lambda tx: tx.customer_names()) == {}
    await copied.close()


async def test_a_copy_that_has_no_place_is_told_by_its_own_name(
    filled: Path, tmp_path: Path
) -> None:
    store = ReadOnlySqliteStore.open(filled)
    with pytest.raises(StoreUnusable, match=r"missing/copy\.db cannot be opened"):
        await store.copy_to(tmp_path / "missing" / "copy.db")
    await store.close()


async def test_a_role_row_that_cannot_be_read_is_told(filled: Path) -> None:
    sql(filled, "UPDATE roles SET role = 'emperor'")
    store = ReadOnlySqliteStore.open(filled)
    with pytest.raises(StoreUnusable, match="The role row of U0OPERATOR for 44444 cannot be read"):
        await store.read(lambda tx: tx.grants())
    await store.close()


def test_who_holds_the_lock_is_seen_without_taking_it(path: Path) -> None:
    looking = DatabaseLock(path)
    assert not looking.taken()
    assert not path.with_name(f"{path.name}.lock").exists()
    with DatabaseLock(path) as held:
        assert looking.taken()
        assert looking.holder() == os.getpid()
        assert held.held
    assert not looking.taken()
    assert looking.acquire()
    looking.release()
