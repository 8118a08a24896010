"""The tour, with the real bot behind the page: each step advances by what happens."""

from __future__ import annotations

from typing import Any

from bot.terminal.demo.setting import APPROVER, CHANNEL, OPERATOR
from tests.terminal.demo.page_client import PageClient


def step(tour: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = tour["steps"][number - 1]
    return found


def open_task(tour: dict[str, Any], number: int) -> str:
    """Return the first task of a step that is not fulfilled."""
    return next((task["text"] for task in step(tour, number)["tasks"] if not task["done"]), "")


async def at_step(page: PageClient, number: int) -> dict[str, Any]:
    found: dict[str, Any] = await page.until("tour", lambda tour: tour["step"] == number)
    return found


async def send(page: PageClient, text: str) -> dict[str, Any]:
    """Send a command as the operator; return its card once the users are counted."""
    after = len(page.events)
    await page.do("send", person=OPERATOR, channel=CHANNEL, text=text)
    return await page.message("change_approve", "1,284", after=after)


async def press_approve(page: PageClient, person: str, card: dict[str, Any]) -> None:
    [block] = [one for one in card["blocks"] if one["type"] == "actions"]
    await page.do(
        "click",
        person=person,
        channel=CHANNEL,
        ts=card["ts"],
        block_id=block["block_id"],
        action_id="change_approve",
    )


async def send_and_approve(page: PageClient, tour: dict[str, Any]) -> None:
    await press_approve(page, APPROVER, await send(page, tour["prefill"]))


async def test_the_five_steps_from_the_first_command_to_the_summary(page: PageClient) -> None:
    tour = await page.until("tour", lambda tour: tour["prefill"])
    assert tour["step"] == 1
    assert tour["title"] == (
        "Acme GmbH’s mail server is down. Move 1,284 people to the emergency webmail, with a "
        "second person’s yes."
    )
    assert tour["prefill"] == "/continuity failover on 44444 --reason Exchange is down"

    card = await send(page, tour["prefill"])
    tour = await at_step(page, 2)
    assert (step(tour, 1)["state"], tour["prefill"]) == ("done", "")
    assert (
        open_task(tour, 2) == "Press Approve on your own card: the bot refuses, and says who may."
    )
    await press_approve(page, OPERATOR, card)
    on_phone = "Press Approve on the approver’s phone: the bot wrote to them directly."
    await page.until("tour", lambda t: open_task(t, 2) == on_phone)
    await press_approve(page, APPROVER, card)
    tour = await page.until(
        "tour",
        lambda t: (
            open_task(t, 2) == "Press “Access on for 240…” under the outcome, and approve it."
        ),
    )
    assert tour["prefill"] == ""
    outcome = await page.message("240 of 1,284 cannot read their mail", "Access on for 240…")
    after = len(page.events)
    await page.do(
        "click",
        person=OPERATOR,
        channel=CHANNEL,
        ts=outcome["ts"],
        block_id="cannot_read",
        action_id="flag_access_on",
    )
    card = await page.message("change_approve", "ACCESS ON", "will change", after=after)
    await press_approve(page, APPROVER, card)

    tour = await at_step(page, 3)
    assert "people still cannot read mail: they are not activated." in step(tour, 2)["result"]
    assert step(tour, 3)["actions"] == [{"id": "lose", "label": "Lose the answer"}]
    after = len(page.events)
    await page.do("tour", do="lose")
    switches = await page.until("switches", lambda _: True, after=after)
    assert [one["id"] for one in switches if one["on"]] == ["api_answer_lost"]
    tour = await page.until("tour", lambda t: t["prefill"] != "", after=after)
    assert tour["prefill"] == "/continuity failover off 44444 --reason Exchange is back"
    await send_and_approve(page, tour)

    tour = await at_step(page, 4)
    assert "not known, read back, applied. The API got one write of it." in step(tour, 3)["result"]
    switches = [data for name, data in page.events if name == "switches"][-1]
    assert not any(one["on"] for one in switches), "the answers arrive again"
    await page.do("tour", do="kill")
    tour = await page.until("tour", lambda t: "access off" in t["prefill"])
    await send_and_approve(page, tour)
    await page.bot("killed")
    tour = await page.until("tour", lambda t: open_task(t, 4) == "Press “Start the bot”.")
    assert step(tour, 4)["actions"] == [{"id": "start", "label": "Start the bot"}]
    await page.do("tour", do="start")

    tour = await at_step(page, 5)
    assert "resumed and applied. The API got one write of it." in step(tour, 4)["result"]
    await page.do("tour", do="trail")
    tour = await page.until("tour", lambda t: t["trail"] is not None)
    story = " ".join(line["text"] for line in tour["trail"])
    for sentence in (
        "U0OPERATOR (operator) proposed",
        "(failover on for every user of Acme GmbH (44444)). Exchange is down",
        "was refused",
        "U0APPROVER (approver1) approved",
        "The API answered sbx-0",
        "The bot does not know the effect of",
        "The bot was interrupted while it executed",
    ):
        assert sentence in story
    await page.do("tour", do="tamper")
    await page.do("tour", do="verify")

    tour = await at_step(page, 6)
    [wrong] = [line for line in tour["trail"] if line["wrong"]]
    assert wrong["text"].startswith("U0VIEWER (viewer) approved")
    broken = f"The audit trail is broken: entry {wrong['number']} was altered."
    assert tour["verification"] == {"ok": False, "text": broken}
    assert tour["summary"]["text"] == "You ran 4 changes: 4 writes to the API, none of them twice."
    assert [run["outcome"] for run in tour["summary"]["runs"]] == ["applied"] * 4
    assert [run["writes"] for run in tour["summary"]["runs"]] == [1] * 4

    # The bot goes on working, and the trail is intact once the entry is as it was.
    after = len(page.events)
    await page.do("tour", do="undo")
    tour = await page.until("tour", lambda t: t["verification"]["ok"], after=after)
    assert "entries, intact." in tour["verification"]["text"]
    assert tour["step"] == 6, "what was found stays found"

    after = len(page.events)
    await page.do("tour", do="start_over")
    tour = await page.until("tour", lambda t: t["step"] == 1, after=after)
    assert [one["state"] for one in tour["steps"]] == ["now", "later", "later", "later", "later"]
    world = await page.until("world", lambda _: True, after=after)
    assert (world["normal"], world["doubled"]) == (1284, 0)
    await send_and_approve(page, tour)
    await page.until(
        "tour", lambda t: open_task(t, 2).startswith("Press Approve on your"), after=after
    )
    await page.message("APPLIED", "Read back", after=after)
