"""What the audit trail and the API tell of the changes that were made since the tour began."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_history import PROPOSED, person
from bot.domain.change_state import State

PREVIEWED, EXECUTING, REFUSED = "change.previewed", "change.executing", "refused"
APPROVED, APPLIED = "change.approved", "change.applied"
UNKNOWN, LOST = "change.unknown", "change.lost"
# What an entry says of the state, besides those that are called as the state that they lead to.
_STATES = {LOST: State.UNKNOWN, "change.marked_applied": State.APPLIED}


@dataclass(frozen=True, slots=True)
class Write:
    """A write that the API applied: `PUT /44444/failover`, and when it arrived."""

    request: str
    at: datetime


@dataclass(slots=True)
class Run:
    """A change, as its audit entries since the beginning of the tour describe it.

    ``kinds`` are those of its entries, in their order; ``requests`` what its attempts were to send,
    the first of which began at ``begun``. ``has_card`` is whether its card is in Slack, ``is_cut``
    whether the bot's process ended while it executed.
    """

    id: str
    requester: str
    command: str
    kinds: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    approvers: set[str] = field(default_factory=set)
    requests: set[str] = field(default_factory=set)
    state: State | None = None
    begun: datetime | None = None
    settled: datetime | None = None
    has_card: bool = False
    is_cut: bool = False

    @property
    def is_applied(self) -> bool:
        """Whether it was read back as applied."""
        return self.state is State.APPLIED

    def take(self, entry: AuditEntry) -> None:
        """Take its next entry."""
        record = entry.record
        if record.kind == REFUSED:
            self.refused.add(person(entry))
            return
        self.kinds.append(record.kind)
        if record.kind == APPROVED:
            self.approvers.add(person(entry))
        if record.kind == EXECUTING:
            requests = record.detail.get("requests")
            self.requests |= set(map(str, requests if isinstance(requests, list) else ()))
            self.begun = self.begun or record.at
        state = _STATES.get(record.kind) or _state_called(record.kind)
        if state is not None:
            self.state = state
            self.settled = record.at if self.is_applied else None

    def went_through(self, *kinds: str) -> bool:
        """Whether it has entries of these kinds, in this order."""
        following = iter(self.kinds)
        return all(kind in following for kind in kinds)

    def writes(self, applied: Iterable[Write]) -> int:
        """Return how many of the writes that the API applied were this change's."""
        begun, settled = self.begun, self.settled
        return sum(
            write.request in self.requests
            and begun is not None
            and begun <= write.at
            and (settled is None or write.at <= settled)
            for write in applied
        )


class Runs:
    """The changes proposed since the beginning, by id, in the order of their proposals."""

    def __init__(self, seq: int = 0) -> None:
        self.seq = seq  # of the last entry that was read
        self._by_id: dict[str, Run] = {}

    def __iter__(self) -> Iterator[Run]:
        return iter(self._by_id.values())

    def take(self, entries: Sequence[AuditEntry]) -> None:
        """Take the entries that follow ``seq``."""
        for entry in entries:
            self.seq = entry.seq
            record = entry.record
            if record.kind == PROPOSED:
                reason = record.detail.get("reason")
                command = f"/continuity {record.detail.get('command')}"
                self._by_id[record.change_id] = Run(
                    record.change_id,
                    person(entry),
                    f"{command} --reason {reason}" if reason else command,
                )
            if run := self._by_id.get(record.change_id):
                run.take(entry)


def _state_called(kind: str) -> State | None:
    thing, _, name = kind.partition(".")
    return State(name) if thing == "change" and name in set(State) else None
