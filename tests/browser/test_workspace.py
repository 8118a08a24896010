"""The workspace of the page: people, channels, messages, threads and the composer."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.workspace import (
    APPROVER,
    BOARD,
    INCIDENT,
    OPERATOR,
    SHARED,
    STRANGER,
    Demo,
    Workspace,
    running,
)

BUTTONS = [
    {
        "type": "actions",
        "block_id": "B1",
        "elements": [
            {
                "type": "button",
                "action_id": "approve",
                "value": "C-1",
                "text": {"type": "plain_text", "text": "Approve"},
            }
        ],
    }
]


@pytest_asyncio.fixture(loop_scope="session")
async def demo() -> AsyncIterator[Demo]:
    async with running() as demo:
        yield demo


@pytest_asyncio.fixture(loop_scope="session")
async def window(browser: Browser, page: Page) -> AsyncIterator[Page]:
    """A second window, of its own session."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    yield await context.new_page()
    await context.close()


def tour(prefill: str) -> dict[str, Any]:
    """Return the tour at its first step."""
    step = {"number": 1, "title": "Ask", "text": "Press Enter.", "state": "now", "result": ""}
    steps = [step | {"actions": [], "tasks": [{"text": "Send it", "done": False}]}]
    nothing = dict.fromkeys(("trail", "verification", "summary"))
    return {"title": "Mail is down.", "step": 1, "steps": steps, "prefill": prefill} | nothing


# people and channels


async def test_each_person_sees_the_channels_they_are_a_member_of(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    channels = workspace.channels.locator(".ws-channel-name")
    await expect(workspace.act_as).to_have_value(OPERATOR)
    await expect(channels).to_have_text(["mail-outage", "with-globex"])
    await expect(workspace.root.get_by_text("Sam Stranger")).to_be_attached()
    await workspace.act_as.select_option(label="Ada Approver")
    await expect(channels).to_have_text(["mail-outage", "board"])
    await workspace.act_as.select_option(label="Sam Stranger")
    await expect(channels).to_have_text(["with-globex"])


async def test_the_operator_begins_in_their_first_channel(demo: Demo, page: Page) -> None:
    await page.goto(demo.server.url)
    workspace = Workspace(page)
    await expect(workspace.act_as.locator("option:checked")).to_have_text(
        "Olga Ops, Operator for Acme GmbH"
    )
    await expect(page).to_have_title("#mail-outage – Home")


async def test_the_address_says_who_acts_and_what_is_open(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page, APPROVER, BOARD)
    await expect(page).to_have_title("#board – Home")
    await workspace.channel("mail-outage").click()
    await expect(page).to_have_url(re.compile(f"#as={APPROVER}&channel={INCIDENT}$"))
    await page.go_back()
    await expect(page).to_have_title("#board – Home")
    await workspace.act_as.select_option(OPERATOR)
    await expect(page).to_have_url(re.compile(f"#as={OPERATOR}&channel={INCIDENT}$"))
    await page.reload()
    await expect(workspace.act_as).to_have_value(OPERATOR)


async def test_an_address_with_a_channel_of_others_opens_an_own_one(demo: Demo, page: Page) -> None:
    await demo.open(page, STRANGER, BOARD)
    await expect(page).to_have_url(re.compile(f"#as={STRANGER}&channel={SHARED}$"))


async def test_an_archived_channel_has_no_composer(demo: Demo, page: Page) -> None:
    demo.slack.channels[INCIDENT].is_archived = True
    workspace = await demo.open(page)
    await expect(workspace.root.get_by_text("This channel is archived.")).to_be_visible()
    await expect(workspace.message).to_be_hidden()


async def test_the_app_has_the_tabs_home_and_messages(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    demo.say("Your export is ready.", f"D{OPERATOR}")
    await workspace.channel("Continuity").click()
    await expect(workspace.row("Your export is ready.")).to_be_visible()
    closed = workspace.root.get_by_text("Sending messages to this app has been turned off.")
    await expect(closed).to_be_visible()
    await workspace.root.get_by_role("tab", name="Home").click()
    await expect(workspace.messages).to_be_hidden()
    await expect(workspace.root.locator("home-tab")).to_have_attribute("person", OPERATOR)
    await workspace.act_as.select_option(APPROVER)
    await expect(workspace.root.locator("home-tab")).to_have_attribute("person", APPROVER)
    await workspace.channel("mail-outage").click()
    await expect(workspace.messages).to_be_visible()


# messages


async def test_messages_have_author_time_and_day_in_the_readers_zone(
    demo: Demo, page: Page
) -> None:
    # The next day in Berlin, the evening in New York.
    demo.clock.skip(12.5 * 3600)
    demo.say("It is late.")
    demo.clock.skip(1)
    workspace = await demo.open(page)
    row = workspace.row("It is late.")
    await expect(row).to_have_attribute("aria-label", "Continuity, 00:30")
    await expect(row.locator(".msg-badge")).to_have_text("APP")
    demo.clock.skip(3 * 24 * 3600)
    await expect(row.get_by_role("separator")).to_have_text("Sunday, March 15")
    await workspace.act_as.select_option(APPROVER)
    await expect(row).to_have_attribute("aria-label", "Continuity, 19:30")
    await expect(row.get_by_role("separator")).to_have_text("Saturday, March 14")


async def test_messages_of_one_author_within_five_minutes_are_a_group(
    demo: Demo, page: Page
) -> None:
    workspace = await demo.open(page)
    for seconds, text in ((1, "one"), (299, "two"), (301, "three")):
        demo.clock.skip(seconds)
        demo.slack.post(INCIDENT, APPROVER, text)
    names = [workspace.row(text).locator(".msg-author") for text in ("one", "two", "three")]
    for name, times in zip(names, (1, 0, 1), strict=True):
        await expect(name).to_have_count(times)


async def test_an_edit_is_drawn_in_place_and_named_for_people_only(demo: Demo, page: Page) -> None:
    own = demo.slack.post(INCIDENT, OPERATOR, "Exchnage is down")
    card = demo.slack.message(INCIDENT, demo.say("Waiting"))
    demo.say("the last one")
    workspace = await demo.open(page)
    assert card is not None
    demo.slack.update(own, "Exchange is down", None)
    demo.slack.update(card, "Approved", None)
    rows = workspace.messages.get_by_role("article").locator(".msg-body")
    await expect(rows).to_have_text(["Exchange is down (edited)", "Approved", "the last one"])


async def test_a_deleted_message_goes_and_one_with_replies_says_so(demo: Demo, page: Page) -> None:
    gone, root = (demo.slack.post(INCIDENT, APPROVER, text) for text in ("gone", "root"))
    demo.say("a reply", thread_ts=root.ts)
    workspace = await demo.open(page)
    await expect(workspace.row("gone")).to_be_visible()
    demo.slack.delete(gone)
    demo.slack.delete(root)
    await expect(workspace.row("This message was deleted.")).to_be_visible()
    await expect(workspace.messages.get_by_role("article")).to_have_count(1)


async def test_only_the_addressee_sees_an_ephemeral_message_until_they_reload(
    demo: Demo, page: Page, window: Page
) -> None:
    workspace, other = await demo.open(page), await demo.open(window, APPROVER)
    demo.slack.post_ephemeral(INCIDENT, OPERATOR, "You may not.", via="ack")
    demo.slack.post_ephemeral(INCIDENT, OPERATOR, "operation_timeout", via="slack")
    demo.say("to everybody")
    row = workspace.row("You may not.")
    await expect(row).to_contain_text("Only visible to you")
    await expect(row.locator(".msg-author")).to_have_text("ContinuityAPP")
    slackbot = workspace.row("operation_timeout").locator(".msg-author")
    await expect(slackbot).to_have_text("Slackbot")
    await expect(other.row("to everybody")).to_be_visible()
    await expect(other.row("You may not.")).to_have_count(0)
    demo.clock.skip(1)
    await page.reload()
    await expect(workspace.row("to everybody")).to_be_visible()
    await expect(row).to_have_count(0)


async def test_an_ephemeral_message_can_be_dismissed(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    demo.slack.post_ephemeral(INCIDENT, OPERATOR, "You may not.", via="ack")
    await workspace.root.get_by_role("button", name="Dismiss message").click()
    await expect(workspace.row("You may not.")).to_have_count(0)


async def test_a_click_goes_to_the_app_and_a_failed_one_is_told(demo: Demo, page: Page) -> None:
    demo.say("Waiting", blocks=BUTTONS)
    workspace = await demo.open(page)
    await workspace.messages.get_by_role("button", name="Approve").click()
    # Nothing answers: no app is connected.
    problem = workspace.messages.get_by_role("alert")
    await expect(problem).to_contain_text("(operation_timeout)")
    [delivery] = demo.slack.deliveries
    assert (delivery.kind, delivery.user) == ("click", OPERATOR)
    assert delivery.payload["actions"][0]["value"] == "C-1"


async def test_unread_messages_are_marked_for_each_person(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page, OPERATOR, SHARED)
    item = workspace.channel("mail-outage")
    await expect(item).to_have_accessible_name("mail-outage")
    demo.say("seen by nobody yet")
    await expect(item).to_have_accessible_name("mail-outage unread")
    demo.say(f"<@{OPERATOR}> may approve")
    await expect(item).to_have_accessible_name("mail-outage 1 unread for you")
    await expect(page).to_have_title("(1) #with-globex – Home")
    await item.click()
    await expect(item).to_have_accessible_name("mail-outage")
    new = workspace.messages.get_by_role("separator", name="New")
    await expect(new).to_have_count(1)
    await expect(workspace.row("seen by nobody yet").locator(".msg-unread")).to_have_text("New")
    await workspace.act_as.select_option(APPROVER)
    await expect(page).to_have_title("#mail-outage – Home")
    await workspace.act_as.select_option(OPERATOR)
    await expect(new).to_have_count(0)


async def test_a_second_window_is_up_to_date(demo: Demo, page: Page, window: Page) -> None:
    workspace, other = await demo.open(page), await demo.open(window, APPROVER)
    await workspace.message.fill("Looking @ada ")
    await workspace.send.click()
    row = other.row("Looking @ada")
    await expect(row.locator(".msg-author")).to_have_text("Olga Ops")
    assert demo.slack.messages[-1].text == f"Looking <@{APPROVER}>"


# a long channel


async def test_a_thousand_messages_are_there_and_the_list_stays_at_the_newest(
    demo: Demo, page: Page
) -> None:
    for number in range(1000):
        demo.slack.post(INCIDENT, OPERATOR, f"message {number}")
    workspace = await demo.open(page)
    rows = workspace.messages.get_by_role("article")
    await expect(rows).to_have_count(1000)
    await expect(rows.first).to_contain_text("message 0")
    first = await rows.first.element_handle()
    demo.say("the newest")
    await expect(workspace.row("the newest")).to_be_in_viewport()
    assert await workspace.is_at_bottom()
    # Rows that did not change are the same elements.
    assert first is not None
    assert await first.evaluate("it => it.isConnected")


async def test_scrolled_up_the_list_stays_and_offers_new_messages(demo: Demo, page: Page) -> None:
    for number in range(100):
        demo.say(f"message {number}")
    workspace = await demo.open(page)
    await workspace.row("message 99").hover()
    await page.mouse.wheel(0, -2000)
    jump = workspace.messages.get_by_role("button", name="New messages")
    await expect(workspace.row("message 99")).not_to_be_in_viewport()
    demo.say("the newest")
    await expect(jump).to_be_visible()
    await expect(workspace.row("the newest")).not_to_be_in_viewport()
    await jump.click()
    await expect(workspace.row("the newest")).to_be_in_viewport()
    await expect(jump).to_be_hidden()


async def test_the_list_is_read_out_only_for_what_is_new(demo: Demo, page: Page) -> None:
    demo.say("before")
    workspace = await demo.open(page)
    log = workspace.messages.get_by_role("log")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(log).to_have_attribute("aria-relevant", "additions")


# threads and links


async def test_a_thread_opens_at_the_side_and_takes_replies(demo: Demo, page: Page) -> None:
    root = demo.say("the card")
    demo.slack.post(INCIDENT, APPROVER, "a reply", thread_ts=root)
    workspace = await demo.open(page)
    await (
        workspace.row("the card").get_by_role("button", name="1 reply, last reply today at").click()
    )
    await expect(workspace.thread.get_by_role("article")).to_have_count(2)
    await workspace.thread.get_by_role("textbox", name="Reply").fill("another")
    await workspace.thread.get_by_role("button", name="Post reply").click()
    await expect(workspace.thread.get_by_role("article").last).to_contain_text("another")
    await expect(workspace.row("the card")).to_contain_text("2 replies")
    assert demo.slack.messages[-1].thread_ts == root
    # The composer of the channel is still the channel's.
    await workspace.message.fill("to the channel")
    await workspace.message.press("Enter")
    await expect(workspace.row("to the channel")).to_be_visible()
    await workspace.root.get_by_role("button", name="Close thread").click()
    await expect(workspace.thread).to_be_hidden()


async def test_the_day_of_the_last_reply_is_named(demo: Demo, page: Page) -> None:
    card = demo.say("the card")
    demo.slack.post(INCIDENT, APPROVER, "agreed", thread_ts=card)
    demo.clock.skip(3 * 24 * 3600)
    workspace = await demo.open(page)
    summary = workspace.row("the card").get_by_role("button", name="1 reply")
    await expect(summary).to_contain_text("last reply Saturday, March 14 at 12:00")


async def test_a_command_in_a_thread_is_refused_and_not_lost(demo: Demo, page: Page) -> None:
    root = demo.say("the card")
    workspace = await demo.open(page)
    await workspace.row("the card").hover()
    await workspace.messages.get_by_role("button", name="Reply in thread").click()
    reply = workspace.thread.get_by_role("textbox", name="Reply")
    await expect(reply).to_be_focused()
    await reply.fill("/continuity status")
    await reply.press("Enter")
    sentence = "/continuity is not supported in threads. Sorry!"
    await expect(workspace.thread.get_by_role("alert").filter(visible=True)).to_have_text(sentence)
    await expect(reply).to_have_value("/continuity status")
    assert page.url.endswith(f"&thread={root}")


async def test_a_link_to_a_message_opens_it_in_the_page(demo: Demo, page: Page) -> None:
    root = demo.say("the card")
    reply = demo.say("applied", thread_ts=root)
    for number in range(200):
        demo.say(f"message {number}")
    address = f"http://127.0.0.1:9/archives/{INCIDENT}/p{reply.replace('.', '')}"
    demo.slack.post(SHARED, OPERATOR, f"see <{address}|this>")
    workspace = await demo.open(page, OPERATOR, SHARED)
    await page.evaluate(
        "addEventListener('click', (event) => { window.prevented = event.defaultPrevented; })"
    )
    await workspace.messages.get_by_role("link", name="this").click()
    await expect(workspace.thread.get_by_role("article").last).to_contain_text("applied")
    await expect(workspace.thread.get_by_role("article").last).to_be_focused()
    await expect(page).to_have_url(re.compile(f"channel={INCIDENT}&thread={root}"))
    assert await page.evaluate("window.prevented")


async def test_a_copied_link_opens_the_message(demo: Demo, page: Page) -> None:
    demo.say("the first")
    for number in range(200):
        demo.say(f"message {number}")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    workspace = await demo.open(page)
    await expect(workspace.messages.get_by_role("article")).to_have_count(201)
    await workspace.row("the first").hover()
    await workspace.messages.get_by_role("button", name="Copy link").click()
    await expect(page.get_by_text("Link copied.")).to_be_visible()
    link = await page.evaluate("navigator.clipboard.readText()")
    await workspace.channel("with-globex").click()
    await page.goto(link)
    await expect(workspace.row("the first")).to_be_in_viewport()
    await expect(workspace.row("the first")).to_be_focused()


async def test_inspect_tells_which_message(demo: Demo, page: Page) -> None:
    ts = demo.say("the card")
    workspace = await demo.open(page)
    await page.evaluate(
        "addEventListener('inspect', (event) => { document.title = event.detail.key; })"
    )
    await workspace.row("the card").hover()
    await workspace.messages.get_by_role("button", name="Inspect").click()
    await expect(page).to_have_title(f"{INCIDENT}:{ts}")


# the composer


async def test_enter_sends_and_shift_enter_is_a_new_line(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    await workspace.message.press_sequentially("one")
    await workspace.message.press("Shift+Enter")
    await workspace.message.press_sequentially("two")
    await workspace.message.press("Enter")
    await expect(workspace.row("one")).to_be_visible()
    assert demo.slack.messages[-1].text == "one\ntwo"
    await expect(workspace.message).to_have_value("")


async def test_what_is_refused_is_told_and_stays_in_the_composer(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    await workspace.message.fill("/nothing here")
    await workspace.send.click()
    alert = workspace.root.locator(".ws-main").get_by_role("alert")
    await expect(alert).to_contain_text("/nothing is not a valid command.")
    await expect(workspace.message).to_have_value("/nothing here")
    await workspace.message.press("End")
    await workspace.message.press("x")
    await expect(alert).to_be_hidden()


async def test_arrow_keys_walk_through_what_the_person_sent(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    for text in ("first", "second\nline"):
        await workspace.message.fill(text)
        await workspace.message.press("Enter")
        await expect(workspace.message).to_have_value("")
    await workspace.message.fill("begun")
    for key, text in (
        ("ArrowUp", "second\nline"),
        # The cursor goes from the last line to the first one.
        ("ArrowUp", "second\nline"),
        ("ArrowUp", "first"),
        ("ArrowUp", "first"),
        ("ArrowDown", "second\nline"),
        ("ArrowDown", "begun"),
    ):
        await workspace.message.press(key)
        await expect(workspace.message).to_have_value(text)
    await workspace.act_as.select_option(APPROVER)
    await workspace.message.press("ArrowUp")
    await expect(workspace.message).to_have_value("")


async def test_each_channel_keeps_what_was_begun(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    await workspace.message.fill("begun")
    await workspace.channel("with-globex").click()
    await expect(workspace.message).to_have_value("")
    await workspace.channel("mail-outage").click()
    await expect(workspace.message).to_have_value("begun")


async def test_commands_are_completed_by_the_grammar(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    await workspace.message.press_sequentially("/con")
    await expect(workspace.options).to_have_text(["/continuity"])
    await workspace.message.press("Tab")
    await expect(workspace.message).to_have_value("/continuity ")
    await expect(workspace.options.locator(".ws-option")).to_have_text(
        ["failover", "list", "status"]
    )
    await workspace.message.press("ArrowUp")
    chosen = workspace.options.filter(has_text="status")
    await expect(chosen).to_have_attribute("aria-selected", "true")
    active = await chosen.get_attribute("id")
    await expect(workspace.message).to_have_attribute("aria-activedescendant", str(active))
    await workspace.message.press("Enter")
    await expect(workspace.message).to_have_value("/continuity status ")
    await workspace.message.fill("/continuity l")
    await expect(workspace.options.locator(".ws-option")).to_have_text(["list"])
    await workspace.message.press("Escape")
    await expect(workspace.options).to_have_count(0)
    await expect(workspace.message).to_have_value("/continuity l")


async def test_tab_takes_what_fits_the_text_that_is_there_by_then(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    await workspace.message.fill("/continuity l")
    await expect(workspace.options.locator(".ws-option")).to_have_text(["list"])
    await workspace.message.evaluate(
        """(field) => {
            field.value = "/continuity st";
            field.dispatchEvent(new InputEvent("input", { bubbles: true }));
            field.dispatchEvent(new KeyboardEvent("keydown", { key: "Tab", bubbles: true, cancelable: true }));
        }"""
    )
    await expect(workspace.message).to_have_value("/continuity status ")
    await expect(workspace.message).to_be_focused()


async def test_enter_sends_a_command_while_completions_are_shown(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    await workspace.message.press_sequentially("/continuity list")
    await expect(workspace.options).to_have_count(1)
    await workspace.message.press("Enter")
    await expect(workspace.message).to_have_value("")
    [delivery] = demo.slack.deliveries
    assert delivery.payload["text"] == "list"


async def test_without_the_grammar_typing_goes_on(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page, OPERATOR, SHARED)
    await workspace.message.fill("/continuity statu")
    async with page.expect_response("**/do/complete"):
        await workspace.message.press("s")
    await expect(workspace.options).to_have_count(0)
    await workspace.message.press("Enter")
    await expect(workspace.message).to_have_value("")


async def test_people_and_channels_are_completed(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    await workspace.message.press_sequentially("ask @a")
    await expect(workspace.options).to_have_text(["@adaAda Approver"])
    await workspace.message.press("Enter")
    await expect(workspace.message).to_have_value("ask @ada ")
    await workspace.message.press_sequentially("in #w")
    await workspace.message.press("Tab")
    await expect(workspace.message).to_have_value("ask @ada in #with-globex ")


async def test_the_tours_command_stands_in_the_operators_empty_composer(
    demo: Demo, page: Page
) -> None:
    demo.server.add_part("tour", lambda: tour("/continuity failover on 44444"))
    workspace = await demo.open(page)
    await expect(workspace.message).to_have_value("/continuity failover on 44444")
    demo.server.publish("tour", tour(""))
    await expect(workspace.message).to_have_value("")
    await workspace.message.fill("my own")
    demo.server.publish("tour", tour("/continuity status"))
    demo.say("after it")
    await expect(workspace.row("after it")).to_be_visible()
    await expect(workspace.message).to_have_value("my own")


# the frame of the page


async def test_on_a_phone_it_is_the_list_or_one_channel(demo: Demo, page: Page) -> None:
    root = demo.say("the card")
    demo.say("a reply", thread_ts=root)
    await page.set_viewport_size({"width": 390, "height": 844})
    workspace = await demo.open(page)
    await expect(workspace.channels).to_be_hidden()
    await workspace.root.get_by_role("button", name="Channel list").click()
    await expect(workspace.messages).to_be_hidden()
    await workspace.channel("mail-outage").click()
    await expect(workspace.channels).to_be_hidden()
    await workspace.row("the card").get_by_role("button", name="1 reply").click()
    await expect(workspace.messages).to_be_hidden()
    await expect(workspace.thread).to_be_visible()
    width = await page.evaluate("document.documentElement.scrollWidth")
    assert width == 390
    await page.get_by_role("tab", name="World").click()
    await expect(workspace.root).to_be_hidden()
    await expect(page.locator("#pane-world")).to_be_visible()
    await page.get_by_role("tab", name="World").press("ArrowLeft")
    await expect(page.locator("#pane-phone")).to_be_visible()


async def test_f6_goes_from_pane_to_pane(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    await page.keyboard.press("F6")
    await expect(workspace.message).to_be_focused()
    await page.keyboard.press("F6")
    await expect(page.locator("#pane-phone:focus-within")).to_have_count(1)
    await page.keyboard.press("Shift+F6")
    await expect(workspace.message).to_be_focused()


async def test_messages_are_reached_by_arrow_keys(demo: Demo, page: Page) -> None:
    for text in ("one", "two"):
        demo.say(text)
    workspace = await demo.open(page)
    await workspace.messages.locator(".msg-scroller").focus()
    await page.keyboard.press("ArrowUp")
    await expect(workspace.row("two")).to_be_focused()
    await page.keyboard.press("ArrowUp")
    await expect(workspace.row("one")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(workspace.messages.get_by_role("button", name="Reply in thread")).to_be_focused()
    await workspace.row("one").focus()
    await page.keyboard.press("Enter")
    await expect(workspace.thread).to_contain_text("one")


async def test_the_theme_is_chosen_and_kept(demo: Demo, page: Page) -> None:
    await page.emulate_media(color_scheme="light")
    workspace = await demo.open(page)
    background = "getComputedStyle(document.body).backgroundColor"
    assert await page.evaluate(background) == "rgb(245, 245, 247)"
    for theme in ("system", "light"):
        await workspace.root.get_by_role("button", name=f"Theme: {theme}").click()
    await expect(workspace.root.get_by_role("button", name="Theme: dark")).to_be_visible()
    await page.reload()
    await expect(workspace.messages).to_be_visible()
    assert await page.evaluate(background) == "rgb(33, 36, 41)"


async def test_the_first_key_skips_to_the_workspace(demo: Demo, page: Page) -> None:
    workspace = await demo.open(page)
    address = page.url
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the workspace")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(workspace.message).to_be_focused()
    assert page.url == address


async def test_after_a_cut_everything_is_up_to_date_and_in_its_place(
    demo: Demo, window: Page
) -> None:
    for number in range(100):
        demo.say(f"message {number}")
    gone = demo.slack.messages[50]
    workspace = await demo.open(window)
    await expect(workspace.messages.get_by_role("article")).to_have_count(100)
    await workspace.row("message 60").scroll_into_view_if_needed()
    await workspace.message.fill("begun")
    await demo.server.stop()
    await expect(window.get_by_text("Reconnecting…")).to_be_visible()
    demo.say("while it was cut")
    demo.slack.delete(gone)
    await demo.server.start()
    await expect(window.get_by_text("Reconnecting…")).to_be_hidden()
    await expect(workspace.row("while it was cut")).to_be_attached()
    await expect(workspace.row("message 50")).to_have_count(0)
    await expect(workspace.row("message 60")).to_be_in_viewport()
    await expect(workspace.message).to_have_value("begun")


async def test_the_page_says_that_the_demo_has_ended(demo: Demo, window: Page) -> None:
    await demo.open(window)
    await demo.server.stop()
    ended = window.get_by_text("The demo has ended. Start it again with `make demo`.")
    await expect(ended).to_be_visible()
    # The fixture stops it once more.
    await demo.server.start()
