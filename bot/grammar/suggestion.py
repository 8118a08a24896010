"""The command that was probably meant: made of what was typed, of all of it, and of nothing else.

Words are put into another order, options are spelt as they are known, spaces and dashes are mended.
What is left over, or can be read in two ways, gives no suggestion: one that dropped a group or an
address would be for more users than was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

import click

from bot.domain.change_commands import BatchCommand
from bot.domain.commands import Command
from bot.domain.identifiers import NUMBER
from bot.errors import InvalidInput
from bot.grammar.command_leaf import Leaf
from bot.grammar.options import REASON
from bot.grammar.reader import read
from bot.grammar.slack_markup import escape
from bot.grammar.tokenizer import Token, tokenize
from bot.grammar.typed_parts import LEAVES, Parts, Unclear, is_no_name, separate, title_of

# Stands for a customer's number while a text is tried.
STAND_IN = "00000"
MAX_SUGGESTED_CHARS = 1500
# More words than any command has, but users.
MAX_WORDS = 6
# A placeholder for each argument that may be missing, and what stands for it while it is tried.
_PLACEHOLDERS = {
    "direction": ("on|off", "on"),
    "customer": (NUMBER, STAND_IN),
    "address": ("ADDRESS", "a@example.com"),
    "change_id": ("CHANGE", "C-AAAAA"),
    "subject": ("PERSON", "U0A"),
    "role": ("ROLE", "viewer"),
}


def suggest(tokens: Sequence[Token]) -> tuple[str, str]:
    """Return the command that was meant, or "", and one with placeholders for what is missing, or ""."""
    try:
        title, rest = title_of(tokens)
        leaf = LEAVES[title]
        parts = separate(rest, leaf)
    except Unclear:
        return "", ""
    if len(parts.words) > MAX_WORDS:
        return "", ""
    for orders in ([parts.words], list(_moved(parts.words)), list(_swapped(parts.words))):
        found = _only({_text(title, order, parts) for order in orders})
        if found is not None:
            return found, ""
    return "", _with_placeholders(title, leaf, parts)


def _only(texts: set[str]) -> str | None:
    """Return the one text that can be read; None where there is none, "" where there are several."""
    readable = [text for text in texts if _readable(text)]
    commands = {_readable(text) for text in readable}
    if not readable:
        return None
    return min(readable) if len(commands) == 1 else ""


def _readable(text: str) -> Command | None:
    # A backtick would end the code in which it is shown.
    if len(text) > MAX_SUGGESTED_CHARS or "`" in text:
        return None
    try:
        command = read(tokenize(escape(text)).tokens)
    except InvalidInput:
        return None
    # Nobody is offered more customers than one because of a slip.
    return None if isinstance(command, BatchCommand) else command


def _text(title: str, words: Sequence[str], parts: Parts) -> str:
    reason = [f"{REASON} {parts.reason}"] if parts.reason else []
    return " ".join([title, *words, *parts.addresses, *parts.options, *reason])


def _moved(words: list[str]) -> Iterator[list[str]]:
    """Yield the words with one of them at another place, but none that may be of a name."""
    for at in [at for at, word in enumerate(words) if is_no_name(word)]:
        rest = words[:at] + words[at + 1 :]
        for to in range(len(words)):
            yield [*rest[:to], words[at], *rest[to:]]


def _swapped(words: list[str]) -> Iterator[list[str]]:
    """Yield the words with two of them exchanged, but none that may be of a name."""
    for one, other in combinations(range(len(words)), 2):
        if not (is_no_name(words[one]) and is_no_name(words[other])):
            continue
        order = list(words)
        order[one], order[other] = order[other], order[one]
        yield order


def _with_placeholders(title: str, leaf: Leaf, parts: Parts) -> str:
    """Return the command with a placeholder for each word that is missing, or ""."""
    needed = [
        str(each.name)
        for each in leaf.params
        if isinstance(each, click.Argument) and each.required and each.nargs == 1
    ]
    typed = [*parts.words, *(parts.addresses if "address" in needed else ())]
    if len(typed) >= len(needed) or not set(needed) <= set(_PLACEHOLDERS):
        return ""
    others = Parts([], [] if "address" in needed else parts.addresses, parts.options, parts.reason)
    found = set()
    for missing in combinations(needed, len(needed) - len(typed)):
        words = iter(typed)
        pairs = [
            _PLACEHOLDERS[name] if name in missing else (word := next(words), word)
            for name in needed
        ]
        if _readable(_text(title, [tried for _, tried in pairs], others)):
            found.add(_text(title, [shown for shown, _ in pairs], others))
    return found.pop() if len(found) == 1 else ""
