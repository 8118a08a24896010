"""What the app writes to one person: in their side bar, with its buttons and forms, on their phone."""

from __future__ import annotations

from playwright.async_api import Locator, expect

from tests.browser.app_page import AppPage, button, modal, section, text_input
from tests.browser.workspace import APPROVER, INCIDENT, OPERATOR

CARD = "FAILOVER ON · Acme GmbH (44444) · waits for you"
BUTTONS = {"type": "actions", "elements": [button("Approve", "approve"), button("Deny", "deny")]}


def app_item(opened: AppPage) -> Locator:
    """Return the app in the side bar, with what is unread there."""
    apps = opened.workspace.root.get_by_role("list", name="Apps", exact=True)
    return apps.get_by_role("button", name="Continuity")


async def test_what_is_unread_is_counted_for_each_person_and_read_when_it_is_opened(
    opened: AppPage,
) -> None:
    await opened.post(CARD, BUTTONS, channel=OPERATOR)
    await opened.post("Reminder", channel=OPERATOR)
    await expect(app_item(opened)).to_have_accessible_name("Continuity 2 unread for you")
    await expect(opened.page).to_have_title("(2) #mail-outage – Home")
    await opened.workspace.act_as.select_option(APPROVER)
    await expect(app_item(opened)).to_have_accessible_name("Continuity")
    await opened.workspace.act_as.select_option(OPERATOR)
    await app_item(opened).click()
    await expect(opened.workspace.row("Reminder")).to_be_visible()
    await expect(app_item(opened)).to_have_accessible_name("Continuity")
    await expect(app_item(opened)).to_have_attribute("aria-current", "page")


async def test_a_button_is_pressed_in_the_conversation_which_follows_the_message(
    opened: AppPage,
) -> None:
    ts = await opened.post(CARD, section("The card"), BUTTONS, channel=OPERATOR)
    await app_item(opened).click()
    await opened.button("Approve").click()
    payload = await opened.payload()
    assert payload["container"]["channel_id"] == payload["channel"]["id"] == f"D{OPERATOR}"
    assert (payload["channel"]["name"], payload["user"]["id"]) == ("directmessage", OPERATOR)
    await opened.api.chat_update(channel=f"D{OPERATOR}", ts=ts, text="APPLIED", blocks=[])
    await expect(opened.button("Approve")).to_have_count(0)


async def test_a_form_is_opened_from_a_button_and_submitted(opened: AppPage) -> None:
    await opened.post(CARD, BUTTONS, channel=OPERATOR)
    await app_item(opened).click()
    await opened.button("Deny").click()
    payload = await opened.payload()
    view = modal(text_input("why", "Why?"), title="Why?")
    await opened.api.views_open(trigger_id=payload["trigger_id"], view=view)
    form = opened.dialog("Why?")
    await form.get_by_role("textbox", name="Why?").fill("Exchange is up again")
    await form.get_by_role("button", name="Propose").click()
    await expect(form).to_have_count(0)
    assert opened.app.payloads[-1]["type"] == "view_submission"


async def test_each_one_is_a_notification_on_the_phone_with_its_text_cut(opened: AppPage) -> None:
    await opened.post("x" * 400, section("The card"), channel=APPROVER)
    await opened.post("For the operator", channel=OPERATOR)
    note = opened.phone.get_by_role("list", name="Notifications").get_by_role("button")
    await expect(note).to_have_count(1)
    await expect(note).to_contain_text("Continuity")
    await expect(note).to_contain_text("x" * 239 + "…")
    await note.click()
    messages = opened.phone.get_by_role("region", name="Phone messages")
    await expect(messages).to_contain_text("The card")


async def test_in_a_narrow_window_the_way_back_says_what_is_unread(opened: AppPage) -> None:
    for width in (390, 320):
        await opened.page.set_viewport_size({"width": width, "height": 844})
        back = opened.workspace.root.get_by_role("button", name="Channel list")
        await opened.post(CARD, section(f"Card {width}"), BUTTONS, channel=OPERATOR)
        await expect(back).to_have_accessible_name("Channel list, 1 unread for you")
        await back.click()
        await app_item(opened).click()
        await expect(opened.workspace.row(f"Card {width}")).to_be_visible()
        assert await opened.page.evaluate("document.documentElement.scrollWidth") == width
        await expect(back).to_have_accessible_name("Channel list")
        await back.click()
        await opened.workspace.channel("mail-outage").click()


async def test_the_app_is_told_once_each_time_its_messages_are_opened(opened: AppPage) -> None:
    opened.slack.events = {*opened.slack.events, "app_home_opened"}
    await app_item(opened).click()
    await opened.payload()
    await opened.post("While it is open", channel=OPERATOR)
    await opened.workspace.row("While it is open").hover()
    await opened.button("Reply in thread").click()
    await expect(opened.workspace.thread).to_be_visible()
    await opened.workspace.channel("mail-outage").click()
    await app_item(opened).click()
    await opened.slack.wait_for(lambda _: len(opened.app.payloads) > 1)
    assert [payload["event"]["tab"] for payload in opened.app.payloads] == ["messages"] * 2


async def test_messages_in_the_incident_channel_count_only_where_the_person_is_named(
    opened: AppPage,
) -> None:
    await app_item(opened).click()
    await opened.post("For everybody", channel=INCIDENT)
    incident = opened.workspace.channel("mail-outage")
    await expect(incident).to_have_accessible_name("mail-outage unread")
    await opened.post(f"<@{OPERATOR}> may approve", channel=INCIDENT)
    await expect(incident).to_have_accessible_name("mail-outage 1 unread for you")
