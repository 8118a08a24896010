"""A change as its audit entries describe it, and where its stored row differs.

Entries hold digests of the row that their step left (``row_digests``). Entries of older versions
hold none: for those, the state and the approvals follow from their kinds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.row_digests import DIGESTS_KEY, IMPORT_DIGEST_KEY, PARTS, RowDigests
from bot.domain.change import Change
from bot.domain.change_request import command_text
from bot.domain.change_state import TRANSITIONS, State
from bot.domain.review import ReviewState

PROPOSED, APPROVED, ASKED_AGAIN = "change.proposed", "change.approved", "change.asked_again"
# A commander decided alone; somebody else reviewed it.
EMERGENCY, REVIEWED = "change.emergency", "change.reviewed"
# A change was not executed, because entries contradict its rows.
CONTRADICTED = "trail.contradicted"
_DECIDING = frozenset({APPROVED, "change.confirmed"})
# The state after an entry without digests, by its kind.
_STATE_AFTER = {f"change.{state}": state for state in State} | {
    "change.confirmed": State.APPROVED,
    "change.stopped": State.CANCELLED,
    "change.lost": State.UNKNOWN,
    "change.retry_asked": State.APPROVED,
    "change.step_done": State.APPROVED,
    "change.marked_applied": State.APPLIED,
}


@dataclass(slots=True)
class ChangeHistory:
    """One change, as the entries read so far describe it. ``state`` None means not known."""

    change_id: str
    proposed: AuditEntry | None = None
    state: State | None = None
    approvers: list[str] = field(default_factory=list)
    # People of whom somebody said at a terminal that they approved.
    verbal_approvers: set[str] = field(default_factory=set)
    # Who decided alone, and who reviewed it with which result; "" for nobody.
    commander: str = ""
    review: str = ""
    digests: RowDigests | None = None
    # Digest of the rows of an import.
    rows: str = ""
    # Number of the entry of the last step.
    seq: int = 0
    faults: list[str] = field(default_factory=list)

    def read(self, entries: Iterable[AuditEntry]) -> Self:
        """Read the entries of this change, in the order of their numbers."""
        for entry in entries:
            try:
                self._apply(entry)
            except (LookupError, TypeError, ValueError, AttributeError):
                self._fault(f"entry {entry.seq} cannot be read as a step of it")
        return self

    @property
    def is_covered(self) -> bool:
        """Whether the whole row can be compared: the last step was recorded with digests."""
        return self.digests is not None

    def differences(
        self, change: Change | None, digests: RowDigests | None, rows: str = ""
    ) -> list[str]:
        """Return a sentence for each contradiction between the row and the entries.

        ``change`` is None where the row cannot be read, ``digests`` where it is not a JSON object
        either. ``rows`` is the digest of an import's rows, ``""`` where none are kept.
        """
        if self.proposed is None:
            return [f"{self.change_id}: in the table, and no entry proposed it"]
        found = list(self.faults)
        if change is not None:
            found += self._compare_fields(change, self.proposed)
        if rows and self.rows and rows != self.rows:
            found.append(
                f"{self.change_id}: the rows of its file are not those of entry {self.proposed.seq}"
            )
        if self.digests is None:
            return found
        if digests is None:
            return [
                *found,
                f"{self.change_id}: its row cannot be read; entry {self.seq} left it whole",
            ]
        parts = [
            part for part in self.digests.differing_parts(digests) if not found or part == "asked"
        ]
        return found + [self._part_differs(part, change) for part in parts]

    def _apply(self, entry: AuditEntry) -> None:
        kind, detail = entry.record.kind, entry.record.detail
        if kind == PROPOSED:
            if self.proposed is not None:
                self._fault(f"proposed in entry {self.proposed.seq} and again in entry {entry.seq}")
            self.proposed = entry
            if "back_of" in detail:  # decided with the change that it takes back
                self.approvers = [str(one) for one in detail["approved_by"]]  # type: ignore[attr-defined]  # else it is caught
            self.rows = str(detail.get(DIGESTS_KEY, {}).get(IMPORT_DIGEST_KEY, ""))  # type: ignore[attr-defined]  # else it is caught
        if kind == APPROVED:
            self.approvers.append(person(entry))
            self.verbal_approvers |= {person(entry)} if "on_behalf_of" in detail else set()
        if kind == ASKED_AGAIN:
            self.approvers.clear()
        if kind == EMERGENCY:
            self.commander, self.review = person(entry), ReviewState.OWED
        if kind == REVIEWED:
            self.review = f"{detail['review']} by {person(entry)}"
        digests = RowDigests.from_entry(entry)
        if digests is not None:
            self._check_transition(digests, entry)
            self.digests, self.state, self.seq = digests, digests.state, entry.seq
        elif (state := self._state_after(kind)) is not None:
            self.digests, self.state, self.seq = None, state, entry.seq

    def _check_transition(self, digests: RowDigests, entry: AuditEntry) -> None:
        """Note where a step cannot follow the one before."""
        before, kind = self.digests, entry.record.kind
        if before is None:
            return
        reached = TRANSITIONS.get(before.state, {}).values()
        if digests.state is not before.state and digests.state not in reached:
            self._fault(
                f"{before.state.words} in entry {self.seq} and {digests.state.words} in entry {entry.seq}, "
                "which no step leads to"
            )
        if digests.asked != before.asked:
            self._fault(f"entry {entry.seq} is of another request than entry {self.seq}")
        if kind in _DECIDING and digests.preview != before.preview:
            self._fault(f"entry {entry.seq} decides on another preview than entry {self.seq} left")

    def _state_after(self, kind: str) -> State | None:
        needed = int(str(self.proposed.record.detail["approvals_needed"])) if self.proposed else 0
        if kind in (PROPOSED, ASKED_AGAIN):
            return State.AWAITING_APPROVAL if needed else State.AWAITING_CONFIRMATION
        if kind == APPROVED and len(self.approvers) < needed:
            return self.state
        return _STATE_AFTER.get(kind)

    def _compare_fields(self, change: Change, proposed: AuditEntry) -> list[str]:
        """Compare the fields that entries name in plain text, those of older versions too."""
        record, found = proposed.record, list[str]()

        def compare(what: str, here: object, entry_value: object, seq: int = proposed.seq) -> None:
            if here != entry_value:
                found.append(
                    f"{self.change_id}: {what} is {here or 'none'} in the table, "
                    f"{entry_value or 'none'} in entry {seq}"
                )

        at_terminal = "on_behalf_of" in record.detail
        compare("the customer", change.customer, record.customer)
        back_of = str(record.detail.get("back_of") or "")
        requester = str(record.detail.get("requester")) if back_of else person(proposed)
        compare("the requester", change.requester, requester)
        compare("the change that it takes back", change.back_of or "", back_of)
        compare("the terminal", change.terminal or "", record.actor if at_terminal else "")
        if record.channel:
            compare("the channel", change.channel, record.channel)
        if self.state is not None:
            compare("the state", change.state.words, self.state.words, self.seq)
        found += self._compare_approvers(change)
        alone, given = change.emergency, change.review
        compare("who decided it alone", alone.commander if alone else "", self.commander, self.seq)
        by = f" by {given.reviewer}" if given and given.reviewer else ""
        compare("the review", f"{given.state}{by}" if given else "", self.review, self.seq)
        needed = int(str(record.detail["approvals_needed"]))
        if change.approvals_needed < needed:
            compare("the number of approvals needed", change.approvals_needed, needed)
        return found

    def _compare_approvers(self, change: Change) -> list[str]:
        table = ", ".join(one.approver for one in change.approvals) or "nobody"
        entries = ", ".join(self.approvers) or "nobody"
        if table == entries:
            return []
        return [f"{self.change_id}: approved by {table} in the table, by {entries} in the entries"]

    def _part_differs(self, part: str, change: Change | None) -> str:
        words = f"{self.change_id}: {PARTS[part]} is not as entry {self.seq} left it"
        command = str(self.proposed.record.detail.get("command")) if self.proposed else ""
        if part == "asked" and change is not None and command_text(change) != command:
            return f"{words}: “{command_text(change)}” in the table, “{command}” there"
        return words

    def _fault(self, words: str) -> None:
        self.faults.append(f"{self.change_id}: {words}")


def person(entry: AuditEntry) -> str:
    """Return who acted by this entry; at the terminal, the person on whose behalf it was done."""
    return str(entry.record.detail.get("on_behalf_of") or entry.record.actor)
