"""Several names of groups in one cell: ours are separated by ``|``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Protocol

from bot.domain.characters import describe_character
from bot.errors import InvalidInput

# What people and other programs put between names. A name may hold one of them: who knows it, decides.
SEPARATORS = frozenset("|;/\n\r\t，、،؛；﹐﹔︐︔｜¦│∣／⁄\u037e")
_END = "\r\n"
_WORDS = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}


class Echo:
    """What csv.writer writes to: hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


class Writer(Protocol):
    """A csv.writer on an Echo."""

    def writerow(self, row: Iterable[str], /) -> str:
        """Return the line."""
        ...


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
    # The line end makes it quote a name with a line break.
    writer: Writer = csv.writer(Echo(), delimiter="|", lineterminator=_END)
    return writer.writerow(map(str, names)).removesuffix(_END)


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
