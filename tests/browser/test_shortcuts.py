"""Shortcuts on the page: the menu at the composer, and that of a message."""

from __future__ import annotations

from playwright.async_api import expect

from sandbox.slack import Shortcut
from tests.browser.app_page import AppPage, section, text_input
from tests.browser.workspace import APPROVER, INCIDENT, OPERATOR, STRANGER

SHORTCUTS = (
    Shortcut("propose", "global", "Propose a change", "Opens the form"),
    Shortcut("keep", "message", "Keep for the report", "Adds the message"),
)


async def offer(opened: AppPage) -> None:
    """Let the app have shortcuts; the page learns them when it is loaded."""
    opened.slack.shortcuts = {one.callback_id: one for one in SHORTCUTS}
    await opened.page.reload()


async def test_without_shortcuts_there_is_no_menu(opened: AppPage) -> None:
    opened.slack.shortcuts = {}
    await opened.page.reload()
    await opened.post("Mail is down")
    await opened.workspace.row("Mail is down").hover()
    await expect(opened.button("Copy link")).to_be_visible()
    await expect(opened.button("More message actions")).to_be_hidden()
    await expect(opened.workspace.root.get_by_role("button", name="Shortcuts")).to_be_hidden()


async def test_a_global_shortcut_is_chosen_by_keyboard_and_the_modal_takes_the_focus(
    opened: AppPage,
) -> None:
    await offer(opened)
    menu = opened.workspace.root.get_by_role("button", name="Shortcuts")
    await menu.focus()
    await opened.page.keyboard.press("Enter")
    item = opened.workspace.root.get_by_role("menuitem")
    await expect(item).to_have_text("Propose a changeOpens the form")
    await opened.page.keyboard.press("Enter")
    payload = await opened.payload()
    assert (payload["type"], payload["callback_id"]) == ("shortcut", "propose")
    assert payload["user"]["id"] == OPERATOR

    opened.open_modal(text_input("why", "Why"))
    await expect(opened.dialog("Delete users").get_by_label("Why")).to_be_focused()


async def test_a_global_shortcut_that_fails_is_said(opened: AppPage) -> None:
    await offer(opened)
    opened.slack.request_url = None
    await opened.workspace.root.get_by_role("button", name="Shortcuts").click()
    await opened.workspace.root.get_by_role("menuitem").click()
    await expect(opened.page.locator("#toasts")).to_have_text(
        "Continuity did not take the shortcut (dispatch_failed)."
    )


async def test_a_message_shortcut_is_for_the_message_at_which_the_menu_was_opened(
    opened: AppPage,
) -> None:
    await offer(opened)
    ts = await opened.post("Mail is down", section("The card"))
    await opened.post("Another one")
    await opened.workspace.row("The card").hover()
    await opened.button("More message actions").click()
    item = opened.workspace.messages.get_by_role("menuitem", name="Keep for the report")
    await expect(item).to_be_focused()
    await (
        opened.workspace.row("Another one")
        .locator(".msg-author, .blk-text, .msg-body")
        .first.hover()
    )
    await item.click()
    payload = await opened.payload()
    assert (payload["type"], payload["callback_id"]) == ("message_action", "keep")
    assert (payload["channel"]["id"], payload["message_ts"]) == (INCIDENT, ts)
    assert payload["message"]["blocks"][0]["text"]["text"] == "The card"


async def test_what_one_person_alone_sees_and_what_is_deleted_have_no_menu(
    opened: AppPage,
) -> None:
    await offer(opened)
    opened.slack.post_ephemeral(INCIDENT, OPERATOR, "For you alone", via="ack")
    await opened.workspace.row("For you alone").hover()
    await expect(opened.button("Inspect")).to_be_visible()
    await expect(opened.button("More message actions")).to_be_hidden()


async def test_people_of_another_company_have_no_shortcuts(opened: AppPage) -> None:
    await offer(opened)
    opened.slack.post("C3", OPERATOR, "Mail is down")
    await opened.workspace.act_as.select_option(STRANGER)
    await opened.workspace.row("Mail is down").hover()
    await expect(opened.button("Copy link")).to_be_visible()
    await expect(opened.button("More message actions")).to_be_hidden()
    await expect(opened.workspace.root.get_by_role("button", name="Shortcuts")).to_be_hidden()


async def test_the_phone_has_both_menus_within_its_screen(opened: AppPage) -> None:
    await offer(opened)
    await opened.post(f"<@{APPROVER}> Mail is down")
    await opened.phone.get_by_role("button", name="Mail is down").click()
    await opened.phone.get_by_role("button", name="Phone shortcuts").click()
    frame = await opened.phone.bounding_box()
    shown = await opened.phone.get_by_role("menuitem", name="Propose a change").bounding_box()
    assert frame is not None
    assert shown is not None
    assert frame["x"] <= shown["x"]
    assert shown["x"] + shown["width"] <= frame["x"] + frame["width"]
    await opened.page.keyboard.press("Escape")

    await opened.phone.get_by_role("article").filter(has_text="Mail is down").hover()
    await opened.phone.get_by_role("button", name="More message actions").click()
    await opened.phone.get_by_role("menuitem", name="Keep for the report").click()
    assert (await opened.payload())["user"]["id"] == APPROVER
