"""The tour in the browser: its steps from facts, its buttons, the trail, the summary."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from bot.terminal.demo.tour import steps as tour_steps
from bot.terminal.demo.tour.hints import HINTS
from bot.terminal.demo.tour.installation import installation
from bot.terminal.demo.tour.steps import Facts
from tests.browser.workspace import Demo, Workspace, running

FACTS = Facts("44444", "Acme GmbH", 1284)
TRAIL = [
    {"number": number, "at": 1_773_486_000 + number, "kind": "change.approved", "wrong": False}
    | {"text": f"U0APPROVER (approver1) approved C-{number}."}
    for number in range(1, 41)
]
SUMMARY = {
    "text": "You ran one change: one write to the API, none of them twice.",
    "runs": [
        {"id": "C-1", "command": "/continuity failover on", "outcome": "applied", "writes": 1}
    ],
}


def tour(now: int = 1, facts: Facts = FACTS, **more: Any) -> dict[str, Any]:
    """The part as it is while step ``now`` is due and the ones before are done."""
    steps = [
        step.as_json("done" if step.number < now else "now" if step.number == now else "later")
        for step in tour_steps.steps(facts)
    ]
    part = {"title": tour_steps.title(facts), "step": now, "steps": steps, "prefill": ""}
    part["hints"] = [hint.as_json() for hint in HINTS]
    return {**part, "trail": None, "verification": None, "summary": None, **more}


class Tour:
    """The tour by names and roles; ``done`` is what its buttons asked for."""

    def __init__(self, page: Page, demo: Demo) -> None:
        self.page = page
        self.root = page.get_by_role("region", name="Tour")
        self.done: list[dict[str, Any]] = []
        self._server = demo.server
        demo.server.add_part("tour", tour)
        demo.server.add_action("tour", self._act)

    async def _act(self, body: dict[str, Any]) -> dict[str, Any]:
        self.done.append(body)
        return {"install": installation()} if body["do"] == "install" else {}

    def show(self, part: dict[str, Any]) -> None:
        self._server.publish("tour", part)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    @property
    def chosen(self) -> Locator:
        return self.root.locator('[aria-current="step"]')

    async def press(self, name: str) -> dict[str, Any]:
        """Press a button and return what it asked for."""
        async with self.page.expect_response("**/do/tour"):
            await self.button(name).click()
        return self.done[-1]


@pytest_asyncio.fixture(loop_scope="session")
async def demo() -> AsyncIterator[Demo]:
    async with running() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def opened(page: Page, demo: Demo) -> Tour:
    shown = Tour(page, demo)
    await page.goto(demo.server.url)
    await expect(shown.root).to_be_visible()
    return shown


async def test_the_line_on_top_and_the_first_task_say_what_to_do(opened: Tour) -> None:
    await expect(opened.root.get_by_role("heading", level=1)).to_have_text(
        "Acme GmbH’s mail server is down. Move 1,284 people to the emergency webmail, with a second "
        "person’s yes."
    )
    await expect(opened.chosen).to_have_text("1 Ask")
    await expect(opened.root.locator(".tour-task-next")).to_have_text(
        "→Send the command in #mail-outage."
    )
    await expect(opened.root.get_by_role("status")).to_have_text(
        "Step 1, Ask. Send the command in #mail-outage."
    )
    steps = opened.root.get_by_role("list", name="Steps").get_by_role("listitem")
    assert await steps.all_inner_texts() == [
        "1 Ask",
        "2 A second person’s yes",
        "3 Lose the answer",
        "4 Kill the bot",
        "5 What does an auditor see?",
        "More to try",
    ]


async def test_the_due_step_begins_with_what_the_one_before_came_to(opened: Tour) -> None:
    came_to = "C-1: not known, read back, applied. The API got one write of it."
    part = tour(4)
    part["steps"][2]["result"] = came_to
    opened.show(part)
    await expect(opened.root.get_by_text(came_to)).to_be_visible()
    await opened.button("5 What does an auditor see?").click()
    await expect(opened.root.get_by_text(came_to)).to_have_count(0)
    await opened.button("4 Kill the bot").click()
    await expect(opened.root.get_by_text(came_to)).to_be_visible()
    part["steps"][3]["tasks"][0]["done"] = True
    opened.show(part)
    await expect(opened.root.get_by_text(came_to)).to_have_count(0)
    end = tour(6, summary=SUMMARY)
    end["steps"][4]["result"] = "The audit trail is broken: entry 8 was altered."
    opened.show(end)
    await expect(opened.root.get_by_text("entry 8 was altered.")).to_be_visible()


async def test_the_trail_names_the_people_that_the_bot_mentions(opened: Tour) -> None:
    line = {**TRAIL[0], "text": "Refused. Who can approve it: <@U2>, <@UGONE>."}
    opened.show(tour(5, trail=[line]))
    row = opened.root.get_by_role("row").filter(has_text="Refused.")
    await expect(row).to_contain_text("Who can approve it: @ada, <@UGONE>.")


async def test_buttons_ask_for_their_action_and_skip_names_its_step(opened: Tour) -> None:
    assert await opened.press("Skip") == {"do": "skip", "step": 1}
    opened.show(tour(3))
    await expect(opened.chosen).to_have_text("3 Lose the answer")
    assert await opened.press("Lose the answer") == {"do": "lose"}
    assert await opened.press("Start over") == {"do": "start_over"}


async def test_a_step_can_be_looked_at_out_of_order_until_the_due_one_changes(opened: Tour) -> None:
    await opened.button("4 Kill the bot").click()
    await expect(opened.chosen).to_have_text("4 Kill the bot")
    assert await opened.press("Kill the bot") == {"do": "kill"}
    await opened.button("5 What does an auditor see?").click()
    opened.show(tour(2))
    await expect(opened.chosen).to_have_text("2 A second person’s yes")
    first = opened.root.get_by_role("list", name="Steps").get_by_role("button").first
    await expect(first).to_have_accessible_name("1 Ask (done)")


async def test_the_focus_stays_on_its_button_while_the_tour_advances(opened: Tour) -> None:
    await opened.button("Skip").focus()
    opened.show(tour(3))
    await expect(opened.chosen).to_have_text("3 Lose the answer")
    await expect(opened.button("Skip")).to_be_focused()
    opened.show(tour(6, summary=SUMMARY))
    await expect(opened.chosen).to_have_text("What was run")
    await expect(opened.chosen).to_be_focused()


async def test_the_steps_are_hidden_and_shown_again(opened: Tour) -> None:
    await opened.button("Hide the steps").click()
    await expect(opened.root.get_by_role("list", name="Steps")).to_be_hidden()
    opened.show(tour(2))
    await expect(opened.button("Show the steps")).to_have_attribute("aria-expanded", "false")
    await opened.button("Show the steps").click()
    await expect(opened.chosen).to_have_text("2 A second person’s yes")


async def test_the_trail_shows_the_entry_that_the_verification_names(opened: Tour) -> None:
    opened.show(tour(5, trail=TRAIL))
    trail = opened.root.get_by_role("region", name="Audit trail")
    await expect(trail.get_by_role("row")).to_have_count(41)
    await expect(trail.get_by_text("approved C-40.")).to_be_in_viewport()
    wrong = [{**line, "wrong": line["number"] == 8} for line in TRAIL]
    broken = "The audit trail is broken: entry 8 was altered."
    opened.show(tour(5, trail=wrong, verification={"ok": False, "text": broken}))
    await expect(opened.root.get_by_text(broken)).to_be_visible()
    row = trail.get_by_role("row").filter(has_text="This entry was altered.")
    await expect(row).to_have_text(re.compile("^✕ 8"))
    await expect(row).to_be_in_viewport()


async def test_the_end_says_what_was_run_and_how_to_install_it(opened: Tour, page: Page) -> None:
    opened.show(tour(6, summary=SUMMARY))
    await expect(opened.root.get_by_text(str(SUMMARY["text"])).last).to_be_visible()
    row = opened.root.get_by_role("row").filter(has_text="/continuity failover on")
    await expect(row).to_contain_text("applied")
    await opened.press("Install in my workspace")
    dialog = page.get_by_role("dialog", name="Install in my workspace")
    await expect(dialog).to_contain_text("make install")
    await expect(dialog).to_contain_text("slash_commands:")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(opened.button("Install in my workspace")).to_be_focused()


async def test_a_phone_shows_what_is_next_and_the_whole_width_of_it(
    opened: Tour, page: Page
) -> None:
    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(opened.root.get_by_role("listitem").filter(has_text="→")).to_be_visible()
    await expect(opened.root.get_by_text("The card is in the channel")).to_be_hidden()
    assert await opened.root.evaluate("it => it.scrollWidth <= it.clientWidth")
    await expect(opened.button("2 A second person’s yes")).to_be_visible()
    box = await opened.root.bounding_box()
    assert box is not None
    assert box["height"] < 844 * 0.4


async def test_more_to_try_is_typed_for_the_person_in_their_channel(
    opened: Tour, page: Page
) -> None:
    hint = {
        "title": "A drill",
        "text": "It is labelled.",
        "command": "/continuity drill",
        "person": "U2",
    }
    opened.show(tour(2, hints=[hint | {"channel": "C2"}]))
    await opened.button("More to try").click()
    row = opened.root.get_by_role("list", name="More to try").get_by_role("listitem")
    await expect(row).to_contain_text("A drill It is labelled. Ada Approver, #board")
    await opened.button("Type it: A drill").click()
    workspace = Workspace(page)
    await expect(workspace.act_as).to_have_value("U2")
    await expect(workspace.message).to_have_value("/continuity drill")
    await expect(workspace.message).to_be_focused()
    await expect(workspace.channel("board")).to_have_attribute("aria-current", "page")


async def test_without_more_to_try_there_is_no_such_step(opened: Tour) -> None:
    opened.show(tour(1, hints=[]))
    await expect(opened.button("More to try")).to_have_count(0)
