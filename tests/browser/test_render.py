"""Blocks as the page draws them: names, roles, styles, actions."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.block_kit import actions, button, mrkdwn, options, plain
from tests.browser.rendering import DOT, Rendering, squeezed

CONFIRM = {
    "title": {"type": "plain_text", "text": "Deny?"},
    "text": {"type": "plain_text", "text": "For 1,284 users"},
    "confirm": {"type": "plain_text", "text": "Deny"},
    "deny": {"type": "plain_text", "text": "Back"},
}


async def test_a_section_has_text_fields_and_an_accessory(rendering: Rendering) -> None:
    root = await rendering.draw(
        [
            {
                "type": "section",
                "text": mrkdwn("*Who*"),
                "fields": [mrkdwn("*Users*\n1,284"), plain("*no*")],
                "accessory": button("Open"),
            }
        ]
    )
    await expect(root.locator(".blk-field")).to_have_text(["Users1,284", "*no*"])
    await expect(root.locator(".blk-field strong")).to_have_text(["Users"])
    await expect(root.locator(".blk-accessory").get_by_role("button", name="Open")).to_be_visible()


async def test_header_context_and_divider(rendering: Rendering) -> None:
    root = await rendering.draw(
        [
            {"type": "header", "text": plain("Help :bulb:")},
            {"type": "header", "text": plain("Large"), "level": 1},
            {"type": "divider"},
            {"type": "context", "elements": [mrkdwn("by <@U0APPROVER>"), plain("*now*")]},
        ]
    )
    await expect(root.get_by_role("heading")).to_have_text(["Help 💡", "Large"])
    await expect(root.get_by_role("heading", name="Large")).to_have_css("font-size", "24px")
    await expect(root.get_by_role("separator")).to_have_count(1)
    await expect(root.locator(".blk-context-text")).to_have_text(["by @anna", "*now*"])


async def test_a_button_hands_its_action_on(rendering: Rendering) -> None:
    root = await rendering.draw(actions(button("Approve", style="primary"), button("Later")))
    await root.get_by_role("button", name="Approve").click()
    [[block, action, element, value]] = await rendering.acted()
    assert (block, action, element["type"], value) == ("B1", "approve", "button", "v")
    fill = root.get_by_role("button", name="Approve")
    await expect(fill).to_have_css("background-color", "rgb(0, 112, 79)")


async def test_a_confirmation_comes_before_the_action(rendering: Rendering) -> None:
    root = await rendering.draw(actions(button("Deny", style="danger", confirm=CONFIRM)))
    await rendering.page.evaluate("window.answer = false")
    await root.get_by_role("button", name="Deny").click()
    assert await rendering.page.evaluate("window.asked") == [CONFIRM]
    assert await rendering.acted() == []
    await rendering.page.evaluate("window.answer = true")
    await root.get_by_role("button", name="Deny").click()
    assert len(await rendering.acted()) == 1


async def test_a_button_is_not_pressed_twice_while_its_action_is_on_its_way(
    rendering: Rendering,
) -> None:
    root = await rendering.draw(actions(button("Approve")))
    await rendering.page.evaluate(
        "window.acting = new Promise((done) => { window.finish = done; }); undefined"
    )
    pressed = root.get_by_role("button", name="Approve")
    await pressed.focus()
    await rendering.page.keyboard.press("Enter")
    await expect(pressed).to_have_attribute("aria-disabled", "true")
    await rendering.page.keyboard.press("Enter")
    assert len(await rendering.acted()) == 1
    await rendering.page.evaluate("window.finish()")
    await expect(pressed).not_to_have_attribute("aria-disabled", "true")
    await expect(pressed).to_be_focused()
    await rendering.page.keyboard.press("Enter")
    assert len(await rendering.acted()) == 2


async def test_a_button_and_an_option_open_their_address_in_a_new_tab(
    rendering: Rendering,
) -> None:
    address = f"{rendering.page.url}files/F2?show"
    [option] = options("Log")
    menu = {"type": "overflow", "action_id": "more", "options": [option | {"url": address}]}
    wrong = button("Wrong", url="javascript:window.attacked = true")
    root = await rendering.draw(actions(button("Open", url=address), menu, wrong))
    context = rendering.page.context
    async with context.expect_page() as opened:
        await root.get_by_role("button", name="Open").click()
    assert (await opened.value).url == address
    await (await opened.value).close()
    await root.get_by_role("button", name="More actions").click()
    async with context.expect_page() as opened:
        await root.get_by_role("menuitem", name="Log").click()
    await (await opened.value).close()
    await root.get_by_role("button", name="Wrong").click()
    assert [action for _, action, *_ in await rendering.acted()] == ["open", "more", "wrong"]
    assert len(context.pages) == 1
    assert await rendering.page.evaluate("window.attacked") is None


async def test_nothing_is_handed_on_while_busy(rendering: Rendering) -> None:
    root = await rendering.draw(actions(button("Approve")), busy=True)
    pressed = root.get_by_role("button", name="Approve")
    await expect(pressed).to_have_attribute("aria-disabled", "true")
    await pressed.dispatch_event("click")
    assert await rendering.acted() == []


async def test_an_overflow_menu_works_by_keyboard(rendering: Rendering) -> None:
    menu = {"type": "overflow", "action_id": "more", "options": options("First", "Second")}
    root = await rendering.draw(actions(menu))
    opener = root.get_by_role("button", name="More actions")
    await opener.focus()
    await rendering.page.keyboard.press("Enter")
    await expect(root.get_by_role("menuitem", name="First")).to_be_focused()
    await rendering.page.keyboard.press("Escape")
    await expect(root.get_by_role("menu")).to_be_hidden()
    await expect(opener).to_be_focused()
    await rendering.page.keyboard.press("Enter")
    await rendering.page.keyboard.press("ArrowUp")
    await rendering.page.keyboard.press("Enter")
    [[_, action, _, value]] = await rendering.acted()
    assert (action, value) == ("more", "second")


def table_block(columns: int = 2, **settings: Any) -> dict[str, Any]:
    rows = [[f"{row} {column}" for column in range(columns)] for row in ("head", "one", "two")]
    return {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": text} for text in row] for row in rows],
        "column_settings": [{"align": "right"}, settings],
    }


async def test_a_table_has_a_header_and_aligns_its_columns(rendering: Rendering) -> None:
    root = await rendering.draw([table_block(is_wrapped=True)])
    await expect(root.get_by_role("columnheader")).to_have_text(["head 0", "head 1"])
    cell = root.get_by_role("cell", name="two 0")
    await expect(cell).to_have_css("text-align", "right")
    await expect(cell).to_have_css("white-space", "nowrap")
    await expect(root.get_by_role("cell", name="two 1")).to_have_css("white-space", "pre-wrap")


async def test_a_wide_table_scrolls_and_the_page_does_not(rendering: Rendering) -> None:
    await rendering.page.set_viewport_size({"width": 390, "height": 800})
    root = await rendering.draw([table_block(columns=20)])
    region = root.get_by_role("group", name="Table")
    widths = await region.evaluate("(box) => [box.scrollWidth, box.clientWidth]")
    assert widths[0] > widths[1]
    assert await rendering.page.evaluate("document.documentElement.scrollWidth") <= 390
    # Not every browser lets the keyboard reach what scrolls by itself.
    await expect(region).to_have_attribute("tabindex", "0")
    await region.focus()
    await rendering.page.keyboard.press("ArrowRight")
    await expect(region).not_to_have_js_property("scrollLeft", 0)


@pytest.mark.parametrize(
    ("over", "folded"),
    [({}, True), ({"expand": True}, False), ({"text": mrkdwn("word " * 100)}, False)],
)
async def test_a_long_section_is_folded_unless_it_says_expand(
    rendering: Rendering, over: dict[str, Any], folded: bool
) -> None:
    await rendering.page.set_viewport_size({"width": 390, "height": 800})
    block = {"type": "section", "text": mrkdwn("word " * 300), **over}
    root = await rendering.draw([block])
    more = root.get_by_role("button", name="See more")
    await expect(more).to_have_count(1 if folded else 0)
    if folded:
        text, height = root.locator(".blk-text"), "(box) => box.clientHeight"
        low = await text.evaluate(height)
        await more.click()
        await expect(root.get_by_role("button", name="See less")).to_be_visible()
        assert await text.evaluate(height) > 2 * low


async def test_a_long_section_that_fits_offers_no_more(rendering: Rendering) -> None:
    block = {"type": "section", "text": mrkdwn("word " * 141)}
    root = await rendering.draw([block])
    await expect(root.locator(".blk-more")).to_be_hidden()
    await rendering.page.set_viewport_size({"width": 390, "height": 800})
    await expect(root.get_by_role("button", name="See more")).to_be_visible()


async def test_an_unknown_block_is_a_box_that_names_it(rendering: Rendering) -> None:
    root = await rendering.draw([{"type": "hologram"}])
    assert await root.inner_text() == "Block of the type “hologram”: this page does not draw it."


async def test_an_image_of_elsewhere_is_a_link_and_is_not_loaded(rendering: Rendering) -> None:
    block = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A chart"}
    own = {"type": "image", "alt_text": "A dot", "image_url": f"data:image/gif;base64,{DOT}"}
    file = {"type": "image", "alt_text": "A file", "slack_file": {"id": "F3"}}
    root = await rendering.draw([block | {"title": plain("Chart")}, own, file])
    shown = root.get_by_role("img", name="A file")
    await expect(shown).to_have_js_property("naturalWidth", 1)
    link = root.get_by_role("link", name="A chart")
    await expect(link).to_have_attribute("href", "https://example.com/a.png")
    await expect(root.locator("figcaption")).to_have_text("Chart")
    await expect(root.get_by_role("img", name="A dot")).to_have_attribute("src", own["image_url"])


async def test_a_message_without_blocks_is_its_text(rendering: Rendering) -> None:
    root = await rendering.draw({"text": "*Hello* <@U0APPROVER>", "blocks": [], "files": []})
    assert squeezed(await root.inner_text()) == "Hello @anna"
    await expect(root.locator("strong")).to_have_text("Hello")
