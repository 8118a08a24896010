"""The demo for everybody: by keyboard alone, on a phone, with a screen reader, in dark and light."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.browser.demo_window import APPROVE, CONFIRM, Window

NewPage = Callable[..., Awaitable[Page]]
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
CHECK = (
    Path(__file__).with_name("accessible.js").read_text("utf-8").partition("*/")[2].strip(" ;\n")
)
FOCUS_IS_SHOWN = """() => {
  const shows = (style) => style.outlineStyle !== "none" || style.boxShadow !== "none";
  const active = document.activeElement;
  return [active, active.parentElement].some((one) => shows(getComputedStyle(one)))
    ? "" : active.outerHTML.slice(0, 120);
}"""
# What has to have a name. A document, a list or a paragraph has not.
NAMED = {
    *("button", "link", "textbox", "combobox", "checkbox", "radio", "switch", "tab", "dialog"),
    *("region", "listbox", "option", "img", "image", "tablist", "tabpanel", "complementary"),
}


async def problems(page: Page) -> list[str]:
    """Return a sentence for each control without a name, each poor contrast and wrong id."""
    session = await page.context.new_cdp_session(page)
    tree = await session.send("Accessibility.getFullAXTree")
    await session.detach()
    found = [f"It has no name: {node}" for node in tree["nodes"] if _is_nameless(node)]
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {each}" for each in await page.evaluate(CHECK)]
    return found


def _is_nameless(node: dict[str, Any]) -> bool:
    role, name = (str(node.get(key, {}).get("value", "")) for key in ("role", "name"))
    return not node["ignored"] and role.lower() in NAMED and not name.strip()


async def test_every_control_has_a_name_and_every_text_can_be_read(
    demo_url: str, open_page: NewPage
) -> None:
    for size in (WIDE, NARROW):
        window = Window(await open_page(viewport=size))
        page = window.page
        await window.open(demo_url)
        if size is WIDE:
            await window.type("/continuity failover on 44444 --group us")
        card = window.row("in us", "will change")
        await expect(card.get_by_role("button", name=APPROVE)).to_be_visible()
        await window.type("/continuity users 44444 --here")
        await expect(window.row("The first 100 of 1,284")).to_be_visible()
        await window.is_answered()
        assert await problems(page) == []

        await window.message.fill("/continuity ")
        await expect(page.get_by_role("listbox", name="Completions")).to_be_visible()
        assert await problems(page) == []
        await window.message.fill("")

        await card.get_by_role("button", name=APPROVE).click()
        await expect(window.dialog("Approve")).to_be_visible()
        assert await problems(page) == []
        await page.keyboard.press("Escape")

        await window.type("/continuity user edit 44444 user0001@example.com")
        modal = window.dialog("Edit user")
        await modal.get_by_role("button", name="Propose").click()
        await expect(modal.get_by_role("alert")).to_be_visible()
        assert await problems(page) == []
        await modal.get_by_role("button", name="Dismiss").click()

        await card.get_by_role("button", name=re.compile("repl")).click()
        await expect(window.thread.get_by_role("article").first).to_be_visible()
        assert await problems(page) == []
        await window.thread.get_by_role("button", name="Close thread").click()

        await page.get_by_role("button", name="Developer", exact=True).click()
        for tab in ("Deliveries", "Refused", "Message"):
            await page.get_by_role("tab", name=tab, exact=True).click()
            assert await problems(page) == []
        await page.get_by_role("button", name="Close Developer").click()

        if size is NARROW:
            await page.get_by_role("tab", name="World").click()
            assert await problems(page) == []
            await page.get_by_role("tab", name="Phone").click()
        assert await problems(page) == []
        await window.phone.get_by_role("button", name="Unlock").click()
        assert await problems(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]


async def test_on_a_phone_the_whole_main_job_can_be_done(demo_url: str, open_page: NewPage) -> None:
    window = Window(await open_page(viewport=NARROW, has_touch=True, is_mobile=True))
    await window.open(demo_url)
    await window.page.get_by_role("button", name="Channel list").tap()
    await window.channels.get_by_role("button", name="mail-outage").tap()
    await window.type("/continuity failover on 44444 --reason On the way")
    card = window.row("WAITING", "On the way", "will change 1,284")
    await expect(card).to_be_in_viewport()
    await window.page.get_by_role("tab", name="Phone").tap()
    await window.direct_notification().tap()
    messages = window.phone.get_by_role("region", name="Phone messages")
    await messages.get_by_role("button", name=APPROVE).last.tap()
    await window.phone.get_by_role("dialog").get_by_role("button", name=APPROVE).tap()
    await expect(messages.get_by_text("Ended: APPLIED").last).to_be_in_viewport()
    await window.page.get_by_role("tab", name="World").tap()
    await expect(window.world.get_by_text("The API applied")).to_be_visible()
    await window.page.get_by_role("tab", name="Workspace").tap()
    await window.row("APPLIED", "On the way").get_by_role("button", name="reply").tap()
    await expect(window.thread.get_by_text("approved")).to_be_visible()


class Keyboard:
    """A person without a pointer: they press keys, and see where the focus is."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def to(self, place: Locator, key: str = "Tab") -> None:
        """Press a key until the focus is there; each place on the way shows that it has the focus."""
        await expect(place).to_be_visible()
        for _ in range(150):
            if await place.evaluate("one => one === document.activeElement"):
                assert await self._page.evaluate(FOCUS_IS_SHOWN) == ""
                return
            await self._page.keyboard.press(key)
        pytest.fail(f"The focus never came to {place}")

    async def press(self, place: Locator) -> None:
        """Go there, and press Enter."""
        await self.to(place)
        await self._page.keyboard.press("Enter")


async def test_by_keyboard_alone_from_the_first_to_the_last(demo_url: str, page: Page) -> None:
    window, keyboard = Window(page), Keyboard(page)
    await page.goto(demo_url)
    await expect(page.get_by_text("The bot runs, process")).to_be_attached()

    await keyboard.to(window.act_as)
    await page.keyboard.type("Viewer")
    await expect(window.act_as).to_have_value("U0VIEWER")
    await page.keyboard.press("Home")
    await expect(window.act_as).to_have_value("U0OPERATOR")
    await keyboard.to(window.message)
    await page.keyboard.press("Control+A")
    await page.keyboard.type("/continuity acc")
    await expect(page.get_by_role("listbox", name="Completions")).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(window.message).to_have_value("/continuity access ")
    await page.keyboard.type("off 44444 user0021@example.com")
    await page.keyboard.press("Enter")
    card = window.row("user0021", "WAITING")
    await keyboard.to(card.get_by_role("button", name=CONFIRM), "Shift+Tab")
    await page.keyboard.press("Enter")
    dialog = window.dialog("Confirm")
    await expect(dialog.get_by_role("button", name=CONFIRM)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await keyboard.press(card.get_by_role("button", name=CONFIRM))
    await page.keyboard.press("Enter")
    done = window.row("user0021", "APPLIED", "C-").first
    await expect(window.row("Read back")).to_be_visible()

    await keyboard.press(window.messages.get_by_role("button", name="reply").last)
    await expect(window.thread).to_be_visible()
    await keyboard.press(window.thread.get_by_role("button", name="Close thread"))
    await expect(window.thread).to_be_hidden()
    await keyboard.to(window.message)
    await page.keyboard.type("/continuity user edit 44444 user0022@example.com")
    await page.keyboard.press("Enter")
    modal = window.dialog("Edit user")
    await keyboard.to(modal.get_by_role("textbox", name="Display name"))
    await page.keyboard.press("Control+A")
    await page.keyboard.type("Twenty-two")
    await page.keyboard.press("Enter")
    await expect(modal).to_have_count(0)
    await expect(window.row("Twenty-two")).to_be_visible()
    await expect(done).to_be_visible()

    await keyboard.press(page.get_by_role("button", name="Developer", exact=True))
    await expect(page.get_by_role("tab", name="Message", exact=True)).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("F6")
    await page.keyboard.press("F6")
    await keyboard.press(window.phone.get_by_role("button", name="Unlock"))
    await keyboard.press(window.phone.get_by_role("button", name="Lock", exact=True))
    switch = window.world.get_by_role("switch", name="API slow")
    await keyboard.to(switch)
    await page.keyboard.press("Space")
    await expect(switch).to_be_checked()
    await page.keyboard.press("Space")
    await expect(switch).not_to_be_checked()
