"""What a person can ask for, parsed: one frozen type a command."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.roles import Role, Subject
from bot.domain.scope import Flag, Scope


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and where. ``channel`` is None on the terminal, where ``terminal`` is `user@host`, who
    really sits there, and ``user`` is the Slack id of whom it is done for, or again `user@host`.

    ``clicked`` is whether he pressed something on a message of ours, rather than typed.
    """

    user: str
    channel: str | None
    team: str = ""
    terminal: str | None = None
    clicked: bool = False


@dataclass(frozen=True, slots=True)
class SetFlag:
    """Propose a change: `failover on 44444 [USER...] [--group G]... [--reason TEXT]`."""

    flag: Flag
    on: bool
    customer: str
    scope: Scope
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """`status CUSTOMER`."""

    customer: str


@dataclass(frozen=True, slots=True)
class Pending:
    """`pending [CUSTOMER]`."""

    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Cancel:
    """`cancel CHANGE`."""

    change_id: str


@dataclass(frozen=True, slots=True)
class Audit:
    """`audit [CUSTOMER|CHANGE]`: at most one of the two is set."""

    customer: str | None = None
    change_id: str | None = None


@dataclass(frozen=True, slots=True)
class RoleList:
    """`role list [SUBJECT] [ROLE] [CUSTOMER]`."""

    subject: Subject | None = None
    role: Role | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class RoleGrant:
    """`role grant SUBJECT ROLE CUSTOMER [--hours N]`; ``customer`` is ``*`` or a number."""

    subject: Subject
    role: Role
    customer: str
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class RoleRevoke:
    """`role revoke SUBJECT ROLE CUSTOMER`."""

    subject: Subject
    role: Role
    customer: str


@dataclass(frozen=True, slots=True)
class NameCustomer:
    """`customer name CUSTOMER NAME`; 1 to 80 visible characters."""

    customer: str
    name: str


@dataclass(frozen=True, slots=True)
class WhoAmI:
    """`whoami [CUSTOMER]`."""

    customer: str | None = None


@dataclass(frozen=True, slots=True)
class Help:
    """`help [COMMAND]`; ``topic`` is the name of a command, e.g. `failover` or `role grant`."""

    topic: str | None = None


Command = (
    SetFlag
    | Status
    | Pending
    | Cancel
    | Audit
    | RoleList
    | RoleGrant
    | RoleRevoke
    | NameCustomer
    | WhoAmI
    | Help
)
