"""A leaf of the click tree: one command and its help."""

from __future__ import annotations

from collections.abc import Callable

import click

from bot.domain.commands import Command
from bot.domain.roles import Right


class Leaf(click.Command):
    """A command without subcommands, with what its help says.

    ``build`` makes the ``command`` from the values; None is the command's own constructor. With
    ``last_takes_rest`` the last argument takes the rest of the text; with ``takes_every_customer`` the
    customer may be `*`. ``silent_refusal`` is the refusal
    of words that may be a secret; nothing that was typed is repeated then.
    """

    def __init__(
        self,
        name: str,
        command: type[Command],
        *params: click.Parameter,
        build: Callable[..., Command] | None = None,
        meaning: str,
        examples: tuple[str, ...],
        last_takes_rest: bool = False,
        takes_every_customer: bool = False,
        silent_refusal: str = "",
    ) -> None:
        super().__init__(
            name, callback=build or command, params=list(params), add_help_option=False
        )
        self.command, self.meaning, self.examples = command, meaning, examples
        self.last_takes_rest, self.takes_every_customer = last_takes_rest, takes_every_customer
        self.silent_refusal = silent_refusal

    @property
    def right(self) -> Right | None:
        """The right that the command needs, or None."""
        return self.command.right

    @property
    def option_names(self) -> tuple[str, ...]:
        """The options, as `--group`."""
        return tuple(each.opts[0] for each in self.params if isinstance(each, click.Option))

    @property
    def bare_options(self) -> tuple[str, ...]:
        """The options that take no value, as `--here`."""
        options = [each for each in self.params if isinstance(each, click.Option)]
        return tuple(each.opts[0] for each in options if each.is_flag)

    @property
    def customer_at(self) -> int | None:
        """The index of the argument that takes a customer by name too; None: there is none."""
        arguments = [each for each in self.params if isinstance(each, click.Argument)]
        return next(
            (at for at, each in enumerate(arguments) if getattr(each, "takes_name", False)), None
        )

    @property
    def max_words(self) -> int | None:
        """The most words that it takes; None means no limit."""
        takes = [each.nargs for each in self.params if isinstance(each, click.Argument)]
        return None if self.last_takes_rest or -1 in takes else sum(takes)
