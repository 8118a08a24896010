"""A table block, and the same as text for a notification and for clients without tables."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS, MAX_TABLE_COLUMNS, MAX_TABLE_ROWS
from bot.slack.views.mrkdwn import clip, escape, fit_lines

# A table with longer cells is not readable.
MAX_CELL_CHARS = 200
# All cells together: with the plain text, well below the 12,000 characters of a message.
MAX_TABLE_CHARS = 6_000

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
    shown = _rows_that_fit(head, cells)
    return Table(_block(head, shown), _text(header, rows), len(shown))


def _rows_that_fit(head: list[str], rows: list[list[str]]) -> list[list[str]]:
    room = MAX_TABLE_CHARS - sum(map(len, head))
    for number, row in enumerate(rows):
        room -= sum(map(len, row))
        if room < 0:
            return rows[:number]
    return rows


def _block(head: list[str], rows: list[list[str]]) -> dict[str, Any]:
    columns = [[row[number] for row in rows] for number in range(len(head))]
    return {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": text} for text in row] for row in [head, *rows]],
        "column_settings": [{"align": "right" if _is_numbers(one) else "left"} for one in columns],
    }


def _text(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [
        " · ".join(escape(clip(text, MAX_CELL_CHARS)) for text in row) for row in [header, *rows]
    ]
    return fit_lines(lines, MAX_MESSAGE_TEXT_CHARS)


def _row(row: Sequence[str], length: int) -> list[str]:
    return [_cell(row[number] if number < len(row) else "") for number in range(length)]


def _cell(text: str) -> str:
    # Slack refuses a table with an empty cell.
    return clip(" ".join(text.split()), MAX_CELL_CHARS) or " "


def _is_numbers(column: list[str]) -> bool:
    texts = [text for text in column if text.strip()]
    return bool(texts) and all(map(_NUMBER.fullmatch, texts))
