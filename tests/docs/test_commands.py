"""docs/commands.md says of the slash commands what the click tree says: no more and no less."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from app import main
from bot.domain.identifiers import NUMBER
from bot.grammar import COMMANDS, parse
from bot.grammar.command_leaf import Leaf
from bot.grammar.tree import TREE, leaves

DOCS = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## `([^`]+)`\n(.*?)(?=^## )", DOCS, re.MULTILINE | re.DOTALL))


def lines(title: str, start: str) -> list[str]:
    return re.findall(rf"^- {start}:? ?(.+)$", SECTIONS[title], re.MULTILINE)


def test_every_command_is_documented_and_nothing_else() -> None:
    assert list(SECTIONS) == [title for title, _ in leaves()] == list(COMMANDS)


@pytest.mark.parametrize(("title", "leaf"), list(leaves()), ids=list(COMMANDS))
def test_a_section_says_what_the_tree_says(title: str, leaf: Leaf) -> None:
    page = COMMANDS[title]
    assert leaf.meaning in SECTIONS[title]
    assert lines(title, "Usage") == [f"`{page.usage[0]}`"]
    assert lines(title, "Right") == [leaf.right or "none"]
    options = [each for each in leaf.params if isinstance(each, click.Option)]
    assert lines(title, "Option") == [
        f"`{each.opts[0]}`: {each.help}"
        if each.is_flag
        else f"`{each.opts[0]} {each.metavar}`: {each.help}"
        for each in options
    ]
    for each in options:
        assert each.opts[0] in page.usage[0]


@pytest.mark.parametrize("title", list(COMMANDS))
def test_the_examples_are_those_of_the_help_and_can_be_read(title: str) -> None:
    examples = [line.strip("`") for line in lines(title, "Example")]
    assert tuple(examples) == COMMANDS[title].examples
    for example in examples:
        parse(example.replace(NUMBER, "44444"))


def of_the_terminal(command: click.Command, words: str = "") -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from of_the_terminal(below, f"{words} {name}".strip())
    else:
        yield words


@pytest.mark.parametrize("words", list(of_the_terminal(main)))
def test_every_command_of_the_terminal_stands_in_its_table(words: str) -> None:
    table = DOCS.partition("## On the terminal")[2]
    assert re.search(rf"`(python app\.py )?{words}[ `]", table)


def test_the_options_of_exec_are_listed_in_their_order() -> None:
    options = [one for one in main.commands["exec"].params if isinstance(one, click.Option)]
    told = re.findall(r"^\| `(--[a-z-]+)", DOCS.partition("### `exec`")[2], re.MULTILINE)
    assert told == [one.opts[0] for one in options]


def test_no_command_of_the_tree_prints_or_asks() -> None:
    """`--help` would print on the server; a prompt or an environment variable would answer for a person."""
    pending: list[click.Command] = [TREE]
    while pending:
        command = pending.pop()
        assert not command.add_help_option
        assert not any(isinstance(each, click.Option) and each.prompt for each in command.params)
        assert not any(each.envvar for each in command.params)
        if isinstance(command, click.Group):
            pending += command.commands.values()
