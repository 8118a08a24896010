"""What stops the start, in one sentence; and what of the server's settings does not matter."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from psycopg import sql

from bot.database_address import PostgresUrl
from bot.errors import StoreBusy, StoreError, StoreUnusable
from bot.ports import Store
from bot.store.opening import open_store
from bot.store.postgresql.connecting import connect
from bot.store.postgresql.migrations import LOCK, TAKE_LOCK, applied, in_transaction, migrate
from bot.store.postgresql.schema_steps import STEPS
from bot.store.postgresql.store import PostgresStore, PostgresTransaction
from tests.builders import a_change, a_record

Raw = psycopg.Connection[Any]


def _is_a_store(store: PostgresStore) -> Store:
    return store


def with_login(address: PostgresUrl, user: str, password: str) -> PostgresUrl:
    parts = urlsplit(address.reveal())
    hosts = parts.netloc.rpartition("@")[2]
    return PostgresUrl(
        parts._replace(netloc=f"{quote(user)}:{quote(password, safe='')}@{hosts}").geturl()
    )


@pytest.fixture
def admin(address: PostgresUrl) -> Iterator[Raw]:
    with psycopg.connect(address.reveal(), autocommit=True) as connection:
        yield connection


@pytest.fixture
def limited(admin: Raw, address: PostgresUrl) -> Iterator[PostgresUrl]:
    """The address for a user who may connect, and nothing else yet."""
    name, password = f"bot_{secrets.token_hex(4)}", secrets.token_hex(8)
    admin.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(name), password)
    )
    yield with_login(address, name, password)
    admin.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
    admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


async def test_the_address_chooses_the_backend(address: PostgresUrl) -> None:
    async with await open_store(address) as store:
        assert await store.write(type) is PostgresTransaction


async def test_many_start_at_once(address: PostgresUrl, admin: Raw) -> None:
    stores = await asyncio.gather(*(PostgresStore.open_async(address) for _ in range(8)))
    for store in stores:
        await store.close()
    assert applied(admin) == tuple(STEPS)


async def test_what_was_written_is_there_after_the_next_start(address: PostgresUrl) -> None:
    async with PostgresStore.open(address) as first:
        await first.write(lambda tx: tx.add_change(a_change()))
    async with PostgresStore.open(address) as second:
        assert await second.read(lambda tx: tx.changes()) == [a_change()]


def refusal(address: PostgresUrl) -> str:
    with pytest.raises(StoreError) as raised:
        PostgresStore.open(address)
    told = str(raised.value)
    assert not any(secret in told for secret in address.secrets)
    return told.replace(str(address), "URL")


def test_a_newer_schema_stops_the_start_and_is_left_as_it_is(
    address: PostgresUrl, admin: Raw
) -> None:
    with connect(address) as connection:
        migrate(connection, address)
    admin.execute("INSERT INTO schema_steps (name) VALUES ('0999_of_tomorrow')")
    told = refusal(address)
    assert told == (
        "The database URL was written by a newer version (0999_of_tomorrow); start that version."
    )


def test_another_programs_database_is_left_as_it_is(address: PostgresUrl, admin: Raw) -> None:
    admin.execute("CREATE TABLE audit (theirs integer)")
    told = refusal(address)
    assert told == (
        "The database URL belongs to another program; set DATABASE to another one "
        '(relation "audit" already exists).'
    )
    tables = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("audit",)]


async def test_without_the_right_to_make_tables_migrate_is_named(
    limited: PostgresUrl, address: PostgresUrl, admin: Raw
) -> None:
    told = refusal(limited)
    assert told.startswith("The database URL needs a step of its schema (0001_")
    assert told.endswith("migrate` as one who may, and start again.")

    with connect(address) as connection:
        assert migrate(connection, address) == tuple(STEPS)
        assert migrate(connection, address) == ()
    admin.execute(
        sql.SQL("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}").format(
            sql.Identifier(urlsplit(limited.reveal()).username or "")
        )
    )
    async with PostgresStore.open(limited) as store:
        await store.write(lambda tx: tx.add_change(a_change()))
        assert await store.write(lambda tx: tx.record(a_record()).seq) == 1


def test_a_wrong_password_is_told_without_it(address: PostgresUrl) -> None:
    user = urlsplit(address.reveal()).username or ""
    told = refusal(with_login(address, user, "a guess/ü"))
    assert told == "The database URL refused this user or password."


def test_a_database_that_is_not_there(address: PostgresUrl) -> None:
    other = PostgresUrl(urlsplit(address.reveal())._replace(path="/nowhere").geturl())
    assert refusal(other) == "The database URL is not there: make it, or name another one."


def test_a_server_that_is_not_there() -> None:
    told = refusal(PostgresUrl("postgresql://bot:secret@127.0.0.1:1/continuity"))
    assert told.startswith("The database URL cannot be reached: connection failed")
    assert "refused" in told


def test_an_address_that_cannot_be_read_repeats_nothing_of_it() -> None:
    told = refusal(PostgresUrl("postgresql://bot:se%zzcret@127.0.0.1/continuity"))
    assert told == "The address URL of the database cannot be read."


def test_a_database_in_another_encoding(address: PostgresUrl, admin: Raw) -> None:
    name = sql.Identifier(f"continuity_test_{secrets.token_hex(8)}")
    admin.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'").format(name)
    )
    try:
        other = urlsplit(address.reveal())._replace(path=f"/{name.as_string()[1:-1]}").geturl()
        assert refusal(PostgresUrl(other)) == (
            "The database URL has the encoding LATIN1; make one with ENCODING 'UTF8'."
        )
    finally:
        admin.execute(sql.SQL("DROP DATABASE {}").format(name))


async def test_settings_of_the_database_do_not_change_how_it_works(
    address: PostgresUrl, admin: Raw
) -> None:
    for setting in (
        "timezone = 'Asia/Kathmandu'",
        "datestyle = 'SQL, DMY'",
        "default_transaction_isolation = 'serializable'",
        "default_transaction_read_only = on",
        "synchronous_commit = off",
        "statement_timeout = 500",
        "idle_session_timeout = 500",
        "client_encoding = 'LATIN1'",
    ):
        name = sql.Identifier(urlsplit(address.reveal()).path[1:])
        admin.execute(sql.SQL("ALTER DATABASE {} SET ").format(name) + sql.SQL(setting))
    async with PostgresStore.open(address) as store:
        await store.write(lambda tx: tx.record(a_record(actor_name="Žofie Ō")))
        [entry] = await store.read(lambda tx: tx.entries())
        assert entry.record.actor_name == "Žofie Ō"

        def told(tx: object) -> dict[str, Any]:
            assert isinstance(tx, PostgresTransaction)
            names = (
                *("TimeZone", "DateStyle", "synchronous_commit", "transaction_isolation"),
                *("statement_timeout", "idle_session_timeout", "lock_timeout"),
                *("idle_in_transaction_session_timeout", "application_name"),
            )
            return {name: tx._all(f"SHOW {name}")[0][0] for name in names}

        assert await store.write(told) == {
            "TimeZone": "UTC",
            "DateStyle": "ISO, DMY",
            "synchronous_commit": "on",
            "transaction_isolation": "read committed",
            "statement_timeout": "1min",
            "idle_session_timeout": "0",
            "lock_timeout": "30s",
            "idle_in_transaction_session_timeout": "4s",
            "application_name": "continuity-chatops",
        }
        assert (await store.read(told))["transaction_isolation"] == "repeatable read"


async def test_a_lock_that_another_process_holds_is_told(address: PostgresUrl, admin: Raw) -> None:
    async with PostgresStore.open(address, lock_timeout=0.1) as store:
        admin.execute("SELECT pg_advisory_lock(%s)", (LOCK,))
        with pytest.raises(StoreBusy, match=r"is held by another process; try again\.$"):
            await store.write(lambda tx: tx.record(a_record()))
        admin.execute("SELECT pg_advisory_unlock(%s)", (LOCK,))
        assert await store.write(lambda tx: tx.record(a_record()).seq) == 1


async def _prepared(store: PostgresStore) -> None:
    """Run the same statements on each connection until they are prepared there."""
    await store.write(lambda tx: tx.add_change(a_change()))
    for _ in range(40):
        await store.read(lambda tx: tx.stored_changes())
        await store.write(lambda tx: tx.stored_changes())


async def test_a_migration_of_a_newer_version_is_not_noticed_by_whoever_reads_and_writes(
    address: PostgresUrl,
) -> None:
    async with PostgresStore.open(address) as store:
        await _prepared(store)
        with connect(address) as newer, in_transaction(newer):
            newer.execute(TAKE_LOCK)
            newer.execute("ALTER TABLE changes ADD COLUMN of_tomorrow text")
            newer.execute("INSERT INTO schema_steps (name) VALUES ('0999_of_tomorrow')")

        assert len(await store.read(lambda tx: tx.stored_changes())) == 1
        assert len(await store.write(lambda tx: tx.stored_changes())) == 1


async def test_statements_that_were_prepared_before_somebody_altered_a_table_by_hand(
    address: PostgresUrl, admin: Raw
) -> None:
    async with PostgresStore.open(address) as store:
        await _prepared(store)
        admin.execute("ALTER TABLE changes ADD COLUMN of_tomorrow text")

        assert len(await store.read(lambda tx: tx.stored_changes())) == 1
        with pytest.raises(StoreBusy, match="nothing was saved; try again"):
            await store.write(lambda tx: tx.stored_changes())
        assert len(await store.write(lambda tx: tx.stored_changes())) == 1


def test_an_old_server_is_not_used(address: PostgresUrl, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.postgresql.connecting.OLDEST", 990000)
    with pytest.raises(StoreUnusable, match=r"is on PostgreSQL \d+; 99 or newer is needed"):
        PostgresStore.open(address)
