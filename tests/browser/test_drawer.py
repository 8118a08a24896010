"""The developer drawer: limits, revisions, JSON, deliveries and refused calls."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect
from slack_sdk.errors import SlackApiError

from sandbox.slack.blocks import limits
from sandbox.slack.blocks.findings import Findings
from tests.browser.app_page import AppPage, app_page, button, modal, plain, section, text_input

APPROVE = {"type": "actions", "elements": [button("Approve", "approve"), button("Deny", "deny")]}


@pytest_asyncio.fixture(loop_scope="session")
async def opened(page: Page) -> AsyncIterator[AppPage]:
    async with app_page(page) as opened:
        yield opened


def limit(opened: AppPage, name: str) -> Locator:
    row = opened.drawer.get_by_role("row").filter(
        has=opened.page.get_by_role("rowheader", name=name, exact=True)
    )
    return row.get_by_role("cell").first


async def test_a_message_is_shown_with_its_notification_text_limits_and_json(
    opened: AppPage,
) -> None:
    await opened.post("Approval needed", section("x" * 1500), section("😀" * 7), APPROVE)
    await opened.inspect("Approve")

    await expect(opened.drawer).to_contain_text("Message in #mail-outage")
    await expect(opened.drawer.locator(".drw-text")).to_have_text("Approval needed")
    await expect(limit(opened, "Blocks")).to_have_text("3 of 50")
    await expect(limit(opened, "Characters of all text")).to_have_text("1,518 of 12,000")
    await expect(limit(opened, "Notification text")).to_have_text("15 of 4,000")
    await expect(limit(opened, "Longest section")).to_have_text("1,500 of 3,000")
    await expect(limit(opened, "Elements of an actions block")).to_have_text("2 of 25")
    shown = json.loads(await opened.drawer.get_by_label("Blocks", exact=True).inner_text())
    assert shown == opened.slack.messages[0].blocks


async def test_each_revision_says_which_request_caused_it(opened: AppPage) -> None:
    ts = await opened.post("Pending", section("Pending since now"))
    await opened.api.chat_update(channel="C1", ts=ts, text="Applied", blocks=[section("Applied it")])
    await opened.inspect("Applied it")

    revisions = opened.drawer.get_by_role("list", name="Revisions").get_by_role("button")
    await expect(revisions).to_contain_text(["chat.postMessage", "chat.update"])
    await expect(revisions.last).to_have_attribute("aria-pressed", "true")
    blocks = opened.drawer.get_by_label("Blocks", exact=True)
    await expect(blocks).to_contain_text("Applied it")
    await revisions.first.click()
    await expect(blocks).to_contain_text("Pending since now")
    await expect(opened.drawer.locator(".drw-text")).to_have_text("Pending")
    await expect(revisions.first).to_be_focused()


async def test_the_clicks_on_a_message_are_below_it(opened: AppPage) -> None:
    await opened.post("Card", APPROVE)
    await opened.post("Another", section("another"))
    await opened.workspace.get_by_role("button", name="Deny").click()
    await opened.slack.wait_for(lambda slack: opened.app.payloads)
    await opened.inspect("Approve")
    await expect(opened.drawer.get_by_role("listitem").filter(has_text="Click")).to_have_count(1)
    await expect(opened.drawer).to_contain_text("deny")
    await opened.inspect("another")
    await expect(opened.drawer.get_by_role("listitem").filter(has_text="Click")).to_have_count(0)


async def test_a_modal_is_shown_with_its_limits(opened: AppPage) -> None:
    opened.open_modal(text_input("number", "Number"), private_metadata="purge 44444 C1")
    dialog = opened.dialog("Delete users")
    await dialog.get_by_role("button", name="Inspect").click()
    await expect(opened.drawer).to_contain_text("Modal “Delete users”")
    await expect(limit(opened, "Blocks")).to_have_text("1 of 100")
    await expect(limit(opened, "Title")).to_have_text("12 of 24")
    await expect(limit(opened, "Private metadata")).to_have_text("14 of 3,000")
    await opened.page.keyboard.press("Escape")
    await expect(opened.drawer).to_be_hidden()
    await expect(dialog.get_by_role("button", name="Inspect")).to_be_focused()


async def test_a_refused_block_is_marked_and_shown_with_slacks_error(opened: AppPage) -> None:
    toggle = opened.page.get_by_role("button", name="Developer", exact=True)
    await expect(toggle).to_have_text("Developer")
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await opened.post("Too long", section("x" * 3001))
    await expect(toggle).to_have_text("Developer1 refused")
    await expect(toggle).to_have_accessible_description("Slack refused 1 call")

    await toggle.click()
    await opened.drawer.get_by_role("tab", name="Refused").click()
    refused = opened.drawer.get_by_role("list", name="Refused").get_by_role("listitem").first
    await expect(refused).to_contain_text("chat.postMessage")
    await expect(refused).to_contain_text("invalid_blocks")
    sentence = "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    await expect(refused.locator(".drw-sentences")).to_have_text(sentence)
    await refused.get_by_text("What was sent").click()
    sent = json.loads(await refused.get_by_label("What was sent", exact=True).inner_text())
    assert sent["blocks"] == [section("x" * 3001)]
    await expect(toggle).to_have_text("Developer")


async def test_a_delivery_that_timed_out_is_delivered_again(opened: AppPage) -> None:
    await opened.post("Card", APPROVE)
    opened.slack.ack_limit = 0.2
    opened.app.may_answer.clear()
    await opened.workspace.get_by_role("button", name="Deny").click()
    await opened.page.get_by_role("button", name="Developer", exact=True).click()
    await opened.drawer.get_by_role("tab", name="Deliveries").click()
    items = opened.drawer.get_by_role("list", name="Deliveries").locator("> li")
    await expect(items).to_contain_text(["operation_timeout"])
    await expect(items).to_contain_text(["Olga Ops"])

    opened.slack.ack_limit = 30.0
    opened.app.may_answer.set()
    await items.get_by_role("button", name="Deliver again").click()
    await expect(items.first).to_contain_text("attempt 2")
    await expect(items.first).to_contain_text("acknowledged after")
    await expect(items).to_have_count(2)
    assert [payload["actions"][0]["action_id"] for payload in opened.app.payloads] == ["deny"] * 2


async def test_an_app_that_is_not_there_is_a_failed_dispatch(opened: AppPage) -> None:
    await opened.post("Card", APPROVE)
    opened.slack.request_url = None
    await opened.workspace.get_by_role("button", name="Deny").click()
    await opened.page.get_by_role("button", name="Developer", exact=True).click()
    await opened.drawer.get_by_role("tab", name="Deliveries").click()
    items = opened.drawer.get_by_role("list", name="Deliveries").locator("> li")
    await expect(items).to_contain_text(["dispatch_failed"])


async def test_the_drawer_is_used_with_the_keyboard_alone(opened: AppPage) -> None:
    toggle = opened.page.get_by_role("button", name="Developer", exact=True)
    await toggle.focus()
    await expect(toggle).to_have_attribute("aria-expanded", "false")
    await opened.page.keyboard.press("Enter")
    await expect(toggle).to_have_attribute("aria-expanded", "true")
    await expect(opened.drawer.get_by_role("tab", name="Message")).to_be_focused()
    await opened.page.keyboard.press("ArrowRight")
    await expect(opened.drawer.get_by_role("tab", name="Deliveries")).to_be_focused()
    await expect(opened.drawer).to_contain_text("No delivery yet.")
    await opened.page.keyboard.press("Escape")
    await expect(opened.drawer).to_be_hidden()
    await expect(toggle).to_be_focused()


async def test_limits_are_those_that_the_sandbox_checks(opened: AppPage) -> None:
    script = """async (name) => {
      const found = await import(new URL("page/drawer/limits.js", document.baseURI).href);
      return found.LIMITS[name];
    }"""
    expected = {
        "blocks": limits.MESSAGE_BLOCKS,
        "viewBlocks": limits.VIEW_BLOCKS,
        "allText": limits.ALL_BLOCK_TEXT,
        "text": limits.UPDATED_TEXT,
        "tableRows": limits.TABLE_ROWS,
    }
    found = {name: await opened.page.evaluate(script, name) for name in expected}
    assert found == expected


FULL: list[tuple[str, dict[str, Any]]] = [
    ("sectionText", section("x" * 3000)),
    ("fieldText", {"type": "section", "fields": [plain("x" * 2000)]}),
    ("fields", {"type": "section", "fields": [plain("x")] * 10}),
    ("header", {"type": "header", "text": plain("x" * 150)}),
    ("contextElements", {"type": "context", "elements": [plain("x")] * 10}),
    ("actionsElements", {"type": "actions", "elements": [button("x", f"a{n}") for n in range(25)]}),
    ("buttonText", {"type": "actions", "elements": [button("x" * 75, "a")]}),
    ("buttonValue", {"type": "actions", "elements": [button("x", "a", value="x" * 2000)]}),
    ("id", {"type": "divider", "block_id": "x" * 255}),
]
