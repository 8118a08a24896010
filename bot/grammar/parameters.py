"""Arguments and options that several commands have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import click

from bot.domain.audit.moment import parse_moment
from bot.domain.commands import Command
from bot.domain.limits import MAX_REASON_CHARS, MAX_TYPED_USERS
from bot.domain.scope import Everyone, Filters, Groups, Scope, Users
from bot.domain.time_limit import AskedTime, parse_lasts, parse_until
from bot.errors import InvalidInput
from bot.grammar import converters
from bot.grammar.syntax_problem import Misread


class Word(click.Argument):
    """An argument whose error names the word that cannot be read.

    ``takes_name``: it is the customer, so several words may be its name.
    """

    def __init__(self, name: str, *, takes_name: bool = False, **more: Any) -> None:
        super().__init__([name], **more)
        self.takes_name = takes_name

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        """Convert the word, or each of several."""
        try:
            return super().type_cast_value(ctx, value)
        except InvalidInput as refusal:
            raise Misread(str(refusal), self._wrong(ctx, value)) from None

    def _wrong(self, ctx: click.Context, value: Any) -> str:
        words = value if isinstance(value, tuple | list) else (value,)
        for text in words:
            try:
                self.type.convert(text, self, ctx)
            except InvalidInput:
                break
        return str(text)


def word(
    name: str, read: Callable[[str], Any] = str, shown: str = "", **more: Any
) -> click.Argument:
    """Return an argument. ``read`` converts its text, ``shown`` is its name in the help."""
    return Word(name, type=read, metavar=shown or name.upper(), **more)


def customer_argument(*, optional: bool = False) -> click.Argument:
    """Return the argument for the customer's number."""
    shown = "[CUSTOMER]" if optional else "CUSTOMER"
    return word("customer", converters.customer, shown, required=not optional, takes_name=True)


def user_argument() -> click.Argument:
    """Return the argument for the address of one user."""
    return word("address", converters.address, "USER")


def group_option() -> click.Option:
    """Return the option `--group`, which may be repeated."""
    return click.Option(
        ["--group", "groups"],
        type=str,
        multiple=True,
        metavar="GROUP",
        help="only users in this failover group; repeat it for several, up to 16",
    )


def reason_option() -> click.Option:
    """Return the option `--reason`."""
    return click.Option(
        ["--reason"],
        type=str,
        metavar="TEXT",
        help=f"why: the text up to the next option or the end, at most {MAX_REASON_CHARS} characters",
    )


def emergency_option() -> click.Option:
    """Return the option `--emergency`."""
    return click.Option(
        ["--emergency"],
        is_flag=True,
        help="a commander decides it alone, and others review it; a form asks for the number once more",
    )


def time_options(
    after: str = "back by itself after so long", at: str = "back by itself at this time"
) -> Iterator[click.Option]:
    """Yield the options `--for` and `--until`; the texts say what happens then."""
    for names, read, help_ in (
        (["--for", "lasts"], parse_lasts, f"{after}: 2h, 90m or 3d"),
        (["--until"], parse_until, f"{at}, in your time zone: 06:00"),
    ):
        yield click.Option(names, type=read, metavar="TIME", help=help_)


def one_time(lasts: AskedTime | None, until: AskedTime | None) -> AskedTime | None:
    """Return the value of the one of the two options that is given. Raises InvalidInput for both."""
    if lasts and until:
        raise InvalidInput("--for and --until are two ways to say the same: give one of them.")
    return lasts or until


def scope_of(users: tuple[str, ...], groups: tuple[str, ...], more: str = "") -> Scope:
    """Return the users or groups, or everyone; ``more`` is what to do with a longer list of users.

    Raises InvalidInput for users and groups, and for too many.
    """
    if users and groups:
        raise InvalidInput(
            f"“{users[0]}” is a user and {groups[0]} a group: name users or groups, not both."
        )
    if len(users) > MAX_TYPED_USERS:
        raise InvalidInput(
            f"{MAX_TYPED_USERS} users can be typed, and these are {len(users):,}. {more}".rstrip()
        )
    if groups:
        return Groups(groups)
    return Users(users) if users else Everyone()


def filter_options() -> Iterator[click.Option]:
    """Yield the options that filter users; ``filters_from`` takes their values."""
    for name, shown, read in (
        ("failover", "on|off", converters.on_or_off),
        ("access", "on|off", converters.on_or_off),
        ("activated", "yes|no", converters.yes_or_no),
    ):
        help_ = f"only users with {name} {shown.replace('|', ' or ')}"
        yield click.Option([f"--{name}"], type=read, metavar=shown, help=help_)
    yield group_option()


def filters_from(
    failover: bool | None, access: bool | None, activated: bool | None, groups: tuple[str, ...]
) -> Filters:
    """Return the filters for the values of ``filter_options``."""
    return Filters(groups, failover=failover, access=access, activation=activated)


def audit_options() -> Iterator[click.Option]:
    """Yield the options that filter audit entries, and the one that asks for files."""
    yield click.Option(
        ["--person"],
        type=converters.person,
        metavar="@PERSON",
        help="only what this person did: pick them from the list, or type their name or id",
    )
    yield from since_options()
    yield click.Option(["--file"], is_flag=True, help="the entries as CSV and JSON, to you alone")


def since_options() -> Iterator[click.Option]:
    """Yield the options `--since` and `--until`."""
    for name, help_ in (
        (
            "since",
            'only from then on: 24h, 7d, 2026-03-14 or "2026-03-14 13:30", in your time zone',
        ),
        ("until", "only before then, written the same way; a day counts as a whole"),
    ):
        yield click.Option([f"--{name}"], type=parse_moment, metavar="TIME", help=help_)


def with_reason(build: Callable[..., Command]) -> Callable[..., Command]:
    """Return ``build`` for values in which the reason may be None."""
    return lambda reason, **asked: build(**asked, reason=reason or "")
