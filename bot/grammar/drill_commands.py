"""The commands of rehearsals: `drill start|end|list`."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.commands import EndDrillCommand, ListDrillsCommand, StartDrillCommand
from bot.domain.drill import Scenario
from bot.domain.identifiers import parse_customer
from bot.errors import InvalidInput
from bot.grammar.command_leaf import Leaf
from bot.grammar.converters import nearest
from bot.grammar.parameters import customer_argument, word


def drill_leaves() -> Iterator[Leaf]:
    """Yield the commands below `drill`."""
    yield Leaf(
        "start",
        StartDrillCommand,
        word("customer", parse_customer),
        word("scenario", _scenario),
        meaning="Begin a rehearsal with a customer of the simulated API; drill list has the scenarios.",
        examples=("drill start NUMBER slow", "drill start NUMBER lost"),
    )
    yield Leaf(
        "end",
        EndDrillCommand,
        customer_argument(),
        meaning="End the rehearsal of a customer and post its score.",
        examples=("drill end NUMBER",),
    )
    yield Leaf(
        "list",
        ListDrillsCommand,
        customer_argument(optional=True),
        meaning="List the rehearsals, and the scenarios that there are.",
        examples=("drill list", "drill list NUMBER"),
    )


def _scenario(text: str) -> Scenario:
    try:
        return Scenario(text.lower())
    except ValueError:
        names = [one.value for one in Scenario]
        raise InvalidInput(
            f"“{text[:60]}” is no scenario; there are {', '.join(names)}.{nearest(text, names)}"
        ) from None
