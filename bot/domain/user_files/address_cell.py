"""Addresses in a cell, also as `SMTP:jo@example.com` or `Jo Li <jo@example.com>`."""

from __future__ import annotations

import re

from bot.domain.identifiers import parse_address
from bot.errors import InvalidInput

_NAMED = re.compile(r"[^<>]*<([^<>]*)>")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9]{1,9}:")  # smtp:, x500:, sip:, mailto:
_APART = re.compile(r"[\s;,|]+|\+(?=[A-Za-z]\w{1,8}:)")  # the last: Microsoft's admin center
_MAIN = "SMTP:"  # Exchange: the main address in capitals, others in small letters
# The parts of a list; a quoted name may hold a separator.
_PART = re.compile(r'"[^"]*"|<[^<>]*>|[^";<]+|.')


def address_in(cell: str) -> str:
    """Return the address in a cell, case kept. Raises InvalidInput for none or several."""
    text = cell.strip().rstrip(";, \t")
    if named := _NAMED.fullmatch(text):
        text = named[1].strip()
    if _SCHEME.match(text):
        text = _main(text)
    return parse_address(text)


def is_list(line: str) -> bool:
    """Whether a line holds addresses in angle brackets, as in `Jo Li <jo@example.com>; Sam …`."""
    return bool(re.search(r"<[^<>\s@]+@[^<>\s]+>", line))


def split_list(line: str) -> list[str]:
    """Return the items of such a line, each an address with its name."""
    pieces: list[list[str]] = [[]]
    for part in _PART.findall(line):
        if part != ";":
            pieces[-1].append(part)
        if part == ";" or part.endswith(">"):
            pieces.append([])
    parts = ("".join(piece).strip(" \t,") for piece in pieces)
    return [piece for piece in parts if piece]


def _main(text: str) -> str:
    """Return the main address of a mailbox from a cell with several."""
    parts = [part for part in _APART.split(text) if _SCHEME.match(part)]
    main = [part for part in parts if part.startswith(_MAIN)]
    found = main or [part for part in parts if part.lower().startswith(("smtp:", "mailto:"))]
    if len(found) > 1:
        raise InvalidInput(
            f"This cell holds {len(found)} addresses, and not exactly one is marked as the main one by "
            f"“{_MAIN}”. Keep one."
        )
    return found[0].partition(":")[2] if found else text
