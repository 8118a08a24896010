"""The help, derived from the click tree, so that the two cannot differ."""

from __future__ import annotations

from dataclasses import dataclass

import click

from bot.domain.roles import Right
from bot.errors import InvalidInput
from bot.grammar.command_leaf import Leaf
from bot.grammar.converters import nearest
from bot.grammar.known_words import KNOWN_WORDS
from bot.grammar.tree import leaves

# The topic that lists every command.
MORE = "more"


@dataclass(frozen=True, slots=True)
class HelpPage:
    """The help of a command, or of several. ``right`` is None where none is needed."""

    title: str
    examples: tuple[str, ...]
    usage: tuple[str, ...]
    meaning: str
    options: tuple[tuple[str, str], ...] = ()
    right: Right | None = None


def _page(title: str, leaf: Leaf) -> HelpPage:
    shown = [title]
    options = []
    for param in leaf.params:
        if isinstance(param, click.Option):
            name = param.opts[0] if param.is_flag else f"{param.opts[0]} {param.metavar}"
            shown.append(f"[{name}]" + ("..." if param.multiple else ""))
            options.append((name, param.help or ""))
        else:
            shown.append(param.human_readable_name)
    return HelpPage(
        title, leaf.examples, (" ".join(shown),), leaf.meaning, tuple(options), leaf.right
    )


COMMANDS: dict[str, HelpPage] = {title: _page(title, leaf) for title, leaf in leaves()}


def title_of(text: str) -> str:
    """Return the name of the command that a text begins with, or `unreadable`."""
    words = text.lower().removeprefix("/continuity").split(maxsplit=2)
    titles = (" ".join(words[:length]) for length in (1, 2))
    return next((title for title in titles if title in COMMANDS), "unreadable" if words else "help")


def help_for(topic: str | None) -> HelpPage:
    """Return the page of a command, as `role grant`, or of several, as `role`; None is the
    overview.

    Raises InvalidInput, with the nearest match, where there is no such command.
    """
    wanted = " ".join((topic or "").lower().split())
    if wanted in COMMANDS:
        return COMMANDS[wanted]
    pages = [
        page for title, page in COMMANDS.items() if not wanted or title.startswith(f"{wanted} ")
    ]
    if not pages:
        if known := KNOWN_WORDS.get(wanted):
            raise InvalidInput(known)
        hint = nearest(wanted, list(COMMANDS))
        raise InvalidInput(
            f"There is no command “{wanted[:60]}”.{hint} `/continuity help more` lists them."
        )
    rights = {page.right for page in pages}
    return HelpPage(
        title=wanted or "commands",
        examples=tuple(page.examples[0] for page in pages),
        usage=tuple(page.usage[0] for page in pages),
        meaning="; ".join(page.meaning.rstrip(".") for page in pages) + "."
        if wanted
        else "`/continuity help more` lists all commands.",
        options=tuple(dict.fromkeys(option for page in pages if wanted for option in page.options)),
        right=rights.pop() if len(rights) == 1 else None,
    )
