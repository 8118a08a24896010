"""Several names of groups in one cell: ours are separated by ``|``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from bot.domain.characters import describe_character
from bot.domain.csv_line import line_writer
from bot.errors import InvalidInput

# What people and other programs put between names. A name may hold one of them: who knows it, decides.
SEPARATORS = frozenset("|;/\n\r\t，、،؛；﹐﹔︐︔｜¦│∣／⁄\u037e")
_WORDS = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}


def split_groups(cell: str) -> tuple[str, ...]:
    """Return the names in a cell, separated by ``|``; one that holds a ``|`` stands in quotation marks."""
    if '"' not in cell:
        return tuple(cell.split("|"))
    try:
        (names,) = csv.reader(io.StringIO(cell, newline=""), delimiter="|", strict=True)
    except (csv.Error, ValueError):  # the second: a line break outside of quotation marks
        return (cell,)  # it is refused as one, in its own words
    return tuple(names)


def join_groups(names: Iterable[object]) -> str:
    """Return the cell that ``split_groups`` reads."""
    return line_writer(delimiter="|")(map(str, names)).removesuffix("\r\n")


def with_separators(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that look like several."""
    return tuple(name for name in names if not SEPARATORS.isdisjoint(name))


def refuse_separators(name: str, separator_hint: str) -> None:
    """Raise InvalidInput where one name looks like several; ``separator_hint`` says how they are told apart."""
    for char in name:
        if char in SEPARATORS:
            shown = " ".join(name.split())[:60]
            raise InvalidInput(
                f"“{shown}” is one name here, of a group that no user has yet, and holds "
                f"{_WORDS.get(char) or describe_character(char)}. Are these several groups? {separator_hint}"
            )
