"""Whatever an app sends, wherever it stands, is text: it never becomes markup or runs."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.block_kit import actions, button, field, mrkdwn, plain
from tests.browser.rendering import PAGE, Rendering

EVIL = '"><img src=x onerror="window.attacked = true"><script>window.attacked = true</script>'
OPTIONS = [{"text": plain(EVIL), "value": EVIL, "description": plain(EVIL)}]
RICH = {
    "type": "rich_text",
    "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": EVIL}]}],
}
CELLS = [[{"type": "raw_text", "text": EVIL}], [RICH]]
CARD = {"type": "card", "title": mrkdwn(EVIL), "subtitle": plain(EVIL), "body": mrkdwn(EVIL)}
SERIES = {"name": EVIL, "data": [{"label": EVIL, "value": 1}]}
BLOCKS: list[dict[str, Any]] = [
    {"type": "header", "text": plain(EVIL)},
    {"type": "section", "text": mrkdwn(f"*{EVIL}* `{EVIL}` <https://x.example|{EVIL}>")},
    {"type": "section", "text": plain(EVIL), "fields": [mrkdwn(EVIL), plain(EVIL)]},
    {"type": "context", "elements": [mrkdwn(f"```{EVIL}```"), mrkdwn(f"<@U1|{EVIL}>")]},
    *actions(button(EVIL), {"type": "static_select", "action_id": "s", "options": OPTIONS}),
    *actions({"type": "checkboxes", "action_id": "c", "options": OPTIONS}),
    {"type": "image", "image_url": "https://x.example", "alt_text": EVIL, "title": plain(EVIL)},
    field("x", "plain_text_input", initial_value=EVIL, placeholder=plain(EVIL)),
    field("y", "file_input", filetypes=[EVIL]) | {"hint": plain(EVIL), "label": plain(EVIL)},
    RICH,
    {"type": "markdown", "text": f"# {EVIL}\n**{EVIL}**\n- {EVIL}\n```\n{EVIL}\n```"},
    {"type": "table", "rows": CELLS},
    {"type": "data_table", "caption": EVIL, "rows": CELLS},
    {"type": "carousel", "elements": [CARD]},
    {"type": "container", "title": plain(EVIL), "child_blocks": [CARD]},
    {"type": "alert", "level": EVIL, "text": mrkdwn(EVIL)},
    {
        "type": "data_visualization",
        "title": EVIL,
        "chart": {"type": "bar", "series": [SERIES], "axis_config": {"categories": [EVIL]}},
    },
    {"type": EVIL},
]
FILE = {"id": EVIL, "name": f"{EVIL}.csv", "title": EVIL, "size": 1, "mimetype": EVIL, "state": ""}


@pytest.mark.parametrize("block", [pytest.param(one, id=one["type"][:12]) for one in BLOCKS])
async def test_markup_stays_text_wherever_it_stands(
    rendering: Rendering, block: dict[str, Any]
) -> None:
    root = await rendering.draw([block], surface="modal", errors={"x": EVIL, "y": EVIL})
    assert await root.locator("script, img, [onerror]").count() == 0
    everything = await root.evaluate("(root) => root.outerHTML")
    # As text, in an attribute, or as the value of an input, which is no part of the markup.
    assert "img src=x" in everything or block["type"] == "input"
    assert await rendering.page.evaluate("window.attacked") is None


async def test_the_name_of_a_file_stays_text(rendering: Rendering) -> None:
    root = await rendering.draw({"text": "", "blocks": [], "files": [FILE]})
    assert await root.locator("script, img, [onerror]").count() == 0
    assert EVIL in await root.inner_text()


def test_no_module_of_the_page_parses_html() -> None:
    parses = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|srcdoc")
    found = [path.name for path in PAGE.rglob("*.js") if parses.search(path.read_text("utf-8"))]
    assert found == []
