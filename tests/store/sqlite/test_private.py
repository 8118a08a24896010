"""The database is its owner's alone, however it came to be, and so is what SQLite writes beside it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.errors import StoreUnusable
from bot.private_files import is_open, open_to_others
from bot.store.sqlite.store import SqliteStore
from tests.builders import a_record


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """A shell under which every new file is open to all."""
    before = os.umask(0)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


@pytest.mark.parametrize("links", [0, 1, 2])
async def test_a_new_database_and_its_journal_are_private_also_behind_a_dangling_link(
    tmp_path: Path, links: int
) -> None:
    folder = tmp_path / "volume"
    folder.mkdir()
    path = folder / "continuity.db"
    for number in range(links):
        link = tmp_path / f"link{number}.db"
        link.symlink_to(path)
        path = link
    store = SqliteStore.open(path)
    seen: dict[str, int] = {}

    def step(tx: object) -> None:
        store._db.conn.execute("INSERT INTO customers (number, name) VALUES ('44444', 'Acme')")
        seen.update(modes(folder))

    await store.write(step)
    await store.close()
    assert seen == {"continuity.db": 0o600, "continuity.db-journal": 0o600}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
async def test_a_database_that_others_may_open_is_refused_with_the_cure(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "continuity.db"
    store = SqliteStore.open(path)
    await store.write(lambda tx: tx.record(a_record("bot.started")))
    await store.close()
    path.chmod(mode)
    before = path.read_bytes()
    with pytest.raises(StoreUnusable) as caught:
        SqliteStore.open(path)
    assert str(caught.value) == (
        f"The database {path} is open to others than its owner (mode {mode:03o}): chmod 600 {path}"
    )
    assert path.read_bytes() == before
    path.chmod(0o600)
    await SqliteStore.open(path).close()


def test_an_empty_file_that_others_may_open_does_not_become_the_database(tmp_path: Path) -> None:
    path = tmp_path / "continuity.db"
    path.touch(0o644)
    with pytest.raises(StoreUnusable, match="open to others"):
        SqliteStore.open(path)
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    ("mode", "owner", "read_only", "expected"),
    [
        (0o600, 0, False, False),
        (0o400, 1000, False, False),
        (0o640, 1000, False, True),
        (0o644, 1000, True, True),  # its owner could close it
        (0o644, 0, False, True),
        (0o444, 0, True, False),  # a secret of a container platform
        (0o440, 0, True, False),
        (0o644, 0, True, False),
        (0o664, 0, True, True),  # read-only here: elsewhere it may be written
    ],
)
def test_open_to_others_is_told_by_mode_owner_and_mount(
    mode: int, owner: int, read_only: bool, expected: bool
) -> None:
    assert is_open(stat.S_IFREG | mode, owner, read_only=read_only) is expected


def test_the_mode_is_told_as_chmod_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.touch(0o600)
    assert open_to_others(file) == ""
    file.chmod(0o4604)
    assert open_to_others(file) == "is open to others than its owner (mode 4604)"
