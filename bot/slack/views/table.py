"""Table blocks, and the same as text for a notification and for clients without tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from bot.slack.limits import (
    MAX_DATA_TABLE_CHARS,
    MAX_DATA_TABLE_ROWS,
    MAX_MESSAGE_TEXT_CHARS,
    MAX_SECTION_CHARS,
    MAX_TABLE_COLUMNS,
    MAX_TABLE_ROWS,
)
from bot.slack.views.mrkdwn import clip, escape, fit_lines, section

# A table with longer cells is not readable.
MAX_CELL_CHARS = 200
# All cells together: with the plain text, well below the 12,000 characters of a message.
MAX_TABLE_CHARS = 6_000

# All rows of a data table as lines.
MAX_ROWS_CHARS = 5_000
# A sentence of the audit trail, with its reason.
MAX_DATA_CELL_CHARS = 700

_LIVE = re.compile(
    r"<@(?P<user>\w+)>|<!subteam\^(?P<group>\w+)>|<#(?P<channel>\w+)>"
    r"|<!date\^(?P<at>\d+)\^(?P<form>[^|>]*)\|(?P<utc>[^>]*)>"
)
_NUMBER = re.compile(r"[-+]?[\d,.]*\d ?%?")


@dataclass(frozen=True, slots=True)
class Table:
    """A table block, the same as escaped text, and how many rows below the header it shows."""

    block: dict[str, Any]
    text: str
    shown_rows: int


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table of plain text, cut to Slack's limits; columns of numbers are aligned right.

    Cells are not escaped. Rows that are shorter than the header are filled up.
    """
    head = [_cell(text) for text in header[:MAX_TABLE_COLUMNS]]
    cells = [_row(row, len(head)) for row in rows[: MAX_TABLE_ROWS - 1]]
    shown = _rows_that_fit(head, cells, MAX_TABLE_CHARS)
    return Table(_block(head, shown), _text(header, rows), len(shown))


def data_table(
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    page_size: int,
    *,
    row_header: int = 0,
) -> Table:
    """Return a table that readers sort, filter and turn the pages of, cut to Slack's limits.

    Cells are escaped mrkdwn: mentions and dates in them are shown as such. ``caption`` is plain
    text, ``page_size`` 1 to 100 rows, ``row_header`` the column that names a row. There is at least one row, and each is as long as the header.
    A workspace may refuse this block: ``BlockReply.older``.
    """
    cells = [[_cell(text, MAX_DATA_CELL_CHARS) for text in row] for row in rows]
    shown = _rows_that_fit([*header], cells[: MAX_DATA_TABLE_ROWS - 1], MAX_DATA_TABLE_CHARS)
    block = {
        "type": "data_table",
        "caption": caption,
        "page_size": page_size,
        "row_header_column_index": row_header,
        "rows": [
            [_raw(text) for text in header],
            *([_data_cell(one) for one in row] for row in shown),
        ],
    }
    return Table(block, _text(header, rows), len(shown))


def without_tables(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return blocks with sections in place of each data table, a line for each row.

    For a workspace that refuses the block, and for text without blocks.
    """
    return [
        kept
        for one in blocks
        for kept in (_as_sections(one["rows"]) if one["type"] == "data_table" else [one])
    ]


def _as_sections(rows: Sequence[Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return every row; where they are many and long, each is cut to the same length."""
    found, text = list[dict[str, Any]](), ""
    room = MAX_ROWS_CHARS // max(len(rows) - 1, 1)
    for row in rows[1:]:
        cells = [words for cell in row if (words := _cell_text(cell)).strip()]
        line = clip(f"• {' · '.join(cells)}", min(room, MAX_SECTION_CHARS - 1))
        if len(text) + len(line) >= MAX_SECTION_CHARS:
            found.append(section(text))
            text = ""
        text = f"{text}\n{line}" if text else line
    return [*found, section(text)]


def _cell_text(cell: dict[str, Any]) -> str:
    """Return what a cell shows, without its mentions; escaped."""
    if cell["type"] == "raw_text":
        return escape(str(cell["text"]))
    parts = [part for line in cell["elements"] for part in line["elements"]]
    return escape("".join(str(one.get("text") or one.get("fallback") or "") for one in parts))


def _data_cell(text: str) -> dict[str, Any]:
    """Return a cell for escaped mrkdwn; rich text only where there is a mention or a date."""
    elements: list[dict[str, Any]] = []
    at = 0
    for match in _LIVE.finditer(text):
        elements += _plain_element(text[at : match.start()])
        elements.append(_live_element(match))
        at = match.end()
    if not elements:
        return _raw(unescape(text))
    elements += _plain_element(text[at:])
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}


def _plain_element(text: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": unescape(text)}] if text else []


def _live_element(match: re.Match[str]) -> dict[str, Any]:
    if match["user"]:
        return {"type": "user", "user_id": match["user"]}
    if match["group"]:
        return {"type": "usergroup", "usergroup_id": match["group"]}
    if match["channel"]:
        return {"type": "channel", "channel_id": match["channel"]}
    date = {"timestamp": int(match["at"]), "format": match["form"], "fallback": match["utc"]}
    return {"type": "date", **date}


def _raw(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def _rows_that_fit(head: list[str], rows: list[list[str]], max_chars: int) -> list[list[str]]:
    room = max_chars - sum(map(len, head))
    for number, row in enumerate(rows):
        room -= sum(map(len, row))
        if room < 0:
            return rows[:number]
    return rows


def _block(head: list[str], rows: list[list[str]]) -> dict[str, Any]:
    columns = [[row[number] for row in rows] for number in range(len(head))]
    return {
        "type": "table",
        "rows": [[_raw(text) for text in row] for row in [head, *rows]],
        "column_settings": [{"align": "right" if _is_numbers(one) else "left"} for one in columns],
    }


def _text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [
        " · ".join(escape(clip(text, MAX_CELL_CHARS)) for text in row) for row in [header, *rows]
    ]
    return fit_lines(lines, MAX_MESSAGE_TEXT_CHARS)


def _row(row: Sequence[str], length: int) -> list[str]:
    return [_cell(row[number] if number < len(row) else "") for number in range(length)]


def _cell(text: str, max_chars: int = MAX_CELL_CHARS) -> str:
    # Slack refuses a table with an empty cell.
    return clip(" ".join(text.split()), max_chars) or " "


def _is_numbers(column: list[str]) -> bool:
    texts = [text for text in column if text.strip()]
    return bool(texts) and all(map(_NUMBER.fullmatch, texts))
