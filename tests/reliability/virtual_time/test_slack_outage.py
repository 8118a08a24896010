"""After an outage of Slack the channel is in order, and shows no button that does nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.domain.change_state import State
from sandbox.slack import Message
from tests.reliability.virtual_time.event_loop import loop, run_virtual
from tests.reliability.virtual_time.simulation import Simulation, simulation
from tests.scenarios.conftest import INCIDENT, said

CUSTOMERS = ("11111", "22222", "33333")
# Until everything stands there, after the first answer of Slack: 1 post a second, after a burst.
SECONDS_AFTER = 10.0


async def released(on: Simulation) -> list[Message]:
    """Ask for three changes and release them: they end in this order, 5 s after one another."""
    cards = []
    for number, customer in enumerate(CUSTOMERS):
        on.continuity.add_customer(customer, 3)
        seconds = 5.0 + 5 * number
        on.continuity.fail(kind="delay", seconds=seconds, method="PUT", path=f"^/{customer}")
        cards.append(await on.ask(customer, f"failover on {customer}"))
    on.slack.fail("chat.update", status=503, times=99)
    for card in cards:
        await on.release(card)
    await asyncio.sleep(4)  # of virtual time; the first one ends after 5 s
    assert [one.state for one in await on.changes()].count(State.EXECUTING) == len(cards)
    assert all("change_approve" in on.slack.buttons(card) for card in cards)
    on.slack.heal()
    return cards


def told_since(on: Simulation, at: float) -> list[tuple[str, str]]:
    """What was posted and updated in the channel since then: the method and the text."""
    return [
        (call.method, str(call.payload["text"]))
        for call in on.slack.calls
        if call.at >= at
        and call.method in ("chat.postMessage", "chat.update")
        and call.payload["channel"] == INCIDENT
        and not call.payload["text"].startswith("Timeline")
    ]


async def back_after(on: Simulation, seconds: float) -> float:
    """Let Slack be down; return when it answered again for the first time, in UNIX seconds."""
    on.slack.down = True
    await asyncio.sleep(seconds)
    on.slack.down = False
    back = loop().unix()
    first = await on.until(lambda: next((c for c in on.slack.calls if c.at >= back), None))
    return first.at


@pytest.mark.parametrize("seconds", [25.0, 47.0, 900.0])
def test_cards_lose_their_buttons_first_and_outcomes_come_in_the_order_of_happening(
    tmp_path: Path, seconds: float
) -> None:
    async def story() -> None:
        async with simulation(tmp_path, socket_mode=True, rate_limits=True) as on, on.bot():
            cards = await released(on)
            back = await back_after(on, seconds)
            await on.until(lambda: len(on.slack.channel_messages(INCIDENT)) >= 6)
            assert loop().unix() - back < SECONDS_AFTER
            told = told_since(on, back)
            methods = [method for method, _ in told]
            assert methods[:6] == ["chat.update"] * 3 + ["chat.postMessage"] * 3
            for customer, (_, text) in zip(CUSTOMERS, told[3:6], strict=True):
                assert customer in text
            assert all(on.slack.buttons(card) == {} for card in cards)

    run_virtual(story())


def test_a_card_that_lapsed_loses_its_buttons_first_and_the_next_card_tells_the_silence(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with simulation(tmp_path, socket_mode=True, rate_limits=True) as on, on.bot():
            on.continuity.add_customer("44444", 3)
            card = await on.ask("44444", "failover on 44444")
            cards = await released(on)
            back = await back_after(on, 1900.0)
            await on.until(lambda: len(on.slack.channel_messages(INCIDENT)) >= 8)
            assert [method for method, _ in told_since(on, back)[:4]] == ["chat.update"] * 4
            assert all("change_approve" not in on.slack.buttons(one) for one in (card, *cards))
            assert "EXPIRED" in card.text
            await asyncio.sleep(5)  # of virtual time: the heartbeat is back
            await on.until(lambda: on.slack.connected)
            again = await on.ask("44444", "failover on 44444")
            assert "Slack and I did not reach each other from <!date^" in said(again)
            on.continuity.add_customer("55555", 3)
            later = await on.ask("55555", "failover on 55555")
            assert "did not reach each other" not in said(later)

    run_virtual(story())


def test_last_of_all_the_channel_is_told_what_holds_now(tmp_path: Path) -> None:
    async def story() -> None:
        async with simulation(tmp_path, socket_mode=True, rate_limits=True) as on, on.bot():
            await released(on)
            back = await back_after(on, 60.0)
            await on.until(lambda: now_messages(on))
            await asyncio.sleep(120)
            told = told_since(on, back)
            assert [text for _, text in told if "Now:" in text] == [told[-1][1]]
            lines = told[-1][1].split("\n")
            for customer, line in zip(CUSTOMERS, lines, strict=True):
                assert line.startswith(f"Now: {customer} · failover ON for all 3 users · access ON")
                assert " · counted <!date^" in line

    run_virtual(story())


def test_a_bot_that_is_killed_in_the_outage_tells_it_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with simulation(tmp_path, socket_mode=True, rate_limits=True) as on:
            async with on.bot():
                await released(on)
                on.slack.down = True
                await asyncio.sleep(60)
            back = loop().unix()
            on.slack.down = False
            async with on.bot():
                await on.until(lambda: now_messages(on))
                await asyncio.sleep(120)
            told = told_since(on, back)
            assert [method for method, _ in told[:3]] == ["chat.update"] * 3
            assert [text for _, text in told if "Now:" in text] == [told[-1][1]]

    run_virtual(story())


@pytest.mark.parametrize(
    "trouble",
    [
        {"method": "chat.postMessage", "status": 503},
        {"method": "chat.postMessage", "retry_after": 30, "times": 2},
        {"method": "chat.postMessage", "error": "token_revoked", "times": 4},
    ],
    ids=["once", "rate limit", "installation"],
)
def test_without_an_outage_nothing_is_told(tmp_path: Path, trouble: dict[str, Any]) -> None:
    async def story() -> None:
        async with simulation(tmp_path, socket_mode=True) as on, on.bot():
            on.continuity.add_customer("11111", 3)
            card = await on.ask("11111", "failover on 11111")
            on.slack.fail(**trouble)
            await on.release(card)
            await on.until(lambda: len(on.slack.channel_messages(INCIDENT)) >= 2)
            await asyncio.sleep(120)
            assert now_messages(on) == []

    run_virtual(story())


def now_messages(on: Simulation) -> list[Message]:
    """What says how the customers stand now."""
    return [one for one in on.slack.channel_messages(INCIDENT) if "Now:" in one.text]
