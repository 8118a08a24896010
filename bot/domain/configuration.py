"""What admins configure by name: rules of customers, sets of customers, texts for users.

Each entry is a row of one table, with its terms as plain JSON; the types over the terms stand beside
(``customer_rule``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What an entry is."""

    CUSTOMER_RULE = "customer_rule"
    SET = "set"
    TEMPLATE = "template"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``name`` is unique within its kind, ``terms`` hold JSON values alone."""

    kind: Kind
    name: str
    terms: Mapping[str, object]
    set_by: str
    set_at: datetime


def described(terms: Mapping[str, object]) -> str:
    """Return terms as `access_after 48h; emergency allowed`; of a list its members, of a long text its length."""
    return "; ".join(f"{name} {_value(value)}" for name, value in sorted(terms.items()))


_SHOWN_CHARS = 60


def _value(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    text = str(value)
    return text if len(text) <= _SHOWN_CHARS else f"of {len(text):,} characters"
