"""`doctor` on PostgreSQL: a line for each check, with the cure; nothing is written."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bot.database_address import PostgresUrl
from bot.ports import Leader, Replica, Transaction
from bot.store.postgresql.read_only import Server
from bot.store.postgresql.schema_steps import STEPS
from bot.terminal.doctor import postgresql as checks
from tests.builders import NOW
from tests.fixtures import direct_store, log_state
from tests.postgresql.processes import Processes
from tests.postgresql.server import Server as RealServer
from tests.terminal.conftest import Terminal
from tests.terminal.postgresql.conftest import Database

NEWEST = [*STEPS][-1]


@pytest.fixture(autouse=True)
def logging_stays_as_it_is() -> Iterator[None]:
    with log_state.restored():
        yield


def lines(terminal: Terminal, database: Database) -> dict[str, str]:
    """What the doctor says of each thing, by its name, with the mark before it."""
    result = terminal("doctor")
    assert database.password not in result.output
    found = [line.partition(" ") for line in result.stdout.splitlines()]
    told = [(mark, *rest.strip().partition(": ")[::2]) for mark, _, rest in found]
    return {about: f"{mark} {text}" for mark, about, text in told}


def test_an_empty_database_is_told_and_left_empty(remote: Terminal, database: Database) -> None:
    said = lines(remote, database)
    assert said["schema"].startswith("warns the database is empty: `python app.py migrate`")
    assert said["rights"] == "ok continuity may do what the bot does"
    assert said["admins"].startswith("fails none in force")
    assert database.tables() == []


def test_each_thing_that_is_as_it_should_be_has_its_line(
    remote: Terminal, database: Database
) -> None:
    for person in ("U0ONE", "U0TWO"):
        remote.ok("role", "grant", person, "admin", "*")
    head = remote.trail()[-1]["hash"]
    said = lines(remote, database)
    [(version,)] = database.sql("SELECT current_setting('server_version')")
    assert (
        said["database"] == f"ok {database.masked} answers, PostgreSQL {version}, UTF8, a primary"
    )
    assert said["connection"] == "ok it does not leave this machine"
    assert said["database clock"] == "ok 0.0 s apart from this machine's"
    assert said["rights"] == "ok continuity may do what the bot does"
    assert said["schema"] == f"ok {NEWEST}"
    assert said["collation"] == "ok texts compare by their bytes (C)"
    assert said["open changes"] == "ok 0, each can be read"
    assert said["audit trail"] == f"ok 2 entries, intact. Head 2:{head}"
    assert said["tables"] == "ok as the audit trail tells them"
    assert said["admins"] == "ok 2 in force"
    assert said["bot"] == "warns none runs on this database. Start it: python app.py run"
    assert "docs/operations.md" in said["backups"]


def test_leader_and_replicas_are_named(remote: Terminal, database: Database) -> None:
    remote.ok("role", "grant", "U0ONE", "admin", "*")

    def join(tx: Transaction) -> None:
        now = tx.database_now()
        for one in ("a", "b"):
            tx.add_replica(Replica(one, f"{one}:1", now, now + timedelta(minutes=5)))
        tx.add_replica(Replica("c", "gone:1", NOW, now - timedelta(seconds=1)))
        tx.save_leader(Leader("b", "b:1", 7, now + timedelta(minutes=5)))

    def resign(tx: Transaction) -> None:
        tx.save_leader(Leader("c", "gone:1", 8, tx.database_now()))

    write = direct_store.write
    asyncio.run(write(PostgresUrl(database.url), join))
    said = lines(remote, database)["bot"]
    assert said in {
        f"ok a:1 (lease for {seconds} s), b:1 leads (epoch 7, lease for {seconds} s)"
        for seconds in range(240, 301)
    }
    asyncio.run(write(PostgresUrl(database.url), resign))
    said = lines(remote, database)["bot"]
    assert said.startswith("warns none of those that run leads: a:1 (")


def test_missing_rights_are_named(
    remote: Terminal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.ok("migrate")
    with database.user() as name:
        database.sql(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"
        )
        database.sql(f"REVOKE UPDATE, DELETE ON audit FROM {name}")
        monkeypatch.setenv("DATABASE", database.url_as(name))
        assert lines(remote, database)["rights"] == f"ok {name} may do what the bot does"
        database.sql(f"REVOKE DELETE, INSERT ON inbox FROM {name}")
        database.sql(f"REVOKE UPDATE ON leader FROM {name}")
        said = lines(remote, database)["rights"]
        assert (
            said
            == f"fails {name} lacks rights: inbox (delete, insert); leader (update). Grant them."
        )


def test_who_may_not_make_missing_tables_is_told(
    remote: Terminal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.user() as name:
        monkeypatch.setenv("DATABASE", database.url_as(name))
        said = lines(remote, database)["rights"]
    assert said.startswith(
        f"fails {name} may not make the tables that are missing. Run `python app.py"
    )


def test_an_altered_collation_is_told(remote: Terminal, database: Database) -> None:
    remote.ok("migrate")
    database.sql('ALTER TABLE messages ALTER key TYPE text COLLATE "default"')
    assert lines(remote, database)["collation"].startswith("fails messages.key: not “C”")


def test_what_was_altered_is_told(remote: Terminal, database: Database) -> None:
    remote.ok("role", "grant", "U0ONE", "admin", "*")
    database.sql("UPDATE roles SET role = 'operator'")
    assert lines(remote, database)["tables"].startswith("fails they differ from the audit trail")
    database.sql("ALTER TABLE audit DISABLE TRIGGER ALL")
    database.sql("UPDATE audit SET actor = 'U0EVIL'")
    assert lines(remote, database)["audit trail"].startswith("fails entry 1 was altered")


def test_a_newer_schema_is_told(remote: Terminal, database: Database) -> None:
    remote.ok("migrate")
    database.sql("INSERT INTO schema_steps (name) VALUES ('9999_future')")
    assert "newer version (9999_future)" in lines(remote, database)["database"]


def test_another_encoding_is_told(
    remote: Terminal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"{database.url.rpartition('/')[2]}_latin"
    database.sql(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    try:
        monkeypatch.setenv("DATABASE", f"{database.url}_latin")
        said = lines(remote, database)["database"]
        assert said.startswith("fails ")
        assert "encoding LATIN1" in said
    finally:
        database.sql(f"DROP DATABASE {name} WITH (FORCE)")


def test_a_standby_is_told(
    remote: Terminal, postgresql_processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RealServer(postgresql_processes, "doctor") as primary, primary.standby() as standby:
        database = Database(standby.url())
        monkeypatch.setenv("DATABASE", database.url)
        said = lines(remote, database)["database"]
    assert said == f"fails The database {database.masked} is a standby: name the primary."


def _with(**over: object) -> Server:
    told: dict[str, object] = {
        "version": "18.1",
        "user": "bot",
        "durable": True,
        "waits": True,
        "checksums": True,
        "may_create": True,
        "ahead": timedelta(),
        "encrypted": True,
    }
    return Server(**(told | over))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("server", "about", "said"),
    [
        (_with(), "", ""),
        (_with(durable=False), "durability", "fsync or full_page_writes is off"),
        (_with(waits=False), "durability", "synchronous_commit is off"),
        (_with(checksums=False), "pages", "pg_checksums"),
        (_with(encrypted=False), "connection", "sslmode=verify-full"),
        (_with(ahead=timedelta(minutes=5)), "database clock", "300.0 s ahead of this machine's"),
        (_with(ahead=timedelta(minutes=-5)), "database clock", "300.0 s behind this machine's"),
    ],
)
def test_what_is_less_than_safe_is_warned_of(server: Server, about: str, said: str) -> None:
    warned = [one for one in checks._server(server) if one.mark != "ok"]
    assert [one.about for one in warned] == ([about] if about else [])
    assert all(said in one.text for one in warned)


def test_the_servers_own_settings_are_read(remote: Terminal, database: Database) -> None:
    """The server of the tests has fsync off, as nobody else should."""
    [(fsync,)] = database.sql("SHOW fsync")
    name = database.url.rpartition("/")[2]
    database.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    said = lines(remote, database)["durability"]
    assert said.startswith(
        "warns fsync or full_page_writes is off" if fsync == "off" else "warns synchronous_commit"
    )


def test_an_older_schema_is_told(
    remote: Terminal, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.ok("migrate")
    monkeypatch.setitem(STEPS, "9999_next", ("CREATE TABLE next (id bigint)",))
    said = lines(remote, database)["schema"]
    assert said.startswith(f"warns {NEWEST}, older than this version: `python app.py migrate`")
    assert "next" not in database.tables()
