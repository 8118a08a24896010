"""The parts of a typed command, mended: which command it is, its words, addresses, options and reason."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.domain.identifiers import CUSTOMER
from bot.domain.roles import ANY_CUSTOMER, SLACK_ID, Role
from bot.domain.scope import Flag
from bot.grammar import converters
from bot.grammar.command_leaf import Leaf
from bot.grammar.options import REASON
from bot.grammar.tokenizer import DASH, Token
from bot.grammar.tree import TREE, leaves

LEAVES = dict(leaves())
_FLAGS = {flag.value for flag in Flag}
_GLUED_DIRECTION = re.compile(r"(on|off)([0-9]{5}(?:[A-Za-z]{2})?)", re.IGNORECASE)


@dataclass(slots=True)
class Parts:
    """A typed command in parts, each as it is written in a suggestion."""

    words: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)
    reason: str = ""


class Unclear(Exception):
    """There is a part of which it is not clear what it is."""


def title_of(tokens: Sequence[Token]) -> tuple[str, list[Token]]:
    """Return the command, as typed, at another place, or misspelt, and the tokens without it.

    Raises Unclear.
    """
    before = next((at for at, one in enumerate(tokens) if _begins_an_option(one)), len(tokens))
    words = [token.text.lower() for token in tokens[:before]]
    found = [(title, 0) for title in LEAVES if f"{' '.join(words)} ".startswith(f"{title} ")]
    if found and found[0][0] == "on" and set(words[1:2]) & _FLAGS:
        found = [*_elsewhere(words)]  # the direction before the flag
    elif not found:
        found = [*_misspelt(words), *_elsewhere(words)]
    if len(found) != 1:
        raise Unclear
    title, at = found[0]
    return title, [*tokens[:at], *tokens[at + len(title.split()) :]]


def _misspelt(words: list[str]) -> Iterator[tuple[str, int]]:
    # `user` is not `users`, but the beginning of `user show`.
    for length in (2,) if words and words[0] in TREE.commands else (2, 1):
        for title in get_close_matches(" ".join(words[:length])[:40], LEAVES, 1, 0.75):
            if len(title.split()) == length <= len(words):
                yield title, 0
                return


def _elsewhere(words: list[str]) -> Iterator[tuple[str, int]]:
    """Yield commands behind other words, if these cannot be the name of a customer."""
    for title in LEAVES:
        names = title.split()
        for at in range(1, len(words) - len(names) + 1):
            others = words[:at] + words[at + len(names) :]
            if words[at : at + len(names)] == names and all(map(is_no_name, others)):
                yield title, at


def is_no_name(word: str) -> bool:
    """Whether a word cannot be of a customer's name: a direction, role, number, address or id."""
    return (
        word.lower() in {"on", "off", ANY_CUSTOMER, *Role}
        or "@" in word
        or bool(CUSTOMER.fullmatch(word.upper()) or SLACK_ID.fullmatch(word))
    )


def separate(tokens: Sequence[Token], leaf: Leaf) -> Parts:
    """Return the parts of a command. Raises Unclear."""
    parts, rest = Parts(), list(tokens)
    while rest:
        token = rest.pop(0)
        mistaken = token.mention and not leaf.takes_every_customer
        if token.glued or token.unclosed or mistaken:
            raise Unclear
        if _begins_an_option(token):
            _add_option(parts, token, rest, leaf)
        else:
            _add_words(parts, token, leaf)
    return parts


def _add_option(parts: Parts, token: Token, rest: list[Token], leaf: Leaf) -> None:
    """Add an option, with its value from ``rest``."""
    typed, equals, value = token.text.partition("=")
    if not typed.strip("-") and rest:
        typed += rest.pop(0).text
    name = _option(typed, leaf)
    if name == REASON and not parts.reason:
        parts.reason = _reason(value, rest)
    elif name in leaf.bare_options and not equals:
        parts.options.append(name)
    elif name == REASON or name in leaf.bare_options:
        raise Unclear
    else:
        if not equals and rest and not _begins_an_option(rest[0]):
            value = rest.pop(0).text
        parts.options.append(f"{name} {_quoted(value)}")


def _begins_an_option(token: Token) -> bool:
    return token.like_an_option or bool(re.fullmatch(rf"{DASH}+", token.text))


def _option(typed: str, leaf: Leaf) -> str:
    """Return the option that was meant."""
    name = typed.strip("-").lower()
    known = [option.removeprefix("--") for option in leaf.option_names]
    longer = [one for one in known if len(name) > 2 and one.startswith(name)]
    near = [name] if name in known else longer or get_close_matches(name[:40], known, 2, 0.75)
    if len(near) != 1:
        raise Unclear
    return f"--{near[0]}"


def _reason(value: str, rest: list[Token]) -> str:
    texts, alone = [value] if value else [], ""
    while rest and not _begins_an_option(rest[0]):
        token = rest.pop(0)
        texts.append(("" if token.glued else " ") + token.raw)
        alone = token.text if token.quoted else ""
    reason = alone if len(texts) == 1 and alone else "".join(texts).strip()
    if not reason:
        raise Unclear
    return reason


def _add_words(parts: Parts, token: Token, leaf: Leaf) -> None:
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
        raise Unclear
    return f"{quote}{text}{quote}"
