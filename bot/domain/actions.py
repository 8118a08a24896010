"""What a change does to the API: one frozen type for each kind of change."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from bot.domain.mail_user import FieldChange
from bot.domain.roles import Right
from bot.domain.scope import Flag


@dataclass(frozen=True, slots=True)
class SetFlag:
    """Set or remove a flag. The opposite action reverts it."""

    flag: Flag
    on: bool
    kind: Literal["switch"] = field(default="switch", init=False)
    proposed_by: ClassVar[Right] = Right.PROPOSE

    @property
    def direction(self) -> str:
        """`on` or `off`."""
        return "on" if self.on else "off"

    @property
    def title(self) -> str:
        """`FAILOVER ON`."""
        return f"{self.flag} {self.direction}".upper()

    @property
    def topic(self) -> str:
        """The name in the policy table and in the column ``flag``."""
        return self.flag.value


FAILOVER_ON, FAILOVER_OFF = SetFlag(Flag.FAILOVER, on=True), SetFlag(Flag.FAILOVER, on=False)
ACCESS_ON, ACCESS_OFF = SetFlag(Flag.ACCESS, on=True), SetFlag(Flag.ACCESS, on=False)


@dataclass(frozen=True, slots=True)
class Activate:
    """Switch access on, then failover on: the manual's order, as one change with two steps."""

    kind: Literal["activate"] = field(default="activate", init=False)
    proposed_by: ClassVar[Right] = Right.PROPOSE
    title: ClassVar[str] = "ACTIVATE"
    topic: ClassVar[str] = "activate"
    steps: ClassVar[tuple[SetFlag, ...]] = (ACCESS_ON, FAILOVER_ON)


@dataclass(frozen=True, slots=True)
class Restore:
    """Switch failover off. After the time limit of the change the bot switches access off, too."""

    kind: Literal["restore"] = field(default="restore", init=False)
    proposed_by: ClassVar[Right] = Right.PROPOSE
    title: ClassVar[str] = "RESTORE"
    topic: ClassVar[str] = "restore"
    steps: ClassVar[tuple[SetFlag, ...]] = (FAILOVER_OFF,)


@dataclass(frozen=True, slots=True)
class EditUser:
    """Change fields of one user. Each holds the value at the time of the proposal, too."""

    fields: tuple[FieldChange, ...]
    kind: Literal["edit"] = field(default="edit", init=False)
    proposed_by: ClassVar[Right] = Right.PROPOSE
    title: ClassVar[str] = "EDIT USER"
    topic: ClassVar[str] = "edit"


@dataclass(frozen=True, slots=True)
class DeleteUser:
    """Delete one user. This cannot be reverted."""

    kind: Literal["delete"] = field(default="delete", init=False)
    proposed_by: ClassVar[Right] = Right.ADMINISTER
    title: ClassVar[str] = "DELETE USER"
    topic: ClassVar[str] = "delete"


@dataclass(frozen=True, slots=True)
class ImportUsers:
    """Update the users of a file in bulk. Its rows are kept until the change has ended."""

    file: str
    kind: Literal["import"] = field(default="import", init=False)
    proposed_by: ClassVar[Right] = Right.PROPOSE
    title: ClassVar[str] = "IMPORT USERS"
    topic: ClassVar[str] = "import"


@dataclass(frozen=True, slots=True)
class PurgeUsers:
    """Delete every user that matches the filters. This cannot be reverted."""

    kind: Literal["purge"] = field(default="purge", init=False)
    proposed_by: ClassVar[Right] = Right.ADMINISTER
    title: ClassVar[str] = "DELETE IN BULK"
    topic: ClassVar[str] = "purge"


@dataclass(frozen=True, slots=True)
class MakeToken:
    """Make an activation token: shown to the requester once, or sent by mail where ``notify``."""

    notify: bool
    kind: Literal["token"] = field(default="token", init=False)
    proposed_by: ClassVar[Right] = Right.ADMINISTER
    topic: ClassVar[str] = "token"

    @property
    def title(self) -> str:
        """`TOKEN BY MAIL`, or `TOKEN`."""
        return "TOKEN BY MAIL" if self.notify else "TOKEN"


@dataclass(frozen=True, slots=True)
class MoveEnd:
    """Move the end of a timed change ``before`` which it is on, or give its way back up (``until`` None).

    ``change`` is its id, ``flag`` and ``on`` what it switches, ``zone`` the time zone of who asks. Nothing
    is sent to the API.
    """

    change: str
    flag: Flag
    on: bool
    before: datetime
    until: datetime | None = None
    zone: str = ""
    kind: Literal["end"] = field(default="end", init=False)
    proposed_by: ClassVar[Right] = Right.PROPOSE

    @property
    def title(self) -> str:
        """`EXTEND FAILOVER ON`, or `KEEP FAILOVER ON`."""
        verb = "extend" if self.until else "keep"
        return f"{verb} {self.flag} {'on' if self.on else 'off'}".upper()

    @property
    def topic(self) -> str:
        """The policy asks of it what it asks of the change itself."""
        return self.flag.value


Action = (
    SetFlag
    | Activate
    | Restore
    | MoveEnd
    | EditUser
    | DeleteUser
    | ImportUsers
    | PurgeUsers
    | MakeToken
)
TOPICS = (*(flag.value for flag in Flag), "edit", "delete", "import", "purge", "token")

# These write the user objects themselves; flags and tokens leave them as they are.
_WRITES_USERS = (EditUser, DeleteUser, ImportUsers, PurgeUsers)
_UPDATES = (EditUser, ImportUsers)


def switches(action: Action) -> tuple[SetFlag, ...]:
    """Return the flags that a change switches, in the order in which it does; () for other kinds."""
    match action:
        case SetFlag():
            return (action,)
        case Activate() | Restore():
            return action.steps
        case _:
            return ()


def covered(action: Action) -> tuple[SetFlag, ...]:
    """Return the flags that one decision on it switches: of a restore also access off, later."""
    later = (ACCESS_OFF,) if isinstance(action, Restore) else ()
    return (*switches(action), *later)


def policy_topics(action: Action) -> tuple[str, ...]:
    """Return the topics of the policy table that apply to it; the strictest one decides."""
    return tuple(one.topic for one in covered(action)) or (action.topic,)


def topics_that_switch(flag: Flag) -> tuple[str, ...]:
    """Return the topics of the changes that switch this flag."""
    steps = [one.topic for one in (Activate, Restore) if flag in [step.flag for step in one.steps]]
    return (flag.value, *steps)


def search_topics(action: Action) -> tuple[str, ...]:
    """Return the topics of the changes that have to do with the flags of this one, also later; its own
    for other kinds."""
    flags = [one.flag for one in covered(action)]
    topics = [Activate.topic, Restore.topic] if flags else [action.topic]
    return (*dict.fromkeys(flag.value for flag in flags), *topics)


def opposite(action: Action) -> Action | None:
    """Return the action that takes this one back, or None where there is none.

    An edit of a field that the API did not tell before has none.
    """
    match action:
        case SetFlag(flag=flag, on=on):
            return SetFlag(flag, not on)
        case Activate():
            return Restore()
        case Restore():
            return Activate()
        case EditUser(fields=fields) if all(one.before is not None for one in fields):
            return EditUser(tuple(FieldChange(one.name, one.after, one.before) for one in fields))
        case _:
            return None


def at_the_end(action: Action) -> Action | None:
    """Return what the bot does by itself at the end of a timed change: after a restore access off."""
    return ACCESS_OFF if isinstance(action, Restore) else opposite(action)


def can_be_repeated(action: Action) -> bool:
    """Whether the same action can be proposed again with a button.

    Not an import, whose rows are deleted when it ends, an edit, whose old values are out of date,
    or a deletion, whose address or number is typed each time.
    """
    return bool(switches(action)) or isinstance(action, MakeToken)


def audit_detail(action: Action) -> dict[str, object]:
    """Return what the audit trail holds of an action besides its command: the fields of an edit."""
    if isinstance(action, MoveEnd):
        until = action.until.isoformat() if action.until else None
        return {"of": action.change, "end_before": action.before.isoformat(), "until": until}
    if not isinstance(action, EditUser):
        return {}
    return {"fields": {one.name: [one.before, one.after] for one in action.fields}}


def is_revealed_to_requester(action: Action) -> bool:
    """Whether it is executed only when the requester presses a button, to be shown the token."""
    return isinstance(action, MakeToken) and not action.notify


def are_independent(one: Action, other: Action) -> bool:
    """Whether two actions on the same users may run at the same time.

    A failover waits for no import, deletion or token.
    """
    return _may_run_beside(one, other) or _may_run_beside(other, one)


def _may_run_beside(one: Action, other: Action) -> bool:
    if isinstance(one, MoveEnd):
        return True
    if isinstance(one, _UPDATES):
        return bool(switches(other)) or isinstance(other, MakeToken)
    # A purge may take half an hour. Each user is read, with the flags, just before they are
    # deleted.
    return isinstance(one, MakeToken | PurgeUsers | DeleteUser) and bool(switches(other))


def affects_same_counts(one: Action, other: Action) -> bool:
    """Whether ``one`` may have changed the numbers that were counted for ``other``."""
    if {mine.flag for mine in switches(one)} & {theirs.flag for theirs in switches(other)}:
        return True
    return isinstance(one, _WRITES_USERS) and isinstance(other, _WRITES_USERS)


def may_undo(late: Action, new: Action) -> bool:
    """Whether a late effect of ``late`` would change what ``new`` has set."""
    if switches(late) and switches(new):
        return any(opposite(one) in switches(new) for one in switches(late))
    # A late update may bring back, as it was, a user who was deleted or edited since.
    return isinstance(late, _WRITES_USERS) and isinstance(new, _WRITES_USERS) and late != new
