"""`copy`: every row arrives as it is and is verified, or nothing does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from click.testing import Result

from bot.database_address import PostgresUrl
from bot.domain.actions import ImportUsers
from bot.domain.audit.chain import Record
from bot.domain.audit.drill_history import started_detail
from bot.domain.audit.report_message_history import ADDED, added_detail
from bot.domain.change_state import State
from bot.domain.deadline import Deadline, DeadlineKind
from bot.domain.drill import DRILL_STARTED, Drill, Scenario
from bot.domain.incident_report.message import ReportMessage
from bot.domain.on import STILL_NEEDED, StillNeeded
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.scope import FileUsers
from bot.domain.user_files.import_rows import ImportRow
from bot.ports import MessageKind, Recipient, SlackContact, Transaction
from bot.store.postgresql.filling import NUMBERED, TABLES, Filling
from bot.store.sqlite.lock import DatabaseLock
from tests.builders import NOW, a_change, a_delivery
from tests.fixtures import direct_store
from tests.fixtures.audited_rows import explain, put_change
from tests.terminal.conftest import Tamper, Terminal
from tests.terminal.postgresql.conftest import Database

OF_REPLICAS = {"replicas", "leader", "claims"}
LATE = "C-00009"
TO_PEOPLE = {
    "pages": "'C-00001', 'pagerduty', 'resolved', '', NULL, 0, '', '2026-01-01'",
}


@pytest.fixture
def source(terminal: Terminal) -> Terminal:
    """A file with rows in every table, and numbers that do not begin with 1."""
    terminal.ok("role", "grant", "U0123", "admin", "*")
    terminal.ok("policy", "set", "44444", "failover", "everyone", "1")
    terminal.ok("notify", "set", "44444", "--remind", "5m")
    terminal.ok("rule", "set", "44444", "--access-after", "3d")
    terminal.ok("customer", "name", "44444", "Zoë & Müller’s\\N")
    asyncio.run(direct_store.write(terminal.database, fill))
    terminal.sql("DELETE FROM inbox WHERE key = 'command:0'")
    for table, values in TO_PEOPLE.items():
        terminal.sql(f"INSERT INTO {table} VALUES ({values})")  # noqa: S608  # constants
    assert [table for table in TABLES if not rows_of(terminal, table)] == []
    return terminal


def fill(tx: Transaction) -> None:
    done = a_change(id="C-00001", state=State.APPLIED)
    put_change(tx, done)
    tx.put_user_outcomes(done.id, [UserOutcome("jo@example.com", UserStatus.APPLIED)])
    asked = a_change(id=LATE, action=ImportUsers("users.csv"), scope=FileUsers(1, "abc"))
    tx.add_change(asked)
    tx.add_import(asked.id, [ImportRow(2, "bo@example.com", {"displayName": "“Bo”\n"})], skipped=4)
    explain(tx, asked)
    for change in (done, asked):
        for kind in (MessageKind.CARD, MessageKind.TIMELINE, MessageKind.OUTCOME):
            tx.enqueue_message(kind, change)
    for number in range(3):
        tx.save_delivery(a_delivery(f"command:{number}"))
    tx.finish_delivery("command:1")
    tx.save_slack_contact(SlackContact(NOW, "C0OPS"))
    tx.put_deadline(Deadline("report", DeadlineKind.REPORT, NOW))
    tx.put_recipient(Recipient(done.id, "U0ONE", 0, NOW))
    tx.add_ids("U0ONE", ["W0ONE"])
    fill_what_people_did(tx, done.id)
    told = {"person": "U0ONE", "others": ["W0ONE"]}
    tx.record(Record(NOW, "person.ids_told", "bot", detail=told))


def fill_what_people_did(tx: Transaction, change_id: str) -> None:
    said = StillNeeded(change_id, "U0ONE", "why", NOW, NOW + timedelta(days=1))
    tx.put_still_needed(said)
    detail: dict[str, object] = {"reason": said.reason, "until": said.until.isoformat()}
    tx.record(
        Record(NOW, STILL_NEEDED, "U0ONE", customer="44444", change_id=change_id, detail=detail)
    )
    drill = Drill("D-1", "44444", Scenario.SLOW, "C0ONE", "U0ONE", NOW)
    tx.put_drill(drill)
    tx.record(Record(NOW, DRILL_STARTED, "U0ONE", customer="44444", detail=started_detail(drill)))
    added = ReportMessage("C0ONE", "1.2", "U0ONE", "“text”", "", NOW, "U0TWO", NOW)
    tx.add_report_message(added)
    tx.record(Record(NOW, ADDED, "U0TWO", channel="C0ONE", detail=added_detail(added)))


def rows_of(where: Terminal | Database, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    return sorted(where.sql(f"SELECT {columns} FROM {table}"), key=repr)  # noqa: S608  # constants


def filled(database: Database) -> list[str]:
    """The tables that have rows."""
    return [name for name in TABLES if name in database.tables() and rows_of(database, name)]


def columns_of(database: Database, table: str) -> list[str]:
    rows = database.sql(
        "SELECT attname::text FROM pg_attribute WHERE attnum > 0 "  # noqa: S608  # constants
        f"AND attrelid = '{table}'::regclass ORDER BY attnum"
    )
    return [str(name) for (name,) in rows]


def copied(source: Terminal, database: Database) -> Result:
    return source("copy", str(source.database), database.url)


def refused(source: Terminal, database: Database) -> str:
    """Copy, which has to be refused; return why. No row arrived."""
    result = copied(source, database)
    assert result.exit_code == 1, result.output
    assert filled(database) == []
    assert database.password not in result.output
    [line] = result.stderr.splitlines()
    return line


def test_every_row_of_every_table_arrives_as_it_is(source: Terminal, database: Database) -> None:
    before = source.database.read_bytes()
    result = copied(source, database)
    assert (result.exit_code, result.stderr) == (0, "")
    assert source.database.read_bytes() == before
    for table in TABLES:
        columns = ", ".join(columns_of(database, table))
        there = rows_of(database, table, columns)
        assert there == rows_of(source, table, columns)
        assert f"{table}: {len(there)}" in result.stdout.splitlines()
    last = source.trail()[-1]
    assert f"Source: head {last['seq']}:{last['hash']}\n" in result.stdout
    assert f"Target: head {last['seq']}:{last['hash']}, verified." in result.stdout
    assert database.password not in result.output


def test_all_tables_and_columns_are_named_but_those_of_running_replicas(
    source: Terminal, database: Database
) -> None:
    copied(source, database)
    kept = source.sql(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
    )
    assert {name for (name,) in kept} == {*TABLES, *OF_REPLICAS}
    assert {*database.tables()} == {*TABLES, *OF_REPLICAS, "commits", "schema_steps"}
    for table in TABLES:
        here = {row[1] for row in source.sql(f"PRAGMA table_info({table})")}
        there = {*columns_of(database, table)}
        assert there == here | ({"rowid"} if table in NUMBERED else set())


def test_the_bot_goes_on_where_the_file_stood(
    source: Terminal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = source.trail()
    copied(source, database)
    monkeypatch.setenv("DATABASE", database.url)
    assert source.trail() == trail
    assert source.ok("audit", "verify").startswith(f"{len(trail)} entries, intact.")
    source.ok("role", "grant", "U0456", "admin", "*")
    since = source.ok("audit", "verify", "--against", str(source.database))
    assert f"unchanged to entry {len(trail)}: 1 more" in since
    assert source.trail()[-1]["seq"] == len(trail) + 1

    def go_on(tx: Transaction) -> None:
        tx.save_delivery(a_delivery("command:9"))
        put_change(tx, a_change(id="C-00010"))

    asyncio.run(direct_store.write(PostgresUrl(database.url), go_on))
    assert database.sql("SELECT rowid FROM inbox ORDER BY rowid") == [(2,), (3,), (4,)]
    assert database.sql("SELECT rowid FROM changes ORDER BY rowid") == [(1,), (2,), (3,)]


def test_a_bot_on_the_file_is_not_copied_from(source: Terminal, database: Database) -> None:
    with DatabaseLock(source.database):
        assert "is in use" in refused(source, database)


def test_a_target_with_rows_is_left_as_it_is(source: Terminal, database: Database) -> None:
    assert copied(source, database).exit_code == 0
    before = [rows_of(database, table) for table in TABLES]
    result = copied(source, database)
    assert result.exit_code == 1
    assert f"The database {database.masked} is not empty (roles, policy, " in result.stderr
    assert [rows_of(database, table) for table in TABLES] == before


def test_a_broken_trail_is_not_copied(source: Terminal, database: Database, tamper: Tamper) -> None:
    tamper("UPDATE audit SET actor = 'U0EVIL' WHERE seq = 2")
    assert "is broken: entry 2 was altered" in refused(source, database)


def test_rows_that_contradict_the_trail_are_not_copied(
    source: Terminal, database: Database
) -> None:
    source.sql("UPDATE roles SET role = 'approver'")
    assert "differs from its audit trail" in refused(source, database)


def test_an_older_file_is_migrated_first(source: Terminal, database: Database) -> None:
    source.sql("DELETE FROM _sqlite_migrations WHERE id = (SELECT MAX(id) FROM _sqlite_migrations)")
    assert "is of an older version" in refused(source, database)


def test_a_character_that_postgresql_cannot_hold_is_told(
    source: Terminal, database: Database
) -> None:
    source.sql("UPDATE messages SET error = 'a' || char(0)")
    assert "has a character that PostgreSQL cannot hold (NUL)" in refused(source, database)


def test_an_interrupted_copy_leaves_nothing(
    source: Terminal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the middle of the last table."""
    fill_all = Filling.fill

    def fill_some(self: Filling, table: str, columns: list[str], rows: Iterator[Any]) -> int:
        def interrupted() -> Iterator[Any]:
            yield next(rows)
            raise KeyboardInterrupt

        return fill_all(self, table, columns, interrupted() if table == TABLES[-1] else rows)

    monkeypatch.setattr(Filling, "fill", fill_some)
    assert copied(source, database).exit_code == 1
    assert filled(database) == []
    monkeypatch.setattr(Filling, "fill", fill_all)
    assert copied(source, database).exit_code == 0


def test_a_copy_that_differs_is_not_kept(
    source: Terminal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbering = Filling.go_on_numbering

    def lose_one(self: Filling) -> None:
        numbering(self)
        self.send("DELETE FROM inbox WHERE key = 'command:1'")

    monkeypatch.setattr(Filling, "go_on_numbering", lose_one)
    assert "inbox has 1 rows of 2" in refused(source, database)


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("other.db", "this is a file"),
        ("mysql://me:canary@there/db", "not mysql://"),
        ("postgresql://me:canary@127.0.0.1:1/db", "cannot be reached"),
    ],
)
def test_another_target_is_told(source: Terminal, target: str, why: str) -> None:
    result = source("copy", str(source.database), target)
    assert result.exit_code == 1
    assert why in result.stderr
    assert "canary" not in result.output


def test_a_file_that_is_not_there_is_told(terminal: Terminal, database: Database) -> None:
    assert "is not there" in terminal.refused("copy", "nowhere.db", database.url)
