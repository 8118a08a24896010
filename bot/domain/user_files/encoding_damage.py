"""Text that was damaged before: read in a wrong encoding, or written in one without its letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from bot.domain.characters import describe_character
from bot.errors import InvalidInput

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
_TYPOGRAPHIC = frozenset("\u00a0‘’“”–—…")  # possible after a capital letter in a real name
# What replaces letters that an encoding lacks: “?” by PowerShell's Export-Csv, the others on old
# consoles.
_LOST = re.compile(r"(?<=[^\W\d_])[?÷³ⁿ▀]|[?÷³ⁿ▀](?=[^\W\d_])|[ÄÅ][‘’“”–—…](?=[^\W\d_])")


def _bytes_of(encoding: str) -> Mapping[str, int]:
    """Return the byte of each character above 0x7F; missing ones are as in Latin-1."""
    table = {}
    for byte in range(0x80, 0x100):
        try:
            table[bytes([byte]).decode(encoding)] = byte
        except UnicodeDecodeError:
            table[chr(byte)] = byte
    return table


def _sequences(of: Mapping[str, int], leads: str = "") -> re.Pattern[str]:
    """Return a pattern for characters whose bytes are valid UTF-8."""

    def among(first: int, last: int) -> str:
        return "".join(char for char, byte in of.items() if first <= byte <= last)

    more = f"[{re.escape(among(0x80, 0xBF))}]"
    two = f"[{re.escape(leads or among(0xC2, 0xDF))}]{more}"
    three, four = (f"[{re.escape(among(*lead))}]" for lead in ((0xE0, 0xEF), (0xF0, 0xF4)))
    longer = "" if leads else f"|{three}{more}{{2}}|{four}{more}{{3}}"
    return re.compile(f"(?:{two}{longer})+")


# UTF-8 read as Windows-1252, Latin-1, Mac Roman or two console encodings; of the last three only
# sequences that do not occur in names.
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


# A text without any of these cannot match the patterns above: true for most names, and fast to
# check.
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
    """Return the original if ``text`` certainly is UTF-8 read in another encoding, else ``""``."""
    if text.isascii() or _SIGNS.isdisjoint(text):
        return ""
    for table, pattern in _read_as():
        meant = pattern.sub(lambda match, table=table: _meant(match[0], table), text)  # type: ignore[misc]  # bound here
        if meant != text:
            return meant
    return ""


def refuse_damaged_text(text: str, what: str) -> None:
    """Raise InvalidInput where ``text`` was certainly damaged. ``what`` begins the sentence."""
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


def may_be_damaged(text: str) -> bool:
    """Whether a question mark or similar character is next to a letter: `J?rg`.

    It may be intended.
    """
    return not _LOST_SIGNS.isdisjoint(text) and _LOST.search(text) is not None


# Letters that damaged text of European names begins with; in a name they are not followed by others
# of the upper half.
_DAMAGED_LEADS = frozenset("ÃÂÄÅ")


def _meant(found: str, table: Mapping[str, int]) -> str:
    try:
        meant = bytes(table[char] for char in found).decode()
    except UnicodeDecodeError:
        return found
    if found.isalpha() and _DAMAGED_LEADS.isdisjoint(found):
        return found  # letters alone may be a name
    return meant if len(meant) > 1 or _is_certain(found, meant) else found


def _is_certain(found: str, meant: str) -> bool:
    """Whether a single damaged character is certain.

    `MATÚŠ` is a name, but also valid UTF-8 for Arabic.
    """
    if len(found) > 2:
        return len(found) == 4 or "\u2000" <= meant <= "\u2bff" or meant > "\ufb00"
    lead, second = found[0], found[1]
    if lead in "ÃÂ√├":
        return second != "\u00a0" or lead == "Â"
    return lead in "ÄÅ" and second not in _TYPOGRAPHIC
