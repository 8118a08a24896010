"""The newer blocks of Slack, drawn plainly from their documented fields."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.block_kit import button, mrkdwn, plain
from tests.browser.rendering import Rendering

CARD = {
    "type": "card",
    "block_id": "C1",
    "title": mrkdwn("*Acme*"),
    "subtitle": plain("44444"),
    "body": mrkdwn("<@U0APPROVER> <b>"),
    "subtext": plain("since today"),
    "hero_image": {"type": "image", "image_url": "https://example.com/a", "alt_text": "Hero"},
    "actions": [button("Open")],
}


@pytest.mark.parametrize("level", ["default", "info", "warning", "error", "success", "toString"])
async def test_an_alert_names_its_level(rendering: Rendering, level: str) -> None:
    root = await rendering.draw([{"type": "alert", "level": level, "text": mrkdwn("*Look*")}])
    await expect(root.get_by_role("note").locator("strong")).to_have_text("Look")
    known = "default" if level == "toString" else level
    await expect(root.get_by_role("img", name=known)).to_be_visible()


async def test_cards_have_titles_and_actions(rendering: Rendering) -> None:
    root = await rendering.draw([{"type": "carousel", "elements": [CARD, CARD]}])
    await expect(root.locator(".blk-title")).to_have_text(["Acme", "Acme"])
    await expect(root.locator(".blk-subtitle")).to_have_text(["44444", "since today"] * 2)
    await expect(root.locator(".blk-card .blk-text")).to_have_text(["@anna <b>", "@anna <b>"])
    await expect(root.get_by_role("link", name="Hero")).to_have_count(2)
    await root.get_by_role("button", name="Open").last.click()
    [[block, action, _, _]] = await rendering.acted()
    assert (block, action) == ("C1", "open")


async def test_a_container_can_be_collapsed(rendering: Rendering) -> None:
    block = {
        "type": "container",
        "title": plain("Two users"),
        "child_blocks": [{"type": "section", "text": mrkdwn("*inside*")}, {"type": "hologram"}],
    }
    root = await rendering.draw([block])
    await expect(root.locator("strong")).to_have_text("inside")
    await expect(root.get_by_role("button")).to_have_count(0)
    await rendering.draw([block | {"is_collapsible": True, "default_collapsed": True}])
    await expect(root.locator("strong")).to_be_hidden()
    await root.get_by_role("button", name="Expand").click()
    await expect(root.locator("strong")).to_be_visible()
    await expect(root.get_by_role("button", name="Collapse")).to_have_attribute(
        "aria-expanded", "true"
    )


async def test_a_data_table_has_a_caption_and_pages(rendering: Rendering) -> None:
    head = [{"type": "raw_text", "text": name} for name in ("User", "Mails")]
    rows = [
        [{"type": "raw_text", "text": f"u{number}"}, {"type": "raw_number", "value": number}]
        for number in range(7)
    ]
    root = await rendering.draw([{"type": "data_table", "caption": "Users", "rows": [head, *rows]}])
    table = root.get_by_role("table", name="Users")
    await expect(table.get_by_role("rowheader")).to_have_text([f"u{n}" for n in range(5)])
    await expect(table.get_by_role("cell").first).to_have_css("text-align", "right")
    await expect(root.get_by_role("button", name="Previous")).to_be_disabled()
    await root.get_by_role("button", name="Next").click()
    await expect(table.get_by_role("cell")).to_have_text(["5", "6"])
    await expect(root.get_by_role("status")).to_have_text("6–7 of 7")
    await expect(root.get_by_role("button", name="Next")).to_be_disabled()


SERIES = [
    {"name": "Normal", "data": [{"label": "Mon", "value": 1284}, {"label": "Tue", "value": 0}]},
    {"name": "Webmail", "data": [{"label": "Mon", "value": 0}, {"label": "Tue", "value": 1284}]},
]
AXES = {"categories": ["Mon", "Tue"], "x_label": "Day", "y_label": "People"}
SEGMENTS = [{"label": "A", "value": 3}, {"label": "B", "value": 1}]


@pytest.mark.parametrize(
    ("chart", "shapes", "names"),
    [
        ({"type": "bar", "series": SERIES, "axis_config": AXES}, "rect", ["Normal", "Webmail"]),
        (
            {"type": "line", "series": SERIES, "axis_config": AXES},
            "polyline",
            ["Normal", "Webmail"],
        ),
        ({"type": "area", "series": SERIES, "axis_config": AXES}, "polygon", ["Normal", "Webmail"]),
        ({"type": "pie", "segments": SEGMENTS}, "path", ["A", "B"]),
        ({"type": "pie", "segments": SEGMENTS[:1]}, "circle", ["A"]),
    ],
)
async def test_a_chart_has_a_name_a_legend_and_its_figures(
    rendering: Rendering, chart: dict[str, Any], shapes: str, names: list[str]
) -> None:
    root = await rendering.draw([{"type": "data_visualization", "title": "Mail", "chart": chart}])
    picture = root.get_by_role("img", name=f"{chart['type']} chart: Mail")
    count = len(names) * 2 if shapes == "rect" else len(names)
    await expect(picture.locator(shapes)).to_have_count(count)
    await expect(root.locator(".blk-legend li")).to_have_text(names)
    axes = await picture.locator("text").all_text_contents()
    assert {"Day", "People", "Mon", "1,284"} <= {*axes} or chart["type"] == "pie"
    await root.get_by_text("Figures").click()
    row = ["3"] if chart["type"] == "pie" else ["Mon", "1284", "0"]
    cells = await root.get_by_role("cell").all_text_contents()
    assert cells[: len(row)] == (["A", "3"][: len(row)] if chart["type"] == "pie" else row)


async def test_an_empty_chart_is_drawn(rendering: Rendering) -> None:
    root = await rendering.draw(
        [
            {"type": "data_visualization", "title": "None"},
            {"type": "data_visualization", "title": "None", "chart": {"type": "pie"}},
        ]
    )
    await expect(root.get_by_role("figure")).to_have_count(2)


async def test_feedback_buttons_share_one_action(rendering: Rendering) -> None:
    feedback = {
        "type": "feedback_buttons",
        "action_id": "feedback",
        "positive_button": {"text": plain("Good"), "value": "1"},
        "negative_button": {"text": plain("Bad"), "value": "0"},
    }
    block = {"type": "context_actions", "block_id": "B1", "elements": [feedback]}
    root = await rendering.draw([block])
    await root.get_by_role("button", name="Bad").click()
    [[_, action, _, value]] = await rendering.acted()
    assert (action, value) == ("feedback", "0")


async def test_tasks_plans_videos_and_files(rendering: Rendering) -> None:
    task = {"type": "task_card", "task_id": "1", "title": "Read back", "status": "in_progress"}
    root = await rendering.draw(
        [
            {"type": "plan", "title": "Three steps", "tasks": [task]},
            {
                "type": "video",
                "title": plain("How"),
                "title_url": "https://example.com/v",
                "alt_text": "A video",
                "thumbnail_url": "https://example.com/t.png",
            },
            {"type": "file", "external_id": "ABC"},
        ]
    )
    await expect(root.get_by_role("img", name="in progress")).to_be_visible()
    await expect(root.get_by_role("link", name="How")).to_have_attribute(
        "href", "https://example.com/v"
    )
    await expect(root.get_by_text("ABC")).to_be_visible()
