"""The rows of an import, as they are kept beside its change until it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MAX_KEPT_FOR = timedelta(days=30)  # at most, where a change that needs a person is never concluded


class RowStatus(StrEnum):
    """How the API stands to a row: knows nobody of this address, tells other values, tells the same."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


DIFFERING = (RowStatus.NEW, RowStatus.CHANGED)  # what is sent


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One user of the file: the line, the address as the file has it, and the fields that it tells.

    ``api_fields`` is the user object as the API told it when the rows were last compared, without its flags,
    where that differs from the row; else None. ``status`` is None before the first comparison. All
    of it is personal data.
    """

    line: int
    address: str
    fields: Mapping[str, object] = field(repr=False)
    api_fields: Mapping[str, object] | None = field(default=None, repr=False)
    status: RowStatus | None = None


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """How many rows are new, changed and unchanged, as compared at ``compared_at``; ``skipped`` are the
    wrong rows of the file that were left out. ``compared_at`` is None while no comparison is complete."""

    new: int
    changed: int
    unchanged: int
    skipped: int
    compared_at: datetime | None
