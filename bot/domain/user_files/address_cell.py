"""One address as mail programs and directories write it: `SMTP:jo@example.com`, `Jo Li <jo@example.com>`."""

from __future__ import annotations

import re

from bot.domain.scope import parse_address
from bot.errors import InvalidInput

_NAMED = re.compile(r"[^<>]*<([^<>]*)>")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9]{1,9}:")  # smtp:, x500:, sip:, mailto:
_APART = re.compile(r"[\s;,|]+|\+(?=[A-Za-z]\w{1,8}:)")  # the last as the admin center writes them
_MAIN = "SMTP:"  # Exchange: in capitals the main address, in small letters another one
# What a list of several is made of; a name in quotation marks may hold a separator.
_PART = re.compile(r'"[^"]*"|<[^<>]*>|[^";<]+|.')


def address_in(cell: str) -> str:
    """Return the address that a cell holds, case kept. Raises InvalidInput for none, and for several."""
    text = cell.strip().rstrip(";, \t")
    if named := _NAMED.fullmatch(text):
        text = named[1].strip()
    if _SCHEME.match(text):
        text = _main(text)
    return parse_address(text)


def is_list(line: str) -> bool:
    """Whether a line holds addresses behind names, as in `Jo Li <jo@example.com>; Sam …`."""
    return bool(re.search(r"<[^<>\s@]+@[^<>\s]+>", line))


def split_list(line: str) -> list[str]:
    """Return the pieces of a line with several of them, each with its name."""
    pieces: list[list[str]] = [[]]
    for part in _PART.findall(line):
        if part != ";":
            pieces[-1].append(part)
        if part == ";" or part.endswith(">"):
            pieces.append([])
    told = ("".join(piece).strip(" \t,") for piece in pieces)
    return [piece for piece in told if piece]


def _main(text: str) -> str:
    """Return the main one of the addresses of a mailbox."""
    told = [part for part in _APART.split(text) if _SCHEME.match(part)]
    main = [part for part in told if part.startswith(_MAIN)]
    found = main or [part for part in told if part.lower().startswith(("smtp:", "mailto:"))]
    if len(found) > 1:
        raise InvalidInput(
            f"This cell holds {len(found)} addresses, and not exactly one is marked as the main one by "
            f"“{_MAIN}”. Keep one."
        )
    return found[0].partition(":")[2] if found else text
