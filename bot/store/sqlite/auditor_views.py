"""The views for auditors on SQLite. The SQL is part of a released migration, which is never edited."""

from __future__ import annotations

from bot.store.auditor_views import Words, views


def _member(document: str, path: str) -> str:
    return f"json_extract({document}, '{_path(path)}')"


def _joined(document: str, path: str, member: str | None) -> str:
    value = "value" if member is None else _member("value", member)
    return f"(SELECT group_concat({value}, ', ') FROM json_each({document}, '{_path(path)}'))"


def _path(path: str) -> str:
    return "$." + path.replace(".0", "[0]")


WORDS = Words(
    member=_member,
    number=_member,
    joined=_joined,
    yes="1",
    no="0",
    valid=lambda column: f"CASE WHEN json_valid({column}) THEN {column} ELSE '{{}}' END",
    now="strftime('%Y-%m-%dT%H:%M:%f', 'now')",
)
VIEWS = views(WORDS)
