"""The five steps of the tour as a person goes through them, with the real bot behind the page."""

from __future__ import annotations

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.demo_window import APPROVE, Window


async def step_is_due(window: Window, number: int) -> None:
    """Wait for this step, or for the summary after the last."""
    steps = window.tour.get_by_role("list", name="Steps").get_by_role("button")
    await expect(steps.nth(number - 1)).to_have_attribute("aria-current", "step")


async def approve_on_phone(window: Window) -> None:
    """Open the notification of what the bot wrote to the approver, and press Approve there."""
    await window.direct_notification().click()
    messages = window.phone.get_by_role("region", name="Phone messages")
    # Those of changes before lose their buttons behind cards and outcomes, perhaps later.
    await messages.get_by_role("button", name=APPROVE).last.click()
    await window.phone.get_by_role("dialog").get_by_role("button", name=APPROVE).click()
    await window.phone.get_by_role("button", name="Lock", exact=True).click()


def count(window: Window, kind: str) -> Locator:
    """Return how many people the world shows of a kind."""
    return window.world.get_by_role("listitem").filter(has_text=kind)


async def test_a_newcomer_goes_from_the_first_command_to_the_summary(
    demo_url: str, page: Page
) -> None:
    window = Window(page)
    await window.open(demo_url)
    await expect(window.tour.get_by_role("heading", level=1)).to_have_text(
        "Acme GmbH’s mail server is down. Move 1,284 people to the emergency webmail, "
        "with a second person’s yes."
    )
    await expect(window.message).to_have_value(
        "/continuity failover on 44444 --reason Exchange is down"
    )

    await window.send.click()
    await expect(window.direct_notification()).to_contain_text(
        "FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users"
    )
    await step_is_due(window, 2)
    await window.approve()
    await expect(window.row("Nobody approves their own change.")).to_contain_text(
        "Only visible to you"
    )
    await expect(count(window, "Normal mail")).to_have_text(re.compile("1,284$"))
    await approve_on_phone(window)
    await expect(
        window.row("Read back", "1,284 of 1,284 in failover", "240 of 1,284 cannot read their mail")
    ).to_be_visible()
    await expect(count(window, "Webmail, cannot read it")).to_have_text(re.compile("240$"))
    await window.button("Access on for 240…").click()
    await approve_on_phone(window)
    await expect(count(window, "Webmail, can read it")).to_have_text(re.compile("1,253$"))
    await expect(count(window, "Webmail, cannot read it")).to_have_text(re.compile("31$"))

    await step_is_due(window, 3)
    await window.tour.get_by_role("button", name="Lose the answer", exact=True).click()
    await expect(window.message).to_have_value(re.compile("^/continuity failover off 44444 "))
    await window.send.click()
    await approve_on_phone(window)
    await step_is_due(window, 4)
    await expect(window.row("APPLIED · FAILOVER OFF", "Read back")).to_be_visible()
    await expect(window.world).to_contain_text("The API applied 3 writes, none twice.")

    await window.tour.get_by_role("button", name="Kill the bot", exact=True).click()
    await expect(window.message).to_have_value(re.compile("^/continuity access off 44444 "))
    await window.send.click()
    await approve_on_phone(window)
    await expect(window.world.get_by_text("The bot was killed")).to_be_visible()
    await window.tour.get_by_role("button", name="Start the bot").click()
    await step_is_due(window, 5)
    await expect(window.row("APPLIED · ACCESS OFF", "Read back")).to_be_visible()
    await expect(window.world).to_contain_text("The API applied 4 writes, none twice.")

    await window.tour.get_by_role("button", name="What does an auditor see?").last.click()
    trail = window.tour.get_by_role("region", name="Audit trail")
    await expect(trail.get_by_role("row").filter(has_text="was refused")).to_be_visible()
    await window.tour.get_by_role("button", name="Tamper").click()
    await window.tour.get_by_role("button", name="Verify").click()
    await step_is_due(window, 6)
    await expect(window.tour).to_contain_text(
        "You ran 4 changes: 4 writes to the API, none of them twice."
    )
    runs = window.tour.get_by_role("row").filter(has_text="applied")
    await expect(runs).to_have_count(4)
    await expect(runs.first).to_contain_text("/continuity failover on 44444")
    await window.tour.get_by_role("button", name=re.compile("^5 ")).click()
    wrong = trail.get_by_role("row").filter(has_text="This entry was altered.")
    await expect(wrong).to_contain_text("U0VIEWER (viewer) approved")

    await window.tour.get_by_role("button", name="What was run").click()
    await window.tour.get_by_role("button", name="Install in my workspace").click()
    await expect(window.dialog("Install in my workspace")).to_contain_text("display_information:")
    await window.dialog("Install in my workspace").get_by_role("button", name="Close").click()
    await window.tour.get_by_role("button", name="Start over").click()
    await step_is_due(window, 1)
    await expect(count(window, "Normal mail")).to_have_text(re.compile("1,284$"))
    await expect(window.message).to_have_value(re.compile("^/continuity failover on 44444 "))
