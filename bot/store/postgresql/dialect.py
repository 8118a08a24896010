"""What PostgreSQL says in words of its own; the functions are part of the schema."""

from __future__ import annotations

from bot.store.tables.rows import Dialect

# For whom somebody acted at the terminal. Most entries do not have it: those are not parsed.
BEHALF = (
    "CASE WHEN strpos(detail, '\"on_behalf_of\"') > 0 THEN json_member(detail, 'on_behalf_of') END"
)
SUBJECT = "json_member(detail, 'subject')"

DIALECT = Dialect(
    no_limit=None,
    find="strpos",
    outer_first="JOIN",
    # OFFSET 0: the planner neither merges nor hashes the whole table with what stands before it.
    for_each="CROSS JOIN LATERAL (SELECT * FROM {table} AS {name} WHERE {condition} OFFSET 0) AS {name}",
    behalf=BEHALF,
    subject=SUBJECT,
    elements="json_elements({text}, '{path}')",
)
