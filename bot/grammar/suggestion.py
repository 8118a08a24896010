"""The command that was probably meant: made of what was typed, of all of it, and of nothing else.

Words are put into another order, options are spelt as they are known, spaces and dashes are mended.
What is left over, or can be read in two ways, gives no suggestion: one that dropped a group or an
address would be for more users than was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import combinations

import click

from bot.domain.commands import Command
from bot.domain.identifiers import CUSTOMER, NUMBER
from bot.domain.roles import ANY_CUSTOMER, SLACK_ID, Role
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.grammar.command_leaf import Leaf
from bot.grammar.options import REASON, REPEATED
from bot.grammar.reader import read
from bot.grammar.slack_markup import escape
from bot.grammar.tokenizer import DASH, Token, tokenize
from bot.grammar.tree import TREE, leaves

# Stands for a customer's number while a text is tried.
STAND_IN = "00000"
MAX_SUGGESTED_CHARS = 1500
# More words than any command has, but users.
MAX_WORDS = 6
_ADDRESSES = {"users", "address"}
# A placeholder for each argument that may be missing, and what stands for it while it is tried.
_PLACEHOLDERS = {
    "direction": ("on|off", "on"),
    "customer": (NUMBER, STAND_IN),
    "address": ("ADDRESS", "a@example.com"),
    "change_id": ("CHANGE", "C-AAAAA"),
    "subject": ("PERSON", "U0A"),
    "role": ("ROLE", "viewer"),
}
_GLUED_DIRECTION = re.compile(r"(on|off)([0-9]{5}(?:[A-Za-z]{2})?)", re.IGNORECASE)
_LEAVES = dict(leaves())


@dataclass(slots=True)
class _Parts:
    """A typed command in parts, each as it is written in a suggestion."""

    words: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    reason: str = ""


class _Unclear(Exception):
    """There is a part of which it is not clear what it is."""


def suggest(tokens: Sequence[Token]) -> tuple[str, str]:
    """Return the command that was meant, or "", and one with placeholders for what is missing, or ""."""
    try:
        title, rest = _title(tokens)
        leaf = _LEAVES[title]
        parts = _separate(rest, leaf)
    except _Unclear:
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
        return read(tokenize(escape(text)).tokens)
    except InvalidInput:
        return None


def _text(title: str, words: Sequence[str], parts: _Parts) -> str:
    reason = [f"{REASON} {parts.reason}"] if parts.reason else []
    return " ".join([title, *words, *parts.addresses, *parts.options, *reason])


def _moved(words: list[str]) -> Iterator[list[str]]:
    """Yield the words with one of them at another place, but none that may be of a name."""
    for at in [at for at, word in enumerate(words) if _is_no_name(word)]:
        rest = words[:at] + words[at + 1 :]
        for to in range(len(words)):
            yield [*rest[:to], words[at], *rest[to:]]


def _swapped(words: list[str]) -> Iterator[list[str]]:
    """Yield the words with two of them exchanged, but none that may be of a name."""
    for one, other in combinations(range(len(words)), 2):
        if not (_is_no_name(words[one]) and _is_no_name(words[other])):
            continue
        order = list(words)
        order[one], order[other] = order[other], order[one]
        yield order


def _with_placeholders(title: str, leaf: Leaf, parts: _Parts) -> str:
    """Return the command with a placeholder for each word that is missing, or ""."""
    needed = [
        str(each.name)
        for each in leaf.params
        if isinstance(each, click.Argument) and each.required and each.nargs == 1
    ]
    given = len(parts.words) + (len(parts.addresses) if "address" in needed else 0)
    if not 0 <= given < len(needed) or not set(needed) <= set(_PLACEHOLDERS):
        return ""
    found = set()
    for missing in combinations(needed, len(needed) - given):
        typed = iter(parts.words + (parts.addresses if "address" in needed else []))
        tried, shown = list[str](), list[str]()
        for name in needed:
            placeholder, stands_for = _PLACEHOLDERS[name]
            word = stands_for if name in missing else next(typed)
            tried.append(word)
            shown.append(placeholder if name in missing else word)
        rest = _Parts(
            [], [] if "address" in needed else parts.addresses, parts.options, parts.reason
        )
        if _readable(_text(title, tried, rest)):
            found.add(_text(title, shown, rest))
    return found.pop() if len(found) == 1 else ""


def _title(tokens: Sequence[Token]) -> tuple[str, list[Token]]:
    """Return the command, and the tokens without it: as typed, at another place, or misspelt."""
    before = next((at for at, one in enumerate(tokens) if _begins_an_option(one)), len(tokens))
    words = [token.text.lower() for token in tokens[:before]]
    found = [(title, 0) for title in _LEAVES if f"{' '.join(words)} ".startswith(f"{title} ")]
    if not found:
        found = [*_misspelt(words), *_elsewhere(words)]
    if len(found) != 1:
        raise _Unclear
    title, at = found[0]
    return title, [*tokens[:at], *tokens[at + len(title.split()) :]]


def _misspelt(words: list[str]) -> Iterator[tuple[str, int]]:
    # `user` is not `users`, but the beginning of `user show`.
    for length in (2,) if words and words[0] in TREE.commands else (2, 1):
        for title in get_close_matches(" ".join(words[:length])[:40], _LEAVES, 1, 0.75):
            if len(title.split()) == length <= len(words):
                yield title, 0
                return


def _elsewhere(words: list[str]) -> Iterator[tuple[str, int]]:
    """Yield commands behind other words, if these cannot be the name of a customer."""
    for title in _LEAVES:
        names = title.split()
        for at in range(1, len(words) - len(names) + 1):
            others = words[:at] + words[at + len(names) :]
            if words[at : at + len(names)] == names and all(map(_is_no_name, others)):
                yield title, at


def _is_no_name(word: str) -> bool:
    return (
        word.lower() in {"on", "off", ANY_CUSTOMER, *Role}
        or "@" in word
        or bool(CUSTOMER.fullmatch(word.upper()) or SLACK_ID.fullmatch(word))
    )


def _separate(tokens: Sequence[Token], leaf: Leaf) -> _Parts:
    parts, rest = _Parts(), list(tokens)
    while rest:
        token = rest.pop(0)
        mistaken = token.mention and not leaf.takes_every_customer
        if token.glued or token.unclosed or mistaken:
            raise _Unclear
        if not _begins_an_option(token):
            _add_words(parts, token, leaf)
            continue
        typed, equals, value = token.text.partition("=")
        if not typed.strip("-") and rest:
            typed += rest.pop(0).text
        name = _option(typed, leaf)
        if name in leaf.bare_options:
            if equals:
                raise _Unclear
            parts.options.append(name)
        elif name == REASON:
            if parts.reason:
                raise _Unclear
            parts.reason = _reason(value, rest)
        else:
            if not equals:
                if not rest or _begins_an_option(rest[0]):
                    raise _Unclear
                value = rest.pop(0).text
            parts.options.append(f"{name} {_quoted(value)}")
    names = [option.split()[0] for option in parts.options]
    if any(names.count(name) > 1 for name in names if name not in REPEATED):
        raise _Unclear
    return parts


def _begins_an_option(token: Token) -> bool:
    return token.like_an_option or bool(re.fullmatch(rf"{DASH}+", token.text))


def _option(typed: str, leaf: Leaf) -> str:
    """Return the option that was meant."""
    name = typed.strip("-").lower()
    known = [option.removeprefix("--") for option in leaf.option_names]
    longer = [one for one in known if len(name) > 2 and one.startswith(name)]
    near = [name] if name in known else longer or get_close_matches(name[:40], known, 2, 0.75)
    if len(near) != 1:
        raise _Unclear
    return f"--{near[0]}"


def _reason(value: str, rest: list[Token]) -> str:
    texts, alone = [value] if value else [], ""
    while rest and not _begins_an_option(rest[0]):
        token = rest.pop(0)
        texts.append(("" if token.glued else " ") + token.raw)
        alone = token.text if token.quoted else ""
    reason = alone if len(texts) == 1 and alone else "".join(texts).strip()
    if not reason:
        raise _Unclear
    return reason


def _add_words(parts: _Parts, token: Token, leaf: Leaf) -> None:
    """Add the word, or the words where a space is missing."""
    text = token.text
    split = re.split(r"[,;]", text) if "@" in text else [text]
    if glued := _GLUED_DIRECTION.fullmatch(text):
        split = [glued[1], glued[2]]
    for word in filter(None, split):
        if "@" in word and not token.mention:
            parts.addresses.append(_quoted(word))
        elif leaf.takes_every_customer and word.lower() in converters.ALL_CUSTOMERS:
            parts.words.append(ANY_CUSTOMER)
        elif CUSTOMER.fullmatch(word.upper()) and word.isascii():
            parts.words.append(word.upper())
        else:
            parts.words.append(_quoted(word))


def _quoted(text: str) -> str:
    """Return a text as one word: in quotes where it holds a space."""
    if " " not in text:
        return text
    quote = next((one for one in "\"'" if one not in text), None)
    if quote is None:
        raise _Unclear
    return f"{quote}{text}{quote}"
