"""A file that cannot be used is told in a sentence, and left as it is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.actions import Action, DeleteUser, ImportUsers, MakeToken, PurgeUsers
from bot.domain.scope import FileUsers, Filters, Scope, Users
from bot.errors import StoreBusy, StoreError, StoreUnusable
from bot.ports import MessageKind, Transaction
from bot.store.sqlite.errors import translated
from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_change, a_record


def _no_database(path: Path) -> None:
    path.write_bytes(b"this is no database, but a text of some length\n" * 200)


def _cut_short(path: Path) -> None:
    _ours(path)
    path.write_bytes(path.read_bytes()[:5000])


def _overwritten(path: Path) -> None:
    _ours(path)
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))


def _root_overwritten(path: Path) -> None:
    _ours(path)
    _root_overwritten_of(path)


def _root_overwritten_of(path: Path) -> None:
    """One page of one table: nothing that is read while the file is opened."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'messages'"
        ).fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def _large_with_its_root_overwritten(path: Path) -> None:
    _ours(path)
    _sql(path, "CREATE TABLE padding AS SELECT zeroblob(50000001) AS content")
    _root_overwritten_of(path)


def _newer(path: Path) -> None:
    _ours(path)
    _sql(
        path,
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
        "VALUES ('continuity', '0099_later', '2030')",
    )


def _newer_in_wal_mode(path: Path) -> None:
    _newer(path)
    _sql(path, "PRAGMA journal_mode = WAL")


def _of_another_program(path: Path) -> None:
    _sql(path, "CREATE TABLE bookmarks (url TEXT)")


def _ours(path: Path) -> None:
    store = SqliteStore.open(path)
    store._thread.submit(store._db.close).result()
    store._thread.shutdown()


def _sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_no_database, "is not a database"),
        (_cut_short, "is damaged"),
        (_overwritten, "is damaged"),
        (_root_overwritten, "is damaged"),
        (_large_with_its_root_overwritten, "is damaged"),
        (_newer, r"newer version \(0099_later\); start that version"),
        (_newer_in_wal_mode, "newer version"),
        (_of_another_program, "belongs to another program"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_and_left_as_it_is(
    path: Path, spoil: Callable[[Path], None], sentence: str
) -> None:
    spoil(path)
    before = path.read_bytes()

    with pytest.raises(StoreUnusable, match=sentence) as refused:
        SqliteStore.open(path)

    assert str(path) in str(refused.value)
    assert path.read_bytes() == before


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="check that the folder exists"):
        SqliteStore.open(tmp_path / "missing" / "continuity.db")


async def test_a_full_disk_rolls_the_step_back_and_the_store_lives_on(
    sqlite: SqliteStore,
) -> None:
    pages = sqlite._thread.submit(lambda: _limit_to_its_size(sqlite)).result()

    with pytest.raises(StoreUnusable, match="the disk is full"):
        await sqlite.write(lambda tx: tx.record(a_record(detail={"much": "x" * 100_000})))

    assert pages > 0
    assert await sqlite.read(lambda tx: tx.entries()) == []
    assert await sqlite.write(lambda tx: tx.record(a_record()).seq) == 1


def _limit_to_its_size(store: SqliteStore) -> int:
    pages = int(store._db.conn.execute("PRAGMA page_count").fetchone()[0])
    store._db.conn.execute(f"PRAGMA max_page_count = {pages}")
    return pages


def test_a_read_only_file_is_told(path: Path) -> None:
    _ours(path)
    with (
        closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection,
        pytest.raises(sqlite3.OperationalError) as refused,
    ):
        connection.execute("DELETE FROM customers")

    error = translated(refused.value, path)

    assert isinstance(error, StoreUnusable)
    assert "make the file and its folder writable" in str(error)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (sqlite3.SQLITE_BUSY, StoreBusy),
        (261, StoreBusy),  # SQLITE_BUSY_RECOVERY
        (sqlite3.SQLITE_LOCKED, StoreBusy),
        (267, StoreUnusable),  # SQLITE_CORRUPT_VTAB
        (1034, StoreUnusable),  # SQLITE_IOERR_FSYNC
        (1811, StoreUnusable),  # SQLITE_CONSTRAINT_TRIGGER
        (None, StoreUnusable),
    ],
)
def test_every_error_of_sqlite_has_a_sentence(code: int | None, kind: type[StoreError]) -> None:
    error = sqlite3.OperationalError("words of SQLite")
    if code is not None:
        error.sqlite_errorcode = code

    told = translated(error, Path("continuity.db"))

    assert type(told) is kind
    assert str(told).startswith("The database continuity.db ")


async def test_no_error_of_sqlite_escapes_from_a_step(sqlite: SqliteStore) -> None:
    """A message of a change that was never added breaks a foreign key."""
    with pytest.raises(StoreUnusable, match="FOREIGN KEY") as refused:
        await sqlite.write(lambda tx: tx.enqueue_message(MessageKind.CARD, a_change()))

    assert isinstance(refused.value.__cause__, sqlite3.IntegrityError)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        "no json",
        "json_set(body, '$.scope', json('{\"kind\":\"groups\"}'))",
        'json_set(body, \'$.scope\', json(\'{"kind":"groups","names":null}\'))',
        'json_set(body, \'$.scope\', json(\'{"kind":"users","addresses":[]}\'))',
        'json_set(body, \'$.scope\', json(\'{"kind":"users","addresses":["jo@example.com/.."]}\'))',
        'json_set(body, \'$.scope\', json(\'{"kind":"users","addresses":[44444]}\'))',
        "json_set(body, '$.scope', json('{\"kind\":\"planets\"}'))",
        "json_remove(body, '$.scope.kind')",
        "json_remove(body, '$.scope')",
        "json_set(body, '$.state', 'dreaming')",
        "json_set(body, '$.action.on', 'perhaps')",
        "json_remove(body, '$.customer')",
    ],
)
async def test_a_row_that_holds_no_change_is_never_guessed_at(
    path: Path, sqlite: SqliteStore, body: str
) -> None:
    """Least of all its scope: groups whose names are lost are not everyone."""
    await sqlite.write(lambda tx: tx.add_change(a_change()))
    value = body if body.startswith("json_") else f"'{body}'"
    _sql(path, f"UPDATE changes SET body = {value}")  # noqa: S608  # the table above

    with pytest.raises(StoreUnusable, match="change C-7K3MX in the database cannot be read"):
        await sqlite.read(lambda tx: tx.change("C-7K3MX"))


async def test_a_row_of_an_older_version_reads_with_defaults(
    path: Path, sqlite: SqliteStore
) -> None:
    await sqlite.write(lambda tx: tx.add_change(a_change()))
    _sql(
        path,
        "UPDATE changes SET body = json_remove(body, '$.looks', '$.terminal', '$.outcome', "
        "'$.approvals', '$.revision')",
        "UPDATE changes SET body = json_set(body, '$.from_a_later_version', 1)",
    )

    assert await sqlite.read(lambda tx: tx.change("C-7K3MX")) == a_change()


async def test_a_change_of_the_time_before_there_were_other_kinds_is_a_switch(
    path: Path, sqlite: SqliteStore
) -> None:
    await sqlite.write(lambda tx: tx.add_change(a_change(on=False)))
    _sql(
        path,
        "UPDATE changes SET body = json_remove(json_set(body, '$.flag', 'failover', '$.on', "
        "json('false')), '$.action')",
    )

    assert await sqlite.read(lambda tx: tx.change("C-7K3MX")) == a_change(on=False)


@pytest.mark.parametrize(
    ("action", "scope"),
    [
        (DeleteUser(), Users(("jo@example.com",))),
        (ImportUsers("users.csv"), FileUsers(10_000, "0" * 64)),
        (PurgeUsers(), Filters(("emea",), failover=False, activation=True)),
        (PurgeUsers(), Filters()),
        (MakeToken(notify=True), Users(("jo@example.com",))),
    ],
)
async def test_every_kind_of_change_is_read_as_it_was_written(
    sqlite: SqliteStore, action: Action, scope: Scope
) -> None:
    """All of them are alike to a union that tells them apart by the fields that they have."""
    change = a_change(action=action, scope=scope)
    await sqlite.write(lambda tx: tx.add_change(change))

    assert await sqlite.read(lambda tx: tx.change("C-7K3MX")) == change


async def test_a_step_that_sqlite_has_rolled_back_itself_leaves_the_store_usable(
    path: Path, sqlite: SqliteStore
) -> None:
    """As it does on some I/O errors: there is no transaction left to end."""
    _sql(
        path,
        "CREATE TRIGGER gone BEFORE INSERT ON customers BEGIN SELECT RAISE(ROLLBACK, 'gone'); END",
    )

    with pytest.raises(StoreUnusable, match="gone"):
        await sqlite.write(lambda tx: tx.name_customer("44444", "Acme"))

    assert await sqlite.write(lambda tx: tx.record(a_record()).seq) == 1


async def test_steps_that_share_a_commit_fail_together_where_it_is_lost(
    path: Path, sqlite: SqliteStore
) -> None:
    """None of them is told that it was saved."""
    _sql(
        path,
        "CREATE TRIGGER gone BEFORE INSERT ON customers BEGIN SELECT RAISE(ROLLBACK, 'gone'); END",
    )
    go_on = threading.Event()

    def hold(_: Transaction) -> None:
        assert go_on.wait(5)

    steps: list[Callable[[Transaction], object]] = [
        hold,
        lambda tx: tx.record(a_record()),
        lambda tx: tx.name_customer("44444", "Acme"),
    ]
    waiting = [asyncio.create_task(sqlite.write(step)) for step in steps]
    await asyncio.sleep(0)
    go_on.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)

    assert [type(result) for result in results[1:]] == [StoreUnusable, StoreUnusable]
    assert await sqlite.write(lambda tx: tx.record(a_record()).seq) == 1
