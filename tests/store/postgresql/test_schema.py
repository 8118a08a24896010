"""The schema: what it forbids, what its indexes serve, and how an alteration of it is found."""

from __future__ import annotations

from pprint import pformat
from typing import Any

import psycopg
import pytest

from bot.errors import StoreUnusable
from bot.store.postgresql.schema import digests
from bot.store.postgresql.schema_digests import DIGESTS
from bot.store.postgresql.store import PostgresStore
from tests.builders import a_record

Raw = psycopg.Connection[Any]


async def test_the_digests_are_those_of_a_new_database(raw_postgresql: Raw) -> None:
    found = digests(raw_postgresql)
    assert found == DIGESTS, f"schema_digests.py has to say:\nDIGESTS = {pformat(found)}"


async def test_every_text_compares_by_its_bytes(raw_postgresql: Raw) -> None:
    """The test server's own collation does so too: only the schema tells what another one's would do."""
    others = raw_postgresql.execute(
        "SELECT attrelid::regclass, attname FROM pg_attribute JOIN pg_class ON oid = attrelid "
        "WHERE relnamespace = 'public'::regnamespace AND relkind <> 'v' AND atttypid = 'text'::regtype "
        "AND attcollation <> 'pg_catalog.\"C\"'::regcollation"
    ).fetchall()
    assert others == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'U0EVE'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        (
            "INSERT INTO audit SELECT seq + 2, at, kind, actor, actor_name, customer, change_id, channel, "
            "detail, hash, hash FROM audit"
        ),
        (
            "INSERT INTO audit SELECT seq + 1, at, kind, actor, actor_name, customer, change_id, channel, "
            "detail, previous, hash FROM audit"
        ),
        "INSERT INTO audit SELECT * FROM audit ON CONFLICT (seq) DO UPDATE SET actor = 'U0EVE'",
    ],
)
async def test_the_trail_takes_nothing_but_the_entry_that_follows(
    opened: PostgresStore, raw_postgresql: Raw, statement: str
) -> None:
    entry = await opened.write(lambda tx: tx.record(a_record()))

    with pytest.raises(
        psycopg.errors.RaiseException, match=r"append-only: no|must follow the last"
    ):
        raw_postgresql.execute(statement)

    assert await opened.read(lambda tx: tx.entries()) == [entry]


async def test_the_sentence_of_a_trigger_reaches_the_caller(opened: PostgresStore) -> None:
    def forged(tx: Any) -> None:
        tx.record(a_record())
        tx._run("DELETE FROM audit")

    with pytest.raises(
        StoreUnusable, match=r"refused the step: the audit trail is append-only: no DELETE\.$"
    ):
        await opened.write(forged)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DROP TRIGGER audit_no_update ON audit", ["the trigger audit_no_update is missing"]),
        (
            "ALTER TABLE audit DISABLE TRIGGER audit_follows",
            ["the trigger audit_follows is not as the bot made it"],
        ),
        (
            (
                "CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RETURN NEW; END $$"
            ),
            ["the function audit_refuse is not as the bot made it"],
        ),
        (
            "CREATE RULE none AS ON INSERT TO audit DO INSTEAD NOTHING",
            ["the rule none is not the bot's"],
        ),
        (
            "ALTER TABLE messages DISABLE TRIGGER ALL",
            ["the table messages is not as the bot made it"],
        ),
        (
            "ALTER TABLE roles ENABLE ROW LEVEL SECURITY",
            ["the table roles is not as the bot made it"],
        ),
        ('ALTER TABLE policy ALTER flag TYPE text COLLATE "POSIX"', ["the table policy"]),
        ("CREATE VIEW mine AS SELECT 1 AS one", ["the view mine is not the bot's"]),
        ("DROP INDEX audit_roles", ["the index audit_roles is missing"]),
        (
            "ALTER TABLE messages DROP CONSTRAINT messages_change_id_fkey",
            ["the constraint messages_change_id_fkey is missing"],
        ),
    ],
)
async def test_an_alteration_of_the_schema_is_told(
    opened: PostgresStore, raw_postgresql: Raw, statement: str, told: list[str]
) -> None:
    assert await opened.read(lambda tx: tx.schema_differences()) == []
    raw_postgresql.execute(statement.encode())
    found = await opened.read(lambda tx: tx.schema_differences())
    assert all(any(one.startswith(start) for one in found) for start in told), found


async def test_an_extension_and_another_schema_are_nobodys_business(
    opened: PostgresStore, raw_postgresql: Raw
) -> None:
    raw_postgresql.execute("CREATE SCHEMA theirs CREATE TABLE changes (a integer)")
    assert await opened.read(lambda tx: tx.schema_differences()) == []


async def test_a_text_that_is_no_json_has_nothing_in_it(raw_postgresql: Raw) -> None:
    for text in ("", "{", "[1]", '{"scope": 1}', '{"scope": {"addresses": ["\\u0000"]}}'):
        row = raw_postgresql.execute(
            "SELECT json_member(%s, 'scope') = 'x', (SELECT count(*) FROM json_elements(%s, %s))",
            (text, text, "scope.addresses"),
        ).fetchone()
        assert row is not None
        assert row[0] is not True
        assert row[1] == 0
