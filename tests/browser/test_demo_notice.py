"""The texts for users in the demo: a form asks where the webmail is, and the files come to who asks alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, ViewportSize, expect

from tests.browser.demo_window import Window

NARROW: ViewportSize = {"width": 390, "height": 844}
NewPage = Callable[..., Awaitable[Page]]


async def test_the_form_is_filled_and_two_files_come_as_a_message_to_the_person(
    demo_url: str, open_page: NewPage
) -> None:
    window = Window(await open_page())
    await window.open(demo_url)
    await window.type("/continuity notice 44444")
    form = window.dialog("Text for the users")
    await expect(form).to_contain_text("Nothing is sent to users.")
    for language in ("Español (es)", "Français (fr)", "Italiano (it)"):
        await form.get_by_role("button", name=f"Remove {language}").click()
    await form.get_by_label("Address of the webmail").fill("webmail.example.com")
    await form.get_by_role("button", name="Get the files").click()
    await expect(form).to_contain_text("it begins with https://")
    await window.page.set_viewport_size(NARROW)
    assert await window.page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    await window.page.set_viewport_size({"width": 1280, "height": 800})
    await form.get_by_label("Address of the webmail").fill("https://webmail.example.com")
    await form.get_by_role("button", name="Get the files").click()
    await expect(form).to_be_hidden()
    told = window.row("Only visible to you", "2 files are in your messages with me: de, en.")
    await expect(told).to_be_visible()
    await window.page.get_by_role("list", name="Apps", exact=True).get_by_role("button").click()
    await expect(window.row("Acme GmbH (44444): Deutsch (de)")).to_be_visible()
    await expect(window.row("Acme GmbH (44444): English (en)")).to_be_visible()
