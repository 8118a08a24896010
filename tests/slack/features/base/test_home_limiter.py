"""How often the Home tab is drawn."""

from __future__ import annotations

import asyncio

from bot.slack.features.base.home_limiter import (
    MAX_PARALLEL_HOMES,
    OPENED_SECONDS,
    PRESSED_SECONDS,
    HomeLimiter,
)

JO, SAM = "U0JO", "U0SAM"


def test_fifty_openings_in_a_minute_are_drawn_six_times() -> None:
    now = [0.0]
    limiter = HomeLimiter(lambda: now[0])
    drawn = 0
    for _ in range(50):
        drawn += limiter.is_due(JO)
        now[0] += 60 / 50
    assert drawn == 6


def test_refresh_is_drawn_soon_after_and_another_person_at_once() -> None:
    now = [0.0]
    limiter = HomeLimiter(lambda: now[0])
    assert limiter.is_due(JO)
    assert limiter.is_due(SAM)
    now[0] += PRESSED_SECONDS
    assert not limiter.is_due(JO)
    assert limiter.is_due(JO, pressed=True)
    assert not limiter.is_due(JO, pressed=True)
    now[0] += OPENED_SECONDS
    assert limiter.is_due(JO)


async def test_so_many_are_drawn_at_a_time_and_no_tab_twice() -> None:
    now = [0.0]
    limiter, gate, running = HomeLimiter(lambda: now[0]), asyncio.Event(), 0

    async def draw(person: str) -> None:
        nonlocal running
        async with limiter.drawing(person):
            running += 1
            await gate.wait()
            running -= 1

    tasks = [asyncio.create_task(draw(f"U0{n}")) for n in range(MAX_PARALLEL_HOMES + 2)]
    for _ in range(5):
        await asyncio.sleep(0)
    assert running == MAX_PARALLEL_HOMES
    assert not limiter.is_due("U00", pressed=True)
    gate.set()
    await asyncio.gather(*tasks)
    assert limiter.is_due("U00")
