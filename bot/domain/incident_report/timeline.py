"""How many users were in failover and able to read, and what people did, as the entries tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import SetFlag, switches
from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_history import PROPOSED
from bot.domain.audit.change_story import NO_STORY, PREVIEWED, ChangeStory
from bot.domain.cannot_read import CannotRead
from bot.domain.scope import Flag, Scope

# While these are the last that is recorded of a change, nobody knows how many are in failover.
_NOT_KNOWN = frozenset({"change.executing", "change.lost", "change.unknown", "change.accepted"})


class MarkKind(StrEnum):
    """What a person did, as the picture tells them apart."""

    ASKED = "asked"
    APPROVED = "approved"
    BACK = "back"
    STOPPED = "stopped"


_MARKS: Mapping[str, MarkKind] = {
    PROPOSED: MarkKind.ASKED,
    "change.confirmed": MarkKind.APPROVED,
    "change.approved": MarkKind.APPROVED,
    "change.denied": MarkKind.STOPPED,
    "change.cancelled": MarkKind.STOPPED,
    "change.stop_asked": MarkKind.STOPPED,
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What a person did, in the entry ``seq``."""

    seq: int
    at: datetime
    kind: MarkKind


@dataclass(frozen=True, slots=True)
class Count:
    """What was known from ``at`` on; None is not known."""

    at: datetime
    in_failover: int | None
    able_to_read: int | None


@dataclass(slots=True)
class CountedUsers:
    """The counts of the users of one scope of a customer, oldest first; ``total`` is the last one."""

    customer: str
    scope: Scope
    total: int | None = None
    counts: list[Count] = field(default_factory=list)

    def add(self, count: Count) -> None:
        """Add a count; where as many are in failover as before, as many of them can read."""
        if self.counts and count.able_to_read is None and count.in_failover is not None:
            last = self.counts[-1]
            if last.in_failover == count.in_failover:
                count = replace(count, able_to_read=last.able_to_read)
        self.counts.append(count)


def marks(entries: Iterable[AuditEntry], stories: Mapping[str, ChangeStory]) -> list[Mark]:
    """Return what people did, in the order of the entries."""
    found = []
    for entry in entries:
        kind = _MARKS.get(entry.record.kind)
        if kind is None or (entry.record.actor == "bot" and kind is not MarkKind.ASKED):
            continue
        if kind is MarkKind.ASKED and _is_way_back(entry, stories):
            kind = MarkKind.BACK
        found.append(Mark(entry.seq, entry.record.at, kind))
    return found


def counted_users(
    entries: Iterable[AuditEntry], stories: Mapping[str, ChangeStory]
) -> list[CountedUsers]:
    """Return the counts of each scope that failover was switched for, the first one first.

    A change for groups or named users counts these alone, so each scope has counts of its own.
    """
    found: dict[tuple[str, Scope], CountedUsers] = {}
    for entry in entries:
        story, customer = stories.get(entry.record.change_id, NO_STORY), entry.record.customer
        failover, scope = _failover(story), story.scope
        if failover is None:
            if entry.record.kind == "change.executing" and _switches(story, Flag.ACCESS):
                _forget_readers(found, customer, entry.record.at)
            continue
        counted = _counted(entry, on=failover.on)
        if scope is None or counted is None:
            continue
        count, total = counted
        users = found.setdefault((customer, scope), CountedUsers(customer, scope))
        users.total = users.total if total is None else total
        users.add(count)
    return [one for one in found.values() if any(c.in_failover is not None for c in one.counts)]


def _is_way_back(entry: AuditEntry, stories: Mapping[str, ChangeStory]) -> bool:
    action = stories.get(entry.record.change_id, NO_STORY).action
    switched = switches(action) if action else ()
    return bool(entry.record.detail.get("back_of") or (switched and not switched[0].on))


def _failover(story: ChangeStory) -> SetFlag | None:
    """Return how the change switches failover; None where it does not."""
    return _switches(story, Flag.FAILOVER)


def _switches(story: ChangeStory, flag: Flag) -> SetFlag | None:
    switched = switches(story.action) if story.action else ()
    return next((one for one in switched if one.flag is flag), None)


def _forget_readers(
    found: Mapping[tuple[str, Scope], CountedUsers], customer: str, at: datetime
) -> None:
    """Note that who can read is not known any more: access is switched."""
    for users in found.values():
        last = users.counts[-1]
        if users.customer == customer and last.in_failover and last.able_to_read is not None:
            users.counts.append(Count(at, last.in_failover, None))


def _counted(entry: AuditEntry, *, on: bool) -> tuple[Count, int | None] | None:
    """Return what an entry tells, with the number of all users of the scope; None: nothing."""
    record, detail = entry.record, entry.record.detail
    if record.kind == PREVIEWED:
        total, there = detail.get("total"), detail.get("already")
    else:
        match detail.get("read_back"):
            case [there, total]:
                pass
            case _:
                total = there = None
    if not isinstance(total, int) or not isinstance(there, int):
        return (Count(record.at, None, None), None) if record.kind in _NOT_KNOWN else None
    in_failover = there if on else max(total - there, 0)
    return Count(record.at, in_failover, _able(detail, in_failover, total)), total


def _able(detail: Mapping[str, object], in_failover: int, total: int) -> int | None:
    """Return how many of those in failover can read their mail there."""
    if in_failover == 0:
        return 0
    cannot = detail.get("cannot_read")
    if cannot is None and in_failover == total:
        off, inactive = detail.get("access_off"), detail.get("not_activated")
        if isinstance(off, int) and isinstance(inactive, int):
            cannot = CannotRead.of(total, off, inactive, None).users
    return max(in_failover - cannot, 0) if isinstance(cannot, int) else None
