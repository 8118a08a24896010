"""Proof 7: whatever is done to a recorded entry is found against an exported head, and soon."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from itertools import chain as joined
from itertools import islice
from pathlib import Path

import pytest

from bot.domain.audit.chain import EMPTY_CHAIN, AuditEntry, ChainReport, canonical, verify
from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.sqlite.store import SqliteStore
from bot.terminal.audit import export
from bot.terminal.audit.export import pages, verify_all
from tests.reliability.audit.tampering import chain, edits, records, reseal
from tests.reliability.conftest import Figures, Sizes
from tests.terminal.conftest import Terminal

ENTRIES = 1_000
MANY = 100_000
SECONDS = 2.0  # in which so many entries should be verified; printed, since a timed test is noise
COLUMNS = export.COLUMNS[1:]


class Trail:
    """A trail, and the head of it that was exported before anybody touched it."""

    def __init__(self, entries: list[AuditEntry]) -> None:
        self.entries = entries
        self.exported = verify(entries)
        assert not self.exported.fault
        self._until = [EMPTY_CHAIN]
        self._until += [ChainReport(entry.seq, entry.hash) for entry in entries]
        self.tried: Counter[str] = Counter()

    def finds(self, kind: str, start: int, forged: list[AuditEntry], behind: int) -> None:
        """Assert that ``forged``, in place of the entries from ``start`` to ``behind``, is found.

        What stands before is untouched: the walk goes on from there, as it does page by page.
        """
        rest = islice(self.entries, behind, None)
        report = verify(joined(forged, rest), self._until[start])
        assert report.fault or report.head != self.exported.head, (kind, start)
        self.tried[kind] += 1


def test_every_single_tampering_is_found_against_the_exported_head(
    sizes: Sizes, figures: Figures
) -> None:
    number = sizes(200, ENTRIES)
    trail = Trail(chain(number))
    entries = trail.entries
    for at, entry in enumerate(entries):
        for column, edited in edits(entry, entries[at - 1]):
            trail.finds(f"edit of {column}", at, [edited], at + 1)
        trail.finds("deletion", at, [], at + 1)
        trail.finds("truncation", at, [], number)
        trail.finds("entry given twice", at, [entry, entry], at + 1)
        if at + 1 < number:
            one, two = entry, entries[at + 1]
            trail.finds("swap", at, [two, one], at + 2)
            renumbered = [replace(two, seq=one.seq), replace(one, seq=two.seq)]
            trail.finds("swap, renumbered", at, renumbered, at + 2)
    assert trail.tried["truncation"] == number
    assert {kind.removeprefix("edit of ") for kind in trail.tried} > {"seq", *COLUMNS}
    figures.add(
        f"7 trail of {number:,} entries",
        f"{trail.tried.total():,} tamperings of {len(trail.tried)} kinds, all found",
    )


def test_a_trail_sealed_anew_to_its_end_is_found_by_the_head_alone(
    sizes: Sizes, figures: Figures
) -> None:
    """Whoever can write the file can also seal what follows: the chain is whole, another one."""
    number = sizes(200, ENTRIES)
    trail = Trail(chain(number))
    for at in range(0, number, 25):
        before, entry, after = trail.entries[:at], trail.entries[at], trail.entries[at + 1 :]
        edited = replace(entry, record=replace(entry.record, actor="U0EVIL"))
        for kind, forged in (
            ("edit", [*before, edited, *after]),
            ("deletion", [*before, *after]),
            ("insertion", [*before, edited, entry, *after]),
        ):
            whole = [*before, *reseal(forged, at)]
            report = verify(whole)
            assert not report.fault, "as good a chain as the true one"
            assert report.head != trail.exported.head
            trail.tried[kind] += 1
    figures.add("7 sealed anew", f"{trail.tried.total()} trails, all found by the head")


async def test_a_long_trail_is_verified(tmp_path: Path, sizes: Sizes, figures: Figures) -> None:
    many = sizes(20_000, MANY)
    store = SqliteStore.open(tmp_path / "long.db")
    await store._on_thread(lambda: store._db.conn.execute("PRAGMA synchronous = OFF"))
    made = records(many)
    for _ in range(10):
        await store.write(lambda tx: [tx.record(one) for one in islice(made, many // 10)])
    texts = [_sealed(entry) async for page in pages(store) for entry in page]
    began = time.perf_counter()
    for text in texts:
        hashlib.sha256(text).hexdigest()
    floor = time.perf_counter() - began
    del texts
    gc.collect()
    gc.freeze()  # as in a process of its own: what the other tests left is not walked through meanwhile
    began, before = time.perf_counter(), time.process_time()
    report = await verify_all(store)
    took, busy = time.perf_counter() - began, time.process_time() - before
    gc.unfreeze()
    await store.close()
    assert (report.entries, report.fault) == (many, "")
    figures.add(
        f"7 trail of {many:,} entries",
        f"verified in {took:.2f} s (aim {SECONDS:.0f} s for {MANY:,}), {busy:.2f} s of processor time; "
        f"hashing the same bytes alone {floor:.2f} s",
    )


def _sealed(entry: AuditEntry) -> bytes:
    record = entry.record
    fields = (record.kind, record.actor, record.actor_name, record.customer, record.change_id)
    content = [entry.seq, record.at.isoformat(), *fields, record.channel, record.detail]
    return canonical([*content, entry.previous]).encode()


# --- the real table, through the terminal ---------------------------------------------------------

Tampering = Callable[[random.Random, int], str]


def _text_edit(column: str) -> Tampering:
    def statement(dice: random.Random, seq: int) -> str:
        value = dice.choice(
            (
                f"{column} || 'x'",
                f"'x' || substr({column}, 2)",
                f"{column} || char(0)",
                f"CAST({column} || x'ff' AS TEXT)",  # not UTF-8
                "(SELECT hash || seq FROM audit AS other WHERE other.seq = 1)",
            )
        )
        return f"UPDATE audit SET {column} = {value} WHERE seq = {seq}"  # noqa: S608  # names above

    return statement


def _spelling(_: random.Random, seq: int) -> str:
    return f"UPDATE audit SET detail = ' ' || detail WHERE seq = {seq}"  # noqa: S608


def _renumber(_: random.Random, seq: int) -> str:
    return f"UPDATE audit SET seq = {seq + ENTRIES} WHERE seq = {seq}"  # noqa: S608


def _delete(_: random.Random, seq: int) -> str:
    return f"DELETE FROM audit WHERE seq = {seq}"  # noqa: S608


def _truncate(_: random.Random, seq: int) -> str:
    return f"DELETE FROM audit WHERE seq >= {seq}"  # noqa: S608


def _swap(_: random.Random, seq: int) -> str:
    one, two = (seq, seq + 1) if seq < ENTRIES else (seq - 1, seq)
    return (
        f"UPDATE audit SET seq = -1 WHERE seq = {one};"  # noqa: S608
        f"UPDATE audit SET seq = {one} WHERE seq = {two};"
        f"UPDATE audit SET seq = {two} WHERE seq = -1"
    )


def _forge_before(_: random.Random, seq: int) -> str:
    columns = ", ".join(COLUMNS)
    return f"INSERT INTO audit SELECT {seq - ENTRIES}, {columns} FROM audit WHERE seq = {seq}"  # noqa: S608


TAMPERINGS: dict[str, Tampering] = {
    **{f"edit of {column}": _text_edit(column) for column in COLUMNS},
    "edit of the spelling": _spelling,
    "edit of seq": _renumber,
    "deletion": _delete,
    "truncation": _truncate,
    "swap": _swap,
    "insertion before the first": _forge_before,
}


def test_the_terminal_finds_what_was_done_to_the_real_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: Sizes, figures: Figures
) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of this folder
    monkeypatch.setenv("DATABASE", str(tmp_path / "bot.db"))
    terminal, original = Terminal(tmp_path / "bot.db"), tmp_path / "original.db"
    exported = asyncio.run(_fill(original))
    shutil.copy(original, terminal.database)
    dice = random.Random(7)  # noqa: S311  # reproducible, not secret
    rounds = sizes(1, 40)
    assert _verified(terminal) == f"Head {exported.head}"
    for kind, tampering in TAMPERINGS.items():
        for _ in range(rounds):
            statement = tampering(dice, dice.randint(1, ENTRIES))
            shutil.copy(original, terminal.database)
            _tamper(terminal.database, statement)
            head = _verified(terminal)
            assert head != f"Head {exported.head}", (kind, statement)
            assert head == "" or kind == "truncation", "only the head finds what is whole"
    figures.add(
        "7 the real table", f"{rounds * len(TAMPERINGS)} tamperings, all found by audit verify"
    )


async def _fill(database: Path) -> ChainReport:
    store = SqliteStore.open(database)
    # Of no change: there are none here, and a change that was proposed must be there.
    await store.write(
        lambda tx: [tx.record(replace(one, change_id="")) for one in records(ENTRIES)]
    )
    report = await verify_all(store)
    await store.close()
    return report


def _tamper(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection:
        triggers = connection.execute(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for trigger, _ in triggers:
            connection.execute(f"DROP TRIGGER {trigger}")
        before = connection.total_changes
        connection.executescript(statement)
        assert connection.total_changes > before, statement
        for _, made in triggers:  # their absence is found as well
            connection.execute(made)
        connection.commit()


def _verified(terminal: Terminal) -> str:
    """Give `audit verify`; return the head that it tells, "" where it refuses the trail in a line."""
    result = terminal("audit", "verify")
    if result.exit_code == 0:
        return result.stdout.strip().partition("intact. ")[2]
    assert result.exit_code == 1, result.output
    assert len(result.stderr.splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr
    return ""
