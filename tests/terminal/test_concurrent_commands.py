"""Several terminals at the same moment, real processes each, while somebody holds the database."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from pathlib import Path

import app
from tests.store.sqlite.processes import context, hold_write_lock
from tests.terminal.conftest import Terminal

ROWS = 6
HELD = 2.0  # seconds
SCRIPT = Path(__file__).resolve().parents[2] / "app.py"
Commands = Sequence[tuple[str, ...]]


def sit(database: Path, commands: Commands, start: Barrier, results: Connection) -> None:
    """Sit at a terminal: give the commands one after the other; send exit status and words of each."""
    os.environ["DATABASE"] = str(database)
    start.wait(60)
    said = []
    for words in commands:
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            try:
                app.main(list(words), prog_name="app.py")
            except SystemExit as ended:
                said.append((ended.code, out.getvalue()))
    results.send(said)


def at_once(database: Path, *tables: Commands, held: bool) -> list[list[tuple[int, str]]]:
    """Let each of the tables sit in a process of its own, all at once; return what each was told."""
    forks: ForkServerContext = context()
    start = forks.Barrier(len(tables) + 1)
    near, far = forks.Pipe()
    holder = forks.Process(target=hold_write_lock, args=(database, far, HELD))
    pipes, processes = [], []
    for commands in tables:
        mine, theirs = forks.Pipe()
        processes.append(forks.Process(target=sit, args=(database, commands, start, theirs)))
        pipes.append(mine)
    for process in processes:
        process.start()
    if held:
        holder.start()
        assert near.poll(60)
        assert near.recv() == "held"
        processes.append(holder)
    start.wait(60)
    said: list[list[tuple[int, str]]] = []
    for pipe in pipes:
        assert pipe.poll(60), "a terminal hangs"
        said.append(pipe.recv())
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    return said


def test_no_row_is_lost_and_the_chain_is_intact(terminal: Terminal) -> None:
    for number in range(ROWS):
        terminal.ok("role", "grant", f"U0OLD{number}", "viewer", "*")
    grants = [("role", "grant", f"U0NEW{number}", "viewer", "*") for number in range(ROWS)]
    revokes = [("role", "revoke", f"U0OLD{number}", "viewer", "*") for number in range(ROWS)]
    said = at_once(terminal.database, grants, revokes, held=True)
    assert [status for each in said for status, _ in each] == [0] * 2 * ROWS
    rows = {line.split()[0] for line in terminal.ok("role", "list").splitlines()}
    assert rows == {f"U0NEW{number}" for number in range(ROWS)}
    kinds = [entry["kind"] for entry in terminal.trail()]
    assert (kinds.count("role.granted"), kinds.count("role.revoked")) == (2 * ROWS, ROWS)
    # What the holder wrote is the one thing that no entry tells.
    assert terminal.ok("customer", "name", "99999", "Slow") == "99999 is Slow now.\n"
    assert terminal.ok("audit", "verify").startswith(f"{3 * ROWS + 1} entries, intact.")


def test_of_two_last_admins_who_revoke_each_other_one_stays(terminal: Terminal) -> None:
    for name in ("U0ONE", "U0TWO"):
        terminal.ok("role", "grant", name, "admin", "*")
    revokes = [[("role", "revoke", name, "admin", "*")] for name in ("U0ONE", "U0TWO")]
    said = at_once(terminal.database, *revokes, held=False)
    assert sorted(status for [(status, _)] in said) == [0, 1]
    assert sum("last admin" in words for [(_, words)] in said) == 1
    assert len(terminal.ok("role", "list").splitlines()) == 1


def test_the_first_commands_on_a_new_database_may_come_at_once(terminal: Terminal) -> None:
    tables = [[("role", "grant", f"U0NEW{number}", "viewer", "*")] for number in range(3)]
    said = at_once(terminal.database, *tables, held=False)
    assert [status for [(status, _)] in said] == [0, 0, 0]
    assert terminal.ok("audit", "verify").startswith("3 entries, intact.")


def spoken(terminal: Terminal, *words: str, **more: str) -> bytes:
    """Give a command in a process of its own, with little in its environment; return its output."""
    process = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, str(SCRIPT), *words],
        cwd=terminal.database.parent,
        env={"DATABASE": str(terminal.database), **more},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert process.stderr == b""
    return process.stdout


def test_a_terminal_of_few_letters_shows_what_it_can_and_exports_everything(
    terminal: Terminal,
) -> None:
    said = spoken(terminal, "customer", "name", "44444", "Gdańsk", PYTHONIOENCODING="latin-1")
    assert said == b"44444 is Gda\\u0144sk now.\n"
    assert b"Gda\\u0144sk" in spoken(terminal, "audit", "show", PYTHONIOENCODING="latin-1")
    exported = spoken(terminal, "audit", "export", PYTHONIOENCODING="latin-1")
    assert "Gdańsk" in exported.decode()


def test_a_reader_that_leaves_early_is_no_trouble(terminal: Terminal) -> None:
    """As `audit export | head` does: no traceback, and no success either."""
    terminal.ok("role", "grant", "U0NEW", "viewer", "*")
    reading, writing = os.pipe()
    os.close(reading)
    export = subprocess.run(  # noqa: S603  # our own script
        [sys.executable, str(SCRIPT), "audit", "export"],
        cwd=terminal.database.parent,
        env={"DATABASE": str(terminal.database)},
        stdout=writing,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert (export.returncode, export.stderr) == (1, b"")
