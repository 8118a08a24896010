"""Several group names in one cell, separated by ``|``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from bot.domain.characters import describe_character
from bot.domain.csv_line import line_writer
from bot.errors import InvalidInput

# Characters that people and other programs put between names. A name may also contain one of them.
SEPARATORS = frozenset("|;/\n\r\t，、،؛；﹐﹔︐︔｜¦│∣／⁄\u037e")
_WORDS = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}


def split_groups(cell: str) -> tuple[str, ...]:
    """Return the names in a cell, separated by ``|``. A name with a ``|`` is quoted."""
    if '"' not in cell:
        return tuple(cell.split("|"))
    try:
        (names,) = csv.reader(io.StringIO(cell, newline=""), delimiter="|", strict=True)
    except (csv.Error, ValueError):  # ValueError: an unquoted line break
        return (cell,)  # refused later, as one name
    return tuple(names)


def join_groups(names: Iterable[object]) -> str:
    """Return the cell that ``split_groups`` reads."""
    return line_writer(delimiter="|")(map(str, names)).removesuffix("\r\n")


def with_separators(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that contain a separator."""
    return tuple(name for name in names if not SEPARATORS.isdisjoint(name))


def refuse_separators(name: str, separator_hint: str) -> None:
    """Raise InvalidInput where a name contains a separator.

    ``separator_hint`` ends the sentence.
    """
    for char in name:
        if char in SEPARATORS:
            shown = " ".join(name.split())[:60]
            raise InvalidInput(
                f"“{shown}” is one name here, of a group that no user has yet, and holds "
                f"{_WORDS.get(char) or describe_character(char)}. Are these several groups? {separator_hint}"
            )
