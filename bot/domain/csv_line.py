"""Cells to a line of CSV: every CSV file of the project is written through this function."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from typing import Literal


class _Echo:
    """A file for csv.writer whose ``write`` returns the line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def line_writer(
    *, delimiter: str = ",", quoting: Literal[0, 1, 2, 3] = csv.QUOTE_MINIMAL
) -> Callable[[Iterable[object]], str]:
    """Return a function that takes the cells of a row and returns its line, which ends in CRLF.

    ``delimiter`` and ``quoting`` are those of csv.writer. Formulas are not guarded here.
    """
    return csv.writer(_Echo(), delimiter=delimiter, quoting=quoting).writerow
