"""What a change is proposed from, and the command that asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.domain.actions import Action, DeleteUser, EditUser, MakeToken, MoveEnd, Restore, SetFlag
from bot.domain.scope import Filters, Groups, Scope, Users
from bot.domain.time_limit import TimeLimit

# When a restore switches access off.
ACCESS_AFTER, NEVER = "--access-after", "never"


class ChangeRequest(Protocol):
    """A customer, an action, a scope and a reason: what ``propose`` takes."""

    @property
    def customer(self) -> str:
        """The customer's number."""
        ...

    @property
    def action(self) -> Action:
        """What the change does to the API."""
        ...

    @property
    def scope(self) -> Scope:
        """The users that it is for."""
        ...

    @property
    def reason(self) -> str:
        """The reason, or ``""``."""
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A request built from a form or a file. The card shows the ``remarks``.

    ``time_limit`` None: it holds for good.
    """

    customer: str
    action: Action
    scope: Scope
    reason: str = ""
    remarks: tuple[str, ...] = ()
    time_limit: TimeLimit | None = None


def command_text(request: ChangeRequest) -> str:
    """Return the command that asks for this, without its reason: `failover off 44444`."""
    match request.action:
        case SetFlag(flag=flag, direction=direction):
            words = [flag.value, direction]
        case MoveEnd(flag=flag, on=on, until=until):
            words = ["extend" if until else "keep", flag.value, "on" if on else "off"]
        case MakeToken(notify=True):
            words = ["token", "--notify"]
        case EditUser() | DeleteUser():
            words = ["user", request.action.kind]
        case action:
            words = [action.kind]
    words.append(request.customer)
    match request.scope:
        case Groups(names=names):
            words += _groups(names)
        case Users(addresses=addresses):
            words += addresses
        case Filters() as filters:
            words += _filters(filters)
        case _:
            pass
    return " ".join([*words, time_option(request)]).rstrip()


def time_option(request: ChangeRequest) -> str:
    """Return the option that says for how long, as a command has it; ``""`` where it is for good."""
    limit: TimeLimit | None = getattr(request, "time_limit", None)
    match request.action:
        case MoveEnd(until=until) if until:
            limit = TimeLimit(until=until)
        case Restore():
            return f"{ACCESS_AFTER} {limit.option.partition(' ')[2] if limit else NEVER}"
    return limit.option if limit else ""


def _groups(names: tuple[str, ...]) -> list[str]:
    return [word for name in names for word in ("--group", f'"{name}"' if " " in name else name)]


def _filters(filters: Filters) -> list[str]:
    words = _groups(filters.groups)
    for name, value, (yes, no) in (
        ("--failover", filters.failover, ("on", "off")),
        ("--access", filters.access, ("on", "off")),
        ("--activated", filters.activation, ("yes", "no")),
    ):
        if value is not None:
            words += [name, yes if value else no]
    return words
