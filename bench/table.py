"""The table of figures: what is measured, what it is compared with, and its aim."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

WIDTHS = (58, 11, 11, 8, 15)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: ``ours`` and ``bare``, which it is compared with.

    ``within`` says whether it is within its aim; None means that it has no aim.
    """

    name: str
    bare: str = ""
    ours: str = ""
    ratio: str = ""
    aim: str = ""
    within: bool | None = None


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed (nearest
    rank)."""
    ranked = sorted(values)
    return ranked[max(0, -int(-share * len(ranked) // 1) - 1)]


def milliseconds(seconds: float) -> str:
    """Return seconds in milliseconds, with their unit."""
    return f"{seconds * 1000:,.1f} ms"


def in_seconds(seconds: float) -> str:
    """Return seconds with their unit."""
    return f"{seconds:.2f} s"


def megabytes(value: float | None) -> str:
    """Return megabytes with their unit; None is not known."""
    return "not known" if value is None else f"{value:,.0f} MB"


def compare(
    name: str,
    bare: float,
    ours: float,
    max_ratio: float | None = None,
    *,
    ratio: float | None = None,
    text: Callable[[float], str] = milliseconds,
) -> Figure:
    """Return both figures with their ratio (``ours / bare`` unless given), and its aim, if any."""
    ratio = ours / bare if ratio is None else ratio
    within = None if max_ratio is None else ratio <= max_ratio
    aim = "" if max_ratio is None else f"<= {max_ratio}"
    return Figure(name, text(bare), text(ours), f"{ratio:.2f}", aim, within)


def lines(figures: Sequence[Figure], left: str, right: str) -> list[str]:
    """Return the table; ``left`` and ``right`` are the headings of the two that are compared."""
    table = [_line("", left, right, "ratio", "aim", "")]
    for one in figures:
        result = {True: "within aim", False: "misses aim", None: ""}[one.within]
        table.append(_line(one.name, one.bare, one.ours, one.ratio, one.aim, result))
    return table


def _line(name: str, *cells: str) -> str:
    padded = [f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS[1:], strict=False)]
    return " ".join([f"{name:<{WIDTHS[0]}}", *padded, " " + cells[-1]]).rstrip()
