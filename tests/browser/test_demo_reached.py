"""People who are reached directly, with the real bot behind the page."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from playwright.async_api import Locator, Page, expect

from tests.browser.demo_window import APPROVE, Window

NewPage = Callable[..., Awaitable[Page]]
ASK = "/continuity failover on 44444 --reason Exchange is down"


def app_item(window: Window) -> Locator:
    """Return the bot in the side bar, with what is unread there."""
    return window.page.get_by_role("list", name="Apps", exact=True).get_by_role("button")


async def withdraw(window: Window, card: Locator) -> None:
    """Withdraw a change that waits."""
    await card.get_by_role("button", name="Withdraw").click()
    await window.dialog("Withdraw").get_by_role("button", name="Withdraw").click()
    await expect(window.messages.get_by_role("button", name="Withdraw")).to_have_count(0)


async def test_who_is_away_is_named_last_and_a_look_ends_their_reminders(
    demo_url: str, open_page: NewPage
) -> None:
    operator, approver = Window(await open_page()), Window(await open_page())
    await operator.open(demo_url)
    await approver.open(demo_url, "approver2")
    await operator.turn("Approver 1 is active", on=False)
    await operator.type(ASK)
    card = operator.row("WAITING", "will change 1,284")
    await expect(card).to_contain_text(re.compile("Please decide: @approver2, @approver1"))

    await expect(app_item(approver)).to_have_accessible_name("Continuity 1 unread for you")
    await app_item(approver).click()
    await expect(app_item(approver)).to_have_accessible_name("Continuity")
    await approver.button("I am looking").click()
    await expect(approver.row("You are looking since")).to_be_visible()
    await expect(card).to_contain_text("Looking: @approver2")

    await operator.world.get_by_role("button", name="Skip 5 minutes").click()
    reminder = operator.direct_notification()
    await expect(reminder).to_contain_text("REMINDER: FAILOVER ON · Acme GmbH (44444)")
    await expect(approver.row("Still waits")).to_have_count(0)
    await withdraw(operator, card)


async def test_an_approval_in_the_direct_message_is_told_to_the_requester_directly(
    demo_url: str, open_page: NewPage
) -> None:
    operator, approver = Window(await open_page()), Window(await open_page())
    await operator.open(demo_url)
    await approver.open(demo_url, "approver2")
    await operator.type(ASK)
    await app_item(approver).click()
    await approver.approve()
    ended = approver.row("Ended: APPLIED", "The result is in #mail-outage")
    # Updates of direct messages come after those of cards: a minute and more after a test before.
    await expect(ended).to_be_visible(timeout=120_000)
    await expect(approver.messages.get_by_role("button", name=APPROVE)).to_have_count(0)
    await expect(operator.row("Read back", "approved by @approver2")).to_be_visible()
    await expect(app_item(operator)).to_have_accessible_name("Continuity 1 unread for you")
    await app_item(operator).click()
    await expect(operator.row("APPLIED", "that you asked for")).to_be_visible()

    await operator.page.get_by_role("tab", name="Home").click()
    await expect(operator.page.get_by_role("heading", name="What is on")).to_be_visible()
    home = operator.page.locator("home-tab")
    await expect(home).to_contain_text("FAILOVER ON · all users · 1,284 on")
    await home.get_by_role("link", name=re.compile("^C-")).first.click()
    await expect(operator.row("Ended: APPLIED", "Exchange is down")).to_be_visible()


async def test_the_pager_shows_the_change_until_it_ends_and_a_failing_one_is_told_on_the_card(
    demo_url: str, page: Page
) -> None:
    window = Window(page)
    await window.open(demo_url)
    await window.turn("The pager fails", on=True)
    await window.type("/continuity access off 44444 --reason Exchange is back")
    card = window.row("WAITING", "ACCESS OFF")
    await expect(card).to_contain_text("pager")
    found = re.search(r"C-\w+", await card.inner_text())
    assert found is not None
    pager = window.world.get_by_role("region", name="Pager")
    incidents = pager.get_by_role("listitem").filter(has_text=found[0])
    await expect(incidents).to_have_count(0)
    await window.turn("The pager fails", on=False)
    await window.world.get_by_role("button", name="Skip 5 minutes").click()
    await expect(incidents).to_have_count(2)
    for name in ("pagerduty", "webhook"):
        incident = incidents.filter(has_text=name)
        await expect(incident).to_contain_text("triggered")
        await expect(incident).to_contain_text("Acme GmbH")
    await withdraw(window, card)
    for name in ("pagerduty", "webhook"):
        await expect(incidents.filter(has_text=name)).to_contain_text("resolved")
