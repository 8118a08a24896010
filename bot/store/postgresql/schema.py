"""The schema of a database, held against the one that the migrations make.

SQLite makes the schema anew in memory to compare. Here that would take rights that the bot need not
have, so what the steps make is kept as digests.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from bot.store.postgresql.schema_digests import DIGESTS

# Name and definition of what stands in the schema of our tables. The definition of an index or a trigger
# names the schema of its table, which is left out. Another program's objects are told of, those of
# extensions are not. Triggers of foreign keys have no stable name: those that are off are counted.
_OBJECTS = """
WITH here AS (
  SELECT COALESCE((SELECT relnamespace FROM pg_class WHERE oid = to_regclass('audit')),
    (SELECT oid FROM pg_namespace WHERE nspname = current_schema())) AS schema),
extended AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
relations AS (
  SELECT * FROM pg_class WHERE relnamespace = (SELECT schema FROM here) AND NOT EXISTS (
    SELECT 1 FROM extended WHERE classid = 'pg_class'::regclass AND objid = pg_class.oid)),
objects (kind, name, definition) AS (
  SELECT CASE WHEN relkind IN ('v', 'm') THEN 'view' ELSE 'table' END, relname::text,
    concat_ws(' ', relkind, relpersistence, relrowsecurity, relforcerowsecurity,
      CASE WHEN relkind IN ('v', 'm') THEN concat_ws(' ', reloptions, pg_get_viewdef(oid)) END,
      (SELECT count(*) FROM pg_trigger
        WHERE tgrelid = one.oid AND tgisinternal AND tgenabled <> 'O'),
      (SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull,
          (SELECT collname FROM pg_collation WHERE oid = attcollation), attidentity, attgenerated,
          pg_get_expr(adbin, adrelid)), ', ' ORDER BY attnum)
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid = one.oid AND attnum > 0 AND NOT attisdropped))
  FROM relations AS one WHERE relkind IN ('r', 'p', 'f', 'v', 'm')
UNION ALL
  SELECT 'index', indexed.relname::text, concat(indisvalid, ' ', pg_get_indexdef(indexrelid))
  FROM pg_index JOIN relations AS indexed ON indexed.oid = indexrelid
UNION ALL
  SELECT 'constraint', conname::text, concat(relname, ' ', convalidated, ' ',
    pg_get_constraintdef(pg_constraint.oid))
  FROM pg_constraint JOIN relations ON relations.oid = conrelid WHERE contype <> 'n'
UNION ALL
  SELECT 'trigger', tgname::text, concat(tgenabled, ' ', pg_get_triggerdef(pg_trigger.oid))
  FROM pg_trigger JOIN relations ON relations.oid = tgrelid WHERE NOT tgisinternal
UNION ALL
  SELECT 'rule', rulename::text, pg_get_ruledef(pg_rewrite.oid)
  FROM pg_rewrite JOIN relations ON relations.oid = ev_class WHERE rulename <> '_RETURN'
UNION ALL
  SELECT 'function', proname::text, concat_ws(' ', pg_get_function_arguments(pg_proc.oid),
    pg_get_function_result(pg_proc.oid), lanname, provolatile, proisstrict, prosecdef, proconfig,
    prosrc)
  FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
  WHERE pronamespace = (SELECT schema FROM here) AND NOT EXISTS (
    SELECT 1 FROM extended WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid))
SELECT 'the ' || kind || ' ' || name AS name, replace(definition,
  quote_ident((SELECT nspname FROM pg_namespace, here WHERE oid = schema)) || '.', '') AS definition
FROM objects ORDER BY kind COLLATE "C", name COLLATE "C"
"""


# What a server up to 15 writes before each column of a view, and a newer one only where it has to. A text
# is left as it is, and so is the schema before a table, a function or a type.
_QUALIFIER = re.compile(
    r"""('(?:[^']|'')*'|(?:FROM|JOIN)\s+\(*[a-z_]+\.|::[a-z_]+\.)|\b[a-z_]+\.(?="?[a-z_]+\b"?(?!\())"""
)


def schema_differences(connection: Any) -> list[str]:
    """Return a sentence for each object that is missing, changed or not the bot's.

    Takes a connection of psycopg, in a transaction or not.
    """
    found, left = [], digests(connection)
    for name, made in DIGESTS.items():
        there = left.pop(name, None)
        if there is None:
            found.append(f"{name} is missing")
        elif there != made:
            found.append(f"{name} is not as the bot made it")
    return found + [f"{name} is not the bot's" for name in left]


def digests(connection: Any) -> dict[str, str]:
    """Return a digest of each object's definition by its name."""
    rows = connection.execute(_OBJECTS.encode(), prepare=False).fetchall()
    return {name: _digest(name, text) for name, text in rows}


def _digest(name: str, text: str) -> str:
    if name.startswith("the view "):
        text = _QUALIFIER.sub(lambda found: found[1] or "", text)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
