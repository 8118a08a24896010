"""The views for auditors on PostgreSQL. Who may read a view needs no right to the tables under it.

A step of the schema that alters a column has to drop the views that use it, and to make them again.
"""

from __future__ import annotations

from bot.store.auditor_views import Words, views

# What jsonb does not take is the character 0 and half of a pair, both of which a JSON text may hold:
# then each escape of them, and of whole pairs in the same text, is a replacement character. A number
# or a nesting beyond bounds, or no JSON at all, leaves an empty document.
DOCUMENT = r"""
CREATE FUNCTION json_document(document text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN document::jsonb;
EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
  BEGIN
    RETURN regexp_replace(document,
      '(?<!\\)((?:\\\\)*)\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\1\\ufffd', 'g')::jsonb;
  EXCEPTION WHEN data_exception OR program_limit_exceeded THEN
    RETURN '{}';
  END;
END $$
"""


def _member(document: str, path: str) -> str:
    return f"({document} #>> '{_path(path)}')"


def _number(document: str, path: str) -> str:
    found = f"{document} #> '{_path(path)}'"
    return f"CASE jsonb_typeof({found}) WHEN 'number' THEN CAST({found} AS numeric) END"


def _joined(document: str, path: str, member: str | None) -> str:
    value = "value #>> '{}'" if member is None else f"value ->> '{member}'"
    found = f"{document} #> '{_path(path)}'"
    return (
        f"(SELECT string_agg({value}, ', ' ORDER BY place) FROM jsonb_array_elements("  # noqa: S608  # constants
        f"CASE jsonb_typeof({found}) WHEN 'array' THEN {found} END) "
        "WITH ORDINALITY AS listed (value, place))"
    )


def _path(path: str) -> str:
    return "{" + path.replace(".", ",") + "}"


WORDS = Words(
    member=_member,
    number=_number,
    joined=_joined,
    yes="'true'",
    no="'false'",
    valid=lambda column: f"json_document({column})",
    now="to_char(statement_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')",
)
VIEWS = views(WORDS)
