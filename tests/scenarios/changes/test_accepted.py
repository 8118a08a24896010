"""An API that accepts a write at once and shows it later: what the channel sees, over Socket Mode."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sandbox.continuity.visibility import FOR_EVER
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, Scenario, at_work, said

UNSEEN = "ACCEPTED, NOT YET SEEN"


@pytest.fixture
async def scenario(tmp_path: Path) -> AsyncIterator[Scenario]:
    async with at_work(tmp_path) as made:
        yield made


async def shown(scenario: Scenario, *words: str) -> str:
    """Wait for a message of the channel that says all of this."""
    return await scenario.slack.wait_for(
        lambda slack: next(
            (
                said(one)
                for one in slack.channel_messages(INCIDENT)
                if all(word in said(one) for word in words)
            ),
            None,
        ),
        timeout=20.0,
    )


async def approved(scenario: Scenario, text: str) -> None:
    await scenario.type(text)
    card = await scenario.card("change_approve")
    await scenario.press("change_approve", user=APPROVER, card=card)


async def test_it_is_accepted_looked_at_and_applied_and_the_way_back_waits_for_it(
    scenario: Scenario,
) -> None:
    scenario.continuity.delay(FOR_EVER)
    await approved(scenario, f"failover on {CUSTOMER} --reason Exchange is down")
    words = await shown(scenario, UNSEEN, "next look")
    assert "The API *accepted* it " in words
    assert "(id sbx-" in words
    assert ", 20 affected, API time " in words
    assert "0 of 20 in failover" in words
    assert "*Do not repeat it by hand.*" in words

    await approved(scenario, f"failover off {CUSTOMER} --reason a false alarm")
    back = await shown(scenario, "APPROVED · FAILOVER OFF", "Waits for C-")
    assert "which the API accepted and does not show yet" in back
    assert "at the latest" in back
    assert scenario.writes() == [f"PUT /{CUSTOMER}/failover"]

    scenario.continuity.release()
    there = await shown(scenario, "APPLIED · FAILOVER ON", "20 of 20 in failover", "audit")
    assert UNSEEN not in there
    await shown(scenario, "APPLIED · FAILOVER OFF", "20 of 20 not in failover", "audit")
    assert scenario.writes() == [f"PUT /{CUSTOMER}/failover", f"DELETE /{CUSTOMER}/failover"]
    everything = "\n".join(said(one) for one in scenario.slack.channel_messages(INCIDENT))
    assert "FAILED" not in everything
    assert "PARTLY" not in everything
    assert "already." not in everything  # never called pointless


async def test_not_seen_in_the_time_that_is_set_a_person_decides(tmp_path: Path) -> None:
    async with at_work(tmp_path, settle=1.0) as scenario:
        scenario.continuity.delay(FOR_EVER)
        await approved(scenario, f"failover on {CUSTOMER} --reason Exchange is down")
        words = await shown(scenario, "NEEDS A PERSON", "0 of 20 in failover", "audit")
        assert "(id sbx-" in words
        assert scenario.writes() == [f"PUT /{CUSTOMER}/failover"]


async def test_flags_that_are_not_told_are_not_called_off(scenario: Scenario) -> None:
    scenario.continuity.leave_out("failover", "access", "activation", "affectedUsers")
    await scenario.type(f"failover on {CUSTOMER} user0001@example.com user0002@example.com")
    await scenario.press("change_confirm", user="U0OPERATOR")
    words = await shown(scenario, "APPLIED · FAILOVER ON", "audit")  # the counts prove it
    assert "FAILED" not in words


async def test_flags_that_are_not_told_and_counts_that_come_late_are_waited_for(
    scenario: Scenario,
) -> None:
    scenario.continuity.leave_out("failover", "access", "activation", "affectedUsers")
    scenario.continuity.delay(FOR_EVER)
    await scenario.type(f"failover on {CUSTOMER} user0001@example.com user0002@example.com")
    await scenario.press("change_confirm", user="U0OPERATOR")
    words = await shown(scenario, UNSEEN, "next look")
    assert "counts 0 on where 2 would prove it" in words
    assert "0 of 2" not in words
    scenario.continuity.release()
    await shown(scenario, "APPLIED · FAILOVER ON", "2 of 2 in failover", "audit")
