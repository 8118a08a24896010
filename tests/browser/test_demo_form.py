"""The form for a change, with the real bot behind the page: nobody has to know the syntax."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser.demo_window import Window


async def test_a_change_is_counted_and_proposed_from_the_shortcut_by_the_customers_name(
    demo_url: str, page: Page
) -> None:
    operator = Window(page)
    await operator.open(demo_url)
    workspace = page.locator("#pane-workspace")
    await workspace.get_by_role("button", name="Shortcuts").click()
    await workspace.get_by_role("menuitem", name="Continuity change").click()
    form = operator.dialog("Continuity change")
    await form.get_by_label("What", exact=True).select_option(
        label="Activate: access on, then failover on"
    )
    await form.get_by_role("combobox", name="Customer").fill("acm")
    await form.get_by_role("option", name="Acme GmbH (44444)").click()
    await form.get_by_label("Why?").fill("Exchange is down")
    await form.get_by_label("Incident channel").select_option(label="#mail-outage")
    await form.get_by_role("button", name="Count").click()
    await expect(form).to_contain_text("ALL 1,284 users")
    await expect(form.get_by_role("combobox", name="Customer")).to_have_value("Acme GmbH (44444)")
    await expect(form.get_by_label("Why?")).to_have_value("Exchange is down")
    await form.get_by_role("button", name="Propose").click()
    await expect(form).to_be_hidden()
    card = operator.row("WAITING", "ACTIVATE")
    await expect(card).to_contain_text("Reason: Exchange is down")
    await card.get_by_role("button", name="Withdraw").click()
    await operator.dialog("Withdraw").get_by_role("button", name="Withdraw").click()
    await expect(operator.messages.get_by_role("button", name="Withdraw")).to_have_count(0)
