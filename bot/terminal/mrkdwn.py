"""Slack's mrkdwn and blocks as plain text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.slack.views.mrkdwn import escape, mentions_as_ids


def plain(text: str) -> str:
    """Return mrkdwn as plain text: dates in UTC, ids for people."""
    text = re.sub(r"<!date\^(\d+)\^[^|]*\|([^>]*)>", r"\2", text)
    text = mentions_as_ids(text).replace("*", "")
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def words(blocks: Iterable[Mapping[str, Any]], *, buttons: bool) -> str:
    """Return the texts of blocks, still escaped, and if wanted the labels of buttons in
    brackets."""
    lines: list[str] = []
    for block in blocks:
        if block["type"] == "section":
            lines.append(block["text"]["text"])
        elif block["type"] == "header":
            lines.append(escape(block["text"]["text"]))
        elif block["type"] == "context":
            lines += [element["text"] for element in block["elements"]]
        elif block["type"] == "table":
            lines += _table([[escape(cell["text"]) for cell in row] for row in block["rows"]])
        elif block["type"] == "actions" and buttons:
            lines.append(" ".join(f"[{button['text']['text']}]" for button in block["elements"]))
    return "\n".join(lines)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
