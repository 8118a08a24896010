"""The manual's order through the running bot: activate, what stops it, restore, and access off later."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.terminal.demo.bot_main import MovableLoop
from sandbox.slack import Message
from tests.scenarios.changes.test_timed import HOUR, play
from tests.scenarios.conftest import APPROVER, CUSTOMER, OPERATOR, Scenario, said

USERS = 20
ACCESS, FAILOVER = f"PUT /{CUSTOMER}/access", f"PUT /{CUSTOMER}/failover"


def labels(message: Message) -> list[str]:
    """The buttons of a message."""
    found = [one for block in message.blocks for one in block.get("elements", [])]
    return [one["text"]["text"] for one in found if one["type"] == "button"]


async def test_activate_is_approved_once_and_verifies_both_steps(scenario: Scenario) -> None:
    await scenario.type(f"activate {CUSTOMER} --reason Exchange is down")
    card = await scenario.card("change_approve")
    assert card.history[0].text.startswith("ACTIVATE · Acme GmbH (44444) · ALL 20 users · ")
    assert "Already: access on 2 · failover on 0 · will change *20*" in said(card)
    await scenario.press("change_approve", user=APPROVER)
    done = await scenario.outcome("send one mail from outside")
    assert "APPLIED · ACTIVATE" in said(done)
    assert said(done).count("20 of 20 verified") == 2
    assert scenario.writes() == [ACCESS, FAILOVER]
    assert labels(done)[-1] == "Back: restore"
    await scenario.type(f"activate {CUSTOMER}")
    await scenario.told("Nothing to do: access and failover are on for all 20 users already.")


async def test_a_second_step_that_is_refused_leaves_access_on_and_says_so_everywhere(
    scenario: Scenario,
) -> None:
    scenario.continuity.fail(kind=403, method="PUT", path="failover")
    await scenario.type(f"activate {CUSTOMER}")
    await scenario.press("change_approve", user=APPROVER)
    partly = await scenario.outcome(", approved by <@")
    assert partly.text.startswith("PARTLY APPLIED: access on, failover not on · Acme GmbH (44444)")
    assert "✅ *Access on*" in said(partly)
    assert "❌ *Failover on*: failed" in said(partly)
    assert labels(partly) == ["Back: access off"]

    await scenario.press("change_again", user=OPERATOR)
    again = await scenario.card("change_approve")
    assert "• Access on: nothing to do, it is skipped" in said(again)
    await scenario.press("change_approve", user=APPROVER)
    done = await scenario.outcome("send one mail from outside")
    assert "⏭️ *Access on*: nothing to do" in said(done)
    assert "✅ *Failover on*" in said(done)
    assert scenario.writes() == [ACCESS, FAILOVER, FAILOVER]


@pytest.mark.sqlite
def test_restore_switches_access_off_two_days_later(tmp_path: Path) -> None:
    async def scene(scenario: Scenario, loop: MovableLoop) -> None:
        await scenario.type(f"activate {CUSTOMER}")
        await scenario.press("change_approve", user=APPROVER)
        done = await scenario.outcome("send one mail from outside")
        await scenario.press("change_back", user=OPERATOR, card=done)
        card = await scenario.card("change_approve")
        assert "*By itself*: access off after 2 days" in said(card)
        await scenario.press("change_approve", user=APPROVER)
        restored = await scenario.outcome("20 of 20 not in failover")
        assert labels(restored) == ["Extend…", "Access off now", "Keep access"]

        loop.offset += HOUR * 47.8
        soon = await scenario.outcome("*By itself soon*")
        assert soon.text.startswith("ACCESS OFF IN 1")
        loop.offset += HOUR * 0.25
        off = await scenario.outcome("20 of 20 without access")
        assert "made by the bot as it was decided with it" in said(off)
        assert scenario.writes() == [
            ACCESS,
            FAILOVER,
            f"DELETE /{CUSTOMER}/failover",
            f"DELETE /{CUSTOMER}/access",
        ]

    play(tmp_path, scene)
