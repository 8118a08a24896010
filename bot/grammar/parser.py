"""From a text to a Command, or to a refusal with an example that is made from the text."""

from __future__ import annotations

from bot.domain.commands import Command, HelpCommand
from bot.domain.identifiers import NUMBER
from bot.errors import InvalidInput
from bot.grammar.command_leaf import Leaf
from bot.grammar.reader import place, read, walk
from bot.grammar.slack_markup import escape
from bot.grammar.suggestion import STAND_IN, suggest
from bot.grammar.syntax_problem import (
    COMMAND,
    Misread,
    SyntaxProblem,
    mark,
    mark_hidden,
    may_hold_a_secret,
)
from bot.grammar.tokenizer import Line, Token, tokenize

UNKNOWN_NAME = "There is no customer of exactly this name that you may see, or there are several: put the number."
NOT_REPEATED = (
    "This cannot be read. It is not repeated here, since it may hold a password or a token. "
    f"`{COMMAND} help` lists the commands."
)


def parse(text: str) -> Command:
    """Return the command that ``text`` spells; empty text is ``Help(None)``.

    Expects the text behind `/continuity` as Slack sends it, or the words of the terminal; it may begin
    with `/continuity` itself. Raises SyntaxProblem and nothing else; prints nothing and never exits.
    """
    try:
        line = tokenize(text)
    except InvalidInput as refusal:
        echo = "" if may_hold_a_secret(text) else mark_hidden(text)
        raise SyntaxProblem(str(refusal), echo=echo) from None
    tokens = _without_prefix(line.tokens)
    if not tokens:
        return HelpCommand(None)
    try:
        return read(tokens)
    except Misread as misread:
        raise _problem(line, misread) from None


def unknown_customer(text: str, name: str) -> SyntaxProblem:
    """Return the refusal of ``text``, in which a customer is named as none or several are.

    It is the same for a customer that the person may not see.
    """
    line = tokenize(text)
    _, leaf, rest = walk(_without_prefix(line.tokens))
    misread = Misread(UNKNOWN_NAME, name)
    misread.leaf, misread.span = leaf, place(rest, name)
    problem = _problem(line, misread)
    if not misread.span or not problem.echo:
        return problem
    start, end = misread.span
    tried = tokenize(escape(line.text[:start] + STAND_IN + line.text[end:]))
    made, _ = suggest(_without_prefix(tried.tokens))
    example = made.replace(STAND_IN, NUMBER, 1) or problem.example
    return SyntaxProblem(UNKNOWN_NAME, echo=problem.echo, example=example)


def _without_prefix(tokens: list[Token]) -> list[Token]:
    return tokens[1:] if tokens and tokens[0].text.lower() == COMMAND else tokens


def _problem(line: Line, misread: Misread) -> SyntaxProblem:
    leaf, sentence = misread.leaf, str(misread)
    example = _shortest(leaf) if leaf else ""
    silent = leaf.silent_refusal if leaf else ""
    if silent or may_hold_a_secret(line.text):
        # What is quoted in a sentence was typed.
        sentence = silent or NOT_REPEATED if "“" in sentence else sentence
        return SyntaxProblem(sentence, example=example)
    suggestion, template = suggest(_without_prefix(line.tokens))
    echo = mark(line.text, *misread.span) if misread.span else ""
    return SyntaxProblem(sentence, echo=echo, suggestion=suggestion, example=template or example)


def _shortest(leaf: Leaf) -> str:
    """Return the shortest example, if possible one that cannot be carried out as it is."""
    return min(leaf.examples, key=lambda example: (NUMBER not in example, len(example)))
