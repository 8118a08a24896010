"""CSV as spreadsheets read and write it. Cells that would be formulas are escaped."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence

from bot.domain.csv_line import line_writer
from bot.domain.mail_user import FIELDS
from bot.domain.user_files.group_cell import join_groups
from bot.errors import InvalidInput

CsvRow = Mapping[str, object]

READ_ONLY_COLUMNS = ("domain", "activation", "access", "failover", "customer")
# At the start of a file: without it, a spreadsheet does not read it as UTF-8.
BOM = "\N{BYTE ORDER MARK}"
EXPORT_COLUMNS = ("user", *FIELDS, *READ_ONLY_COLUMNS)

# A spreadsheet evaluates a cell that begins with one of these characters (OWASP, CSV injection). If
# it uses another separator, a cell may begin inside ours, hence not only at the start.
_FORMULA = r"['\" ]*[=+\-@\t\r\n＝＋－＠]"
_AT = r"(?:^|(?<=[;,\t\r\n]))"
_GUARD = re.compile(rf"{_AT}(?={_FORMULA})")
_UNGUARD = re.compile(rf"{_AT}'(?={_FORMULA})")
_SEPARATED_BY = re.compile(r'"?sep=([;,\t])"?', re.IGNORECASE)
_HARMLESS = re.compile("\\w[^;,\t\r\n\ud800-\udfff]*")


def csv_lines(
    rows: Iterable[CsvRow], columns: Sequence[str] = EXPORT_COLUMNS, *, header: bool = True
) -> Iterator[str]:
    """Yield the header and a line for each row, each ending in CRLF, without a byte order mark.

    Absent and None are empty cells, flags are true or false, several groups are separated by ``|``.
    A cell that a spreadsheet would take for a formula gets an apostrophe, which ``records`` takes
    off.
    """
    line = line_writer()
    if header:
        yield line(columns)
    for row in rows:
        yield line([_written(row.get(column)) for column in columns])


async def csv_chunks(
    pages: AsyncIterable[Iterable[CsvRow]], columns: Sequence[str] = EXPORT_COLUMNS
) -> AsyncIterator[bytes]:
    """Yield a file in UTF-8: byte order mark and header, then the lines of each page."""
    yield (BOM + "".join(csv_lines((), columns))).encode()
    async for page in pages:
        yield "".join(csv_lines(page, columns, header=False)).encode()


def records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line where each record begins, from 1, and its cells; records without any text are
    left out.

    Separated by ``;``, ``,`` or tabs, whichever the first line has most of, or by what a line
    `sep=;` says, as Excel writes it. A first line `#TYPE …`, as PowerShell writes it, is passed
    over. Raises InvalidInput where quotes do not match.
    """
    separator, before = _preamble(text)
    lines = io.StringIO(text, newline="")
    for _ in range(before):
        next(lines)
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    line = before + 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            raise InvalidInput(
                f"Line {line} cannot be read as CSV: its quotation marks do not match, or a cell "
                "is too long. Correct it and upload the file again."
            ) from None
        if cells is None:
            return
        if any(map(str.strip, cells)):
            yield line, [_UNGUARD.sub("", cell) if "'" in cell else cell for cell in cells]
        line = before + reader.line_num + 1


def _preamble(text: str) -> tuple[str, int]:
    """Return the separator, and how many lines precede the header."""
    separator, lines = "", 0
    for lines, line in enumerate(io.StringIO(text, newline=""), 1):
        if match := _SEPARATED_BY.fullmatch(line.strip("\r\n ")):
            separator = match[1]
        elif line.strip() and not line.startswith("#TYPE "):
            most = max((",", ";", "\t"), key=line.count)
            return separator or most, lines - 1
    return ",", lines


def _written(value: object) -> str:
    # In the order of how often they come: a list has a million cells.
    if isinstance(value, str):
        text = value
    elif value is None:
        return ""
    elif isinstance(value, bool):
        return "true" if value else "false"
    else:
        text = join_groups(value) if isinstance(value, list | tuple) else str(value)
    if not text or _HARMLESS.fullmatch(text):
        return text
    return _GUARD.sub("'", text.encode("utf-8", "replace").decode())
