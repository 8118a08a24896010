"""How many users were in failover and able to read, and what people did, as the entries tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from bot.domain.actions import SetFlag, switches
from bot.domain.audit.chain import AuditEntry, Record
from bot.domain.audit.change_history import EMERGENCY, PROPOSED
from bot.domain.audit.change_story import NO_STORY, PREVIEWED, ChangeStory
from bot.domain.cannot_read import CannotRead
from bot.domain.scope import Flag, Scope, Users

# While these are the last that is recorded of a change, nobody knows how many are in failover.
EXECUTING = "change.executing"
_NOT_KNOWN = frozenset({EXECUTING, "change.lost", "change.unknown", "change.accepted"})


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
    EMERGENCY: MarkKind.APPROVED,
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
    sent: dict[str, object] = {}
    for entry in entries:
        record, story = entry.record, stories.get(entry.record.change_id, NO_STORY)
        steps = switches(story.action) if story.action else ()
        step = _step_of(record, steps, sent)
        failover = next((one for one in steps if one.flag is Flag.FAILOVER), None)
        if step and step.flag is Flag.ACCESS and record.kind == EXECUTING:
            _forget_readers(found, record.customer, record.at)
        if story.scope is None or failover is None:
            continue
        key = record.customer, story.scope
        if step == failover and record.kind == EXECUTING:
            _forget_others(found, key, record.at)
        if record.kind == PREVIEWED:
            _add(found, key, _previewed(entry, failover, alone=len(steps) == 1))
        elif step == failover:
            _add(found, key, _read_back(entry, on=failover.on))
    return [one for one in found.values() if any(c.in_failover is not None for c in one.counts)]


def _step_of(record: Record, steps: Sequence[SetFlag], sent: dict[str, object]) -> SetFlag | None:
    """Return the flag that an entry is about: of several steps the one that it names, or was sent last."""
    named = record.detail.get("step") or sent.get(record.change_id)
    sent[record.change_id] = named
    return next((one for one in steps if named in (None, one.title.lower())), None)


def _add(
    found: dict[tuple[str, Scope], CountedUsers],
    key: tuple[str, Scope],
    counted: tuple[Count, int | None] | None,
) -> None:
    if counted is not None:
        users = found.setdefault(key, CountedUsers(*key))
        count, total = counted
        users.total = users.total if total is None else total
        users.add(count)


def _is_way_back(entry: AuditEntry, stories: Mapping[str, ChangeStory]) -> bool:
    action = stories.get(entry.record.change_id, NO_STORY).action
    switched = switches(action) if action else ()
    return bool(entry.record.detail.get("back_of") or (switched and not switched[0].on))


def _forget_readers(
    found: Mapping[tuple[str, Scope], CountedUsers], customer: str, at: datetime
) -> None:
    """Note that who can read is not known any more: access is switched."""
    for users in found.values():
        last = users.counts[-1]
        if users.customer == customer and last.in_failover and last.able_to_read is not None:
            users.counts.append(Count(at, last.in_failover, None))


def _forget_others(
    found: Mapping[tuple[str, Scope], CountedUsers], key: tuple[str, Scope], at: datetime
) -> None:
    """Note that the counts of scopes that may hold the same users are not known any more."""
    customer, scope = key
    for users in found.values():
        known = users.counts[-1].in_failover is not None
        if (
            known
            and users.customer == customer
            and users.scope != scope
            and _meet(users.scope, scope)
        ):
            users.counts.append(Count(at, None, None))


def _meet(one: Scope, other: Scope) -> bool:
    """Whether a user may be in both: only named users are told apart."""
    match one, other:
        case Users(addresses=some), Users(addresses=others):
            return not frozenset(some).isdisjoint(others)
    return True


def _previewed(
    entry: AuditEntry, failover: SetFlag, *, alone: bool
) -> tuple[Count, int | None] | None:
    """Return what a preview counted, with the number of all users of the scope.

    Of a change of several steps the users in failover are a number of their own.
    """
    detail = entry.record.detail
    there = detail.get("already") if alone else _number(detail.get("In failover now"))
    return _count(entry, there, detail.get("total"), on=failover.on)


def _read_back(entry: AuditEntry, *, on: bool) -> tuple[Count, int | None] | None:
    """Return what was read back, a gap after what left it open; None: the entry tells nothing."""
    match entry.record.detail.get("read_back"):
        case [int(there), int(total)]:
            return _count(entry, there, total, on=on)
    unknown = Count(entry.record.at, None, None)
    return (unknown, None) if entry.record.kind in _NOT_KNOWN else None


def _count(
    entry: AuditEntry, there: object, total: object, *, on: bool
) -> tuple[Count, int | None] | None:
    if not isinstance(total, int) or not isinstance(there, int):
        return None
    in_failover = there if on else max(total - there, 0)
    able = _able(entry.record.detail, in_failover, total)
    return Count(entry.record.at, in_failover, able), total


def _number(text: object) -> int | None:
    digits = str(text).replace(",", "")
    return int(digits) if digits.isdecimal() else None


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
