"""What a person can ask for, parsed: one frozen type a command.

``right`` of a command is what its help names and its use case demands; None where none is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from bot.domain.actions import (
    Action,
    DeleteUser,
    EditUser,
    ImportUsers,
    MakeToken,
    PurgeUsers,
    SetFlag,
)
from bot.domain.roles import Right, Role, Subject
from bot.domain.scope import Filters, Flag, Groups, Scope, Users


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and where. ``channel`` is None on the terminal, where ``terminal`` is `user@host`, who
    really sits there, and ``user`` is the Slack id of whom it is done for, or again `user@host`.

    ``clicked`` is whether they pressed something on a message of ours, rather than typed.
    """

    user: str
    channel: str | None
    team: str = ""
    terminal: str | None = None
    clicked: bool = False


class ChangeRequest(Protocol):
    """What a change is proposed from: what is to be done, for whom, and why."""

    @property
    def customer(self) -> str:
        """The customer's number."""
        ...

    @property
    def action(self) -> Action:
        """What is to be done."""
        ...

    @property
    def scope(self) -> Scope:
        """For whom."""
        ...

    @property
    def reason(self) -> str:
        """Why; may be empty."""
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """A wish of any kind, put together from a form or a file; ``remarks`` are what the card says of that."""

    customer: str
    action: Action
    scope: Scope
    reason: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FlagCommand:
    """Propose a change: `failover on 44444 [USER...] [--group G]... [--file] [--reason TEXT]`.

    ``from_file``: the users come in a file, which a form asks for; the scope means nothing then.
    """

    right: ClassVar[Right] = SetFlag.proposed_by
    flag: Flag
    on: bool
    customer: str
    scope: Scope
    reason: str = ""
    from_file: bool = False

    @property
    def action(self) -> Action:
        """The switch that it asks for."""
        return SetFlag(self.flag, self.on)


@dataclass(frozen=True, slots=True)
class StatusCommand:
    """`status CUSTOMER [--group G]...`."""

    right: ClassVar[Right] = Right.VIEW
    customer: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListUsersCommand:
    """`users CUSTOMER [filters] [--private]`; ``private``: the file goes to the asker alone."""

    right: ClassVar[Right] = Right.VIEW
    customer: str
    filters: Filters
    private: bool = False


@dataclass(frozen=True, slots=True)
class ShowUserCommand:
    """`user show CUSTOMER USER`."""

    right: ClassVar[Right] = Right.VIEW
    customer: str
    address: str


@dataclass(frozen=True, slots=True)
class EditUserCommand:
    """`user edit CUSTOMER USER`: a form asks for the new values."""

    right: ClassVar[Right] = EditUser.proposed_by
    customer: str
    address: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeleteUserCommand:
    """`user delete CUSTOMER USER`: a form asks for the address once more."""

    right: ClassVar[Right] = DeleteUser.proposed_by
    customer: str
    address: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ImportUsersCommand:
    """`import CUSTOMER`: a form asks for the file."""

    right: ClassVar[Right] = ImportUsers.proposed_by
    customer: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PurgeUsersCommand:
    """`purge CUSTOMER [filters]`: a form asks for the number once more."""

    right: ClassVar[Right] = PurgeUsers.proposed_by
    customer: str
    filters: Filters
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TokenCommand:
    """`token CUSTOMER USER [--notify]`."""

    right: ClassVar[Right] = MakeToken.proposed_by
    customer: str
    address: str
    notify: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PasswordCommand:
    """`password USER`: a form asks for the token and the password."""

    right: ClassVar[Right] = Right.ADMINISTER
    address: str


@dataclass(frozen=True, slots=True)
class PendingCommand:
    """`pending [CUSTOMER]`."""

    right: ClassVar[Right] = Right.VIEW
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class CancelCommand:
    """`cancel CHANGE`."""

    right: ClassVar[Right] = Right.PROPOSE
    change_id: str


@dataclass(frozen=True, slots=True)
class AuditCommand:
    """`audit [CUSTOMER|CHANGE]`: at most one of the two is set."""

    right: ClassVar[Right] = Right.VIEW
    customer: str | None = None
    change_id: str | None = None


@dataclass(frozen=True, slots=True)
class ListRolesCommand:
    """`role list [SUBJECT] [ROLE] [CUSTOMER]`."""

    right: ClassVar[Right] = Right.ADMINISTER
    subject: Subject | None = None
    role: Role | None = None
    customer: str | None = None


@dataclass(frozen=True, slots=True)
class GrantRoleCommand:
    """`role grant SUBJECT ROLE CUSTOMER [--hours N]`; ``customer`` is ``*`` or a number."""

    right: ClassVar[Right] = Right.ADMINISTER
    subject: Subject
    role: Role
    customer: str
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class RevokeRoleCommand:
    """`role revoke SUBJECT ROLE CUSTOMER`."""

    right: ClassVar[Right] = Right.ADMINISTER
    subject: Subject
    role: Role
    customer: str


@dataclass(frozen=True, slots=True)
class NameCustomerCommand:
    """`customer name CUSTOMER NAME`; 1 to 80 visible characters."""

    right: ClassVar[Right] = Right.ADMINISTER
    customer: str
    name: str


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
    | StatusCommand
    | ListUsersCommand
    | ShowUserCommand
    | EditUserCommand
    | DeleteUserCommand
    | ImportUsersCommand
    | PurgeUsersCommand
    | TokenCommand
    | PasswordCommand
    | PendingCommand
    | CancelCommand
    | AuditCommand
    | ListRolesCommand
    | GrantRoleCommand
    | RevokeRoleCommand
    | NameCustomerCommand
    | WhoAmICommand
    | HelpCommand
)


def command_text(request: ChangeRequest) -> str:
    """Return the command that asks for this, without its reason: `failover off 44444`."""
    match request.action:
        case SetFlag(flag=flag, direction=direction):
            words = [flag.value, direction]
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
    return " ".join(words)


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
