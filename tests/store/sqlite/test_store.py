"""What is true of the SQLite file: its settings, its triggers, its indexes, what it forgets."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.audit.chain import EMPTY_CHAIN, Record, hash_entry, verify
from bot.domain.change_state import State
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.preview import Preview
from bot.domain.roles import parse_subject
from bot.errors import StoreUnusable
from bot.ports import AuditFilter, MessageKind, Store, Transaction
from bot.store.sqlite.sqlite_library import Journal, sqlite3
from bot.store.sqlite.store import SqliteStore, SqliteTransaction
from tests.builders import NOW, a_change, a_delivery, a_record
from tests.store.clock import FixedClock

Query = Callable[[Transaction], object]


def _is_a_store(store: SqliteStore) -> Store:
    return store


def _is_a_transaction(tx: SqliteTransaction) -> Transaction:
    return tx


@pytest.fixture
def raw(path: Path, sqlite: SqliteStore) -> Iterator[sqlite3.Connection]:
    """A plain connection, as somebody with a SQLite shell has it."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


async def test_the_file_is_set_up_for_durability(sqlite: SqliteStore, journal: Journal) -> None:
    def settings() -> dict[str, object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
        execute = sqlite._db.conn.execute
        return {name: execute(f"PRAGMA {name}").fetchone()[0] for name in names}

    await sqlite.read(lambda tx: tx.changes())

    assert sqlite._thread.submit(settings).result() == {
        "journal_mode": journal.value,
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 30_000,
        "query_only": 0,
    }


def test_a_new_file_is_its_owners_alone(path: Path) -> None:
    asyncio.run(SqliteStore.open(path).close())
    assert path.stat().st_mode & 0o777 == 0o600


async def test_what_was_written_is_there_after_the_next_start(path: Path) -> None:
    first = SqliteStore.open(path)
    await first.write(lambda tx: tx.add_change(a_change()))
    await first.close()
    second = SqliteStore.open(path)

    assert await second.read(lambda tx: tx.changes()) == [a_change()]
    await second.close()


async def test_the_clock_of_the_machine_is_used_where_none_is_given(path: Path) -> None:
    store = SqliteStore.open(path)
    before = datetime.now(UTC)

    def step(tx: Transaction) -> None:
        tx.save_delivery(a_delivery())
        tx.finish_delivery(a_delivery().key)

    await store.write(step)
    await store.close()

    with closing(sqlite3.connect(path)) as connection:
        (finished,) = connection.execute("SELECT finished_at FROM inbox").fetchone()
    assert before <= datetime.fromisoformat(finished) <= datetime.now(UTC)


async def test_a_finished_delivery_leaves_no_payload(
    sqlite: SqliteStore, raw: sqlite3.Connection
) -> None:
    await sqlite.write(lambda tx: tx.save_delivery(a_delivery("one", payload="the text")))
    assert raw.execute("SELECT payload FROM inbox").fetchall() == [("the text",)]
    await sqlite.write(lambda tx: tx.finish_delivery("one"))

    assert raw.execute("SELECT key, payload FROM inbox").fetchall() == [("one", "")]


FORGERIES = {
    "update": "UPDATE audit SET actor = 'U0NOBODY' WHERE seq = 2",
    "update of all": "UPDATE audit SET detail = '{}'",
    "update or replace": "UPDATE OR REPLACE audit SET seq = 2 WHERE seq = 3",
    "delete": "DELETE FROM audit WHERE seq = 3",
    "delete of all": "DELETE FROM audit",
    "replace of an entry": "REPLACE INTO audit SELECT * FROM audit WHERE seq = 2",
    "replace of the last": "INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE seq = 3",
    "upsert": "INSERT INTO audit SELECT * FROM audit WHERE seq = 3 "
    "ON CONFLICT (seq) DO UPDATE SET actor = 'U0NOBODY'",
    "gap": "INSERT INTO audit SELECT 5, at, kind, actor, actor_name, customer, change_id, channel, "
    "detail, hash, hash FROM audit WHERE seq = 3",
    "number left to SQLite": "INSERT INTO audit SELECT NULL, at, kind, actor, actor_name, customer, "
    "change_id, channel, detail, hash, hash FROM audit WHERE seq = 3",
    "another past": "INSERT INTO audit SELECT 4, at, kind, actor, actor_name, customer, change_id, "
    "channel, detail, previous, hash FROM audit WHERE seq = 3",
}


@pytest.mark.parametrize("statement", FORGERIES.values(), ids=FORGERIES.keys())
async def test_the_audit_trail_cannot_be_altered(
    sqlite: SqliteStore, raw: sqlite3.Connection, statement: str
) -> None:
    """By a connection that knows nothing of us, with SQLite's own settings."""
    await sqlite.write(lambda tx: [tx.record(a_record(detail={"n": n})) for n in range(3)])
    before = raw.execute("SELECT * FROM audit").fetchall()

    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|must follow"):
        raw.execute(statement)

    assert raw.execute("SELECT * FROM audit").fetchall() == before
    assert len(before) == 3


def _append(raw: sqlite3.Connection, seq: int, record: Record, previous: str) -> None:
    entry = hash_entry(seq, record, previous)
    raw.execute(
        "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, '{}', ?, ?)",
        (
            entry.seq,
            record.at.isoformat(timespec="microseconds"),
            record.kind,
            record.actor,
            record.actor_name,
            record.customer,
            record.change_id,
            record.channel,
            entry.previous,
            entry.hash,
        ),
    )


async def test_the_next_entry_of_the_chain_is_taken(
    sqlite: SqliteStore, raw: sqlite3.Connection
) -> None:
    """The other side of the forgeries: the triggers refuse them and not every INSERT."""
    first = await sqlite.write(lambda tx: tx.record(a_record()))
    _append(raw, 2, a_record(detail={}), first.hash)

    assert verify(await sqlite.read(lambda tx: tx.entries())).entries == 2


@pytest.mark.parametrize(
    ("forgery", "fault"),
    [
        ("UPDATE audit SET actor = 'U0NOBODY' WHERE seq = 2", "entry 2 was altered"),
        ("UPDATE audit SET at = '2026-03-14T03:04:05.678902+00:00' WHERE seq = 2", "entry 2 was"),
        ("UPDATE audit SET detail = '{\"n\":9}' WHERE seq = 3", "entry 3 was altered"),
        ("DELETE FROM audit WHERE seq = 2", "entry 2 is missing"),
    ],
)
async def test_who_drops_the_triggers_is_found_out_by_the_chain(
    sqlite: SqliteStore, raw: sqlite3.Connection, forgery: str, fault: str
) -> None:
    await sqlite.write(lambda tx: [tx.record(a_record(detail={"n": n})) for n in range(3)])
    _without_triggers(raw, forgery)

    entries = await sqlite.read(lambda tx: tx.entries_after(0, 10))

    assert verify(entries, EMPTY_CHAIN).fault.startswith(fault)


@pytest.mark.parametrize("column", ["detail", "at"])
async def test_an_entry_that_cannot_be_read_is_named(
    sqlite: SqliteStore, raw: sqlite3.Connection, column: str
) -> None:
    await sqlite.write(lambda tx: [tx.record(a_record()) for _ in range(2)])
    _without_triggers(raw, f"UPDATE audit SET {column} = 'not this' WHERE seq = 2")  # noqa: S608  # the table above

    with pytest.raises(StoreUnusable, match="Audit entry 2 cannot be read"):
        await sqlite.read(lambda tx: tx.entries())


@pytest.mark.parametrize(
    "spelling",
    ["at = replace(at, 'T', ' ')", "detail = detail || ' '"],
)
async def test_another_spelling_is_an_alteration_though_the_values_are_the_same(
    sqlite: SqliteStore, raw: sqlite3.Connection, spelling: str
) -> None:
    await sqlite.write(lambda tx: [tx.record(a_record()) for _ in range(2)])
    _without_triggers(raw, f"UPDATE audit SET {spelling} WHERE seq = 2")  # noqa: S608  # the list above

    with pytest.raises(StoreUnusable, match="Audit entry 2 cannot be read"):
        await sqlite.read(lambda tx: tx.entries())


def _without_triggers(raw: sqlite3.Connection, statement: str) -> None:
    for trigger in ("audit_no_update", "audit_no_delete", "audit_follows"):
        raw.execute(f"DROP TRIGGER {trigger}")
    raw.execute(statement)


async def test_a_message_that_an_older_version_left_behind_is_as_old_as_its_change(
    path: Path, clock: FixedClock
) -> None:
    store = SqliteStore.open(path, clock=clock)
    await store.write(lambda tx: tx.add_change(a_change()))
    await store.write(lambda tx: tx.enqueue_message(MessageKind.CARD, a_change()))
    await store.close()
    connection = sqlite3.connect(path)
    connection.execute("ALTER TABLE messages DROP COLUMN asked_at")
    connection.execute("DELETE FROM _sqlite_migrations WHERE name = '0007_messages_asked_at'")
    connection.commit()
    connection.close()
    clock.at = NOW + timedelta(hours=2)
    store = await SqliteStore.open_async(path, clock=clock)
    assert (await store.read(lambda tx: tx.backlog())).outbox_behind_since == NOW
    await store.close()


async def test_what_became_of_users_needs_its_change(sqlite: SqliteStore) -> None:
    outcome = UserOutcome("a@example.com", UserStatus.APPLIED)

    with pytest.raises(StoreUnusable, match="FOREIGN KEY"):
        await sqlite.write(lambda tx: tx.put_user_outcomes("C-00000", [outcome]))


async def test_a_database_of_before_knows_which_changes_have_a_preview(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    store = await SqliteStore.open_async(path)
    await store.write(lambda tx: tx.add_change(a_change(id="C-00001")))
    await store.write(lambda tx: tx.add_change(a_change(id="C-00002", preview=Preview(NOW))))
    await store.close()
    with closing(sqlite3.connect(path)) as raw:
        for index in ("changes_unpreviewed", "idx_roles_customer", "idx_changes_state_deadline"):
            raw.execute(f"DROP INDEX {index}")
        raw.execute("ALTER TABLE changes DROP COLUMN previewed")
        raw.execute("DELETE FROM _sqlite_migrations WHERE name LIKE '%_looked_up_every_second'")
        raw.commit()

    store = await SqliteStore.open_async(path)
    assert list(await store.read(lambda tx: tx.changes_without_preview())) == ["C-00001"]
    await store.close()


@pytest.mark.parametrize(
    "query",
    [
        lambda tx: tx.change("C-7K3MX"),
        lambda tx: tx.changes(states=[State.EXECUTING, State.UNKNOWN]),
        lambda tx: tx.changes(customer="44444", limit=5),
        lambda tx: tx.changes(limit=5),
        lambda tx: tx.change_ids([State.EXECUTING]),
        lambda tx: tx.count_changes([State.EXECUTING]),
        lambda tx: tx.changes_without_preview(),
        lambda tx: tx.overdue_changes(NOW),
        lambda tx: tx.ambiguous_since("44444", NOW),
        lambda tx: tx.granted_usergroups(),
        lambda tx: tx.due_channels(NOW),
        lambda tx: tx.users_sent(["U0OPERATOR"], NOW, also_in_states=[State.APPROVED]),
        lambda tx: tx.user_outcomes("C-7K3MX"),
        lambda tx: tx.failures("C-7K3MX"),
        lambda tx: tx.waiting_deliveries(),
        lambda tx: tx.entries(customers=["44444", "55555"], limit=20),
        lambda tx: tx.entries(change_id="C-7K3MX"),
        lambda tx: tx.entries_after(100, 10),
        lambda tx: tx.first_entry("C-7K3MX"),
        lambda tx: tx.story_entries(["C-7K3MX"]),
        lambda tx: tx.actor_names(),
        lambda tx: tx.questions({"U0A"}, "44444", NOW),
        lambda tx: tx.matching(AuditFilter(people=frozenset({"U0A"})), limit=20),
        lambda tx: tx.matching(AuditFilter(change_id="C-7K3MX"), limit=20),
        lambda tx: tx.matching(AuditFilter(frozenset({"44444"})), limit=20),
        lambda tx: tx.late_customers("C0INCIDENT"),
        lambda tx: tx.first_card_since("C0INCIDENT", NOW, a_change()),
        lambda tx: tx.due_messages(NOW),
        lambda tx: tx.next_due(),
        lambda tx: tx.backlog(),
        lambda tx: tx.record(a_record()),
        lambda tx: tx.finish_delivery("one"),
    ],
)
async def test_no_query_reads_a_whole_table(sqlite: SqliteStore, query: Query) -> None:
    """Measured by SQLite's own plan: a SCAN without an index grows with the years."""
    details = await _plan(sqlite, query)
    assert details
    assert not [detail for detail in details if _reads_a_whole_table(detail)]


async def _plan(sqlite: SqliteStore, query: Query) -> list[str]:
    statements: list[str] = []
    connection = sqlite._db.conn
    sqlite._thread.submit(connection.set_trace_callback, statements.append).result()
    await sqlite.write(query)
    sqlite._thread.submit(connection.set_trace_callback, None).result()

    def plans() -> list[str]:
        asked = [
            one
            for one in statements
            if one.upper().startswith(("SELECT", "WITH", "UPDATE", "DELETE"))
        ]
        assert asked
        return [
            row["detail"]
            for one in asked
            for row in connection.execute(f"EXPLAIN QUERY PLAN {one}")
        ]

    return sqlite._thread.submit(plans).result()


@pytest.mark.parametrize(
    "query",
    [
        lambda tx: tx.grants(subjects=[parse_subject("U0A"), parse_subject("C0B")]),
        lambda tx: tx.grants(customer="44444"),
        lambda tx: tx.changes(states=[State.APPROVED], customers=["44444", "55555"], limit=5),
        lambda tx: tx.changes_without_preview(),
        lambda tx: tx.overdue_changes(NOW),
    ],
)
async def test_what_is_asked_at_every_command_or_sweep_is_found_by_an_index(
    sqlite: SqliteStore, query: Query
) -> None:
    """Not even a whole index is read: 100,000 grants made each authorisation 20 ms slower."""
    details = await _plan(sqlite, query)
    assert details
    assert not [detail for detail in details if detail.startswith("SCAN")]


def _reads_a_whole_table(detail: str) -> bool:
    # What a recursive query, or the query inside, has found so far.
    found = detail == "SCAN found" or detail.startswith("SCAN (subquery")
    return detail.startswith("SCAN") and "USING" not in detail and not found
