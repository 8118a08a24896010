"""The life of a change as its audit entries tell it, and where its row says something else.

Every step is recorded with a seal of the row that it left: the state in words, and digests of four parts of
the row. So each column of a change is covered, those of a later version too, and no step needs a rule of its
own. Entries of older versions have no seal: of them the state and the approvals are told by their kinds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Self

from bot.domain.audit import AuditEntry, canonical
from bot.domain.change import TRANSITIONS, Change, State
from bot.domain.change_request import command_text

DIGESTS_KEY = "row"  # where an entry holds the seal
IMPORT_DIGEST_KEY = "rows"  # and in it, of an import, the digest of its rows
# Raise it with a migration that writes the rows of changes anew, and with a field whose value is not null,
# "", [] or 0 in rows that were written before there was such a field: older seals are not compared then.
DIGEST_VERSION = 1
PROPOSED, APPROVED, ASKED_AGAIN = "change.proposed", "change.approved", "change.asked_again"
CONTRADICTED = "trail.contradicted"  # a change was not executed, since entries contradict its rows
_DECIDED = frozenset({APPROVED, "change.confirmed"})
_DIGITS = 24  # 96 bits

# Saved without an entry: what is shown while a change waits or runs, and decides nothing.
UNDIGESTED = frozenset({"revision", "waits_for", "waits_until", "waits_at_most", "done"})
# What a change came to moves with each answer and each look while it is under way; the next step seals it.
_UNDER_WAY = frozenset({State.EXECUTING, State.ACCEPTED})
_MOVING = frozenset({"outcome", "accepted_at", "looks", "next_look_at"})
_ASKED = (
    *(
        "id",
        "customer",
        "action",
        "scope",
        "reason",
        "requester",
        "requester_usergroups",
        "channel",
    ),
    *("created_at", "terminal"),
)
_DECISION = (
    *("approvals", "approvals_needed", "policy", "deadline"),
    *("decided_at", "decided_by", "decision_reason"),
)
_PREVIEW = ("preview", "preview_revision", "asked_again", "asked_before")
PART_OF: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(_ASKED, "asked")
    | dict.fromkeys(_DECISION, "decision")
    | dict.fromkeys(_PREVIEW, "preview")
)  # every other field belongs to the course
_PARTS = {
    "asked": "what was asked for (action, users, reason, requester, channel or time)",
    "decision": "the decision (approvals, their number, deadline or reason)",
    "preview": "the preview",
    "course": "the course (attempts, times or outcome)",
}
# What entries without a seal tell by their kind, besides `change.STATE`.
_BY_KIND = {f"change.{state}": state for state in State} | {
    "change.confirmed": State.APPROVED,
    "change.stopped": State.CANCELLED,
    "change.lost": State.UNKNOWN,
    "change.retry_asked": State.APPROVED,
    "change.marked_applied": State.APPLIED,
}


@dataclass(frozen=True, slots=True)
class RowDigests:
    """What an entry holds of the row that its step left: the state, and a digest of each part."""

    state: State
    asked: str
    decision: str
    preview: str
    course: str

    @classmethod
    def of(cls, content: Mapping[str, object]) -> Self:
        """Return the seal of a row, given as plain JSON."""
        state = State(str(content["state"]))
        unsealed = UNDIGESTED | {"state"} | (_MOVING if state in _UNDER_WAY else set())
        parts: dict[str, dict[str, object]] = {part: {} for part in _PARTS}
        for name, value in content.items():
            if name not in unsealed:
                parts[PART_OF.get(name, "course")][name] = value
        parts["asked"]["scope"] = _folded(parts["asked"].get("scope"))
        return cls(state, *map(_digest, parts.values()))

    @classmethod
    def from_entry(cls, entry: AuditEntry) -> Self | None:
        """Return the seal that an entry holds, or None. Raises LookupError, TypeError or ValueError."""
        told = entry.record.detail.get(DIGESTS_KEY)
        if not isinstance(told, Mapping) or told["version"] != DIGEST_VERSION:
            return None
        return cls(State(str(told["state"])), *(str(told[part]) for part in _PARTS))

    def detail(self) -> dict[str, object]:
        """Return it as an entry holds it."""
        return {"version": DIGEST_VERSION, **asdict(self)}

    def differing_parts(self, other: RowDigests) -> list[str]:
        """Return which parts are not the same."""
        return [part for part in _PARTS if getattr(self, part) != getattr(other, part)]


@dataclass(slots=True)
class ChangeHistory:
    """One change, as the entries read so far tell it."""

    change_id: str
    proposed: AuditEntry | None = None
    state: State | None = None  # None: not told
    approvers: list[str] = field(default_factory=list)
    verbal_approvers: set[str] = field(
        default_factory=set
    )  # who is said, at a terminal, to have approved
    digests: RowDigests | None = None
    rows: str = ""  # digest of the rows of an import
    seq: int = 0  # of the last step
    faults: list[str] = field(default_factory=list)

    def read(self, entries: Iterable[AuditEntry]) -> Self:
        """Take in the entries of this change, in the order of their numbers."""
        for entry in entries:
            try:
                self._take(entry)
            except (LookupError, TypeError, ValueError, AttributeError):
                self._fault(f"entry {entry.seq} cannot be read as a step of it")
        return self

    @property
    def is_covered(self) -> bool:
        """Whether the whole row can be compared: the last step was recorded with a seal."""
        return self.digests is not None

    def differences(
        self, change: Change | None, seal: RowDigests | None, rows: str = ""
    ) -> list[str]:
        """Return a sentence for each thing that the row says and the entries contradict.

        ``change`` is None where the row cannot be read, ``digests`` where it is no JSON object either. ``rows``
        is the digest of the rows of an import, ``""`` where they are not kept (any more).
        """
        if self.proposed is None:
            return [f"{self.change_id}: in the table, and no entry proposed it"]
        found = list(self.faults)
        if change is not None:
            found += self._plain(change, self.proposed)
        if rows and self.rows and rows != self.rows:
            found.append(
                f"{self.change_id}: the rows of its file are not those of entry {self.proposed.seq}"
            )
        if self.digests is None:
            return found
        if seal is None:
            return [
                *found,
                f"{self.change_id}: its row cannot be read; entry {self.seq} left it whole",
            ]
        parts = [
            part for part in self.digests.differing_parts(seal) if not found or part == "asked"
        ]
        return found + [self._other(part, change) for part in parts]

    def _take(self, entry: AuditEntry) -> None:
        kind, detail = entry.record.kind, entry.record.detail
        if kind == PROPOSED:
            if self.proposed is not None:
                self._fault(f"proposed in entry {self.proposed.seq} and again in entry {entry.seq}")
            self.proposed = entry
            self.rows = str(detail.get(DIGESTS_KEY, {}).get(IMPORT_DIGEST_KEY, ""))  # type: ignore[attr-defined]  # else it is caught
        if kind == APPROVED:
            self.approvers.append(person(entry))
            self.verbal_approvers |= {person(entry)} if "on_behalf_of" in detail else set()
        if kind == ASKED_AGAIN:
            self.approvers.clear()
        seal = RowDigests.from_entry(entry)
        if seal is not None:
            self._follow(seal, entry)
            self.digests, self.state, self.seq = seal, seal.state, entry.seq
        elif (state := self._by_kind(kind)) is not None:
            self.digests, self.state, self.seq = None, state, entry.seq

    def _follow(self, seal: RowDigests, entry: AuditEntry) -> None:
        """Note where a step does not follow from the one before."""
        before, kind = self.digests, entry.record.kind
        if before is None:
            return
        reached = TRANSITIONS.get(before.state, {}).values()
        if seal.state is not before.state and seal.state not in reached:
            self._fault(
                f"{before.state.words} in entry {self.seq} and {seal.state.words} in entry {entry.seq}, "
                "which no step leads to"
            )
        if seal.asked != before.asked:
            self._fault(f"entry {entry.seq} is of another request than entry {self.seq}")
        if kind in _DECIDED and seal.preview != before.preview:
            self._fault(f"entry {entry.seq} decides on another preview than entry {self.seq} left")

    def _by_kind(self, kind: str) -> State | None:
        needed = int(str(self.proposed.record.detail["approvals_needed"])) if self.proposed else 0
        if kind in (PROPOSED, ASKED_AGAIN):
            return State.AWAITING_APPROVAL if needed else State.AWAITING_CONFIRMATION
        if kind == APPROVED and len(self.approvers) < needed:
            return self.state
        return _BY_KIND.get(kind)

    def _plain(self, change: Change, proposed: AuditEntry) -> list[str]:
        """Compare what entries tell in words, those of older versions too."""
        record, found = proposed.record, list[str]()

        def compare(what: str, here: object, told: object, seq: int = proposed.seq) -> None:
            if here != told:
                found.append(
                    f"{self.change_id}: {what} is {here or 'none'} in the table, "
                    f"{told or 'none'} in entry {seq}"
                )

        at_terminal = "on_behalf_of" in record.detail
        compare("the customer", change.customer, record.customer)
        compare("the requester", change.requester, person(proposed))
        compare("the terminal", change.terminal or "", record.actor if at_terminal else "")
        if record.channel:
            compare("the channel", change.channel, record.channel)
        if self.state is not None:
            compare("the state", change.state.words, self.state.words, self.seq)
        table, told = (
            ", ".join(names) or "nobody"
            for names in ([one.approver for one in change.approvals], self.approvers)
        )
        if table != told:
            found.append(
                f"{self.change_id}: approved by {table} in the table, by {told} in the entries"
            )
        needed = int(str(record.detail["approvals_needed"]))
        if change.approvals_needed < needed:
            compare("the number of approvals needed", change.approvals_needed, needed)
        return found

    def _other(self, part: str, change: Change | None) -> str:
        words = f"{self.change_id}: {_PARTS[part]} is not as entry {self.seq} left it"
        command = str(self.proposed.record.detail.get("command")) if self.proposed else ""
        if part == "asked" and change is not None and command_text(change) != command:
            return f"{words}: “{command_text(change)}” in the table, “{command}” there"
        return words

    def _fault(self, words: str) -> None:
        self.faults.append(f"{self.change_id}: {words}")


def person(entry: AuditEntry) -> str:
    """Return whose act an entry tells: at the terminal that of the person it was done for."""
    return str(entry.record.detail.get("on_behalf_of") or entry.record.actor)


def _digest(part: Mapping[str, object]) -> str:
    return hashlib.sha256(canonical(_pruned(part)).encode()).hexdigest()[:_DIGITS]


def _folded(scope: object) -> object:
    """Return a scope with its addresses in small letters: they are spelled as the API spells them, once it
    has told that."""
    if isinstance(scope, Mapping) and isinstance(scope.get("addresses"), list):
        return {**scope, "addresses": [str(one).lower() for one in scope["addresses"]]}
    return scope


def _pruned(value: object) -> object:
    """Return a value without the fields that say nothing: a later version may add such fields.

    False stays: of a filter it is another question than None.
    """
    if isinstance(value, Mapping):
        return {
            name: _pruned(one)
            for name, one in value.items()
            if not (one is None or one in ("", [], {}) or (one == 0 and one is not False))
        }
    return [_pruned(one) for one in value] if isinstance(value, list) else value
