"""What is due later is seen within a minute: the page's clock moves the bot's, too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.browser.demo_window import Window

NewPage = Callable[..., Awaitable[Page]]


async def test_a_timed_change_is_announced_and_taken_back_by_the_bot(
    demo_url: str, open_page: NewPage
) -> None:
    operator, approver = Window(await open_page()), Window(await open_page())
    await operator.open(demo_url)
    await approver.open(demo_url, "approver1")
    await operator.type("/continuity access off 44444 for 1h --reason Exchange is down")
    await approver.approve()
    await expect(operator.row("APPLIED · ACCESS OFF", "left at")).to_be_visible()
    skip = operator.world.get_by_role("group", name="Clock")
    await skip.get_by_role("button", name="Skip 30 minutes").click()
    for _ in range(3):
        await skip.get_by_role("button", name="Skip 5 minutes").click()
    await expect(operator.row("Back by itself soon")).to_be_visible()
    await skip.get_by_role("button", name="Skip 30 minutes").click()
    way_back = operator.row("APPLIED · ACCESS ON", "made by the bot")
    await expect(way_back).to_contain_text("1,284 of 1,284")


async def test_what_is_on_for_longer_than_a_day_is_reported_in_the_morning(
    demo_url: str, open_page: NewPage
) -> None:
    operator, approver = Window(await open_page()), Window(await open_page())
    await operator.open(demo_url)
    await approver.open(demo_url, "approver1")
    await operator.type("/continuity failover on 44444 --reason Exchange is down")
    await approver.approve()
    await expect(operator.row("APPLIED · FAILOVER ON", "Read back")).to_be_visible()
    for _ in range(2):
        await operator.world.get_by_role("button", name="Skip 1 day").click()
    await operator.channels.get_by_role("button", name="mail-ops").click()
    report = operator.row("On for more than a day", "FAILOVER ON")
    await expect(report.get_by_role("button", name="Still needed").first).to_be_visible()
