"""`python -m tests.browser.screenshots`: the pictures of README and docs, from the running demo.

They are written to docs/pictures. It needs Chromium.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import sys
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, Page, ViewportSize, async_playwright, expect

from tests.browser.demo_window import Window, running_demo
from tests.browser.palette import reduced

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
WIDE: ViewportSize = {"width": 1280, "height": 800}
NARROW: ViewportSize = {"width": 390, "height": 844}


async def main() -> None:
    """Go through the demo, and take the pictures on the way."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("No Chromium on this machine: it takes the pictures.")
    expect.set_options(timeout=60_000)
    FOLDER.mkdir(exist_ok=True)
    async with running_demo() as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        window = await _window(browser, WIDE, "light")
        await window.open(url)
        await _ask_and_approve(window)
        await _narrow_and_dark(browser, url)
        await _lose_the_answer(window)
        await _audit(window)
        await _more(window)
        await browser.close()


async def _window(browser: Browser, size: ViewportSize, scheme: Literal["dark", "light"]) -> Window:
    context = await browser.new_context(viewport=size, color_scheme=scheme)
    return Window(await context.new_page())


async def _ask_and_approve(window: Window) -> None:
    await window.send.click()
    await expect(window.row("WAITING", "will change 1,284")).to_be_visible()
    await expect(window.direct_notification()).to_be_visible()
    await _take(window.page, "card-and-notification")
    await _direct_message(window)
    await window.approve()
    await expect(window.row("Nobody approves their own change.")).to_be_visible()
    await _approve(window)
    await window.dismiss_all()
    await expect(window.row("Read back", "1,284 of 1,284")).to_be_visible()
    await _take(window.page, "outcome-and-world")


async def _direct_message(window: Window) -> None:
    """What the bot wrote to the approver, on their phone; beside it the pager and the people."""
    await window.direct_notification().click()
    messages = window.phone.get_by_role("region", name="Phone messages")
    await expect(messages.get_by_role("button", name="I am looking")).to_be_visible()
    people = window.world.get_by_role("list", name="People")
    await people.get_by_role("switch").last.scroll_into_view_if_needed()
    await _take(window.page, "direct-message")
    await window.world.get_by_role("heading", name="The world").scroll_into_view_if_needed()
    await window.phone.get_by_role("button", name="Lock", exact=True).click()


async def _narrow_and_dark(browser: Browser, url: str) -> None:
    phone = await _window(browser, NARROW, "light")
    await phone.open(url)
    await expect(phone.row("Read back", "1,284 of 1,284")).to_be_visible()
    await _take(phone.page, "phone-width")
    dark = await _window(browser, WIDE, "dark")
    await dark.open(url)
    await dark.row("Read back", "1,284 of 1,284").hover()
    await dark.messages.get_by_role("button", name="Inspect").click()
    drawer = dark.page.get_by_role("complementary", name="Developer")
    await expect(drawer.get_by_role("table", name="Limits")).to_be_visible()
    await _take(dark.page, "dark-and-developer")


async def _lose_the_answer(window: Window) -> None:
    await window.button(re.compile("^Access on for ")).click()
    await _approve(window)
    await window.tour.get_by_role("button", name="Lose the answer", exact=True).click()
    await expect(window.message).to_have_value(re.compile("failover off"))
    await window.send.click()
    await _approve(window)
    await expect(window.row("APPLIED · FAILOVER OFF", "Read back")).to_be_visible()
    card = window.row("APPLIED · FAILOVER OFF", "Reason: Exchange is back")
    await card.get_by_role("button", name=re.compile(r"\d repl")).click()
    await expect(window.thread).to_contain_text("approved")
    await window.tour.get_by_role("button", name=re.compile("^3 ")).click()
    await _take(window.page, "read-back")
    await window.thread.get_by_role("button", name="Close thread").click()


async def _audit(window: Window) -> None:
    await window.tour.get_by_role("button", name=re.compile("^4 ")).click()
    await window.tour.get_by_role("button", name="Skip").click()
    for name in ("What does an auditor see?", "Tamper", "Verify"):
        await window.tour.get_by_role("button", name=name, exact=True).click()
    await window.tour.get_by_role("button", name=re.compile("^5 ")).click()
    await expect(window.tour.get_by_text("This entry was altered.")).to_be_visible()
    await _take(window.page, "tampered-trail")


async def _more(window: Window) -> None:
    """What else can be tried, and the form, with its customer chosen by a part of the name."""
    await window.tour.get_by_role("button", name="More to try").click()
    await window.tour.get_by_role("button", name="Type it: The form").click()
    await window.send.click()
    form = window.dialog("Continuity change")
    await form.get_by_role("combobox", name="Customer").fill("acm")
    await expect(form.get_by_role("option", name="Acme GmbH (44444)")).to_be_visible()
    await _take(window.page, "form-and-more")


async def _approve(window: Window) -> None:
    await window.become("approver1")
    await window.approve()
    await window.become("operator")


async def _take(page: Page, name: str) -> None:
    """Write a picture of the window without what moves."""
    await page.mouse.move(0, 0)
    png = await page.screenshot(animations="disabled", caret="hide")
    blank = await page.context.new_page()
    (FOLDER / f"{name}.png").write_bytes(await reduced(blank, png))
    await blank.close()


if __name__ == "__main__":
    asyncio.run(main())
