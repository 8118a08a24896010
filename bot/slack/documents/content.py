"""What a PDF holds, as plain values: all text is made, nothing is decided while it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Point:
    """What was known from ``at`` on; None is a gap."""

    at: datetime
    in_failover: int | None
    able_to_read: int | None


@dataclass(frozen=True, slots=True)
class Panel:
    """One diagram: the users of one scope. ``total`` is how many there are, None where not known."""

    title: str
    total: int | None
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """What a person did: ``kind`` chooses the form, ``number`` is that of its line in the table."""

    at: datetime
    kind: str
    number: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture. ``names`` has the words of the legend: of the lines, and of each kind of mark.

    ``zone`` is the name of the time zone of the axis, ``axis`` its label.
    """

    begins: datetime
    ends: datetime
    zone: str
    axis: str
    panels: tuple[Panel, ...]
    marks: tuple[DrawnMark, ...]
    names: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; ``widths`` are relative to each other."""

    head: tuple[str, ...]
    widths: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, and below it lines, then a table."""

    heading: str
    lines: tuple[str, ...] = ()
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole PDF. ``made_at`` is the time of creation that it holds; ``footer`` is on each page."""

    title: str
    lines: tuple[str, ...]
    timeline: Timeline | None
    sections: tuple[Section, ...]
    footer: str
    made_at: datetime
    picture_note: str = ""
