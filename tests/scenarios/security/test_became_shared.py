"""A channel that becomes shared with another company after the approval is told the outcome, and no more."""

from __future__ import annotations

import pytest

from tests.scenarios.conftest import APPROVER, INCIDENT, OPERATOR, Scenario, said


@pytest.mark.parametrize("scenario", ["http"], indirect=True)
async def test_card_and_timeline_go_on_with_the_requester_and_the_outcome_is_told(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "bot.slack.outbox.message_poster.CACHE_SECONDS", 0.0
    )  # an answer counts for no time at all
    slack = scenario.slack
    await scenario.type("failover on 44444 --reason secret-reason")
    card = await scenario.card("change_approve")
    scenario.continuity.fail(method="PUT", kind="delay", seconds=0.5)
    await scenario.press("change_approve", user=APPROVER, card=card)
    slack.channels[INCIDENT].is_ext_shared = True
    await scenario.outcome("APPLIED")
    moved = await slack.wait_for(
        lambda space: next(
            (one for one in space.direct_messages(OPERATOR) if "APPLIED" in said(one)), None
        )
    )
    assert "secret-reason" in said(moved)
    standing = slack.message(INCIDENT, card.ts)
    assert standing is not None
    assert "told to its requester alone from now on" in said(standing)
    assert "secret-reason" not in said(standing)
    assert slack.buttons(standing) == {}
