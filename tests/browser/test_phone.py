"""The phone on the page: its lock screen, Slack's notifications, and the workspace in it."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.browser.app_page import AppPage, button, section
from tests.browser.workspace import APPROVER, BOARD

TEXT = (
    "<@U2> Approval needed: move 1,284 people of *Acme &amp; Sons* to the emergency webmail, since their "
    "mail server is down :warning:. The request expires at <!date^1773489600^{time}|13:00>. Olga Ops asks for it."
)
SHOWN = (
    "@ada Approval needed: move 1,284 people of Acme & Sons to the emergency webmail, since their "
    "mail server is down ⚠️. The request expires at 08:00. Olga Ops asks for it."
)


def notifications(opened: AppPage) -> Locator:
    return opened.phone.get_by_role("list", name="Notifications").get_by_role("listitem")


async def test_the_lock_screen_shows_the_demos_time_in_the_zone_of_the_person(
    opened: AppPage,
) -> None:
    await expect(opened.phone).to_contain_text("07:00")
    await expect(opened.phone).to_contain_text("Saturday 14 March")
    opened.clock.skip(30 * 60)
    await expect(opened.phone).to_contain_text("07:30")


async def test_a_notification_has_exactly_the_text_that_slack_would_show(opened: AppPage) -> None:
    await opened.post(TEXT, section("A card that no lock screen shows."))

    item = notifications(opened)
    await expect(item.locator(".ph-text")).to_have_text(SHOWN)
    await expect(item.locator(".ph-title")).to_have_text("#mail-outage")
    await expect(item.locator(".ph-sender")).to_have_text("Continuity")
    await expect(item.locator(".ph-when")).to_have_text("now")
    await expect(opened.phone.get_by_role("status")).to_have_text(
        f"Notification from #mail-outage: {SHOWN}"
    )
    # It is cut after four lines, as phones do.
    lines = "(text) => text.clientHeight / parseFloat(getComputedStyle(text).lineHeight)"
    assert round(await item.locator(".ph-text").evaluate(lines)) == 4
    opened.clock.skip(150)
    await expect(item.locator(".ph-when")).to_have_text("2m ago")


async def test_a_tap_opens_the_message_in_the_phone_and_lock_returns(opened: AppPage) -> None:
    approve = {"type": "actions", "elements": [button("Approve", "approve")]}
    await opened.post("<@U2> Board news", channel=BOARD)
    await opened.post("<@U2> Approve this", section("The card"), approve)
    await expect(notifications(opened).locator(".ph-title")).to_have_text(
        ["#mail-outage", "#board"]
    )

    await opened.phone.get_by_role("button", name="Approve this").click()
    messages = opened.phone.get_by_role("region", name="Phone messages")
    await expect(messages).to_contain_text("The card")
    await messages.get_by_role("button", name="Approve").click()
    assert (await opened.payload())["user"]["id"] == APPROVER

    await opened.phone.get_by_role("button", name="Lock", exact=True).click()
    await expect(messages).to_be_hidden()
    await expect(notifications(opened).locator(".ph-title")).to_have_text(["#board"])


async def test_an_open_phone_shows_a_banner_for_another_channel_only(opened: AppPage) -> None:
    await opened.post("<@U2> First")
    await opened.phone.get_by_role("button", name="First").click()
    messages = opened.phone.get_by_role("region", name="Phone messages")
    await expect(messages).to_contain_text("First")

    await opened.post("<@U2> Second")
    await expect(messages).to_contain_text("Second")
    await opened.post("<@U2> Board news", channel=BOARD)
    await expect(opened.phone.locator(".ph-banner button")).to_have_count(1)
    await opened.phone.get_by_role("button", name="Board news").click()
    await expect(messages).to_contain_text("Board news")
    await expect(messages).not_to_contain_text("Second")
    await opened.phone.get_by_role("button", name="Lock", exact=True).click()
    await expect(notifications(opened)).to_have_count(0)


async def test_the_phone_is_used_with_the_keyboard_alone(opened: AppPage) -> None:
    await opened.post("<@U2> Approve this", section("The card"))
    item = opened.phone.get_by_role("button", name="Approve this")
    await expect(item).to_be_visible()
    await opened.phone.get_by_role("button", name="Unlock").focus()
    await opened.page.keyboard.press("Shift+Tab")
    await expect(item).to_be_focused()
    await opened.page.keyboard.press("Enter")

    await expect(opened.phone.get_by_role("article")).to_be_focused()
    await opened.phone.get_by_role("button", name="Lock", exact=True).focus()
    await opened.page.keyboard.press("Enter")
    await expect(opened.phone.get_by_role("button", name="Unlock")).to_be_focused()


async def test_with_several_phones_one_is_chosen(opened: AppPage) -> None:
    await expect(opened.page.get_by_label("Phone of")).to_be_hidden()
    opened.slack.add_person("U0NAN", "nan", real_name="Nan Approver", tz="Europe/Berlin")
    opened.server.phones.add("U0NAN")
    await opened.page.reload()

    await opened.page.get_by_label("Phone of").select_option("Nan Approver")
    await expect(opened.phone).to_contain_text("12:00")
