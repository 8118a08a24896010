"""Figures beside their aims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTHS = (58, 11, 11, 8, 15)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: ``ours`` beside what it is compared with. ``within`` None is without an aim."""

    name: str
    bare: str = ""
    ours: str = ""
    ratio: str = ""
    aim: str = ""
    within: bool | None = None


def quantile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least ``share`` of the values do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, -int(-share * len(ranked) // 1) - 1)]


def milliseconds(seconds: float) -> str:
    """Return seconds in milliseconds, with their unit."""
    return f"{seconds * 1000:,.1f} ms"


def lines(figures: Sequence[Figure], left: str, right: str) -> list[str]:
    """Return the table of two that are compared."""
    table = [_line("", left, right, "ratio", "aim", "")]
    for one in figures:
        result = {True: "within aim", False: "misses aim", None: ""}[one.within]
        table.append(_line(one.name, one.bare, one.ours, one.ratio, one.aim, result))
    return table


def _line(name: str, *cells: str) -> str:
    padded = [f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS[1:], strict=False)]
    return " ".join([f"{name:<{WIDTHS[0]}}", *padded, " " + cells[-1]]).rstrip()
