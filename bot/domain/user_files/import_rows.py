"""The rows of an import, kept in the store until its change has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

# For changes that need an operator and are never concluded.
MAX_KEPT_FOR = timedelta(days=30)


class RowStatus(StrEnum):
    """A row compared with the API: a new address, other values, the same values."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


# The rows that are sent.
DIFFERING = (RowStatus.NEW, RowStatus.CHANGED)


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One user of the file: the line, the address as in the file, and the fields to set.

    ``api_fields`` is the API's user object at the last comparison, without flags; None where it is
    equal to the row or there is none. ``status`` is None before the first comparison. All of it is
    personal data.
    """

    line: int
    address: str
    fields: Mapping[str, object] = field(repr=False)
    api_fields: Mapping[str, object] | None = field(default=None, repr=False)
    status: RowStatus | None = None


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """How many rows have each status. ``skipped`` rows of the file were wrong and left out.

    ``compared_at`` is None before the first complete comparison.
    """

    new: int
    changed: int
    unchanged: int
    skipped: int
    compared_at: datetime | None
