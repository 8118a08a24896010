"""The commands, parsed: one frozen type each; here those that ask, and all of them as one type.

``right`` is the right that the help names and the use case demands; None where none is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.admin_commands import (
    CreateSetCommand,
    DeleteSetCommand,
    GrantRoleCommand,
    ListRolesCommand,
    ListSetsCommand,
    NameCustomerCommand,
    RevokeRoleCommand,
    ShowSetCommand,
)
from bot.domain.audit.moment import Moment
from bot.domain.change_commands import (
    ActivateCommand,
    BatchCommand,
    CancelCommand,
    DeleteUserCommand,
    EditUserCommand,
    ExtendCommand,
    FlagCommand,
    ImportUsersCommand,
    KeepCommand,
    PasswordCommand,
    PurgeUsersCommand,
    RestoreCommand,
    ReviewCommand,
    StillNeededCommand,
    TokenCommand,
)
from bot.domain.drill import Scenario
from bot.domain.roles import Right
from bot.domain.scope import Filters


@dataclass(frozen=True, slots=True)
class StatusCommand:
    """`status CUSTOMER [--group G]...`."""

    right: ClassVar[Right] = Right.VIEW
    customer: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OnCommand:
    """`on [CUSTOMER]`."""

    right: ClassVar[Right] = Right.VIEW
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class ListUsersCommand:
    """`users CUSTOMER [filters] [--here]`; ``here``: the channel sees the list, else who asks alone."""

    right: ClassVar[Right] = Right.VIEW
    customer: str
    filters: Filters
    here: bool = False


@dataclass(frozen=True, slots=True)
class ShowUserCommand:
    """`user show CUSTOMER USER`."""

    right: ClassVar[Right] = Right.VIEW
    customer: str
    address: str


@dataclass(frozen=True, slots=True)
class PendingCommand:
    """`pending [CUSTOMER]`."""

    right: ClassVar[Right] = Right.VIEW
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeCommand:
    """`notice CUSTOMER [--language LANGUAGE]... [--url URL] [--contact TEXT]`.

    No ``languages`` for all; ``""`` for the address and the contact that are set.
    """

    right: ClassVar[Right] = Right.VIEW
    customer: str
    languages: tuple[str, ...] = ()
    portal_url: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class AuditCommand:
    """`audit [CUSTOMER|CHANGE] [--person P] [--since T] [--until T] [--file]`.

    At most one of ``customer`` and ``change_id`` is set. ``person`` is the id or the name of who
    acted; ``file``: the entries as files for the person who asks.
    """

    right: ClassVar[Right] = Right.VIEW
    customer: str | None = None
    change_id: str | None = None
    person: str | None = None
    since: Moment | None = None
    until: Moment | None = None
    file: bool = False


@dataclass(frozen=True, slots=True)
class StartDrillCommand:
    """`drill start CUSTOMER SCENARIO`."""

    right: ClassVar[Right] = Right.PROPOSE
    customer: str
    scenario: Scenario


@dataclass(frozen=True, slots=True)
class EndDrillCommand:
    """`drill end CUSTOMER`."""

    right: ClassVar[Right] = Right.PROPOSE
    customer: str


@dataclass(frozen=True, slots=True)
class ListDrillsCommand:
    """`drill list [CUSTOMER]`."""

    right: ClassVar[Right] = Right.VIEW
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class ReportCommand:
    """`report [CUSTOMER|CHANGE] [--since T] [--until T]`; without both, of this channel."""

    right: ClassVar[Right] = Right.VIEW
    customer: str | None = None
    change_id: str | None = None
    since: Moment | None = None
    until: Moment | None = None


@dataclass(frozen=True, slots=True)
class WhoAmICommand:
    """`whoami [CUSTOMER]`."""

    right: ClassVar[Right | None] = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class HelpCommand:
    """`help [COMMAND]`; ``topic`` is the name of a command, e.g. `failover` or `role grant`."""

    right: ClassVar[Right | None] = None
    topic: str | None = None


Command = (
    FlagCommand
    | ActivateCommand
    | RestoreCommand
    | BatchCommand
    | CreateSetCommand
    | ShowSetCommand
    | ListSetsCommand
    | DeleteSetCommand
    | StatusCommand
    | OnCommand
    | ListUsersCommand
    | ShowUserCommand
    | EditUserCommand
    | DeleteUserCommand
    | ImportUsersCommand
    | PurgeUsersCommand
    | TokenCommand
    | PasswordCommand
    | PendingCommand
    | StartDrillCommand
    | EndDrillCommand
    | ListDrillsCommand
    | CancelCommand
    | ReviewCommand
    | ExtendCommand
    | KeepCommand
    | StillNeededCommand
    | NoticeCommand
    | AuditCommand
    | ReportCommand
    | ListRolesCommand
    | GrantRoleCommand
    | RevokeRoleCommand
    | NameCustomerCommand
    | WhoAmICommand
    | HelpCommand
)
