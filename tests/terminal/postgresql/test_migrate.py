"""`migrate`: the schema is brought up to date, by as many as ask for it, and nothing else happens."""

from __future__ import annotations

import asyncio

import pytest

from bot.database_address import PostgresUrl
from bot.store.migrating import migrate_database
from bot.store.postgresql.schema_steps import STEPS
from tests.terminal.conftest import Terminal
from tests.terminal.postgresql.conftest import Database


def test_each_step_has_its_line_and_then_it_is_up_to_date(remote: Terminal) -> None:
    assert remote.ok("migrate").splitlines() == [f"{name} applied" for name in STEPS]
    assert remote.ok("migrate") == "up to date\n"
    assert remote.ok("role", "list") == ""


async def test_several_at_once_apply_each_step_once(database: Database) -> None:
    url = PostgresUrl(database.url)
    done = await asyncio.gather(*(migrate_database(url) for _ in range(4)))
    assert sorted(step for steps in done for step in steps) == sorted(STEPS)


def test_a_file_is_migrated_as_well(terminal: Terminal) -> None:
    lines = terminal.ok("migrate").splitlines()
    applied = terminal.sql("SELECT name FROM _sqlite_migrations ORDER BY id")
    assert lines == [f"{name} applied" for (name,) in applied]
    assert len(lines) > 1
    assert terminal.ok("migrate") == "up to date\n"


def test_a_newer_schema_is_told_and_kept(remote: Terminal, database: Database) -> None:
    remote.ok("migrate")
    database.sql("INSERT INTO schema_steps (name) VALUES ('9999_future')")
    line = remote.refused("migrate")
    assert "newer version (9999_future)" in line
    assert database.password not in line


def test_a_database_of_another_program_is_told_and_kept(
    remote: Terminal, database: Database
) -> None:
    database.sql("CREATE TABLE roles (id integer)")
    assert "belongs to another program" in remote.refused("migrate")
    assert database.tables() == ["roles"]


def test_a_user_without_the_right_is_told_what_to_run(
    remote: Terminal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.user() as name:
        monkeypatch.setenv("DATABASE", database.url_as(name))
        for words in (("role", "list"), ("migrate",)):
            line = remote.refused(*words)
            assert "0001_all_until_replicas" in line
            assert "app.py migrate` as one who may" in line
    assert database.tables() == []
