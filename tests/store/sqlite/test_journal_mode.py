"""WAL mode and the rollback journal: who waits for whom, and how a file gets from one to the other."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.domain.user_files.import_rows import ImportRow
from bot.errors import StoreBusy
from bot.ports import Transaction
from bot.store.sqlite import sqlite_library
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.store.sqlite.sqlite_library import WAL_FROM, Journal, preferred_journal, sqlite3
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_change, a_grant, a_record
from tests.store.sqlite import processes

needs_wal = pytest.mark.skipif(
    preferred_journal() is not Journal.WAL, reason="this SQLite is too old for WAL"
)


def mode_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        [mode] = connection.execute("PRAGMA journal_mode").fetchone()
    return str(mode)


def beside(path: Path) -> dict[str, int]:
    """Return the mode bits of the files whose names begin with the database's, by the rest."""
    found = path.parent.glob(f"{path.name}*")
    return {one.name.removeprefix(path.name): stat.S_IMODE(one.stat().st_mode) for one in found}


@asynccontextmanager
async def neighbour(path: Path) -> AsyncIterator[Connection]:
    """Another process that holds a cursor open until it is told to go on."""
    context = processes.context()
    ours, theirs = context.Pipe()
    process = context.Process(target=processes.hold_cursor, args=(path, theirs))
    process.start()
    theirs.close()
    assert await asyncio.to_thread(ours.recv) == "held"
    try:
        yield ours
    finally:
        await asyncio.to_thread(process.join, 20)
        ours.close()
    assert process.exitcode == 0


def written(path: Path) -> tuple[int, int]:
    """Return what tells whether a file was written. To open it here would end the locks of a store."""
    found = path.stat()
    return found.st_size, found.st_mtime_ns


async def made(path: Path, journal: Journal) -> None:
    """Make a file with this journal and one entry."""
    store = await SqliteStore.open_async(path, journal=journal)
    await store.write(lambda tx: tx.record(a_record()))
    await store.close()


@contextmanager
def old_library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Take the library for one of before the fault was mended."""
    with monkeypatch.context() as patched:
        patched.setattr(sqlite_library, "WAL_FROM", (99, 0, 0))
        assert preferred_journal() is Journal.ROLLBACK
        yield


@needs_wal
async def test_a_cursor_that_stays_open_delays_no_step(path: Path) -> None:
    """With a rollback journal each of these steps fails after the busy timeout."""
    store = await SqliteStore.open_async(path, journal=Journal.WAL, busy_timeout=0.01)
    await store.write(lambda tx: [tx.record(a_record()) for _ in range(2000)])
    async with neighbour(path) as reader:
        seqs = [await store.write(lambda tx: tx.record(a_record()).seq) for _ in range(100)]
        found = len(await store.read(lambda tx: tx.entries()))
        reader.send("go on")
        assert await asyncio.to_thread(reader.recv) == list(range(1, 2001))
    await store.close()
    assert seqs == list(range(2001, 2101))
    assert found == 2100


async def test_with_a_rollback_journal_an_open_cursor_is_told_as_busy(path: Path) -> None:
    """Why WAL is preferred."""
    store = await SqliteStore.open_async(path, journal=Journal.ROLLBACK, busy_timeout=0.01)
    await store.write(lambda tx: [tx.record(a_record()) for _ in range(2000)])
    async with neighbour(path) as reader:
        with pytest.raises(StoreBusy):
            await store.write(lambda tx: tx.record(a_record()))
        reader.send("go on")
        assert await asyncio.to_thread(reader.recv) == list(range(1, 2001))
    await store.close()


@needs_wal
async def test_a_read_waits_for_no_step_and_holds_none_up(path: Path) -> None:
    store = await SqliteStore.open_async(path, journal=Journal.WAL)
    step_goes_on, query_goes_on = threading.Event(), threading.Event()

    def step(tx: Transaction) -> None:
        tx.record(a_record())
        assert step_goes_on.wait(5)

    def query(tx: Transaction) -> int:
        assert query_goes_on.wait(5)
        return len(tx.entries())

    writing = asyncio.create_task(store.write(step))
    await asyncio.sleep(0)
    assert await store.read(lambda tx: len(tx.entries())) == 0
    step_goes_on.set()
    await writing
    reading = asyncio.create_task(store.read(query))
    await asyncio.sleep(0)
    assert await store.write(lambda tx: tx.record(a_record()).seq) == 2
    query_goes_on.set()
    assert await reading == 2
    await store.close()


@pytest.mark.parametrize("before", Journal)
@pytest.mark.parametrize("after", [Journal.ROLLBACK, pytest.param(Journal.WAL, marks=needs_wal)])
async def test_a_file_gets_the_journal_that_is_asked_for(
    path: Path, before: Journal, after: Journal
) -> None:
    await made(path, before)
    store = await SqliteStore.open_async(path, journal=after)
    assert len(await store.read(lambda tx: tx.entries())) == 1
    await store.close()
    assert mode_of(path) == after
    assert [*beside(path)] == [""]


@needs_wal
@pytest.mark.parametrize("journal", Journal)
async def test_who_does_not_hold_the_executors_lock_keeps_the_journal(
    path: Path, journal: Journal
) -> None:
    await made(path, journal)
    store = await SqliteStore.open_async(path)
    assert await store.write(lambda tx: tx.record(a_record()).seq) == 2
    await store.close()
    assert mode_of(path) == journal


@needs_wal
async def test_a_reader_in_the_way_leaves_the_change_of_the_journal_to_the_next_start(
    path: Path,
) -> None:
    await made(path, Journal.ROLLBACK)
    store = await SqliteStore.open_async(path)
    await store.write(lambda tx: [tx.record(a_record()) for _ in range(1999)])
    await store.close()
    async with neighbour(path) as reader:
        with capture_logs() as logs:
            store = await SqliteStore.open_async(path, journal=Journal.WAL, busy_timeout=0.01)
        reader.send("go on")
        await asyncio.to_thread(reader.recv)
    assert [one["event"] for one in logs] == ["store.journal_kept"]
    assert await store.write(lambda tx: tx.record(a_record()).seq) == 2001
    await store.close()
    assert mode_of(path) == Journal.ROLLBACK


async def test_an_old_library_takes_the_file_back_and_says_so_in_the_log(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made(path, Journal.WAL)
    with old_library(monkeypatch), capture_logs() as logs:
        store = await SqliteStore.open_async(path, journal=preferred_journal())
        assert await store.write(lambda tx: tx.record(a_record()).seq) == 2
        await store.close()
    [line] = logs
    assert line == {
        "event": "store.rollback_journal",
        "log_level": "warning",
        "sqlite": sqlite3.sqlite_version,
        "wal_from": "3.51.3",
    }
    assert mode_of(path) == Journal.ROLLBACK


@needs_wal
async def test_an_old_library_does_not_share_a_wal_with_another_process(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made(path, Journal.WAL)
    store = await SqliteStore.open_async(path)
    with old_library(monkeypatch):
        with pytest.raises(StoreBusy) as refused:
            await SqliteStore.open_async(path, busy_timeout=0.01)
        looking = await ReadOnlySqliteStore.open_async(path)  # reading is safe
        assert len(await looking.read(lambda tx: tx.entries())) == 1
        await looking.close()
    assert str(refused.value) == (
        f"The database {path} is held by another process in WAL mode, which SQLite "
        f"{sqlite3.sqlite_version} must not share: install pysqlite3, or stop the other process."
    )
    assert await store.write(lambda tx: tx.record(a_record()).seq) == 2
    await store.close()


def test_wal_is_trusted_from_the_version_in_which_the_fault_was_mended() -> None:
    assert WAL_FROM == (3, 51, 3)


@needs_wal
async def test_the_wal_and_its_index_are_their_owners_alone_and_gone_at_the_end(
    path: Path,
) -> None:
    before = os.umask(0)
    try:
        store = await SqliteStore.open_async(path, journal=Journal.WAL)
        await store.write(lambda tx: tx.record(a_record()))
        assert beside(path) == {"": 0o600, "-wal": 0o600, "-shm": 0o600}
    finally:
        os.umask(before)
    await store.close()
    assert beside(path) == {"": 0o600}


@needs_wal
async def test_a_look_at_a_file_in_wal_mode_changes_nothing_in_it(path: Path) -> None:
    """While a store writes, after it has died with commits in the WAL, and after it has ended."""
    context = processes.context()
    dying = context.Process(target=processes.write_and_die, args=(path,))
    dying.start()
    await asyncio.to_thread(dying.join, 20)
    assert "-wal" in beside(path)
    before = written(path)
    assert await entries_of(path) == 1
    assert written(path) == before

    store = await SqliteStore.open_async(path)
    await store.write(lambda tx: tx.record(a_record()))
    before = written(path)
    assert await entries_of(path) == 2
    assert written(path) == before
    await store.close()

    before = written(path)
    assert await entries_of(path) == 2
    assert written(path) == before


async def entries_of(path: Path) -> int:
    store = await ReadOnlySqliteStore.open_async(path)
    entries = await store.read(lambda tx: tx.entries())
    await store.close()
    return len(entries)


def copied_for_reading(path: Path, folder: Path) -> Path:
    """Copy the database and its WAL into a folder that then nobody may write."""
    folder.mkdir()
    for suffix in beside(path).keys() - {"-shm"}:
        shutil.copy(f"{path}{suffix}", folder / f"copy.db{suffix}")
    folder.chmod(0o555)
    return folder / "copy.db"


@needs_wal
@pytest.mark.parametrize("crashed", [False, True])
async def test_a_file_in_wal_mode_can_be_read_where_nothing_may_be_written(
    path: Path, tmp_path: Path, *, crashed: bool
) -> None:
    """As on a read-only mount. But what a crash left in the WAL must not be overlooked."""
    context = processes.context()
    if crashed:
        writer = context.Process(target=processes.write_and_die, args=(path,))
        writer.start()
        await asyncio.to_thread(writer.join, 20)
    else:
        await made(path, Journal.WAL)
    copy = copied_for_reading(path, tmp_path / "read-only")
    ours, theirs = context.Pipe(duplex=False)
    reader = context.Process(
        target=processes.read_where_nothing_may_be_written,
        args=(copy, theirs),
    )
    reader.start()
    theirs.close()
    found = await asyncio.to_thread(ours.recv)
    await asyncio.to_thread(reader.join, 20)
    ours.close()
    refused = (
        f"The database {copy} cannot be opened; check that the folder exists and may be written "
        "(unable to open database file)."
    )
    assert found == (refused if crashed else 1)


@pytest.mark.parametrize("journal", [Journal.ROLLBACK, pytest.param(Journal.WAL, marks=needs_wal)])
async def test_a_copy_is_one_file_that_any_sqlite_can_read(
    path: Path, tmp_path: Path, journal: Journal
) -> None:
    store = await SqliteStore.open_async(path, journal=journal)
    await store.write(lambda tx: tx.put_grant(a_grant()))
    live, copy = await ReadOnlySqliteStore.open_async(path), tmp_path / "copy.sqlite"
    await live.copy_to(copy)
    await live.close()
    await store.close()
    assert [*beside(copy)] == [""]
    assert mode_of(copy) == Journal.ROLLBACK
    copied = await ReadOnlySqliteStore.open_async(copy)
    assert await copied.read(lambda tx: tx.grants()) == [a_grant()]
    await copied.close()


@needs_wal
@pytest.mark.parametrize("held_by_a_reader", [False, True])
async def test_the_rows_of_an_import_are_gone_from_the_wal_when_they_are_deleted(
    path: Path, *, held_by_a_reader: bool
) -> None:
    """``secure_delete`` alone zeroes them in the newest pages: the WAL keeps the older ones."""
    store = await SqliteStore.open_async(path, journal=Journal.WAL)

    def add(tx: Transaction) -> None:
        tx.add_change(a_change())
        tx.add_import("C-7K3MX", [ImportRow(1, "somebody@example.com", {})], skipped=0)

    def kept() -> bool:
        return b"somebody@example.com" in path.with_name(f"{path.name}-wal").read_bytes()

    await store.write(add)
    await store.write(lambda tx: [tx.record(a_record()) for _ in range(2000)])
    assert kept()
    if held_by_a_reader:
        async with neighbour(path) as reader:
            await store.write(lambda tx: tx.delete_import_rows("C-7K3MX"))
            assert kept()
            reader.send("go on")
            await asyncio.to_thread(reader.recv)
        await store.write(lambda tx: tx.name_customer("44444", "Acme"))
    else:
        await store.write(lambda tx: tx.delete_import_rows("C-7K3MX"))
    assert not kept()
    await store.close()
    assert b"somebody@example.com" not in path.read_bytes()  # noqa: ASYNC240  # nothing else runs
