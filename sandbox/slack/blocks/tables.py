"""Tables (docs.slack.dev/reference/block-kit/blocks/table-block and .../data-table-block)."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blocks.findings import Findings
from sandbox.slack.blocks.rich_text import characters, check_rich_text

ROWS, COLUMNS = 100, 20
DATA_ROWS = 201
"""The header and 200 rows."""


def table(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a table, and count it: a message has one."""
    found.totals["tables"] += 1
    found.keys(block, at, need="type rows", may="block_id column_settings")
    for number, row in enumerate(found.items(block.get("rows"), f"{at}/rows", ROWS)):
        for column, cell in enumerate(found.items(row, f"{at}/rows/{number}", COLUMNS)):
            _cell(found, cell, f"{at}/rows/{number}/{column}")
            found.totals["table_characters"] += characters(cell)
    settings = f"{at}/column_settings"
    columns = found.items(block.get("column_settings", []), settings, COLUMNS, least=0)
    for number, column in enumerate(columns):
        if column is not None:  # null skips a column
            _column(found, column, f"{settings}/{number}")


def data_table(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a data table: a header and rows of as many cells.

    Its characters are limited by themselves, so they are not of the text of all blocks (assumed).
    """
    may = "block_id page_size row_header_column_index"
    found.keys(block, at, need="type rows caption", may=may)
    found.string(block.get("caption"), f"{at}/caption", 3000)
    found.count(block.get("page_size"), f"{at}/page_size", 1, 100)
    found.count(block.get("row_header_column_index"), f"{at}/row_header_column_index", 0, 19)
    text_before, width = found.totals["characters"], 0
    for number, row in enumerate(found.items(block.get("rows"), f"{at}/rows", DATA_ROWS, least=2)):
        here = f"{at}/rows/{number}"
        cells = found.items(row, here, COLUMNS)
        width = width or len(cells)
        if len(cells) != width:
            found.add(f"must have {width} items, as the header", here)
        for column, cell in enumerate(cells):
            _cell(found, cell, f"{here}/{column}", is_header=number == 0)
            found.totals["data_table_characters"] += characters(cell)
    found.totals["characters"] = text_before


def _column(found: Findings, column: Any, at: str) -> None:
    if not found.object(column, at):
        return
    found.keys(column, at, need="", may="align is_wrapped")
    found.one_of(column.get("align", "left"), f"{at}/align", ("left", "center", "right"))
    found.boolean(column, "is_wrapped", at)


def _cell(found: Findings, cell: Any, at: str, *, is_header: bool = False) -> None:
    kind = cell.get("type") if isinstance(cell, dict) else None
    if kind == "rich_text" and not is_header:
        check_rich_text(found, cell, at)
    elif kind in {"raw_text", "raw_number"}:
        found.keys(cell, at, need="type text" if kind == "raw_text" else "type text value")
        found.string(cell.get("text"), f"{at}/text", 40_000)
        if kind == "raw_number":
            found.number(cell.get("value"), f"{at}/value")
        found.totals["characters"] += characters(cell)
    else:
        kinds = "raw_text, raw_number" if is_header else "raw_text, rich_text, raw_number"
        found.add(f"must be one of: {kinds}", f"{at}/type")
