"""Rich text and Markdown, as nodes of the page; nothing becomes markup."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.rendering import NOON, Rendering


def section(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "rich_text_section", "elements": list(elements)}


def text(words: str, **style: bool) -> dict[str, Any]:
    return {"type": "text", "text": words, "style": style}


async def draw(rendering: Rendering, *elements: dict[str, Any]) -> str:
    root = await rendering.draw([{"type": "rich_text", "elements": list(elements)}])
    html: str = await root.locator(".blk-rich").inner_html()
    return html.replace(' class="blk-code"', "").replace(' class=""', "")


@pytest.mark.parametrize(
    ("element", "html"),
    [
        (text("a\nb"), "a<br>b"),
        (text("b", bold=True), "<strong>b</strong>"),
        (text("b", code=True, italic=True), "<em><code>b</code></em>"),
        (text("b", strike=True, underline=True), "<u><s>b</s></u>"),
        (text("<b>*no*</b>"), "&lt;b&gt;*no*&lt;/b&gt;"),
    ],
)
async def test_text_has_its_style(rendering: Rendering, element: dict[str, Any], html: str) -> None:
    assert await draw(rendering, section(element)) == f"<div>{html}</div>"


async def test_people_channels_dates_links_and_emoji(rendering: Rendering) -> None:
    parts: list[dict[str, Any]] = [
        {"type": "user", "user_id": "U0APPROVER"},
        {"type": "channel", "channel_id": "C0INCIDENT"},
        {"type": "usergroup", "usergroup_id": "S0ONCALL"},
        {"type": "broadcast", "range": "here"},
        {"type": "date", "timestamp": NOON, "format": "{date_num} {time}", "fallback": "x"},
        {"type": "link", "url": "https://example.com", "text": "log"},
        {"type": "link", "url": "javascript:x", "text": "not"},
        {"type": "emoji", "name": "warning"},
        {"type": "emoji", "name": "own", "unicode": "1f6a8"},
        {"type": "emoji", "name": "own"},
    ]
    spaced = [one for part in parts for one in (part, text(" "))]
    await draw(rendering, section(*spaced))
    assert (await rendering.root.inner_text()).strip() == (
        "@anna #mail-outage @oncall @here 2026-03-14 12:00 log not ⚠️ 🚨 :own:"
    )
    await expect(rendering.root.get_by_role("link")).to_have_text(["log"])


async def test_lists_quotes_and_code(rendering: Rendering) -> None:
    items = [section(text("one")), section(text("two"))]
    await draw(
        rendering,
        {"type": "rich_text_list", "style": "bullet", "elements": items},
        {"type": "rich_text_list", "style": "ordered", "offset": 2, "indent": 1, "elements": items},
        {"type": "rich_text_quote", "elements": [text("quoted")]},
        {"type": "rich_text_preformatted", "elements": [text("a\n  b")]},
    )
    root = rendering.root
    await expect(root.locator("ul > li")).to_have_text(["one", "two"])
    await expect(root.locator("ol")).to_have_attribute("start", "3")
    await expect(root.locator("ol")).to_have_css("margin-left", "28px")
    await expect(root.locator("blockquote")).to_have_text("quoted")
    assert await root.locator("pre").inner_text() == "a\n  b"


async def test_a_cell_can_be_rich_text(rendering: Rendering) -> None:
    rich = {"type": "rich_text", "elements": [section(text("b", bold=True))]}
    cells = [[{"type": "raw_text", "text": "head"}], [rich]]
    root = await rendering.draw([{"type": "table", "rows": cells}])
    await expect(root.get_by_role("cell").locator("strong")).to_have_text("b")


MARKDOWN = """# Title
Two *lines* with **bold**, ~~gone~~, `co*d*e`, [a link](https://example.com) and snake_case_name
of text. <b>no</b> [no](javascript:x) \\*plain\\*

- one
- two
  - deeper
- [x] done

2. second

> quoted
> more

```python
code *here*
```

| a | b |
|---|:-:|
| 1 | **2** |

---
"""


async def test_markdown(rendering: Rendering) -> None:
    root = await rendering.draw([{"type": "markdown", "text": MARKDOWN}])
    await expect(root.get_by_role("heading")).to_have_text("Title")
    paragraph = root.locator("p").first
    assert await paragraph.inner_text() == (
        "Two lines with bold, gone, co*d*e, a link and snake_case_name\n"
        "of text. <b>no</b> no *plain*"
    )
    await expect(paragraph.locator("em")).to_have_text(["lines"])
    await expect(paragraph.locator("strong")).to_have_text(["bold"])
    await expect(paragraph.locator("s")).to_have_text(["gone"])
    await expect(paragraph.get_by_role("link")).to_have_text(["a link"])
    assert await root.locator(".blk-markdown > ul > li").count() == 3
    await expect(root.locator("li li")).to_have_text("deeper")
    await expect(root.get_by_role("checkbox", name="done")).to_be_checked()
    await expect(root.locator("ol")).to_have_attribute("start", "2")
    assert await root.locator("blockquote").inner_text() == "quoted\nmore"
    assert await root.locator("pre").inner_text() == "code *here*"
    await expect(root.get_by_role("columnheader")).to_have_text(["a", "b"])
    await expect(root.get_by_role("cell")).to_have_text(["1", "2"])
    await expect(root.get_by_role("separator")).to_have_count(1)


@pytest.mark.parametrize("before", ["", "```\n"])
async def test_markdown_without_an_end_is_drawn(rendering: Rendering, before: str) -> None:
    typed = ("[a <b **c " * 300).strip()
    root = await rendering.draw([{"type": "markdown", "text": before + typed}])
    assert await root.inner_text() == typed
