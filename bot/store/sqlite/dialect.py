"""What SQLite says in words of its own."""

from __future__ import annotations

from bot.store.tables.rows import Dialect

# For whom somebody acted at the terminal.
BEHALF = (
    "CASE WHEN instr(detail, '\"on_behalf_of\"') AND json_valid(detail) "
    "THEN json_extract(detail, '$.on_behalf_of') END"
)
SUBJECT = "CASE WHEN json_valid(detail) THEN json_extract(detail, '$.subject') END"

DIALECT = Dialect(
    no_limit=-1,
    find="instr",
    # SQLite reorders no CROSS JOIN: https://www.sqlite.org/optoverview.html, section 7.3
    outer_first="CROSS JOIN",
    for_each="CROSS JOIN {table} AS {name} ON {condition}",
    behalf=BEHALF,
    subject=SUBJECT,
    elements="json_each(CASE WHEN json_valid({text}) THEN {text} ELSE '{{}}' END, '$.{path}')",
)
