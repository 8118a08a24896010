"""How many rows each query reads in a database of some years, by what the server itself counts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from bot.database_address import PostgresUrl
from bot.domain.audit.chain import GENESIS
from bot.domain.change_state import State
from bot.domain.roles import parse_subject
from bot.ports import AuditFilter, MessageKind, Transaction
from bot.store.postgresql.connecting import connect
from bot.store.postgresql.statements import Statements, with_marks
from bot.store.postgresql.store import PostgresTransaction
from bot.store.times import SystemClock
from tests.builders import NOW, a_change, a_delivery, a_finished_change, a_record
from tests.postgresql.fixtures import temporary_database
from tests.postgresql.server import address_of

Query = Callable[[Transaction], object]

CHANGES = 10_000
ENTRIES = 100_000
READ_AT_MOST = 500  # rows of one scan,
A_PART = (
    0.15  # or so much of the table: of a customer's entries the newest 20 may be that far apart
)

# One change in a thousand is open, each tenth customer's; each person has a hundred changes.
_GROW = f"""
INSERT INTO changes (id, revision, customer, flag, state, requester, created_at, deadline, scope_kind,
    users, body, ambiguous_at, begun_at, previewed, started_at)
  SELECT 'C-' || lpad(n::text, 6, '0'), 1, (44000 + n % 1000)::text, flag,
    CASE n % 1000 WHEN 0 THEN 'awaiting_approval' WHEN 1 THEN 'executing' ELSE 'applied' END,
    'U' || n % 100, at, at, scope_kind, CASE n % 2 WHEN 0 THEN 3 END, body,
    CASE n % 1000 WHEN 2 THEN at END, at, CASE n % 1000 WHEN 0 THEN 0 ELSE 1 END, at
  FROM changes AS one, generate_series(1, {CHANGES}) AS n, LATERAL (SELECT
    to_char(timestamp '2026-03-14' + n * interval '1 hour', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00') AS at) AS t
  WHERE one.id = 'C-7K3MX';
INSERT INTO audit SELECT n, to_char(timestamp '2026-03-14' + n * interval '6 minutes',
    'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'),
    CASE n % 1000 WHEN 0 THEN 'role.granted' WHEN 1 THEN 'policy.set' WHEN 2 THEN 'person.ids_told'
      WHEN 3 THEN 'others.asked' ELSE 'change.applied' END,
    'U' || n % 100, 'name', (44000 + n % 1000)::text, 'C-' || lpad((n % {CHANGES})::text, 6, '0'), '',
    CASE n % 1000 WHEN 0 THEN '{{"subject": "U' || n % 7 || '"}}' ELSE '{{}}' END, '{GENESIS}', 'h' || n
  FROM generate_series(1, {ENTRIES}) AS n;
INSERT INTO messages (key, kind, change_id, channel, wanted, shown, ts, due_at, tries, error, asked,
    asked_at, offers)
  SELECT kind || ':' || id || CASE kind WHEN 'outcome' THEN ':1' ELSE '' END, kind, id,
    'C0' || substr(id, 6), 1, CASE WHEN kind = 'card' AND id LIKE '%999' THEN 0 ELSE 1 END, '1.2', NULL, 0,
    '', row_number() OVER (), created_at, ''
  FROM changes, (VALUES ('card'), ('timeline'), ('outcome')) AS kinds (kind);
INSERT INTO inbox (key, kind, payload, received_at, finished_at)
  SELECT 'command:' || n, 'command', '{{}}', '2026-03-14', CASE WHEN n > 10 THEN '2026-03-14' END
  FROM generate_series(1, 20000) AS n;
INSERT INTO user_outcomes (change_id, address, status, reason)
  SELECT id, n || '@example.com', 'applied', '' FROM changes, generate_series(1, 3) AS n;
INSERT INTO roles SELECT 'user', 'U' || n, 'operator', (44000 + n % 1000)::text, 'U0ADMIN', '2026-03-14', NULL
  FROM generate_series(1, 20000) AS n;
INSERT INTO person_ids SELECT 'W' || n, 'U' || n FROM generate_series(1, 20000) AS n;
INSERT INTO import_rows SELECT id, n, n || '@example.com', n || '@example.com', '{{}}', NULL, NULL, 0
  FROM changes, generate_series(1, 3) AS n;
"""  # noqa: S608  # constants


@pytest.fixture(scope="module")
def grown(postgresql_server: str, postgresql_template: str) -> Iterator[PostgresUrl]:
    """The address of a database that has been used for some years."""
    with temporary_database(postgresql_server, postgresql_template) as name:
        url = PostgresUrl(address_of(postgresql_server, name))
        with psycopg.connect(url.reveal(), autocommit=True) as connection:
            with closing(connect(url)) as ours:
                PostgresTransaction(ours, SystemClock()).add_change(a_finished_change())
            # The entries need not be sealed to be looked up.
            connection.execute("ALTER TABLE audit DISABLE TRIGGER USER")
            connection.execute(_GROW.encode(), prepare=False)
            connection.execute("ALTER TABLE audit ENABLE TRIGGER USER")
            connection.execute("VACUUM ANALYZE")
        yield url


class Recorded(Statements):
    """Keeps the statements of a query."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self.asked: list[tuple[str, Any]] = []

    def execute(self, sql: str, values: Any = (), /) -> Any:
        self.asked.append((sql, values))
        return super().execute(sql, values)


LOOK_UPS: Sequence[Query] = [
    lambda tx: tx.change("C-000500"),
    lambda tx: tx.changes(states=[State.EXECUTING, State.UNKNOWN]),
    lambda tx: tx.changes(customer="44444", limit=5),
    lambda tx: tx.changes(states=[State.APPROVED], customers=["44444", "44555"], limit=5),
    lambda tx: tx.changes(limit=5),
    lambda tx: tx.changes(limit=5, oldest=True),
    lambda tx: tx.change_ids([State.EXECUTING]),
    lambda tx: tx.count_changes([State.EXECUTING]),
    lambda tx: tx.changes_of_user("44444", "jo@example.com", ["emea"], searched=100, limit=5),
    lambda tx: tx.changes_without_preview(),
    lambda tx: tx.overdue_changes(NOW),
    lambda tx: tx.ambiguous_since("44444", NOW),
    lambda tx: tx.begun_since("44444", NOW),
    lambda tx: tx.switched(limit=200),
    lambda tx: tx.switched(["44444", "44555"], limit=200),
    lambda tx: tx.deletions_since(["44444", "44555"], NOW, limit=500),
    lambda tx: tx.deleted_among("C-000500", ["1@example.com"]),
    lambda tx: tx.users_sent(["U42"], NOW + timedelta(days=400), also_in_states=[State.APPROVED]),
    lambda tx: tx.stored_changes(after="C-000500", limit=50),
    lambda tx: tx.user_outcomes("C-000500"),
    lambda tx: tx.failures("C-000500"),
    lambda tx: tx.import_rows_of("C-000500", ["1@example.com"]),
    lambda tx: tx.waiting_deliveries(),
    lambda tx: tx.unclaimed_deliveries(),
    lambda tx: tx.claim_deliveries("R1"),
    lambda tx: tx.save_delivery(a_delivery("one")),
    lambda tx: tx.finish_delivery("command:1"),
    lambda tx: tx.grants(subjects=[parse_subject("U500"), parse_subject("C0B")]),
    lambda tx: tx.grants(customer="44444"),
    lambda tx: tx.ids_of("U500"),
    lambda tx: tx.entries(customers=["44444", "44555"], limit=20),
    lambda tx: tx.entries(change_id="C-000500"),
    lambda tx: tx.entries_after(100, 10),
    lambda tx: tx.first_entry("C-000500"),
    lambda tx: tx.story_entries(["C-000500"]),
    lambda tx: tx.role_entries("U3", ["44444"]),
    lambda tx: tx.policy_entries(["44001"]),
    lambda tx: tx.questions({"U3"}, "44003", NOW),
    lambda tx: tx.matching(AuditFilter(people=frozenset({"U42"})), limit=20),
    lambda tx: tx.matching(AuditFilter(change_id="C-000500"), limit=20),
    lambda tx: tx.matching(AuditFilter(frozenset({"44444"})), limit=20),
    lambda tx: tx.message("card:C-000500"),
    lambda tx: tx.message_keys("C-000500"),
    lambda tx: tx.due_channels(NOW),
    lambda tx: tx.due_messages(NOW),
    lambda tx: tx.next_due(),
    lambda tx: tx.late_customers("C0INCIDENT"),
    lambda tx: tx.first_card_since("C0INCIDENT", NOW + timedelta(days=416), a_change()),
    lambda tx: tx.note_outage("C0INCIDENT", NOW),
    lambda tx: tx.enqueue_message(MessageKind.OUTCOME, a_change(id="C-000500", revision=2)),
    lambda tx: tx.remove_card(a_change(id="C-000500", revision=2)),
    lambda tx: tx.refresh_outcome(a_change(id="C-000500", revision=2)),
    lambda tx: tx.backlog(),
    lambda tx: tx.record(a_record()),
]


@pytest.mark.parametrize("query", LOOK_UPS)
def test_no_query_reads_a_whole_table(grown: PostgresUrl, query: Query) -> None:
    """Rows found and rows thrown away, in whatever scan: both take their time."""
    with closing(connect(grown)) as connection:
        connection.execute("BEGIN")
        statements = Recorded(connection)
        transaction = PostgresTransaction(connection, SystemClock())
        transaction._connection = statements
        query(transaction)
        connection.execute("ROLLBACK")
        connection.execute("BEGIN")
        sizes: dict[str, float] = dict(
            connection.execute("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'")
        )
        read = [one for asked in statements.asked for one in _read(connection, *asked)]
    assert statements.asked
    assert not [
        text for table, rows, text in read if rows > max(sizes[table] * A_PART, READ_AT_MOST)
    ]


def _read(connection: Any, statement: str, values: Any) -> Iterator[tuple[str, float, str]]:
    """Run a prepared statement, as a bot that has been up for long; yield of each scan the table, how
    many rows it read, and a text. Only after five runs the server may choose a plan for any values."""
    marked = with_marks(statement)
    names = list(values) if isinstance(values, dict) else []
    in_order = list(values.values()) if names else list(values)
    for place, name in enumerate(names, 1):
        marked = marked.replace(f"%({name})s", f"${place}")
    places = iter(range(1, len(in_order) + 1))
    marked = re.sub("%s", lambda _: f"${next(places)}", marked).replace("%%", "%")
    connection.execute(f"PREPARE one AS {marked}".encode(), prepare=False)
    asked: sql.Composable = sql.SQL("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE one")
    if in_order:
        asked += sql.SQL(" ({})").format(sql.SQL(", ").join(sql.Literal(one) for one in in_order))
    for _ in range(8):
        connection.execute("SAVEPOINT before", prepare=False)
        [[told]] = connection.execute(asked, prepare=False).fetchall()
        connection.execute("ROLLBACK TO before", prepare=False)
    connection.execute("DEALLOCATE one", prepare=False)
    nodes = [told[0]["Plan"]]
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", [])
        if "Scan" in node["Node Type"] and node["Actual Loops"] and "Relation Name" in node:
            each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            each += node.get("Rows Removed by Index Recheck", 0)
            text = (
                f"{each * node['Actual Loops']:.0f} rows: {json.dumps(node)[:600]} of {statement}"
            )
            yield node["Relation Name"], each * node["Actual Loops"], text
