"""Modals and confirmation dialogs on the page."""

from __future__ import annotations

from playwright.async_api import expect

from tests.browser.app_page import (
    PATIENT,
    AppPage,
    button,
    modal,
    plain,
    section,
    text_input,
)
from tests.browser.workspace import APPROVER, INCIDENT, OPERATOR

NUMBER = text_input("number", "Type the customer number once more")
REASON = text_input("reason", "Reason", optional=True)
WRONG = "This is not the number of the customer above."
TROUBLE = "We had some trouble connecting. Try again?"
CONFIRM = {
    "title": plain("Approve it?"),
    "text": {"type": "mrkdwn", "text": "This moves *1,284 people* to the webmail."},
    "confirm": plain("Yes, approve"),
    "deny": plain("Not now"),
    "style": "danger",
}


async def test_a_modal_is_named_by_its_title_and_begins_in_its_first_input(opened: AppPage) -> None:
    opened.open_modal(section("All users of *Acme GmbH*."), NUMBER, REASON)

    dialog = opened.dialog("Delete users")
    await expect(dialog).to_have_attribute("aria-modal", "true")
    await expect(dialog).to_contain_text("All users of Acme GmbH.")
    await expect(dialog.get_by_role("button")).to_have_text(["✕", "🔍", "Back", "Propose"])
    await expect(dialog.get_by_label("Type the customer number")).to_be_focused()


async def test_enter_submits_what_was_typed_and_the_focus_returns_to_the_button(
    opened: AppPage,
) -> None:
    await opened.post("Card", {"type": "actions", "elements": [button("Deny", "deny")]})
    deny = opened.button("Deny")
    await deny.click()
    await opened.payload()
    view = opened.open_modal(NUMBER, REASON)

    await opened.dialog("Delete users").get_by_label("Type the customer number").fill("44444")
    await opened.page.keyboard.press("Enter")

    await expect(opened.dialog("Delete users")).to_be_hidden()
    await expect(deny).to_be_focused()
    sent = opened.app.payloads[-1]["view"]
    assert sent["id"] == view.id
    assert sent["state"]["values"]["number"]["number-text"]["value"] == "44444"
    assert sent["state"]["values"]["reason"]["reason-text"]["value"] is None


async def test_errors_stand_beneath_their_inputs_and_what_was_typed_stays(opened: AppPage) -> None:
    kind = {
        "type": "static_select",
        "action_id": "kind-choice",
        "options": [{"text": plain(name), "value": name.lower()} for name in ("One", "Two")],
    }
    opened.open_modal(
        NUMBER,
        {"type": "input", "block_id": "kind", "label": plain("Kind"), "element": kind},
        REASON,
    )
    opened.app.answer = {"response_action": "errors", "errors": {"number": WRONG}}
    dialog = opened.dialog("Delete users")
    await dialog.get_by_label("Type the customer number").fill("12345")
    await dialog.get_by_label("Kind").select_option("Two")
    await dialog.get_by_label("Reason").fill("They left")
    await dialog.get_by_role("button", name="Propose").click()

    await expect(dialog.get_by_role("alert").filter(has_text=WRONG)).to_be_visible()
    number = dialog.get_by_label("Type the customer number")
    await expect(number).to_be_focused()
    await expect(number).to_have_accessible_description(WRONG)
    await expect(number).to_have_value("12345")
    await expect(dialog.get_by_label("Kind")).to_have_value("two")
    await expect(dialog.get_by_label("Reason")).to_have_value("They left")

    opened.app.answer = {}
    await number.fill("44444")
    await dialog.get_by_role("button", name="Propose").click()
    await expect(dialog).to_be_hidden()
    assert opened.app.payloads[-1]["view"]["state"]["values"]["kind"] == {
        "kind-choice": {"type": "static_select", "selected_option": kind["options"][1]}
    }


async def test_an_empty_required_input_is_not_sent(opened: AppPage) -> None:
    opened.open_modal(REASON, NUMBER)
    dialog = opened.dialog("Delete users")
    await dialog.get_by_role("button", name="Propose").click()

    await expect(dialog.get_by_role("alert")).to_have_text("Please complete this required field.")
    await expect(dialog.get_by_label("Type the customer number")).to_be_focused()
    assert opened.app.payloads == []


async def test_a_late_acknowledgement_is_slacks_sentence_and_can_be_tried_again(
    opened: AppPage,
) -> None:
    opened.open_modal(NUMBER)
    opened.slack.ack_limit = 0.3
    opened.app.may_answer.clear()
    dialog = opened.dialog("Delete users")
    await dialog.get_by_label("Type the customer number").fill("44444")
    await dialog.get_by_role("button", name="Propose").click()
    await expect(dialog).to_have_attribute("aria-busy", "true")

    await expect(dialog.get_by_role("alert").first).to_have_text(TROUBLE)
    await expect(dialog).to_have_attribute("aria-busy", "false")
    await expect(dialog.get_by_label("Type the customer number")).to_have_value("44444")

    opened.slack.ack_limit = PATIENT
    opened.app.may_answer.set()
    await dialog.get_by_role("button", name="Propose").click()
    await expect(dialog).to_be_hidden()


async def test_an_update_keeps_what_was_typed_and_where_the_person_types(opened: AppPage) -> None:
    view = opened.open_modal(NUMBER, REASON)
    dialog = opened.dialog("Delete users")
    await dialog.get_by_label("Type the customer number").fill("444")
    content = {
        **view.view,
        "title": plain("Delete 12 users"),
        "blocks": [section("Counted."), *view.view["blocks"]],
    }
    await opened.api.views_update(view_id=view.id, view=content)

    changed = opened.dialog("Delete 12 users")
    await expect(changed).to_contain_text("Counted.")
    await expect(changed.get_by_label("Type the customer number")).to_be_focused()
    await opened.page.keyboard.type("44")
    await expect(changed.get_by_label("Type the customer number")).to_have_value("44444")


async def test_a_pushed_view_lies_on_the_one_below_which_keeps_what_was_typed(
    opened: AppPage,
) -> None:
    opened.open_modal(NUMBER)
    first, second = opened.dialog("Delete users"), opened.dialog("Are you sure?")
    await first.get_by_label("Type the customer number").fill("44444")
    pushed = {"type": "modal", "title": plain("Are you sure?"), "blocks": [section("All of them.")]}
    opened.app.answer = {"response_action": "push", "view": pushed}
    await first.get_by_role("button", name="Propose").click()

    await expect(second).to_be_visible()
    await expect(first).to_be_hidden()
    await second.get_by_role("button", name="Previous view").click()
    await expect(first.get_by_label("Type the customer number")).to_have_value("44444")
    await expect(first.get_by_label("Type the customer number")).to_be_focused()

    await first.get_by_role("button", name="Propose").click()
    await second.get_by_role("button", name="Dismiss").click()
    await expect(second).to_be_hidden()
    await expect(first).to_be_hidden()
    assert {view.state for view in opened.slack.views.values()} == {"closed"}


async def test_escape_closes_the_newest_view_alone_and_slack_is_told(opened: AppPage) -> None:
    opened.open_modal(NUMBER, notify_on_close=True)
    opened.open_modal(title="On top")
    await expect(opened.dialog("On top")).to_be_visible()
    await opened.page.keyboard.press("Escape")
    await expect(opened.dialog("Delete users")).to_be_visible()
    await opened.page.keyboard.press("Escape")
    await expect(opened.dialog("Delete users")).to_be_hidden()
    await opened.payload()
    assert [payload["type"] for payload in opened.app.payloads] == ["view_closed"]


async def test_the_tab_key_stays_in_the_dialog(opened: AppPage) -> None:
    opened.open_modal(NUMBER)
    dialog = opened.dialog("Delete users")
    number = dialog.get_by_label("Type the customer number")
    await expect(number).to_be_focused()
    for name in ("Inspect", "Back", "Propose", "Dismiss"):
        await opened.page.keyboard.press("Tab")
        await expect(dialog.get_by_role("button", name=name)).to_be_focused()
    await opened.page.keyboard.press("Tab")
    await expect(number).to_be_focused()
    await opened.page.keyboard.press("Shift+Tab")
    await expect(dialog.get_by_role("button", name="Dismiss")).to_be_focused()


async def test_the_modal_of_the_person_with_the_phone_is_in_the_phone(opened: AppPage) -> None:
    opened.open_modal(NUMBER, user=APPROVER)
    await opened.phone.get_by_role("button", name="Unlock").click()

    await expect(opened.phone.get_by_role("dialog", name="Delete users")).to_be_visible()
    await expect(opened.workspace.root.get_by_role("dialog")).to_have_count(0)
    await opened.workspace.message.fill("I can still write.")


async def test_who_acts_can_be_changed_while_a_modal_is_open(opened: AppPage) -> None:
    opened.open_modal(NUMBER)
    dialog = opened.dialog("Delete users")
    await dialog.get_by_label("Type the customer number").fill("444")

    await opened.workspace.act_as.click(trial=True, timeout=5000)
    await opened.workspace.act_as.select_option("Ada Approver")
    await expect(dialog).to_be_hidden()
    await opened.workspace.message.fill("I see no modal.")
    await opened.workspace.act_as.select_option("Olga Ops, Operator for Acme GmbH")
    await expect(dialog.get_by_label("Type the customer number")).to_have_value("444")


async def test_who_acts_as_another_person_is_not_asked_for_the_one_before(opened: AppPage) -> None:
    approve = button("Approve", "approve", confirm=CONFIRM)
    await opened.post("Card", {"type": "actions", "elements": [approve]})
    await opened.button("Approve").click()
    await expect(opened.dialog("Approve it?")).to_be_visible()
    await opened.workspace.act_as.select_option(APPROVER)
    await expect(opened.dialog("Approve it?")).to_have_count(0)
    assert opened.app.payloads == []
    await opened.button("Approve").click()
    await opened.dialog("Approve it?").get_by_role("button", name="Yes, approve").click()
    assert (await opened.payload())["user"]["id"] == APPROVER


async def test_a_confirmation_is_asked_for_before_the_click_is_sent(opened: AppPage) -> None:
    approve = button("Approve", "approve", style="primary", confirm=CONFIRM)
    await opened.post("Card", {"type": "actions", "elements": [approve]})
    pressed = opened.button("Approve")
    dialog = opened.dialog("Approve it?")

    await pressed.click()
    await expect(dialog).to_have_accessible_description("This moves 1,284 people to the webmail.")
    await expect(dialog.locator("strong")).to_have_text("1,284 people")
    await expect(dialog.get_by_role("button")).to_have_text(["Not now", "Yes, approve"])
    await expect(dialog.get_by_role("button", name="Yes, approve")).to_be_focused()
    await opened.page.keyboard.press("Tab")
    await expect(dialog.get_by_role("button", name="Not now")).to_be_focused()
    await opened.page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await expect(pressed).to_be_focused()
    await pressed.click()
    await dialog.get_by_role("button", name="Not now").click()
    assert opened.app.payloads == []

    await pressed.click()
    await opened.page.keyboard.press("Enter")
    assert (await opened.payload())["actions"][0]["action_id"] == "approve"


async def test_a_menu_begins_with_the_channel_that_the_person_looked_at(opened: AppPage) -> None:
    menu = {
        "type": "conversations_select",
        "action_id": "where",
        "default_to_current_conversation": True,
    }
    block = {"type": "input", "block_id": "where", "label": plain("Where"), "element": menu}
    trigger = opened.slack.modals.new_trigger(OPERATOR, channel=INCIDENT)
    opened.slack.modals.open(trigger, modal(block))
    await expect(opened.dialog("Delete users").get_by_label("Where")).to_have_value(INCIDENT)
