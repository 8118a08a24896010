"""A file of addresses that somebody uploads to change a flag, read."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain

from bot.domain.scope import parse_address
from bot.domain.upload import (
    ADDRESS_TITLES,
    LineError,
    decode,
    no_header,
    numbered,
    plain,
    refuse_shape,
    sentence,
    visible,
)
from bot.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class ParsedAddresses:
    """The addresses in the file's order, each once, and what is wrong with the other lines.

    ``repeated`` is how many lines name an address again, ``ignored`` the columns beside the address.
    """

    addresses: tuple[str, ...]
    errors: tuple[LineError, ...]
    repeated: int
    ignored: tuple[str, ...]


def read_addresses(data: bytes, name: str, most: int) -> ParsedAddresses:
    """Read CSV with a header that names the column of the address, or an address on each line.

    Raises InvalidInput where the file as a whole cannot be used, or names more than ``most`` users.
    """
    name = visible(name)
    lines = numbered(decode(data, name), name)
    line, header = next(lines, (1, [""]))
    if any("@" in cell for cell in header):
        lines, header, at = chain([(line, header)], lines), [""], 0
    else:
        at = _address_column(header, name)
    found: dict[str, str] = {}
    errors: list[LineError] = []
    count = 0
    for line, cells in lines:
        count += 1
        try:
            refuse_shape(cells, len(header))
            address = parse_address(cells[at].strip())
        except InvalidInput as refusal:
            errors.append(LineError(line, visible(header[at]), sentence(refusal)))
        else:
            found.setdefault(address.lower(), address)
    if not count:
        raise InvalidInput(f"“{name}” names no user.")
    if len(found) > most:
        raise InvalidInput(
            f"“{name}” names {len(found):,} users; {most:,} are allowed. Split it into several files."
        )
    ignored = tuple(visible(title) for title in header[:at] + header[at + 1 :] if title)
    return ParsedAddresses(
        tuple(found.values()), tuple(errors), count - len(errors) - len(found), ignored
    )


def _address_column(header: list[str], name: str) -> int:
    places = [at for at, title in enumerate(header) if plain(title) in ADDRESS_TITLES]
    if not places:
        raise no_header(name)
    if len(places) > 1:
        raise InvalidInput(f"“{name}” has two columns with addresses. Leave the one that is meant.")
    return places[0]
