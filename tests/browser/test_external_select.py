"""The select whose options the app is asked for while a person types."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Locator, expect

from tests.browser.app_page import AppPage, Json, plain, section, text_input
from tests.browser.workspace import OPERATOR


def option(value: str, name: str, about: str = "") -> Json:
    described = {"description": plain(about)} if about else {}
    return {"value": value, "text": plain(name), **described}


ACME, GLOBEX = (
    option("44444", "Acme GmbH (44444)", "1,284 users"),
    option("10101", "Globex (10101)"),
)


def customer(kind: str = "external_select", **fields: Any) -> Json:
    element = {"type": kind, "action_id": "who", "min_query_length": 0, **fields}
    return {
        "type": "input",
        "block_id": "customer",
        "label": plain("Customer"),
        "dispatch_action": True,
        "element": element,
    }


def field(opened: AppPage) -> Locator:
    return opened.dialog("Delete users").get_by_role("combobox", name="Customer")


def options(opened: AppPage) -> Locator:
    return opened.dialog("Delete users").get_by_role("option")


def asked(opened: AppPage) -> list[str]:
    return [one["value"] for one in opened.app.payloads if one["type"] == "block_suggestion"]


async def test_what_is_typed_is_asked_for_and_an_option_is_chosen_by_keyboard(
    opened: AppPage,
) -> None:
    opened.app.answer = {"options": [GLOBEX, ACME]}
    opened.open_modal(customer(), text_input("why", "Why"))
    await expect(field(opened)).to_have_attribute("aria-expanded", "false")
    await field(opened).click()
    await expect(options(opened)).to_have_text(["Globex (10101)", "Acme GmbH (44444)1,284 users"])
    await expect(field(opened)).to_have_attribute("aria-expanded", "true")
    await expect(options(opened).nth(0)).to_have_attribute("aria-selected", "true")
    await opened.page.keyboard.type("acme")
    await opened.slack.wait_for(lambda _: asked(opened)[-1] == "acme")
    await expect(options(opened).nth(1)).to_be_visible()
    await opened.page.keyboard.press("ArrowDown")
    active = await field(opened).get_attribute("aria-activedescendant")
    assert active == await options(opened).nth(1).get_attribute("id")
    opened.app.answer = {}
    await opened.page.keyboard.press("Enter")
    await expect(field(opened)).to_have_value("Acme GmbH (44444)")
    await expect(opened.dialog("Delete users").get_by_role("listbox")).to_be_hidden()
    await opened.slack.wait_for(lambda _: opened.app.payloads[-1]["type"] == "block_actions")
    [action] = opened.app.payloads[-1]["actions"]
    assert action["selected_option"] == ACME


async def test_a_view_that_is_updated_keeps_the_choice_and_shows_what_is_new(
    opened: AppPage,
) -> None:
    opened.app.answer = {"options": [ACME]}
    view = opened.open_modal(customer())
    await field(opened).click()
    await options(opened).click()
    await expect(field(opened)).to_have_value("Acme GmbH (44444)")
    blocks = [customer(), section("Mail for 1,284 users goes to the emergency webmail.")]
    content = {"type": "modal", "title": plain("Delete users"), "submit": plain("Go")}
    await opened.api.views_update(
        view_id=view.id, hash=view.hash, view={**content, "blocks": blocks}
    )
    await expect(opened.dialog("Delete users")).to_contain_text("Mail for 1,284 users")
    await expect(field(opened)).to_have_value("Acme GmbH (44444)")
    opened.app.answer = {}
    await opened.dialog("Delete users").get_by_role("button", name="Go").click()
    await expect(opened.dialog("Delete users")).to_be_hidden()
    held = opened.app.payloads[-1]["view"]["state"]["values"]["customer"]["who"]
    assert held == {"type": "external_select", "selected_option": ACME}


async def test_several_are_chosen_from_groups_and_taken_back(opened: AppPage) -> None:
    groups = [{"label": plain("Customers"), "options": [ACME, GLOBEX]}]
    opened.app.answer = {"option_groups": groups}
    view = opened.open_modal(customer("multi_external_select"))
    for name in ("Acme", "Globex"):
        await field(opened).click()
        group = opened.dialog("Delete users").get_by_role("group", name="Customers")
        await group.get_by_role("option").filter(has_text=name).click()
    chips = opened.dialog("Delete users").get_by_role("listitem")
    await expect(chips).to_contain_text(["Acme GmbH (44444)", "Globex (10101)"])
    opened.app.answer = {}
    await (
        opened.dialog("Delete users").get_by_role("button", name="Remove Acme GmbH (44444)").click()
    )
    await opened.slack.wait_for(
        lambda _: view.values["customer"]["who"]["selected_options"] == [GLOBEX]
    )


async def test_no_option_too_few_characters_and_an_app_that_fails_are_said(opened: AppPage) -> None:
    opened.app.answer = {"options": []}
    opened.open_modal(customer(min_query_length=2))
    said = opened.dialog("Delete users").get_by_role("status")
    await field(opened).press_sequentially("a")
    await expect(said).to_have_text("Type 2 characters or more.")
    await field(opened).press_sequentially("c")
    await expect(said).to_have_text("No results")
    opened.slack.options_url = None
    await field(opened).press_sequentially("m")
    await expect(said).to_have_text("No results (dispatch_failed)")
    assert asked(opened) == ["ac"]


async def test_escape_closes_the_list_and_leaves_the_modal_and_the_choice(opened: AppPage) -> None:
    opened.app.answer = {"options": [ACME]}
    opened.open_modal(customer(initial_option=GLOBEX), text_input("why", "Why"))
    await field(opened).click()
    await expect(options(opened)).to_have_count(1)
    await opened.page.keyboard.press("Escape")
    await expect(options(opened)).to_have_count(0)
    await field(opened).fill("something else")
    await opened.dialog("Delete users").get_by_label("Why").click()
    await expect(field(opened)).to_have_value("Globex (10101)")


async def test_an_emptied_field_takes_the_choice_back(opened: AppPage) -> None:
    view = opened.open_modal(customer(initial_option=GLOBEX), text_input("why", "Why"))
    await field(opened).fill("")
    await opened.dialog("Delete users").get_by_label("Why").click()
    await opened.slack.wait_for(lambda _: view.values["customer"]["who"]["selected_option"] is None)


async def test_the_home_tab_has_the_select_too(opened: AppPage) -> None:
    opened.slack.home_tab = True
    element = {"type": "external_select", "action_id": "who", "min_query_length": 0}
    blocks = [{"type": "actions", "block_id": "customer", "elements": [element]}]
    await opened.api.views_publish(user_id=OPERATOR, view={"type": "home", "blocks": blocks})
    opened.app.answer = {"options": [ACME]}
    await opened.workspace.channel("Continuity").click()
    await opened.workspace.root.get_by_role("tab", name="Home").click()
    home = opened.workspace.root.locator("home-tab")
    await home.get_by_role("combobox").click()
    await home.get_by_role("option").click()
    await opened.slack.wait_for(lambda _: opened.app.payloads[-1]["type"] == "block_actions")
    assert opened.app.payloads[-1]["actions"][0]["selected_option"] == ACME


async def test_the_list_is_brought_into_view_where_the_form_is_long(opened: AppPage) -> None:
    await opened.page.set_viewport_size({"width": 1280, "height": 500})
    opened.app.answer = {
        "options": [option(str(number), f"Option {number}") for number in range(4)]
    }
    opened.open_modal(section("A line\n" * 6), customer(), section("A line\n" * 20))
    await field(opened).click()
    await expect(options(opened).last).to_be_in_viewport()
