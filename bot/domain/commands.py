"""The commands, parsed: one frozen type each.

``right`` is the right that the help names and the use case demands; None where none is needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.actions import (
    Action,
    Activate,
    DeleteUser,
    EditUser,
    ImportUsers,
    MakeToken,
    PurgeUsers,
    Restore,
    SetFlag,
)
from bot.domain.audit.moment import Moment
from bot.domain.customer_rule import AccessAfter
from bot.domain.customer_set import SetName
from bot.domain.drill import Scenario
from bot.domain.review import ReviewState
from bot.domain.roles import Right, Role, Subject
from bot.domain.scope import Filters, Flag, Scope
from bot.domain.time_limit import AskedTime


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and where.

    In Slack ``user`` and ``channel`` are ids, and ``clicked`` says that a button was pressed rather
    than a command typed. At the terminal ``channel`` is None, ``terminal`` is the `user@host` who
    types, and ``user`` the Slack id of the person on whose behalf, or the same `user@host`.
    ``command`` is the name of the command typed, or "". ``direct`` is the direct message in which a
    button was pressed that counts as one of the channel, or "".
    """

    user: str
    channel: str | None
    team: str = ""
    terminal: str | None = None
    clicked: bool = False
    command: str = ""
    direct: str = ""


@dataclass(frozen=True, slots=True)
class FlagCommand:
    """`failover on 44444 [USER...] [--group G]... [--for TIME|--until TIME] [--file] [--emergency]
    [--reason TEXT]`.

    ``from_file``: a form asks for a file with the users; the scope is not used then. ``time`` is for
    how long it holds, None for good. ``emergency``: a commander decides it alone.
    """

    right: ClassVar[Right] = SetFlag.proposed_by
    flag: Flag
    on: bool
    customer: str
    scope: Scope
    reason: str = ""
    from_file: bool = False
    time: AskedTime | None = None
    emergency: bool = False

    @property
    def action(self) -> Action:
        """The change of the flag."""
        return SetFlag(self.flag, self.on)


@dataclass(frozen=True, slots=True)
class ActivateCommand:
    """`activate CUSTOMER [USER...] [--group G]... [--for TIME|--until TIME] [--emergency] [--reason TEXT]`."""

    right: ClassVar[Right] = Activate.proposed_by
    customer: str
    scope: Scope
    reason: str = ""
    time: AskedTime | None = None
    emergency: bool = False

    @property
    def action(self) -> Action:
        """Access on, then failover on."""
        return Activate()


@dataclass(frozen=True, slots=True)
class RestoreCommand:
    """`restore CUSTOMER [USER...] [--group G]... [--access-after TIME|never] [--emergency]
    [--reason TEXT]`.

    ``access_after`` None: as the rule of the customer says.
    """

    right: ClassVar[Right] = Restore.proposed_by
    customer: str
    scope: Scope
    reason: str = ""
    access_after: AccessAfter | None = None
    emergency: bool = False

    @property
    def action(self) -> Action:
        """Failover off, and access off later."""
        return Restore()


@dataclass(frozen=True, slots=True)
class BatchCommand:
    """A command for several customers: `failover on 44444 10101 @emea …`.

    ``command`` is the one for each of them, whatever its ``customer`` is; ``named`` are numbers and sets.
    """

    right: ClassVar[Right] = Right.PROPOSE
    command: FlagCommand | ActivateCommand | RestoreCommand
    named: tuple[str | SetName, ...]


@dataclass(frozen=True, slots=True)
class CreateSetCommand:
    """`set create NAME CUSTOMER...`."""

    right: ClassVar[Right] = Right.ADMINISTER
    name: SetName
    customers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShowSetCommand:
    """`set show NAME`."""

    right: ClassVar[Right] = Right.VIEW
    name: SetName


@dataclass(frozen=True, slots=True)
class ListSetsCommand:
    """`set list`."""

    right: ClassVar[Right] = Right.VIEW


@dataclass(frozen=True, slots=True)
class DeleteSetCommand:
    """`set delete NAME`."""

    right: ClassVar[Right] = Right.ADMINISTER
    name: SetName


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
class ReviewCommand:
    """`review CHANGE accept|object [REASON]`: of what a commander decided alone."""

    right: ClassVar[Right] = Right.APPROVE
    change_id: str
    state: ReviewState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExtendCommand:
    """`extend CHANGE TIME [--reason TEXT]`: the timed change ends so much later, or at this time."""

    right: ClassVar[Right] = Right.PROPOSE
    change_id: str
    by: AskedTime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KeepCommand:
    """`keep CHANGE`: the timed change is not taken back by itself."""

    right: ClassVar[Right] = Right.PROPOSE
    change_id: str


@dataclass(frozen=True, slots=True)
class StillNeededCommand:
    """`still-needed CHANGE REASON`: the daily report is silent about it for a day."""

    right: ClassVar[Right] = Right.PROPOSE
    change_id: str
    reason: str


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
