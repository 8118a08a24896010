"""What PostgreSQL says in words of its own; the functions are part of the schema."""

from __future__ import annotations

from bot.store.rows import Dialect

# For whom somebody acted at the terminal. Most entries do not have it: those are not parsed.
BEHALF = (
    "CASE WHEN strpos(detail, '\"on_behalf_of\"') > 0 THEN json_member(detail, 'on_behalf_of') END"
)
SUBJECT = "json_member(detail, 'subject')"

DIALECT = Dialect(
    no_limit=None,
    find="strpos",
    outer_first="JOIN",
    behalf=BEHALF,
    subject=SUBJECT,
    elements="json_elements({text}, '{path}')",
)
