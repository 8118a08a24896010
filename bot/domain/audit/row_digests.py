"""Digests of the row of a change, which each audit entry holds of the row that its step left.

They cover every field, those of later versions too, so that no step needs a rule of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Self

from bot.domain.audit.chain import AuditEntry, canonical
from bot.domain.change_state import State

# The key of the digests in the detail of an entry, and in them of the digest of an import's rows.
DIGESTS_KEY = "row"
IMPORT_DIGEST_KEY = "rows"
# Raise it with a migration that rewrites the rows of changes, and with a new field whose value in
# older rows is not null, "", [], 0 or false. Digests of another version are not compared.
DIGEST_VERSION = 1
# Hexadecimal characters of a digest: 96 bits.
_DIGEST_CHARS = 24

# Saved without an entry: shown while a change waits or runs; nothing is decided by them.
UNDIGESTED = frozenset({"revision", "waits_for", "waits_until", "waits_at_most", "done"})
# Change with each answer and read-back of a running change; the next step with an entry covers
# them.
_RUNNING_STATES = frozenset({State.EXECUTING, State.ACCEPTED})
_CHANGING_WHILE_RUNNING = frozenset({"outcome", "accepted_at", "looks", "next_look_at"})
_ASKED = (
    *("id", "customer", "action", "scope", "reason", "requester", "requester_usergroups"),
    *("channel", "created_at", "terminal", "time_limit", "back_of", "batch", "drill"),
)
_DECISION = (
    *("approvals", "approvals_needed", "policy", "deadline"),
    *("decided_at", "decided_by", "decision_reason", "emergency"),
)
_PREVIEW = ("preview", "preview_revision", "asked_again", "asked_before")
# The part that a field belongs to; every other field belongs to the course.
PART_OF: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(_ASKED, "asked")
    | dict.fromkeys(_DECISION, "decision")
    | dict.fromkeys(_PREVIEW, "preview")
)
PARTS = {
    "asked": "what was asked for (action, users, reason, requester, channel or time)",
    "decision": "the decision (approvals, their number, deadline or reason)",
    "preview": "the preview",
    "course": "the course (attempts, times or outcome)",
}


@dataclass(frozen=True, slots=True)
class RowDigests:
    """The state of a row, and a digest of each of its four parts."""

    state: State
    asked: str
    decision: str
    preview: str
    course: str

    @classmethod
    def of(cls, content: Mapping[str, object]) -> Self:
        """Return the digests of a row, given as plain JSON."""
        state = State(str(content["state"]))
        left_out = UNDIGESTED | {"state"}
        if state in _RUNNING_STATES:
            left_out |= _CHANGING_WHILE_RUNNING
        parts: dict[str, dict[str, object]] = {part: {} for part in PARTS}
        for name, value in content.items():
            # False is that of a change from before there was such a field.
            if name not in left_out and value is not False:
                parts[PART_OF.get(name, "course")][name] = value
        parts["asked"]["scope"] = _case_folded(parts["asked"].get("scope"))
        return cls(state, *map(_digest, parts.values()))

    @classmethod
    def from_entry(cls, entry: AuditEntry) -> Self | None:
        """Return the digests in an entry, or None. Raises LookupError, TypeError or ValueError."""
        held = entry.record.detail.get(DIGESTS_KEY)
        if not isinstance(held, Mapping) or held["version"] != DIGEST_VERSION:
            return None
        return cls(State(str(held["state"])), *(str(held[part]) for part in PARTS))

    def detail(self) -> dict[str, object]:
        """Return the digests as an entry holds them."""
        return {"version": DIGEST_VERSION, **asdict(self)}

    def differing_parts(self, other: RowDigests) -> list[str]:
        """Return the names of the parts that differ."""
        return [part for part in PARTS if getattr(self, part) != getattr(other, part)]


def _digest(part: Mapping[str, object]) -> str:
    return hashlib.sha256(canonical(_pruned(part)).encode()).hexdigest()[:_DIGEST_CHARS]


def _case_folded(scope: object) -> object:
    """Return a scope with its addresses in small letters.

    Their case changes once the API has shown its own spelling.
    """
    if isinstance(scope, Mapping) and isinstance(scope.get("addresses"), list):
        return {**scope, "addresses": [str(one).lower() for one in scope["addresses"]]}
    return scope


def _pruned(value: object) -> object:
    """Return a value without empty fields, since a later version may add such fields.

    False stays: in a filter it differs from None.
    """
    if isinstance(value, Mapping):
        return {
            name: _pruned(one)
            for name, one in value.items()
            if not (one is None or one in ("", [], {}) or (one == 0 and one is not False))
        }
    return [_pruned(one) for one in value] if isinstance(value, list) else value
