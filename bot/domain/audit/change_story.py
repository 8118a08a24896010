"""What was asked for, counted and approved of a change, as its audit entries tell it.

Read from the entries and not from the row of the change: the entries cannot be altered unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.actions import (
    Action,
    Activate,
    DeleteUser,
    EditUser,
    ImportUsers,
    MakeToken,
    MoveEnd,
    PurgeUsers,
    Restore,
    SetFlag,
)
from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_history import APPROVED, ASKED_AGAIN, PROPOSED, person
from bot.domain.change_request import NEVER, Proposal, command_text
from bot.domain.scope import Everyone, FileUsers, Filters, Flag, Groups, Scope, Users
from bot.domain.time_limit import TimeLimit, parse_option
from bot.errors import InvalidInput

PREVIEWED, CONFIRMED = "change.previewed", "change.confirmed"
# The kinds of entries that a story is read from.
STORY_KINDS = (PROPOSED, PREVIEWED, CONFIRMED, APPROVED, ASKED_AGAIN)

_COMMAND = re.compile(
    r"((?:extend |keep )?(?:failover on|failover off|access on|access off)|activate|restore|token --notify|token"
    r"|user edit|user delete|import|purge) ([0-9]+)(?: (.*))?",
    re.DOTALL,
)
_OPTION = re.compile(r'(--[a-z]+) (?:"([^"]*)"|(\S+))')
_TIME = re.compile(r"(?:(.*) )?(--for|--until|--access-after) (\S+)", re.DOTALL)
_OF_STEPS: Mapping[str, Action] = {"activate": Activate(), "restore": Restore()}
_FLAG_OPTIONS = {"--failover": "failover", "--access": "access", "--activated": "activation"}


@dataclass(frozen=True, slots=True)
class Approver:
    """Who approved or confirmed, by id and by their name of that day, which may be ``""``."""

    seq: int
    id: str
    name: str


@dataclass(slots=True)
class ChangeStory:
    """One change. ``action`` and ``scope`` are None where its command cannot be read.

    ``requester`` has id and name; ``customer_name`` is that of the day; ``drill``: it was a rehearsal; ``fields`` are the names of an edit's fields; ``counts``
    are the users that the previews counted, by the number of the entry; ``asked_again`` are the
    entries after which earlier approvals no longer counted.
    """

    command: str = ""
    customer_name: str = ""
    reason: str = ""
    action: Action | None = None
    scope: Scope | None = None
    time_limit: TimeLimit | None = None
    fields: tuple[str, ...] = ()
    drill: bool = False
    counts: dict[int, int] = field(default_factory=dict)
    approvers: list[Approver] = field(default_factory=list)
    asked_again: list[int] = field(default_factory=list)
    requester: tuple[str, str] | None = None

    def users(self, seq: int) -> int | None:
        """Return how many users it was for at the entry ``seq``: the last count, or the first."""
        match self.scope:
            case Users(addresses=addresses):
                return len(addresses)
            case FileUsers(users=users):
                return users
        before = [number for at, number in self.counts.items() if at <= seq]
        return before[-1] if before else next(iter(self.counts.values()), None)

    def approved_by(self, seq: int) -> list[Approver]:
        """Return whose approval counted after the entry ``seq``."""
        since = max((one for one in self.asked_again if one <= seq), default=0)
        return [one for one in self.approvers if since < one.seq <= seq]

    def read(self, entry: AuditEntry) -> None:
        """Read the next entry of this change, of one of STORY_KINDS."""
        record, detail = entry.record, entry.record.detail
        if record.kind == PROPOSED:
            self.requester = person(entry), record.actor_name
            self.command = str(detail.get("command", ""))
            self.customer_name = str(detail.get("customer_name") or "")
            self.reason = str(detail.get("reason") or "")
            self.drill = detail.get("drill") is True
            fields = detail.get("fields")
            self.fields = tuple(map(str, fields)) if isinstance(fields, Mapping) else ()
            if request := read_command(self.command, detail):
                self.action, self.scope = request.action, request.scope
                self.time_limit = request.time_limit
            decided = detail.get("approved_by")  # with the change that this one takes back
            for one in decided if isinstance(decided, list) else ():
                self.approvers.append(Approver(entry.seq, str(one), ""))
        elif record.kind == ASKED_AGAIN:
            self.asked_again.append(entry.seq)
        elif record.kind == PREVIEWED:
            self._count(entry.seq, detail)
        else:
            self.approvers.append(Approver(entry.seq, person(entry), record.actor_name))
            self._count(entry.seq, detail.get("preview"))

    def _count(self, seq: int, seen: object) -> None:
        total = seen.get("total") if isinstance(seen, Mapping) else None
        if isinstance(total, int):
            self.counts[seq] = total


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The latest names by the id of a person and by the number of a customer.

    An entry holds the name of its day; these are for those that do not.
    """

    people: Mapping[str, str] = field(default_factory=dict)
    customers: Mapping[str, str] = field(default_factory=dict)


NO_STORY, NO_NAMES = ChangeStory(), KnownNames()


def change_stories(entries: Iterable[AuditEntry]) -> dict[str, ChangeStory]:
    """Return the stories by the id of the change; ``entries`` of STORY_KINDS in their order."""
    found: dict[str, ChangeStory] = {}
    for entry in entries:
        if entry.record.kind in STORY_KINDS:
            found.setdefault(entry.record.change_id, ChangeStory()).read(entry)
    return found


def names_in(entries: Iterable[AuditEntry]) -> KnownNames:
    """Return the last name that these entries give each person."""
    records = (entry.record for entry in entries)
    return KnownNames({one.actor: one.actor_name for one in records if one.actor_name})


def read_command(command: str, detail: Mapping[str, object]) -> Proposal | None:
    """Return what ``change_request.command_text`` wrote, or None where that is not certain.

    ``detail`` is that of the entry: it names the file of an import. The result is certain where it
    makes the same command again.
    """
    match = _COMMAND.fullmatch(command)
    if match is None:
        return None
    try:
        made = _proposal(match[1], match[2], match[3] or "", detail)
    except (InvalidInput, KeyError, ValueError):
        return None
    return made if command_text(made) == command else None


def _proposal(what: str, customer: str, rest: str, detail: Mapping[str, object]) -> Proposal:
    match what:
        case "import":
            users, digest = detail.get("users"), str(detail.get("sha256", ""))
            scope = FileUsers(users if isinstance(users, int) else 0, digest)
            return Proposal(customer, ImportUsers(str(detail.get("file", ""))), scope)
        case "purge":
            return Proposal(customer, PurgeUsers(), _filters(rest))
        case "token" | "token --notify":
            return Proposal(customer, MakeToken(what.endswith("--notify")), _users(rest))
        case "user edit":
            return Proposal(customer, EditUser(()), _users(rest))
        case "user delete":
            return Proposal(customer, DeleteUser(), _users(rest))
    return _of_a_flag(what, customer, rest, detail)


def _of_a_flag(what: str, customer: str, rest: str, detail: Mapping[str, object]) -> Proposal:
    limit = None
    if timed := _TIME.fullmatch(rest):
        rest = timed[1] or ""
        limit = parse_option(timed[2], timed[3]) if timed[3] != NEVER else None
    scope: Scope = Everyone()
    if rest.startswith("--group "):
        scope = Groups(_filters(rest).groups)
    elif rest:
        scope = _users(rest)
    if what in _OF_STEPS:
        return Proposal(customer, _OF_STEPS[what], scope, time_limit=limit)
    *moved, flag, direction = what.split(" ")
    if not moved:
        action = SetFlag(Flag(flag), direction == "on")
        return Proposal(customer, action, scope, time_limit=limit)
    before = datetime.fromisoformat(str(detail["end_before"]))
    until = limit.until if limit else None
    end = MoveEnd(str(detail["of"]), Flag(flag), direction == "on", before, until)
    return Proposal(customer, end, scope)


def _users(rest: str) -> Users:
    return Users.stored(tuple(rest.split(" ")))


def _filters(rest: str) -> Filters:
    options = [(one[1], one[2] or one[3]) for one in _OPTION.finditer(rest)]
    groups = tuple(value for name, value in options if name == "--group")
    flags = {
        _FLAG_OPTIONS[name]: value in ("on", "yes") for name, value in options if name != "--group"
    }
    return Filters(groups, **flags)
