"""From tokens to a Command. Errors of click are replaced by sentences of our own."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import takewhile

import click

from bot.domain.change import CHANGE_ID
from bot.domain.commands import Command
from bot.domain.identifiers import CUSTOMER
from bot.errors import InvalidInput
from bot.grammar.command_leaf import Leaf
from bot.grammar.converters import looks_like_a_number, nearest, refuse_second_customer
from bot.grammar.known_words import KNOWN_WORDS
from bot.grammar.options import parse_options
from bot.grammar.syntax_problem import COMMAND, Misread
from bot.grammar.time_at_the_end import take_time_at_the_end
from bot.grammar.tokenizer import Token
from bot.grammar.tree import TREE, leaves

LIST = f"`{COMMAND} help` lists the commands."
_MISSING = {
    "direction": "Say on or off, then the customer.",
    "customer": "The customer is missing.",
    "address": "The address of the user is missing.",
    "change_id": "The id of the change is missing.",
    "state": "Say accept or object behind the change.",
    "subject": "The person, user group or channel is missing.",
    "role": "The role is missing.",
    "name": "The name is missing.",
    "customers": "The customers are missing.",
}


def read(tokens: list[Token]) -> Command:
    """Return the command that the tokens spell. Raises Misread, and nothing else."""
    path, leaf, rest = walk(tokens)
    try:
        return _build(path, _arguments(leaf, rest))
    except InvalidInput as refusal:
        misread = refusal if isinstance(refusal, Misread) else Misread(str(refusal))
    except click.MissingParameter as missing:
        name = str(missing.param.name) if missing.param else ""
        misread = Misread(_MISSING.get(name, "Something is missing."))
        at = _end_of_words(tokens[: len(path)], rest)
        misread.span = (at, at)
    except click.ClickException:
        misread = Misread("This cannot be read.")
    misread.leaf = leaf
    if isinstance(misread.part, str):
        misread.span = place(rest, misread.part)
    raise misread from None


def place(tokens: list[Token], part: str) -> tuple[int, int] | None:
    """Return the place of a word, or of a name of several words."""
    for at, token in enumerate(tokens):
        if token.text == part:
            return token.start, token.end
        if " " in part and part.startswith(token.raw):
            last = tokens[min(at + part.count(" "), len(tokens) - 1)]
            if _joined(tokens[at : at + part.count(" ") + 1]) == part:
                return token.start, last.end
    return None


def _end_of_words(path: list[Token], rest: list[Token]) -> int:
    """Return where the words before the first option end."""
    last = path[-1]
    for token in rest:
        if token.like_an_option:
            break
        last = token
    return last.end


def walk(tokens: list[Token]) -> tuple[list[str], Leaf, list[Token]]:
    """Return the names from the root to a leaf, the leaf, and the tokens after them."""
    group, path = TREE, list[str]()
    for at, token in enumerate(tokens):
        name = token.text.lower()
        found = group.commands.get(name)
        if found is None:
            raise _unknown(path, token)
        path.append(name)
        if isinstance(found, Leaf):
            return path, found, tokens[at + 1 :]
        if isinstance(found, click.Group):
            group = found
    misread = Misread(f"“{path[0]}” needs one of {', '.join(group.commands)}.")
    misread.leaf = next(leaf for title, leaf in leaves() if title.startswith(f"{path[0]} "))
    misread.span = (tokens[-1].end, tokens[-1].end)
    raise misread


def _unknown(path: list[str], token: Token) -> Misread:
    if token.like_an_option:
        sentence = f"“{token.text[:60]}” cannot come first: begin with a command. {LIST}"
        return Misread(sentence, token)
    if not path and (sentence := KNOWN_WORDS.get(token.text.lower(), "")):
        return Misread(sentence, token)
    typed = " ".join([*path, token.text])
    titles = [title for title, _ in leaves()]
    hint = nearest(typed, titles) or nearest(token.text, titles)
    return Misread(f"There is no command “{typed[:60]}”.{hint} {LIST}", token)


def _arguments(leaf: Leaf, tokens: list[Token]) -> list[str]:
    """Return the arguments for click: options, `--`, then words, so that no word is an option."""
    found = parse_options(tokens, leaf.option_names, leaf.bare_options)
    take_time_at_the_end(
        found, leaf.option_names, 1 if leaf.customer_at is None else leaf.customer_at
    )
    if leaf.customer_at is not None:
        found.words = _with_name_as_one(found.words, leaf.customer_at)
    words = [token.text for token in found.words]
    if leaf.last_takes_rest:
        before = sum(isinstance(each, click.Argument) for each in leaf.params) - 1
        words[before:] = [text for text in [_joined(found.words[before:])] if text]
        found.words = found.words[:before]
    for token in found.words:
        if token.glued:
            raise Misread(
                "A person, user group or channel stands alone: put spaces around it.", token
            )
    if leaf.max_words is not None and len(words) > leaf.max_words:
        surplus = found.words[leaf.max_words]
        if leaf.customer_at is not None and CUSTOMER.fullmatch(words[leaf.customer_at]):
            refuse_second_customer(surplus.text)
        raise Misread(f"“{surplus.text[:60]}” is more than this command takes.", surplus)
    if words and re.fullmatch(r"(on|off)[0-9].*", words[0].lower()):
        sentence = f"Put a space after on or off in “{words[0][:60]}”."
        raise Misread(sentence, found.words[0])
    options = [
        part
        for name, all_of in found.options.items()
        for one in all_of
        for part in ([name] if name in leaf.bare_options else [name, one])
    ]
    return [*options, "--", *words]


def _with_name_as_one(words: list[Token], at: int) -> list[Token]:
    """Return the words with those of a customer's name joined: all up to the first address.

    A number is no name, and a name in quotes is one word already.
    """
    if at >= len(words) or words[at].quoted or looks_like_a_number(words[at].text):
        return words
    name = list(takewhile(lambda token: not (token.mention or "@" in token.text), words[at:]))
    if len(name) < 2 or CHANGE_ID.fullmatch(name[0].text.upper()):
        return words
    if number := next((token for token in name if CUSTOMER.fullmatch(token.text)), None):
        raise Misread(
            f"Give the customer's number alone, or a name in quotes: {number.text} stands among other words.",
            number,
        )
    first, text = name[0], _joined(name)
    return [*words[:at], replace(first, text=text, raw=text), *words[at + len(name) :]]


def _joined(tokens: list[Token]) -> str:
    if len(tokens) == 1:
        return tokens[0].text
    return "".join(("" if token.glued else " ") + token.raw for token in tokens).strip()


def _build(path: list[str], arguments: list[str]) -> Command:
    """Let click convert the values and call the leaf.

    With a context of our own it prints nothing.
    """
    args = [*path, *arguments]
    with TREE.make_context("continuity", args) as context:
        command: Command = TREE.invoke(context)
    return command
