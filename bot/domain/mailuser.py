"""The user object of the API: its editable fields."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that gets another value; None is a field that was not told."""

    name: str
    before: str | tuple[str, ...] | None
    after: str | tuple[str, ...]
