"""Several people at the same time, each in a window of their own, with the real bot behind the page."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.browser.demo_window import APPROVE, Window

NewPage = Callable[..., Awaitable[Page]]


async def test_two_approvers_in_two_windows_and_the_operator_who_may_not(
    demo_url: str, open_page: NewPage
) -> None:
    operator, first, second = [Window(await open_page()) for _ in range(3)]
    await operator.open(demo_url)
    await first.open(demo_url, "approver1")
    await second.open(demo_url, "approver2")
    await operator.type("/continuity failover on 44444 --reason Exchange is down")
    for window in (first, second):
        await expect(window.row("1,284", "Exchange is down")).to_be_visible()

    await operator.approve()
    refusal = operator.row("Nobody approves their own change.")
    await expect(refusal).to_contain_text("Only visible to you")

    # Both have read the question when the first of them answers it.
    for window in (first, second):
        await window.button(APPROVE).click()
    await first.dialog("Approve").get_by_role("button", name=APPROVE).click()
    for window in (operator, first, second):
        await expect(window.row("Read back", "approved by @approver1")).to_be_visible()
    await second.dialog("Approve").get_by_role("button", name=APPROVE).click()
    await expect(second.page.get_by_role("status").get_by_text("This button")).to_have_text(
        "This button is no longer there."
    )
    await expect(second.messages.get_by_role("button", name=APPROVE)).to_have_count(0)
    await expect(second.world).to_contain_text("The API applied 1 write, none twice.")

    # What only one of them may see, no other window has shown.
    await expect(refusal).to_be_visible()
    for window in (first, second):
        await expect(window.messages.get_by_text("Nobody approves")).to_have_count(0)
    await operator.become("approver1")
    await expect(operator.row("Read back")).to_be_visible()
    await expect(refusal).to_have_count(0)


async def test_who_may_not_is_told_so_alone(demo_url: str, open_page: NewPage) -> None:
    window, other = Window(await open_page()), Window(await open_page())
    await other.open(demo_url)
    await window.open(demo_url, "viewer")
    await window.type("/continuity failover off 44444")
    refusal = "it needs the role operator or admin"
    await expect(window.row("Only visible to you", refusal)).to_be_visible()
    await expect(other.messages.get_by_text(refusal)).to_have_count(0)
    await window.become("partner")
    await expect(window.channels.get_by_role("button")).to_have_count(1)
    await window.type("/continuity status 44444")
    await expect(
        window.page.get_by_role("alert").get_by_text("is not a valid command")
    ).to_be_visible()
    await window.become("operator")
    await window.type("/continuity status 44444")
    await expect(window.row("This channel is shared with another company")).to_be_visible()
    await expect(window.messages.get_by_text("1,284")).to_have_count(0)
    await window.become("provider")
    await window.channels.get_by_role("button", name="provider-ops").click()
    await window.type("/continuity status 50001")
    await expect(window.row("Acacia Example GmbH")).to_be_visible()


async def test_a_modal_with_errors_keeps_what_was_typed(demo_url: str, page: Page) -> None:
    window = Window(page)
    await window.open(demo_url)
    await window.type("/continuity user edit 44444 user0007@example.com")
    modal = window.dialog("Edit user")
    reason = modal.get_by_role("textbox", name="Why?")
    await reason.fill("Has married")
    await modal.get_by_role("button", name="Propose").click()
    await expect(modal.get_by_role("alert")).to_contain_text("Nothing is changed.")
    await expect(reason).to_have_value("Has married")
    await modal.get_by_role("textbox", name="Display name").fill("Seven of Acme")
    zone = modal.get_by_role("combobox", name="Time zone")
    await expect(zone).to_have_value("Europe/Berlin")
    await zone.select_option("UTC")
    await modal.get_by_role("textbox", name="Other language").fill("de-AT")
    await modal.get_by_role("button", name="Propose").click()
    await expect(modal.get_by_role("alert")).to_contain_text("Did you mean de_AT?")
    await expect(zone).to_have_value("UTC")
    await modal.get_by_role("textbox", name="Other language").fill("de_AT")
    await modal.get_by_role("button", name="Propose").click()
    await expect(modal).to_have_count(0)
    card = window.row("user0007@example.com", "Seven of Acme")
    await expect(card).to_contain_text("Language: en_GB → de_AT")
    await expect(card).to_contain_text("Time zone: Europe/Berlin → UTC")

    await window.type("/continuity access off 44444 --file")
    modal = window.dialog("Access off by file")
    await modal.get_by_role("textbox", name="Why?").fill("Exchange is down")
    async with page.expect_file_chooser() as choosing:
        await modal.get_by_role("button", name="File").click()
    wrong = b"user\nuser0008@example.com\nno address\n"
    await (await choosing.value).set_files(
        {"name": "users.csv", "mimeType": "text/csv", "buffer": wrong}
    )
    await modal.get_by_role("button", name="Propose").click()
    await expect(modal.get_by_role("alert")).to_contain_text(re.compile("line|row"))
    await expect(modal.get_by_role("textbox", name="Why?")).to_have_value("Exchange is down")
    await modal.get_by_role("checkbox", name="Skip the wrong rows").check()
    await modal.get_by_role("button", name="Propose").click()
    await expect(window.row("ACCESS OFF", "user0008@example.com")).to_be_visible()
