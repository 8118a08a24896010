"""Completion of `/continuity …` in the composer, from the bot's own grammar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import click
from click.types import FuncParamType

from bot.domain.identifiers import parse_customer
from bot.domain.roles import ANY_CUSTOMER, Role
from bot.grammar import COMMANDS, converters
from bot.grammar.command_leaf import Leaf
from bot.grammar.options import REASON, REPEATED
from bot.grammar.tree import TREE

MAX_ITEMS = 50
COMMAND, MENTION = "/continuity", "@continuity"

_CHOICE = re.compile(r"[a-z]+(\|[a-z]+)+")  # `on|off`


@dataclass(frozen=True, slots=True)
class Item:
    """What may be inserted, how it is listed, and what is said about it."""

    insert: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class KnownChange:
    """A change that this person may see; ``open``: it can be withdrawn."""

    id: str
    words: str
    open: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What can be named: customers by number with their names, changes, and mentions.

    People and user groups begin with `@`, channels with `#`.
    """

    customers: Mapping[str, str] = field(default_factory=dict)
    changes: Sequence[KnownChange] = ()
    subjects: Sequence[Item] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """Items, each of which may replace ``text[start:end]``."""

    items: tuple[Item, ...]
    start: int
    end: int

    def as_json(self) -> dict[str, Any]:
        """Return the answer to the page."""
        items = [{"insert": i.insert, "label": i.label, "hint": i.hint} for i in self.items]
        return {"items": items, "from": self.start, "to": self.end}


def complete(text: str, cursor: int, known: Known) -> Completion:
    """Return what the word at the cursor can become; what is typed in full has no items.

    An item is found by the beginning of what it inserts, or of a word of its label. Outside of a
    command only mentions are completed.
    """
    start = len(text[:cursor]) - len(re.split(r"\s", text[:cursor])[-1])
    end = cursor + len(re.split(r"\s", text[cursor:])[0])
    typed = text[start:cursor].lower()
    items = list(_candidates(text[:start].split(), typed, known))
    if typed in {item.insert.lower() for item in items}:
        items = []
    found = (item for item in items if _fits(item, typed))
    space = "" if text[end : end + 1].isspace() else " "
    inserted = tuple(Item(i.insert + space, i.label, i.hint) for i in found)
    return Completion(inserted[:MAX_ITEMS], start, end)


def _fits(item: Item, typed: str) -> bool:
    return any(part.lower().startswith(typed) for part in (item.insert, *item.label.split()))


def _candidates(before: list[str], typed: str, known: Known) -> Iterable[Item]:
    if not before and typed.startswith("/"):
        return [Item(COMMAND, COMMAND, "failover, access, users and more")]
    if not before or before[0].lower() not in {COMMAND, MENTION}:
        return known.subjects if typed[:1] in {"@", "#"} else ()
    group, words = TREE, before[1:]
    for at, word in enumerate(words):
        found = group.commands.get(word.lower())
        if isinstance(found, Leaf):
            return _of_leaf(found, words[at + 1 :], typed, known)
        if not isinstance(found, click.Group):
            return ()
        group = found
    return [Item(name, name, _meaning(found)) for name, found in group.commands.items()]


def _meaning(command: click.Command) -> str:
    if isinstance(command, Leaf):
        return command.meaning
    return ", ".join(command.commands) if isinstance(command, click.Group) else ""


def _of_leaf(leaf: Leaf, words: list[str], typed: str, known: Known) -> Iterable[Item]:
    """Return the items behind these words of a command: values, then options."""
    options = {param.opts[0]: param for param in leaf.params if isinstance(param, click.Option)}
    given, used, waiting = _read(words, options)
    left = [
        Item(
            name, name, f"{option.metavar}: {option.help}" if option.metavar else option.help or ""
        )
        for name, option in options.items()
        if name in REPEATED or name not in used
    ]
    if typed.startswith("-"):
        return left
    if waiting is not None:
        return _choices(waiting)
    arguments = [param for param in leaf.params if isinstance(param, click.Argument)]
    needed = sum(argument.required for argument in arguments)
    takes_more = leaf.max_words is None or len(given) < leaf.max_words
    values = _values(arguments[min(len(given), len(arguments) - 1)], given, known)
    return [*(values if takes_more else ()), *(left if len(given) >= needed else ())]


def _read(
    words: list[str], options: Mapping[str, click.Option]
) -> tuple[list[str], list[str], click.Option | None]:
    """Return arguments, names of options, and the option whose value comes next or goes on."""
    given, used, waiting = list[str](), list[str](), None
    for word in words:
        name, equals, _ = word.lower().partition("=")
        if name in options:
            used.append(name)
            ends = name != REASON and (options[name].is_flag or equals)
            waiting = None if ends else options[name]
        elif waiting is None:
            given.append(word)
        elif waiting.opts[0] != REASON:
            waiting = None
    return given, used, waiting


def _choices(param: click.Parameter) -> list[Item]:
    words = param.metavar if param.metavar and _CHOICE.fullmatch(param.metavar) else ""
    return [Item(one, one) for one in words.split("|") if one]


def _values(argument: click.Argument, given: list[str], known: Known) -> Iterable[Item]:
    """Return the values that an argument can take, by the converter that reads it."""
    read = argument.type.func if isinstance(argument.type, FuncParamType) else None
    customers = [Item(number, f"{number} {name}") for number, name in known.customers.items()]
    every = [Item(ANY_CUSTOMER, ANY_CUSTOMER, "every customer"), *customers]
    changes = [Item(one.id, f"{one.id} {one.words}") for one in known.changes]
    values: dict[object, Iterable[Item]] = {
        converters.customer: customers,
        converters.customer_or_set: customers,
        parse_customer: customers,
        converters.named_customer_or_any: every,
        converters.customer_or_change: [*customers, *changes],
        converters.change_id: [
            item for item, one in zip(changes, known.changes, strict=True) if one.open
        ],
        converters.subject: known.subjects,
        converters.role: _roles(given),
        converters.which_grants: [*known.subjects, *_roles([]), *every],
        converters.topic: _topics(given),
    }
    return values.get(read) or _choices(argument)


def _roles(given: list[str]) -> list[Item]:
    """Return the roles; behind a channel its only one, behind somebody the others."""
    return [
        Item(role, role)
        for role in Role
        if not given or given[0].startswith("#") == (role is Role.INCIDENT)
    ]


def _topics(given: list[str]) -> list[Item]:
    """Return what can follow these words of a topic of the help."""
    begun = "".join(f"{word} " for word in given).lower()
    topics = dict.fromkeys([*TREE.commands, *COMMANDS])
    rest = (topic.removeprefix(begun) for topic in topics if topic.startswith(begun))
    return [Item(one, one) for one in rest]
