"""An uploaded file, decoded and split into records, and the errors for its lines."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.domain.limits import MAX_FILE_COLUMNS, MAX_FILE_ROWS, MAX_PARSED_BYTES
from bot.domain.user_files.csv_format import records
from bot.errors import InvalidInput

# The API's name of the column that every file needs.
ADDRESS = "user"

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx or zip, and xls
_FOREIGN = {
    "a vCard": re.compile(r"BEGIN:V", re.IGNORECASE),
    "LDIF": re.compile(r"(?:#[^\r\n]*[\r\n]+)*+(version:\s*\d+\s+|dn::?\s)", re.IGNORECASE),
    "a web page or XML": re.compile(r"<[!?a-z]", re.IGNORECASE),
    "a document": re.compile(r"\{\\rtf|%PDF"),
}
_SAVE_AS = (
    "Save it as UTF-8: in Excel as “CSV UTF-8”, in LibreOffice with the character set "
    "“Unicode (UTF-8)”, in an editor with the encoding UTF-8."
)


@dataclass(frozen=True, slots=True)
class LineError:
    """An error in a line, counted from 1; ``column`` is the file's own title, or ``""``.

    The line of CSV is that where the record begins; for JSON it is the number of the entry.
    """

    line: int
    column: str
    sentence: str


def visible(text: str) -> str:
    """Return ``text`` for use in a sentence: at most 60 characters, all printable."""
    short = text if len(text) <= 60 else f"{text[:57]}…"
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in short)


def sentence(refusal: InvalidInput) -> str:
    """Return the error's sentence without lone surrogates, which JSON can contain."""
    return str(refusal).encode("utf-8", "replace").decode()


def decode(data: bytes, name: str) -> str:
    """Return the text of the file ``name``: UTF-8, or UTF-16 with a byte order mark.

    Raises InvalidInput for other encodings, other kinds of files, and more than 50 MB.
    """
    if len(data) > MAX_PARSED_BYTES:
        raise InvalidInput(
            f"“{name}” is larger than {MAX_PARSED_BYTES >> 20} MB. Split it into several files."
        )
    if data.startswith(_WORKBOOKS):
        raise InvalidInput(f"“{name}” is a workbook or an archive, not a text file. {_SAVE_AS}")
    wide = data.startswith(_UTF_16)
    if not wide and b"\0" in data:
        raise InvalidInput(f"“{name}” is UTF-16 without its mark, or no text at all. {_SAVE_AS}")
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        if wide:
            raise InvalidInput(f"“{name}” is damaged UTF-16. {_SAVE_AS}") from None
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(
            f"“{name}” is not UTF-8, as line {line} shows, but perhaps Latin-1 or Windows-1252. {_SAVE_AS}"
        ) from None
    if "\0" in text:
        raise InvalidInput(f"“{name}” is no text that can be read. {_SAVE_AS}")
    _refuse_foreign(text, name)
    return text


def _refuse_foreign(text: str, name: str) -> None:
    start = text[:1000].lstrip()
    for what, pattern in _FOREIGN.items():
        if pattern.match(start):
            raise InvalidInput(
                f"“{name}” is {what}, not a table: CSV is needed, with a header row in which one "
                f"column is {ADDRESS}."
            )


def numbered_records(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the header and the records, as ``records`` does. Raises InvalidInput beyond 100,000."""
    refuse_too_many((text.count("\n") + text.count("\r")) // 20, name)  # empty lines take time, too
    for count, record in enumerate(records(text)):
        refuse_too_many(count, name)
        if not count and len(record[1]) > MAX_FILE_COLUMNS:
            raise InvalidInput(
                f"“{name}” has more than {MAX_FILE_COLUMNS:,} columns. Keep those that count."
            )
        yield record


def refuse_too_many(count: int, name: str) -> None:
    """Raise InvalidInput where a file has more users than allowed."""
    if count > MAX_FILE_ROWS:
        raise InvalidInput(
            f"“{name}” has more than {MAX_FILE_ROWS:,} users. Split it into several files."
        )


def refuse_shape(cells: Sequence[str], width: int) -> None:
    """Raise InvalidInput where a line has fewer cells than ``width``, or text beyond them."""
    if len(cells) < width or any(map(str.strip, cells[width:])):
        raise InvalidInput(
            f"This line has {len(cells)} cells where {width} are expected. "
            "Check its separators and quotation marks."
        )


def no_header(name: str) -> InvalidInput:
    """Return the error for a file whose first line names no column with addresses."""
    return InvalidInput(
        f"“{name}” has no column “{ADDRESS}”: its first line has to name the columns, separated by "
        "; or , or tabs, and one of them holds the address: user, or of a directory's export "
        "PrimarySmtpAddress, mail, EmailAddress or UserPrincipalName."
    )
