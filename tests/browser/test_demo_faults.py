"""Each switch of the world: what people see while it is on, and that all is well once it is off."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.demo_window import CONFIRM, Window


@pytest_asyncio.fixture(loop_scope="session")
async def window(demo_url: str, page: Page) -> AsyncIterator[Window]:
    """The operator's window. At the end the bot has to answer, and nothing was written twice."""
    window = Window(page)
    await window.open(demo_url)
    yield window
    await window.is_answered()
    await expect(window.world.get_by_text("none twice")).to_be_visible()


async def test_an_api_that_answers_wrongly(window: Window) -> None:
    for switch, sentence in (
        ("API answers 429", "The continuity API asks to wait (429)."),
        ("API answers 500", "The continuity API answered 500 (Internal Server Error)."),
        ("API resets the connection", "The connection to the continuity API broke"),
        # Or what a look at the API found, which says it otherwise.
        ("API refuses the password", "(401)"),
    ):
        await window.turn(switch, on=True)
        await window.type("/continuity status 44444")
        await expect(window.row("Only visible to you", sentence)).to_be_visible()
        await window.turn(switch, on=False)
        await window.is_answered()


async def test_an_api_that_takes_its_time(window: Window) -> None:
    await window.turn("API slow", on=True)
    await window.type("/continuity failover on 44444 user0001@example.com")
    await expect(window.row("user0001@example.com", "Counting …")).to_be_visible()
    await window.turn("API slow", on=False)
    card = window.row("user0001@example.com", "will change 1")
    await expect(card.get_by_role("button", name=CONFIRM)).to_be_visible()

    await window.turn("API hanging", on=True)
    await window.dismiss_all()
    await window.type("/continuity status 44444")
    log = window.world.get_by_role("log", name="Calls of the API")
    await expect(log).to_contain_text("HEAD")
    await window.turn("API hanging", on=False)
    await expect(window.row("Only visible to you", "Acme GmbH (44444)")).to_be_visible()


async def test_an_effect_that_is_not_known_or_seen_late_is_one_write(window: Window) -> None:
    before = await window.writes()
    for number, switch in enumerate(("API's answer is lost", "API's effect is seen late"), 2):
        user = f"user000{number}"
        await window.turn(switch, on=True)
        await window.switch_user("on", user)
        await expect(window.world).to_contain_text(f"PUT /44444/{user}@example.com/failover")
        await window.turn(switch, on=False)
        await expect(window.row(user, "APPLIED", "Read back")).to_be_visible()
        assert await window.writes() == before + number - 1


async def test_slack_that_limits_breaks_off_or_is_down(window: Window) -> None:
    await window.turn("Slack rate-limits", on=True)
    await window.type("/continuity failover on 44444 user0004@example.com")
    await window.is_answered()
    await expect(window.messages.get_by_text("user0004@example.com")).to_have_count(0)
    await window.turn("Slack rate-limits", on=False)
    await expect(window.row("user0004@example.com", "will change 1")).to_be_visible()

    for switch in ("Slack is down", "Slack cuts the socket"):
        await window.dismiss_all()
        await window.turn(switch, on=True)
        await window.type("/continuity failover on 44444 user0005@example.com")
        failed = window.row("Slackbot", '/continuity failed with the error "dispatch_failed"')
        await expect(failed).to_be_visible()
        await window.turn(switch, on=False)
        await window.is_answered()
        await expect(window.messages.get_by_text("user0005@example.com")).to_have_count(0)


async def test_a_bot_that_is_killed_while_it_executes_writes_once(window: Window) -> None:
    before = await window.writes()
    await window.type("/continuity failover on 44444 user0006@example.com")
    card = window.row("user0006@example.com", "will change 1")
    await expect(card.get_by_role("button", name=CONFIRM)).to_be_visible()
    await window.turn("API slow", on=True)
    await card.get_by_role("button", name=CONFIRM).click()
    await window.dialog("Confirm").get_by_role("button", name=CONFIRM).click()
    await expect(window.world).to_contain_text("PUT /44444/user0006@example.com/failover")
    await window.world.get_by_role("button", name="Kill the bot").click()
    await expect(window.world.get_by_text("The bot was killed")).to_be_visible()
    await window.type("/continuity status 44444")
    await expect(window.row("Slackbot", "dispatch_failed")).to_be_visible()
    # The slow API applies what it got, although nobody waits for the answer any more.
    await expect(window.world).to_contain_text(f"The API applied {before + 1} write")
    await window.turn("API slow", on=False)
    await window.world.get_by_role("button", name="Start the bot").click()
    await expect(window.row("user0006", "APPLIED", "Read back")).to_be_visible()
    assert await window.writes() == before + 1


async def test_after_a_jump_of_the_clock_the_bot_answers(window: Window) -> None:
    await window.type("/continuity failover on 44444 --reason Exchange is down")
    await expect(window.row("WAITING", "Exchange is down", "1,284")).to_be_visible()
    await window.world.get_by_role("button", name="Skip 30 minutes").click()
    await window.is_answered()
    await expect(window.row("EXPIRED", "Exchange is down")).to_be_visible()
    await window.world.get_by_role("button", name="Skip to Monday").click()
    await expect(window.world.get_by_text(re.compile(r"^Mon \d+ \w+, 08:0"))).to_be_visible()
    await window.is_answered()
