"""What is wrong with a command: a sentence, the typed text with the place marked, an example."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches

from bot.domain.characters import is_hidden
from bot.errors import InvalidInput
from bot.grammar.command_leaf import Leaf
from bot.grammar.slack_markup import unescape
from bot.grammar.tokenizer import Token

COMMAND = "/continuity"
BEGIN, END = "→", "←"
# What is shown of a long text before and behind the mark, and in it.
MAX_BEFORE, MAX_BEHIND, MAX_MARKED = 100, 60, 60
_SECRET = re.compile(r"pass?w|p?wd|passphrase|passwort|kennwort|token|secret", re.IGNORECASE)
_LINK = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")


class Misread(InvalidInput):
    """A command that cannot be read, while it is read.

    ``part`` is the token that is wrong, or its text; ``leaf`` the command, None where it is not
    known; ``span`` the place in the text of the line, empty where something is missing.
    """

    def __init__(self, sentence: str, part: Token | str | None = None) -> None:
        super().__init__(sentence)
        self.part = part
        self.leaf: Leaf | None = None
        self.span = (part.start, part.end) if isinstance(part, Token) else None


class SyntaxProblem(InvalidInput):
    """A command that cannot be read, with all that a person is told.

    ``echo`` is the typed text with the place marked, or "" where it may hold a secret.
    ``suggestion`` is the command that was probably meant, for the same customer, users and groups,
    or ""; ``example`` shows the form and cannot be carried out as it is. Both without `/continuity`.
    ``str()`` is all of it in one line.
    """

    def __init__(
        self, sentence: str, *, echo: str = "", suggestion: str = "", example: str = ""
    ) -> None:
        self.sentence, self.echo = sentence, echo
        self.suggestion, self.example = suggestion, example
        parts = [sentence]
        if echo:
            parts.append(f"You typed: {echo}")
        if suggestion:
            parts.append(f"Try: {COMMAND} {suggestion}")
        elif example:
            parts.append(f"Example: {COMMAND} {example}")
        super().__init__(" ".join(parts))


def mark(text: str, start: int, end: int) -> str:
    """Return the text with the place marked in line, so that a wrapped line shows it too.

    `failover →44444← on`; an empty place is `→?←`; "" where it is all of the text. A long text is cut on both sides.
    """
    if (start, end) == (0, len(text)):
        return ""
    before, marked, behind = text[:start], text[start:end], text[end:]
    if len(before) > MAX_BEFORE:
        before = "…" + before[-MAX_BEFORE:]
    if len(marked) > MAX_MARKED:
        marked = marked[:MAX_MARKED] + "…"
    if len(behind) > MAX_BEHIND:
        behind = behind[:MAX_BEHIND] + "…"
    if not marked:
        return f"{before} {BEGIN}?{END}{behind}"
    return f"{before}{BEGIN}{marked}{END}{behind}"


def mark_hidden(text: str) -> str:
    """Return a text as Slack sends it with its first invisible character marked by its code.

    "" where there is none.
    """
    at = next((at for at, char in enumerate(text) if _unprintable(char)), None)
    if at is None:
        return ""
    before, behind = _shown(text[:at]), _shown(text[at + 1 :])
    code = f"U+{ord(text[at]):04X}"
    return mark(before + code + behind, len(before), len(before) + len(code))


def may_hold_a_secret(text: str) -> bool:
    """Whether a text speaks of passwords or tokens, also misspelt: then it is not repeated."""
    words = text.lower().split()
    return bool(_SECRET.search(text)) or any(
        get_close_matches(word[:40], ["password", "token"], 1, 0.7) for word in words[:3]
    )


def _shown(text: str) -> str:
    plain = _LINK.sub(lambda link: link[2] or link[1], text)
    plain = unescape(plain)
    return "".join("\ufffd" if _unprintable(char) else char for char in plain)


def _unprintable(char: str) -> bool:
    return is_hidden(char) or unicodedata.category(char) == "Cs"
