"""The developer drawer: limits, revisions, JSON, deliveries and refused calls."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.async_api import Locator, expect
from slack_sdk.errors import SlackApiError

from sandbox.slack.blocks import limits
from sandbox.slack.model import Refusal
from tests.browser.app_page import PATIENT, AppPage, Json, button, plain, section, text_input

APPROVE = {"type": "actions", "elements": [button("Approve", "approve"), button("Deny", "deny")]}


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
    await opened.api.chat_update(
        channel="C1", ts=ts, text="Applied", blocks=[section("Applied it")]
    )
    await opened.inspect("Applied it")

    revisions = opened.drawer.get_by_role("list", name="Revisions").get_by_role("button")
    await expect(revisions).to_contain_text(["chat.postMessage", "chat.update"])
    await expect(revisions.last).to_have_attribute("aria-pressed", "true")
    blocks = opened.drawer.get_by_label("Blocks", exact=True)
    await expect(blocks).to_contain_text("Applied it")
    await expect(opened.drawer).to_contain_text("an update notifies nobody")
    await revisions.first.click()
    await expect(opened.drawer).not_to_contain_text("an update notifies nobody")
    await expect(blocks).to_contain_text("Pending since now")
    await expect(opened.drawer.locator(".drw-text")).to_have_text("Pending")
    await expect(revisions.first).to_be_focused()


async def test_the_clicks_on_a_message_are_below_it(opened: AppPage) -> None:
    await opened.post("Card", APPROVE)
    await opened.post("Another", section("another"))
    await opened.button("Deny").click()
    await opened.payload()
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
    await expect(opened.toggle).to_have_text("Developer")
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        await opened.post("Too long", section("x" * 3001))
    await expect(opened.toggle).to_have_text("Developer 1 refused")
    await expect(opened.toggle).to_have_accessible_description("Slack refused 1 call")

    await opened.toggle.click()
    await opened.drawer.get_by_role("tab", name="Refused").click()
    refused = opened.drawer.get_by_role("list", name="Refused").get_by_role("listitem").first
    await expect(refused).to_contain_text("chat.postMessage")
    await expect(refused).to_contain_text("invalid_blocks")
    sentence = "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
    await expect(refused.locator(".drw-sentences")).to_have_text(sentence)
    await refused.get_by_text("What was sent").click()
    sent = json.loads(await refused.get_by_label("What was sent", exact=True).inner_text())
    assert sent["blocks"] == [section("x" * 3001)]
    await expect(opened.toggle).to_have_text("Developer")


async def test_a_delivery_that_timed_out_is_delivered_again(opened: AppPage) -> None:
    await opened.post("Card", APPROVE)
    opened.slack.ack_limit = 0.2
    opened.app.may_answer.clear()
    await opened.button("Deny").click()
    await opened.toggle.click()
    await opened.drawer.get_by_role("tab", name="Deliveries").click()
    items = opened.drawer.get_by_role("list", name="Deliveries").locator("> li")
    await expect(items).to_contain_text(["operation_timeout"])
    await expect(items).to_contain_text(["Olga Ops"])

    opened.slack.ack_limit = PATIENT
    opened.app.may_answer.set()
    await items.get_by_role("button", name="Deliver again").click()
    await expect(items.first).to_contain_text("attempt 2")
    await expect(items.first).to_contain_text("acknowledged after")
    await expect(items).to_have_count(2)
    await expect(items.last.get_by_role("button", name="Deliver again")).to_be_focused()
    assert [payload["actions"][0]["action_id"] for payload in opened.app.payloads] == ["deny"] * 2


async def test_an_app_that_is_not_there_is_a_failed_dispatch(opened: AppPage) -> None:
    await opened.post("Card", APPROVE)
    opened.slack.request_url = None
    await opened.button("Deny").click()
    await opened.toggle.click()
    await opened.drawer.get_by_role("tab", name="Deliveries").click()
    items = opened.drawer.get_by_role("list", name="Deliveries").locator("> li")
    await expect(items).to_contain_text(["dispatch_failed"])


async def test_the_drawer_is_used_with_the_keyboard_alone(opened: AppPage) -> None:
    await opened.toggle.focus()
    await expect(opened.toggle).to_have_attribute("aria-expanded", "false")
    await opened.page.keyboard.press("Enter")
    await expect(opened.toggle).to_have_attribute("aria-expanded", "true")
    await expect(opened.drawer.get_by_role("tab", name="Message")).to_be_focused()
    await opened.page.keyboard.press("ArrowRight")
    await expect(opened.drawer.get_by_role("tab", name="Deliveries")).to_be_focused()
    await expect(opened.drawer).to_contain_text("No delivery yet.")
    await opened.page.keyboard.press("Escape")
    await expect(opened.drawer).to_be_hidden()
    await expect(opened.toggle).to_be_focused()


CASES: dict[str, Callable[[int], Json]] = {
    "sectionText": lambda n: section("x" * n),
    "fields": lambda n: {"type": "section", "fields": [plain("x")] * n},
    "fieldText": lambda n: {"type": "section", "fields": [plain("x" * n)]},
    "header": lambda n: {"type": "header", "text": plain("x" * n)},
    "contextElements": lambda n: {"type": "context", "elements": [plain("x")] * n},
    "actionsElements": lambda n: actions(*(button("x", f"a{i}") for i in range(n))),
    "buttonText": lambda n: actions(button("x" * n, "a")),
    "buttonValue": lambda n: actions(button("x", "a", value="x" * n)),
    "options": lambda n: actions(select([option(f"{i}") for i in range(n)])),
    "optionText": lambda n: actions(select([option("x" * n)])),
    "confirmText": lambda n: actions(button("x", "a", confirm=confirmation("x" * n))),
    "tableRows": lambda n: {"type": "table", "rows": [[{"type": "raw_text", "text": "x"}]] * n},
    "id": lambda n: {"type": "divider", "block_id": "x" * n},
}


async def test_limits_are_those_that_slack_checks(opened: AppPage) -> None:
    script = """async (cases) => {
      const found = await import(new URL("page/drawer/limits.js", document.baseURI).href);
      return [found.LIMITS, cases.map((blocks) => found.messageLimits({ text: "x", blocks }))];
    }"""
    stated, _ = await opened.page.evaluate(script, [])
    full = {name: make(stated[name]) for name, make in CASES.items()}
    _, found = await opened.page.evaluate(script, [[block] for block in full.values()])

    for (name, block), lines in zip(full.items(), found, strict=True):
        limits.check_message("x", [block])
        with pytest.raises(Refusal):
            limits.check_message("x", [CASES[name](stated[name] + 1)])
        assert [(line["count"], line["limit"]) for line in lines].count((stated[name],) * 2) == 1
    assert stated["blocks"] == limits.MESSAGE_BLOCKS
    assert stated["viewBlocks"] == limits.VIEW_BLOCKS
    assert stated["text"] == limits.UPDATED_TEXT


async def test_all_text_is_counted_as_slack_counts_it(opened: AppPage) -> None:
    script = """async (blocks) => {
      const found = await import(new URL("page/drawer/limits.js", document.baseURI).href);
      return found.messageLimits({ text: "x", blocks })[1];
    }"""
    row = [{"type": "raw_text", "text": "cell"}]
    element = {"type": "rich_text_section", "elements": [{"type": "text", "text": "rich"}]}
    blocks = [
        {"type": "header", "text": plain("Header 😀")},
        section("text", accessory=select([option("One"), option("Two")])),
        {"type": "section", "fields": [plain("a field")] * 3},
        actions(button("Press", "a", confirm=confirmation("Sure?"))),
        {"type": "table", "rows": [row, row]},
        {"type": "rich_text", "elements": [element]},
    ]
    counted = await opened.page.evaluate(script, blocks)
    assert counted["limit"] == limits.ALL_BLOCK_TEXT
    left = counted["limit"] - counted["count"]
    padding = [section("x" * 2000)] * (left // 2000)
    limits.check_message("x", [*blocks, *padding, section("x" * (left % 2000))])
    with pytest.raises(Refusal, match="msg_blocks_too_long"):
        limits.check_message("x", [*blocks, *padding, section("x" * (left % 2000 + 1))])


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def option(text: str) -> Json:
    return {"text": plain(text), "value": text}


def select(options: list[Json]) -> Json:
    return {"type": "static_select", "action_id": "s", "options": options}


def confirmation(text: str) -> Json:
    return {
        "title": plain("Sure"),
        "text": plain(text),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    }
