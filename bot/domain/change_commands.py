"""The commands that propose, decide or follow a change."""

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
from bot.domain.customer_rule import AccessAfter
from bot.domain.customer_set import SetName
from bot.domain.review import ReviewState
from bot.domain.roles import Right
from bot.domain.scope import Filters, Flag, Scope
from bot.domain.time_limit import AskedTime


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
