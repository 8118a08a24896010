"""Charts (docs.slack.dev/reference/block-kit/blocks/data-visualization-block)."""

from __future__ import annotations

from typing import Any

from sandbox.slack.blocks.findings import Findings


def data_visualization(found: Findings, block: dict[str, Any], at: str) -> None:
    """Check a chart, and count it: a message has two at most."""
    found.totals["data_visualizations"] += 1
    found.keys(block, at, need="type title chart", may="block_id")
    found.string(block.get("title"), f"{at}/title", 50)
    chart, here = block.get("chart"), f"{at}/chart"
    if not found.object(chart, here) or chart is None:
        return
    found.one_of(chart.get("type"), f"{here}/type", ("pie", "bar", "area", "line"))
    if chart.get("type") == "pie":
        _pie(found, chart, here)
    else:
        _axes(found, chart, here)


def _pie(found: Findings, chart: dict[str, Any], at: str) -> None:
    found.keys(chart, at, need="type segments")
    for number, segment in enumerate(found.items(chart.get("segments"), f"{at}/segments", 12)):
        here = f"{at}/segments/{number}"
        value = _point(found, segment, here)
        if value is not None and value <= 0:
            found.add("must be greater than 0", f"{here}/value")


def _axes(found: Findings, chart: dict[str, Any], at: str) -> None:
    found.keys(chart, at, need="type series axis_config")
    categories = _categories(found, chart.get("axis_config"), f"{at}/axis_config")
    names: list[Any] = []
    for number, series in enumerate(found.items(chart.get("series"), f"{at}/series", 12)):
        here = f"{at}/series/{number}"
        if not found.object(series, here):
            continue
        found.keys(series, here, need="name data")
        found.string(series.get("name"), f"{here}/name", 20)
        if series.get("name") in names:
            found.add("must be unique", f"{here}/name")
        names.append(series.get("name"))
        points = found.items(series.get("data"), f"{here}/data", 20)
        for index, point in enumerate(points):
            _point(found, point, f"{here}/data/{index}")
        labels = [point.get("label") for point in points if isinstance(point, dict)]
        if sorted(map(str, labels)) != sorted(map(str, categories)):
            found.add("must have one entry for each category", f"{here}/data")


def _categories(found: Findings, axes: Any, at: str) -> list[Any]:
    if not found.object(axes, at):
        return []
    found.keys(axes, at, need="categories", may="x_label y_label")
    for name in ("x_label", "y_label"):
        found.string(axes.get(name), f"{at}/{name}", 50)
    categories = found.items(axes.get("categories"), f"{at}/categories", 20)
    for number, category in enumerate(categories):
        found.string(category, f"{at}/categories/{number}", 20)
    return categories


def _point(found: Findings, point: Any, at: str) -> float | None:
    """Check a labelled value, and return it if it is a number."""
    if not found.object(point, at):
        return None
    found.keys(point, at, need="label value")
    found.string(point.get("label"), f"{at}/label", 20)
    found.number(point.get("value"), f"{at}/value")
    value = point.get("value")
    return value if isinstance(value, int | float) else None
