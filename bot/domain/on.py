"""What is on: which changes of a flag still hold, by a replay of all that took effect.

The members of groups are known to the API alone. So a group that is switched off may hold users who
were named before, and an entry says so; nothing that may be on is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.actions import SetFlag, switches
from bot.domain.change import Change, switch_of
from bot.domain.change_state import UNDER_WAY, State
from bot.domain.outcome import UserOutcome, UserStatus
from bot.domain.scope import Everyone, Flag, Groups, Users, overlap

Part = Everyone | Groups | Users
# The audit entry of who said that something is still needed.
STILL_NEEDED = "on.still_needed"

# For everyone or groups these may have reached some users and not others.
_MAY_HOLD = UNDER_WAY | {State.PARTIAL, State.NEEDS_OPERATOR, State.GIVEN_UP}
_MAY_BE_SET = (UserStatus.ACCEPTED, UserStatus.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Switched:
    """A flag that a change switched, for the users whom it reached; ``certain``: all of these.

    ``at`` is when its last attempt began: changes that overlap run one after the other.
    """

    change: Change
    switch: SetFlag
    scope: Part
    at: datetime
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Deleted:
    """Users who were deleted: addresses in small letters, or None for every user."""

    at: datetime
    addresses: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class OnEntry:
    """A change that switched a flag on, and the part of its users for whom that still holds.

    ``switch`` is which one where it switches several. ``certain`` is False where it may not have reached all of them. ``off_groups`` and ``off_users``
    (a number) were switched off later, and may be among these users. ``doubted_by`` are ids of
    later changes that may have switched it off. ``until`` is when it is taken back by itself, None
    for never.
    """

    change: Change
    scope: Part
    certain: bool = True
    off_groups: tuple[str, ...] = ()
    off_users: int = 0
    doubted_by: tuple[str, ...] = ()
    until: datetime | None = None
    switch: SetFlag | None = None

    @property
    def flag(self) -> Flag:
        """The flag that is on."""
        return (self.switch or switch_of(self.change)).flag

    @property
    def since(self) -> datetime:
        """When the API was last asked for it, or when it was seen."""
        ends = [one.finished_at for one in self.change.steps if one.switch.flag is self.flag]
        return next(iter(ends), self.change.finished_at) or began_at(self.change)


@dataclass(frozen=True, slots=True)
class StillNeeded:
    """Somebody said that what a change switched on is still needed; silent ``until`` then."""

    change_id: str
    person: str
    reason: str
    said_at: datetime
    until: datetime


def began_at(change: Change) -> datetime:
    """Return when the last attempt of a change began; its proposal where none is recorded."""
    return change.started_at or change.created_at


def effects_of(change: Change, outcomes: Sequence[UserOutcome] = ()) -> list[Switched]:
    """Return what a change came to for each flag that it switches; ``outcomes`` are those of its
    named users by its current step.

    They are not needed where the change was applied.
    """
    if not switches(change.action) or not isinstance(change.scope, Part):
        return []
    found = [
        Switched(change, one.switch, change.scope, one.started_at or change.created_at)
        for one in change.steps
        if one.outcome is not None
    ]
    if change.steps_left:
        found += [
            Switched(change, switch_of(change), scope, began_at(change), certain)
            for scope, certain in _reached(change, change.scope, outcomes)
        ]
    return found


def _reached(
    change: Change, scope: Part, outcomes: Sequence[UserOutcome]
) -> list[tuple[Part, bool]]:
    """Return the users whom the current step reached, and whether it certainly did."""
    if change.state is State.APPLIED:
        return [(scope, True)]
    if change.is_partly_done and not change.attempts:  # the outcomes are of the step before
        return []
    if not isinstance(scope, Users):
        refused = change.is_partly_done and change.state is State.PARTIAL and change.outcome
        return [(scope, False)] if change.state in _MAY_HOLD and not refused else []
    reached = tuple(one.address for one in outcomes if one.status is UserStatus.APPLIED)
    maybe = tuple(one.address for one in outcomes if one.status in _MAY_BE_SET)
    found: list[tuple[Part, bool]] = [(Users(reached), True)] if reached else []
    return found + ([(Users(maybe), False)] if maybe else [])


def on_now(happened: Iterable[Switched | Deleted]) -> tuple[OnEntry, ...]:
    """Return what holds after all this, of one customer and one flag; the oldest entry first."""
    replay = _Replay()
    for number, one in enumerate(sorted(happened, key=lambda one: one.at)):
        if isinstance(one, Deleted):
            replay.deleted(one)
        else:
            replay.switched(_Step(number, one))
    return tuple(sorted(replay.entries(), key=lambda one: (one.since, one.change.id)))


@dataclass(frozen=True, slots=True)
class _Step:
    number: int
    told: Switched

    @property
    def is_on(self) -> bool:
        return self.told.switch.on


@dataclass(slots=True)
class _Replay:
    """The last step for everyone, for each group and for each named user since then."""

    everyone: _Step | None = None
    groups: dict[str, _Step] = field(default_factory=dict)
    users: dict[str, tuple[str, _Step]] = field(default_factory=dict)
    # Steps that may have switched something off.
    doubts: list[_Step] = field(default_factory=list)

    def switched(self, step: _Step) -> None:
        certain = step.told.certain
        if not certain and not step.is_on:
            self.doubts.append(step)
            return
        match step.told.scope:
            case Everyone():
                if certain:
                    self._forget()
                if certain or not _is_on(self.everyone):
                    self.everyone = step
            case Groups(names=names):
                for name in names:
                    if certain or not _is_on(self.groups.get(name)):
                        self.groups[name] = step
            case Users(addresses=addresses):
                for address in addresses:
                    key = address.lower()
                    if certain or key not in self.users or not self.users[key][1].is_on:
                        self.users[key] = (address, step)

    def deleted(self, told: Deleted) -> None:
        if told.addresses is None:
            self._forget()
            self.everyone = None
        for address in told.addresses or ():
            self.users.pop(address, None)

    def entries(self) -> Iterable[OnEntry]:
        """Yield an entry for each change that holds for anybody, and for each certainty of it."""
        found: dict[int, tuple[_Step, list[str]]] = {}
        for name, step in self.groups.items():
            if step.is_on and not self._is_inside(step):
                found.setdefault(step.number, (step, []))[1].append(name)
        for address, step in self.users.values():
            if step.is_on and not self._is_inside(step):
                found.setdefault(step.number, (step, []))[1].append(address)
        if self.everyone and self.everyone.is_on:
            yield self._entry(self.everyone, Everyone())
        for step, names in found.values():
            kind = Groups if isinstance(step.told.scope, Groups) else Users
            yield self._entry(step, kind(tuple(names)))

    def _entry(self, step: _Step, scope: Part) -> OnEntry:
        later = [name for name, one in self.groups.items() if _is_off_after(one, step)]
        left = 0
        if not isinstance(scope, Users):
            left = sum(_is_off_after(one, step) for _, one in self.users.values())
        doubts = [
            one.told.change.id
            for one in self.doubts
            if one.number > step.number and overlap(one.told.scope, scope)
        ]
        told = step.told
        return OnEntry(
            told.change,
            scope,
            told.certain,
            tuple(later),
            left,
            tuple(doubts),
            told.change.ends_at,
            told.switch,
        )

    def _is_inside(self, step: _Step) -> bool:
        """Whether the entry for everyone says it already: no group was taken out of it before."""
        if self.everyone is None or not (self.everyone.is_on and self.everyone.told.certain):
            return False
        return not any(not one.is_on and one.number < step.number for one in self.groups.values())

    def _forget(self) -> None:
        self.groups.clear()
        self.users.clear()
        self.doubts.clear()


def _is_on(step: _Step | None) -> bool:
    return step is not None and step.is_on


def _is_off_after(one: _Step, step: _Step) -> bool:
    return not one.is_on and one.number > step.number
