"""A report in the demo: a message is added by its menu, and the files stand in the channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, ViewportSize, expect

from tests.browser.demo_window import Window

NARROW: ViewportSize = {"width": 390, "height": 844}
NewPage = Callable[..., Awaitable[Page]]


async def test_a_message_is_added_and_the_report_has_three_files(
    demo_url: str, open_page: NewPage
) -> None:
    window = Window(await open_page())
    await window.open(demo_url)
    await window.type("/continuity failover on 44444 --group germany --reason Exchange down")
    await expect(window.row("FAILOVER ON", "germany")).to_be_visible()
    await window.become("approver1")
    await window.type("The provider says: two hours.")
    await window.row("two hours").hover()
    await window.row("two hours").get_by_role("button", name="More message actions").click()
    await window.page.get_by_role("menuitem", name="Add to the report").click()
    await expect(window.row("Only visible to you", "Added to the report: ")).to_be_visible()
    await window.type("/continuity report --since 1h")
    report = window.row("Incident report: ", "SHA-256")
    await expect(report).to_contain_text("asked for by approver1")
    for kind in ("PDF", "CSV", "JSON"):
        await expect(report).to_contain_text(f"{kind} · ")
    await expect(report).to_contain_text("1 message")
    await window.page.set_viewport_size(NARROW)
    assert await window.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
