"""The views for auditors: what only SQLite has to say of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.store.sqlite.store import SqliteStore
from tests.store.test_views import VIEWS, rows


def test_an_older_sqlite_reads_them(path: Path) -> None:
    """That of this Python, in a process of its own: as an auditor's tool has it."""
    store = SqliteStore.open(path)
    store._submit(store._db.close).result()
    store._thread.shutdown()
    code = (
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1]); "
        "[connection.execute(f'SELECT * FROM {view}').fetchall() for view in sys.argv[2:]]"
    )
    words: Sequence[str] = (sys.executable, "-c", code, str(path), *VIEWS)
    ended = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  # our own words
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("statement", "difference"),
    [
        ("DROP VIEW roles_now", "the view roles_now is missing"),
        ("CREATE VIEW mine AS SELECT 1", "the view mine is not the bot's"),
    ],
)
async def test_a_view_that_is_missing_or_not_the_bots_is_a_difference(
    sqlite: SqliteStore, statement: str, difference: str
) -> None:
    assert await sqlite.read(lambda tx: tx.schema_differences()) == []
    await rows(sqlite, statement)
    assert await sqlite.read(lambda tx: tx.schema_differences()) == [difference]


async def test_a_view_that_says_something_else_is_a_difference(sqlite: SqliteStore) -> None:
    await rows(sqlite, "DROP VIEW roles_now")
    await rows(sqlite, "CREATE VIEW roles_now AS SELECT 'nobody' AS subject")
    assert await sqlite.read(lambda tx: tx.schema_differences()) == [
        "the view roles_now is not as the bot made it"
    ]
