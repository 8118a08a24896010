"""A table of text in a message, and the same in plain text for a notification and for old clients."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.views.mrkdwn import clip, escape, fit

ROWS, COLUMNS = (
    100,
    20,
)  # docs.slack.dev/reference/block-kit/blocks/table-block; the header is a row
CELL = 200  # characters: longer ones make a table that nobody reads
TEXT = 6_000  # characters of all cells: with the plain text, well below the 12,000 of a message
REPLY = 3900  # characters of the plain text: 4,000 are advised

_NUMBER = re.compile(r"[-+]?[\d,.]*\d ?%?")


@dataclass(frozen=True, slots=True)
class Table:
    """``block`` for the blocks of a message (one table in each), ``text`` (escaped) beside or instead of
    it, and how many rows ``block`` shows, without the header."""

    block: dict[str, Any]
    text: str
    shown: int


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Lay out a table of plain text, cut to what Slack takes; columns of numbers stand at the right.

    Text is given as it is, not escaped. Rows that are shorter than the header are filled up.
    """
    head = [_cell(text) for text in header[:COLUMNS]]
    laid = [_row(row, len(head)) for row in rows[: ROWS - 1]]
    shown = _that_fit(head, laid)
    return Table(_block(head, shown), _text(header, rows), len(shown))


def _that_fit(head: list[str], rows: list[list[str]]) -> list[list[str]]:
    deps = TEXT - sum(map(len, head))
    for number, row in enumerate(rows):
        deps -= sum(map(len, row))
        if deps < 0:
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
    lines = [" · ".join(escape(clip(text, CELL)) for text in row) for row in [header, *rows]]
    return fit(lines, REPLY)


def _row(row: Sequence[str], length: int) -> list[str]:
    return [_cell(row[number] if number < len(row) else "") for number in range(length)]


def _cell(text: str) -> str:
    """Slack refuses a table with an empty cell."""
    return clip(" ".join(text.split()), CELL) or " "


def _is_numbers(column: list[str]) -> bool:
    told = [text for text in column if text.strip()]
    return bool(told) and all(_NUMBER.fullmatch(text) for text in told)
