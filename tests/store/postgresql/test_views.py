"""The views for auditors: what only PostgreSQL has to say of them."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from bot.store.postgresql.store import PostgresStore
from tests.builders import a_change, a_record
from tests.store.test_views import VIEWS

Raw = psycopg.Connection[Any]
ALTERED = "CREATE OR REPLACE VIEW {} AS {}"


async def test_an_auditor_needs_the_views_and_no_table(
    opened: PostgresStore, raw_postgresql: Raw
) -> None:
    await opened.write(lambda tx: tx.add_change(a_change()))
    await opened.write(lambda tx: tx.record(a_record()))
    with raw_postgresql.transaction(force_rollback=True):  # a role belongs to the whole server
        raw_postgresql.execute("CREATE ROLE an_auditor_of_this_test")
        raw_postgresql.execute(
            "GRANT SELECT ON changes_plain, audit_sentences, roles_now TO an_auditor_of_this_test"
        )
        raw_postgresql.execute("SET ROLE an_auditor_of_this_test")
        assert [
            raw_postgresql.execute(f"SELECT count(*) FROM {view}".encode()).fetchone()  # noqa: S608  # the list
            for view in VIEWS
        ] == [(1,), (1,), (0,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw_postgresql.execute("SELECT * FROM audit")


@pytest.mark.parametrize(
    ("view", "old", "new"),
    [
        ("roles_now", "FROM roles", "FROM theirs.roles"),
        ("roles_now", "'every customer'", "'no customer'"),
        ("changes_plain", "json_document(", "theirs.json_document("),
        ("audit_sentences", "customers named", "theirs.customers named"),
    ],
)
async def test_a_view_that_says_something_else_is_a_difference(
    opened: PostgresStore, raw_postgresql: Raw, view: str, old: str, new: str
) -> None:
    """A table or a function of the same name in another schema is something else, too."""
    raw_postgresql.execute("CREATE SCHEMA theirs")
    for table in ("roles", "customers"):
        raw_postgresql.execute(f"CREATE TABLE theirs.{table} (LIKE {table})".encode())
    raw_postgresql.execute(
        "CREATE FUNCTION theirs.json_document(document text) RETURNS jsonb LANGUAGE sql AS "
        "$$ SELECT '{}'::jsonb $$"
    )
    assert await opened.read(lambda tx: tx.schema_differences()) == []
    row = raw_postgresql.execute("SELECT pg_get_viewdef(%s::regclass)", (view,)).fetchone()
    assert row is not None
    assert old in row[0]
    raw_postgresql.execute(ALTERED.format(view, row[0].replace(old, new)).encode())
    assert await opened.read(lambda tx: tx.schema_differences()) == [
        f"the view {view} is not as the bot made it"
    ]


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('{"a": "\\u0000"}', {"a": "\ufffd"}),
        ('{"a": "\\\\u0000"}', {"a": "\\u0000"}),
        ('{"a": "\\u0000\\u0000\\\\\\u0000"}', {"a": "\ufffd\ufffd\\\ufffd"}),
        ('{"a": "\\ud83d"}', {"a": "\ufffd"}),
        ('{"a": 1e999999}', {}),
        ("no json", {}),
        ("[" * 100_000, {}),
    ],
)
async def test_a_document_is_read_as_far_as_it_can_be(
    raw_postgresql: Raw, text: str, document: object
) -> None:
    row = raw_postgresql.execute("SELECT json_document(%s)", (text,)).fetchone()
    assert row == (document,)
