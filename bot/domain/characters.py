"""Names of characters for a sentence.

Invisible and ambiguous ones are named with their code point.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from bot.errors import InvalidInput

# Letters, marks and symbols without a glyph: fillers, joiners and the empty braille pattern.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def is_hidden(char: str) -> bool:
    """Whether it is invisible: Unicode categories Cc, Cf, Zl, Zp, and fillers."""
    return char in _BLANK or unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}


def storable(text: str) -> str:
    """Return the text without control characters and half characters: no database takes all of
    them."""
    return "".join(char for char in text if unicodedata.category(char) not in {"Cc", "Cs"})


def describe_character(char: str) -> str:
    """Return a character as named in a sentence: “#”, “ö” (U+00F6 …), U+00A0 (NO-BREAK SPACE)."""
    if char == " ":
        return "a space"
    if char.isascii() and char.isprintable():
        return f"“{char}”"
    half = "half a character" if unicodedata.category(char) == "Cs" else "control character"
    name = unicodedata.name(char, half)
    if not char.isprintable() or is_hidden(char):
        return f"U+{ord(char):04X} ({name})"
    return f"“{char}” (U+{ord(char):04X} {name})"


def first_not_in(text: str, allowed: Collection[str]) -> str:
    """Return the first character of ``text`` that is not among ``allowed``, or ``""``."""
    return next((char for char in text if char not in allowed), "")


def refuse_invisible(text: str, what: str) -> None:
    """Raise InvalidInput where ``text`` holds an invisible character.

    ``what`` begins the sentence.
    """
    # The same result as the loop, but faster: a file has millions of characters.
    if text.isprintable() and _BLANK.isdisjoint(text):
        return
    for char in text:
        if is_hidden(char):
            raise InvalidInput(
                f"{what} holds the invisible character {describe_character(char)}. Type it again without it."
            )
