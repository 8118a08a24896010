"""One address as mail programs and directories write it: `SMTP:jo@example.com`, `Jo Li <jo@example.com>`."""

from __future__ import annotations

import re

from bot.domain.scope import parse_address
from bot.errors import InvalidInput

_NAMED = re.compile(r"[^<>]*<([^<>]*)>")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9]{1,9}:")  # smtp:, x500:, sip:, mailto:
_MAIN = "SMTP:"  # Exchange: in capitals the main address, in small letters another one
# One of several: with the name in front of it, which may hold a separator in quotation marks, or bare.
_ONE_OF_MANY = re.compile(r'(?:"[^"]*"|[^<>;"])*+<[^<>]*>|[^;]+')


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
    pieces = (piece.strip(" \t,") for piece in _ONE_OF_MANY.findall(line))
    return [piece for piece in pieces if piece]


def _main(text: str) -> str:
    """Return the main one of the addresses of a mailbox."""
    told = [part for part in re.split(r"[\s;,|]+", text) if _SCHEME.match(part)]
    main = [part for part in told if part.startswith(_MAIN)]
    found = main or [part for part in told if part.lower().startswith(("smtp:", "mailto:"))]
    if len(found) > 1:
        raise InvalidInput(
            f"This cell holds {len(found)} addresses, and not one alone is marked as the main one by "
            f"“{_MAIN}”. Keep one."
        )
    return found[0].partition(":")[2] if found else text
