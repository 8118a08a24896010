"""The App Home tab on the page."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.browser.app_page import PATIENT, AppPage, button, section
from tests.browser.workspace import APPROVER, OPERATOR

TROUBLE = "We had some trouble connecting. Try again?"


async def open_home(opened: AppPage) -> Locator:
    await opened.workspace.channel("Continuity").click()
    await opened.workspace.root.get_by_role("tab", name="Home").click()
    return opened.workspace.root.locator("home-tab")


async def publish(opened: AppPage, person: str, text: str) -> None:
    press = {"type": "actions", "block_id": "press", "elements": [button("Refresh", "refresh")]}
    view = {"type": "home", "blocks": [section(text), press]}
    await opened.api.views_publish(user_id=person, view=view)


async def test_an_app_without_a_home_says_where_it_writes(opened: AppPage) -> None:
    home = await open_home(opened)
    await expect(home).to_have_text(
        "This app has no Home tab: its Messages tab is where it writes to you."
    )


async def test_opening_the_home_tells_the_app_which_publishes_it_for_this_person(
    opened: AppPage,
) -> None:
    opened.slack.home_tab = True
    opened.slack.events = {*opened.slack.events, "app_home_opened"}
    await opened.page.reload()
    home = await open_home(opened)
    await expect(home).to_have_text("The app has not published your Home tab yet.")
    await opened.slack.wait_for(lambda _: len(opened.app.payloads) > 1)
    events = [payload["event"] for payload in opened.app.payloads]
    assert [(event["type"], event["user"], event["tab"]) for event in events] == [
        ("app_home_opened", OPERATOR, "messages"),
        ("app_home_opened", OPERATOR, "home"),
    ]

    await publish(opened, APPROVER, "For Ada")
    await publish(opened, OPERATOR, "*Three* changes wait")
    await expect(home).to_contain_text("Three changes wait")
    await publish(opened, OPERATOR, "*Two* changes wait")
    await expect(home).to_contain_text("Two changes wait")
    await expect(home).not_to_contain_text("For Ada")


async def test_a_click_in_the_home_is_sent_and_what_fails_is_said(opened: AppPage) -> None:
    opened.slack.home_tab = True
    await publish(opened, OPERATOR, "Overview")
    home = await open_home(opened)
    opened.slack.ack_limit = 0.2
    opened.app.may_answer.clear()
    await home.get_by_role("button", name="Refresh").click()
    await expect(home.get_by_role("alert")).to_have_text(TROUBLE)
    payload = await opened.payload()
    assert payload["view"]["type"] == "home"
    assert payload["actions"][0]["action_id"] == "refresh"

    opened.slack.ack_limit = PATIENT
    opened.app.may_answer.set()
    await home.get_by_role("button", name="Refresh").click()
    await expect(home.get_by_role("alert")).to_be_hidden()


async def test_a_home_that_is_published_again_keeps_the_focus(opened: AppPage) -> None:
    opened.slack.home_tab = True
    await publish(opened, OPERATOR, "Overview")
    home = await open_home(opened)
    await home.get_by_role("button", name="Refresh").click()
    await opened.payload()
    await publish(opened, OPERATOR, "Overview of today")
    await expect(home).to_contain_text("Overview of today")
    await expect(home.get_by_role("button", name="Refresh")).to_be_focused()
