"""The executor's lock: one holder at a time, named, and gone with its process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import pytest

from bot.errors import StoreBusy, StoreUnusable
from bot.store.sqlite.lock import DatabaseLock
from tests.store.sqlite import processes


@dataclass
class OtherProcess:
    process: ForkServerProcess
    channel: Connection


@pytest.fixture
def other(path: Path) -> Iterator[OtherProcess]:
    """Another process that has just tried to take the lock, and waits for a word to let it go."""
    context = processes.context()
    ours, theirs = context.Pipe()
    process = context.Process(target=processes.hold_database_lock, args=(path, theirs))
    process.start()
    theirs.close()
    yield OtherProcess(process, ours)
    ours.close()
    process.kill()
    process.join(60)


def test_a_free_lock_is_taken_and_let_go(path: Path) -> None:
    first, second = DatabaseLock(path), DatabaseLock(path)

    assert first.acquire()
    assert first.acquire()
    assert first.held
    assert not second.acquire()
    assert not second.held
    first.release()
    first.release()
    assert not first.held
    assert second.acquire()
    second.release()


def test_another_process_holds_it_until_it_lets_go(path: Path, other: OtherProcess) -> None:
    lock = DatabaseLock(path)
    assert other.channel.recv() is True

    assert not lock.acquire()
    assert lock.holder() == other.process.pid
    other.channel.send("let go")
    assert other.channel.recv() == "released"
    assert lock.acquire()
    assert lock.holder() == os.getpid()
    lock.release()


def test_a_killed_holder_holds_nothing(path: Path, other: OtherProcess) -> None:
    assert other.channel.recv() is True
    other.process.kill()
    other.process.join(60)

    with DatabaseLock(path) as lock:
        assert lock.holder() == os.getpid()


def test_the_second_is_told_who_holds_it(path: Path, other: OtherProcess) -> None:
    assert other.channel.recv() is True

    with (
        pytest.raises(StoreBusy, match=f"process {other.process.pid} runs the bot"),
        DatabaseLock(path),
    ):
        pass


def test_a_holder_without_a_number_is_another_process(path: Path) -> None:
    with DatabaseLock(path):
        path.with_name(f"{path.name}.lock").write_text("")

        assert DatabaseLock(path).holder() is None
        with pytest.raises(StoreBusy, match="another process runs the bot"), DatabaseLock(path):
            pass


def test_an_exception_lets_it_go(path: Path) -> None:
    with pytest.raises(LookupError), DatabaseLock(path):
        raise LookupError

    assert DatabaseLock(path).holder() == os.getpid()
    with DatabaseLock(path):
        pass


def test_two_names_of_one_database_are_one_lock(path: Path) -> None:
    path.touch()
    link = path.with_name("link.db")
    link.symlink_to(path)

    with DatabaseLock(path):
        assert not DatabaseLock(link).acquire()


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="cannot be opened"):
        DatabaseLock(tmp_path / "missing" / "continuity.db").acquire()


def lock_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


@pytest.mark.parametrize("before", [None, 0o644, 0o666])
def test_the_file_is_its_owners_alone_also_where_an_older_version_made_it(
    path: Path, before: int | None
) -> None:
    """Whoever can open a file, if only to read it, can hold its lock."""
    if before is not None:
        lock_file(path).touch()
        lock_file(path).chmod(before)
    with DatabaseLock(path):
        assert lock_file(path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("dangling", [True, False])
def test_a_symbolic_link_is_not_followed(path: Path, dangling: bool) -> None:
    target = path.with_name("target")
    if not dangling:
        target.write_text("theirs")
    lock_file(path).symlink_to(target)
    lock = DatabaseLock(path)
    with pytest.raises(StoreUnusable, match=r"lock cannot be opened \(it is a symbolic link\)"):
        lock.acquire()
    with pytest.raises(StoreUnusable, match="it is a symbolic link"):
        lock.taken()
    assert lock.holder() is None
    assert not lock.held
    assert target.read_text() == "theirs" if not dangling else not target.exists()


def test_a_file_with_a_second_name_is_not_written(path: Path) -> None:
    target = path.with_name("target")
    target.write_text("theirs")
    target.chmod(0o644)
    lock_file(path).hardlink_to(target)
    with pytest.raises(StoreUnusable, match="is not a file of its own: remove it"):
        DatabaseLock(path).acquire()
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("theirs", 0o644)


def test_a_pipe_in_its_place_holds_nobody_up(path: Path) -> None:
    os.mkfifo(lock_file(path))
    lock = DatabaseLock(path)
    with pytest.raises(StoreUnusable, match="is not a file of its own"):
        lock.acquire()
    assert lock.holder() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_account_is_refused_unless_the_database_is_theirs(path: Path) -> None:
    lock_file(path).touch(0o600)
    os.chown(lock_file(path), 12345, 12345)
    with pytest.raises(StoreUnusable, match="belongs to another account: remove it"):
        DatabaseLock(path).acquire()
    path.touch(0o600)
    os.chown(path, 12345, 12345)
    with DatabaseLock(path) as lock:
        assert lock.held
