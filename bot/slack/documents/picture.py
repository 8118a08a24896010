"""The timeline as a picture: black on white, told apart by form and dash, never by colour."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from bot.domain.time_zone import zone_named
from bot.slack.documents.content import DrawnMark, Panel, Timeline

# 1,400 pixels wide: sharp on a page of A4 and on a phone.
WIDTH_INCHES, PANEL_INCHES, MARKS_INCHES, DPI = 7.0, 1.9, 1.3, 200
_FORMS = {"asked": "^", "approved": "o", "back": "s", "stopped": "X"}
_ROWS = ("asked", "approved", "back", "stopped")
_GREY = "0.55"


def draw(timeline: Timeline) -> bytes:
    """Return the picture as PNG; the same timeline makes the same bytes."""
    mpl.rcParams.update({"font.family": "DejaVu Sans", "font.size": 9, "axes.linewidth": 0.8})
    heights = [PANEL_INCHES] * len(timeline.panels) + [MARKS_INCHES]
    figure = Figure(figsize=(WIDTH_INCHES, sum(heights) + 0.5), dpi=DPI, layout="constrained")
    FigureCanvasAgg(figure)
    drawn = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)
    axes: list[Axes] = list(drawn[:, 0])
    for panel, each in zip(timeline.panels, axes[:-1], strict=True):
        _panel(each, panel, timeline)
    _marks(axes[-1], timeline)
    _time_axis(axes[-1], timeline)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _panel(axes: Axes, panel: Panel, timeline: Timeline) -> None:
    names = timeline.names
    ends = [*(point.at for point in panel.points[1:]), timeline.ends]
    times = [
        _number(at) for point, end in zip(panel.points, ends, strict=True) for at in (point.at, end)
    ]
    failover = [_value(point.in_failover) for point in panel.points for _ in range(2)]
    able = [_value(point.able_to_read) for point in panel.points for _ in range(2)]
    axes.fill_between(times, failover, color="0.88", linewidth=0)
    line: dict[str, Any] = {"color": "black", "solid_capstyle": "butt"}
    # The dashes are wider than the line: both are seen where all can read.
    axes.plot(times, failover, linewidth=1.1, label=names["failover"], **line)
    # A count that nothing follows has no length: the point shows it.
    counted = [_number(point.at) for point in panel.points]
    axes.plot(counted, failover[::2], "o", markersize=3.5, color="black")
    axes.plot(times, able, linewidth=2.8, linestyle=(0, (1.6, 1)), label=names["able"], **line)
    highest = max([panel.total or 0, 1, *(p.in_failover or 0 for p in panel.points)])
    if panel.total is not None:
        axes.axhline(
            panel.total, color=_GREY, linewidth=0.8, linestyle=(0, (1, 2)), label=names["total"]
        )
    axes.set_ylim(-0.04 * highest, highest * 1.12)
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.set_title(panel.title, loc="left", fontsize=9, fontweight="bold", pad=18, parse_math=False)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, fontsize=7.5, frameon=False)
    _plain_frame(axes)


def _marks(axes: Axes, timeline: Timeline) -> None:
    """Draw a row for each kind of act, with the number of its line in the table beside it."""
    rows = [kind for kind in _ROWS if any(mark.kind == kind for mark in timeline.marks)]
    for at, kind in enumerate(reversed(rows)):
        marks = [mark for mark in timeline.marks if mark.kind == kind]
        times = [_number(mark.at) for mark in marks]
        axes.plot(
            times, [at] * len(times), _FORMS[kind], color="black", markersize=6, linestyle="none"
        )
        _numbers(axes, marks, at, timeline)
    axes.set_yticks(range(len(rows)), [timeline.names[kind] for kind in reversed(rows)])
    axes.set_ylim(-0.7, max(len(rows), 1) - 0.3)
    axes.tick_params(axis="y", length=0)
    _plain_frame(axes)


def _numbers(axes: Axes, marks: Sequence[DrawnMark], row: int, timeline: Timeline) -> None:
    """Write the numbers; one that would cover the one before it is left out."""
    gap = (_number(timeline.ends) - _number(timeline.begins)) * 0.045
    last = None
    for mark in marks:
        at = _number(mark.at)
        if last is None or at - last >= gap:
            axes.annotate(
                mark.number, (at, row), (0, 5), textcoords="offset points", fontsize=7, ha="center"
            )
            last = at


def _time_axis(axes: Axes, timeline: Timeline) -> None:
    zone = zone_named(timeline.zone)
    locator = AutoDateLocator(tz=zone, minticks=3, maxticks=7)  # type: ignore[no-untyped-call]  # has no types
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=zone))  # type: ignore[no-untyped-call]  # has no types
    begins, ends = _number(timeline.begins), _number(timeline.ends)
    room = max(ends - begins, 60 / 86400) * 0.03
    axes.set_xlim(begins - room, ends + room)
    axes.set_xlabel(timeline.axis, fontsize=8)


def _plain_frame(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", color="0.85", linewidth=0.6)
    axes.set_axisbelow(True)


def _value(count: int | None) -> float:
    return float("nan") if count is None else float(count)


def _number(at: datetime) -> float:
    return float(date2num(at))  # type: ignore[no-untyped-call]  # has no types
