"""A password of the API that became wrong is told before anybody needs it, and that it is right again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from bot.terminal.demo.bot_main import MovableClock, MovableLoop
from tests.fixtures.metric_samples import number
from tests.scenarios.conftest import CUSTOMER, OPERATOR, Scenario, at_work, said


# On PostgreSQL the time is the server's, and that does not move.
@pytest.mark.sqlite
def test_a_password_that_became_wrong_is_told_once_and_when_it_is_right_again(
    tmp_path: Path,
) -> None:
    """Hours of this bot are seconds here."""
    with asyncio.Runner(loop_factory=MovableLoop) as runner:
        runner.run(_scenario(tmp_path))


async def _scenario(tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MovableLoop)
    async with at_work(tmp_path, clock=MovableClock(loop), ops_channel="C0OPS") as scenario:
        scenario.slack.add_channel("C0OPS", "ops", members=[OPERATOR])
        api = scenario.continuity
        right, api.password = api.password, "another-password"

        def alarms() -> list[str]:
            return [said(one) for one in scenario.slack.channel_messages("C0OPS")]

        async def until(condition: Callable[[], bool]) -> None:
            """Move the time on, a few seconds each time, until this is so."""
            async with asyncio.timeout(1800 + 60 + loop.offset):
                while not condition():
                    loop.offset += 5
                    await asyncio.sleep(0.05)

        await until(lambda: len(alarms()) == 1)
        assert alarms()[0].startswith(
            "🔴 ALARM · api_password · The continuity API does not accept the password in "
            "`CONTINUITY_PASSWORD` (401)."
        )
        assert [request.method for request in api.requests] == ["HEAD"]
        await scenario.type(f"status {CUSTOMER}")
        told = await scenario.told("⚠️ The continuity API does not accept the bot's password (401)")
        assert ", last look <!date^" in told
        api.password = right
        await until(lambda: len(alarms()) == 2)
        assert alarms()[1].startswith("🟢 OVER · api_password · It began <!date^")
        text = await _scraped(scenario)
        assert number(text, "continuity_api_looks_total", result="password") == 1
        assert number(text, "continuity_api_looks_total", result="ok") >= 1
        assert number(text, "continuity_alarm", alarm="api_password") == 0


async def _scraped(scenario: Scenario) -> str:
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(f"http://127.0.0.1:{scenario.port}/metrics")).text
