"""Characters, named in a sentence: what cannot be seen, or is easily taken for another, by its code point."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from bot.errors import InvalidInput

# Letters, marks and symbols that show as nothing: fillers, joiners and the empty braille pattern.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def is_hidden(char: str) -> bool:
    """Whether a reader cannot see it: Unicode categories Cc, Cf, Zl and Zp, and the fillers that no
    category sets apart."""
    return char in _BLANK or unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}


def describe_character(char: str) -> str:
    """Return a character as a sentence tells it: “#”, “ö” (U+00F6 …), U+00A0 (NO-BREAK SPACE)."""
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
    """Raise InvalidInput, naming the character, where ``text`` holds one that a reader cannot see: it
    must not decide anything."""
    if text.isprintable() and _BLANK.isdisjoint(text):
        return  # the same answer, sooner: a file brings millions of characters
    for char in text:
        if is_hidden(char):
            raise InvalidInput(
                f"{what} holds the invisible character {describe_character(char)}. Type it again without it."
            )
