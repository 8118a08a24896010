"""From a text to a Command. Errors of click are replaced by sentences of our own."""

from __future__ import annotations

import re

import click

from bot.domain.commands import Command, HelpCommand
from bot.errors import InvalidInput
from bot.grammar.command_leaf import Leaf
from bot.grammar.converters import nearest
from bot.grammar.options import parse_options
from bot.grammar.tokenizer import Token, tokenize
from bot.grammar.tree import TREE, leaves


def parse(text: str) -> Command:
    """Return the command that ``text`` spells; empty text is ``Help(None)``.

    Expects the text behind `/continuity` as Slack sends it, or the words of the terminal. Raises
    InvalidInput, with a sentence for a person, and nothing else; prints nothing and never exits.
    """
    tokens = tokenize(text)
    if not tokens:
        return HelpCommand(None)
    path, leaf, rest = _walk(tokens)
    if leaf.surplus_refusal and len(rest) > (leaf.max_words or 0):
        raise InvalidInput(leaf.surplus_refusal)
    try:
        return _build(path, _arguments(leaf, rest))
    except InvalidInput as refusal:
        raise InvalidInput(f"{refusal} Example: {leaf.examples[0]}") from None
    except click.MissingParameter as missing:
        what = missing.param.human_readable_name if missing.param else "Something"
        raise InvalidInput(f"{what} is missing. Example: {leaf.examples[0]}") from None
    except click.ClickException:
        raise InvalidInput(f"This cannot be read. Example: {leaf.examples[0]}") from None


def _walk(tokens: list[Token]) -> tuple[list[str], Leaf, list[Token]]:
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
    some = next(leaf.examples[0] for title, leaf in leaves() if title.startswith(f"{path[0]} "))
    raise InvalidInput(f"“{path[0]}” needs one of {', '.join(group.commands)}. Example: {some}")


def _unknown(path: list[str], token: Token) -> InvalidInput:
    if token.like_an_option:
        return InvalidInput(
            f"“{token.text[:60]}” cannot come first: begin with a command. Type help for the list."
        )
    typed = " ".join([*path, token.text])
    titles = [title for title, _ in leaves()]
    hint = nearest(typed, titles) or nearest(token.text, titles)
    return InvalidInput(f"There is no command “{typed[:60]}”.{hint} Type help for the list.")


def _arguments(leaf: Leaf, tokens: list[Token]) -> list[str]:
    """Return the arguments for click: options, `--`, then words, so that no word is an option."""
    found = parse_options(tokens, leaf.option_names, leaf.bare_options)
    words = [token.text for token in found.words]
    if leaf.last_takes_rest:
        before = sum(isinstance(each, click.Argument) for each in leaf.params) - 1
        words[before:] = [text for text in [_joined(found.words[before:])] if text]
        found.words = found.words[:before]
    if any(word.glued for word in found.words):
        raise InvalidInput("A person, user group or channel stands alone: put spaces around it.")
    if leaf.max_words is not None and len(words) > leaf.max_words:
        raise InvalidInput(f"“{words[leaf.max_words][:60]}” is more than this command takes.")
    if words and re.fullmatch(r"(on|off)[0-9].*", words[0].lower()):
        raise InvalidInput(f"Put a space behind on or off in “{words[0][:60]}”.")
    options = [
        part
        for name, all_of in found.options.items()
        for one in all_of
        for part in ([name] if name in leaf.bare_options else [name, one])
    ]
    return [*options, "--", *words]


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
