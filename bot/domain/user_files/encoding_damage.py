"""Text that lost letters before it came here: taken for another encoding, or written in one without them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from bot.domain.characters import describe_character
from bot.errors import InvalidInput

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_TYPOGRAPHIC = frozenset("\u00a0‘’“”–—…")  # they may stand behind a capital of a real name
# What a letter outside of an encoding becomes: “?” by PowerShell's Export-Csv, the others on old consoles.
_LOST = re.compile(r"(?<=[^\W\d_])[?÷³ⁿ▀]|[?÷³ⁿ▀](?=[^\W\d_])|[ÄÅ][‘’“”–—…](?=[^\W\d_])")


def _bytes_of(encoding: str) -> Mapping[str, int]:
    """Return the byte of each character of the upper half; what the encoding leaves out is as in Latin-1."""
    told = {}
    for byte in range(0x80, 0x100):
        try:
            told[bytes([byte]).decode(encoding)] = byte
        except UnicodeDecodeError:
            told[chr(byte)] = byte
    return told


def _sequences(of: Mapping[str, int], leads: str = "") -> re.Pattern[str]:
    """Return what finds characters that would be one or more of UTF-8, had they been read as such."""

    def among(first: int, last: int) -> str:
        return "".join(char for char, byte in of.items() if first <= byte <= last)

    more = f"[{re.escape(among(0x80, 0xBF))}]"
    two = f"[{re.escape(leads or among(0xC2, 0xDF))}]{more}"
    three, four = (f"[{re.escape(among(*lead))}]" for lead in ((0xE0, 0xEF), (0xF0, 0xF4)))
    longer = "" if leads else f"|{three}{more}{{2}}|{four}{more}{{3}}"
    return re.compile(f"(?:{two}{longer})+")


# UTF-8 read as Windows or Latin-1, as an old Mac, or on two old consoles. Of the latter only what no name holds.
@cache
def _read_as() -> list[tuple[Mapping[str, int], re.Pattern[str]]]:
    return [
        (table, _sequences(table, leads))
        for encoding, leads in (
            ("cp1252", ""),
            ("latin-1", ""),
            ("mac_roman", "√"),
            ("cp850", "├"),
            ("cp437", "├"),
        )
        for table in (_bytes_of(encoding),)
    ]


# None of these in a text, and nothing of the above is: most names have none.
_SIGNS = frozenset(
    [
        char
        for name in ("cp1252", "latin-1")
        for char, byte in _bytes_of(name).items()
        if byte < 0xC0
    ]
) | {"√", "├"}
_LOST_SIGNS = frozenset("?÷³ⁿ▀‘’“”–—…")


def repaired(text: str) -> str:
    """Return what was meant where ``text`` certainly is UTF-8 that was read as another encoding, else ``""``."""
    if text.isascii() or _SIGNS.isdisjoint(text):
        return ""
    for table, pattern in _read_as():
        meant = pattern.sub(lambda match, table=table: _meant(match[0], table), text)  # type: ignore[misc]  # bound here
        if meant != text:
            return meant
    return ""


def refuse_damaged(text: str, what: str) -> None:
    """Raise InvalidInput where ``text`` certainly is not what it was at its source."""
    if REPLACEMENT in text:
        raise InvalidInput(
            f"{what} was damaged before: it holds {describe_character(REPLACEMENT)} where a letter was. Take it from "
            "its source again, saved as UTF-8."
        )
    if meant := repaired(text):
        guess = f" It probably was “{meant[:60]}”." if meant.isprintable() else ""
        raise InvalidInput(
            f"{what} was damaged before: UTF-8 was read as another encoding.{guess} Take it from its "
            "source again, saved as UTF-8."
        )


def may_have_lost_a_letter(text: str) -> bool:
    """Whether a question mark, or the like, stands beside a letter: `J?rg`. It may be meant, too."""
    return not _LOST_SIGNS.isdisjoint(text) and _LOST.search(text) is not None


def _meant(found: str, table: Mapping[str, int]) -> str:
    try:
        meant = bytes(table[char] for char in found).decode()
    except UnicodeDecodeError:
        return found
    return meant if len(meant) > 1 or _is_certain(found, meant) else found


def _is_certain(found: str, meant: str) -> bool:
    """Whether one character alone can be nothing else. `MATÚŠ` is a name, and as UTF-8 it is Arabic."""
    if len(found) > 2:
        return len(found) == 4 or "\u2000" <= meant <= "\u2bff" or meant > "\ufb00"
    lead, second = found[0], found[1]
    if lead in "ÃÂ√├":
        return second != "\u00a0" or lead == "Â"
    return lead in "ÄÅ" and second not in _TYPOGRAPHIC
