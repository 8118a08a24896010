"""Who cannot read their mail after a failover: the sentence, one press that mends it, and the file."""

from __future__ import annotations

from sandbox.slack import Message
from tests.scenarios.conftest import (
    APPROVER,
    CUSTOMER,
    INCIDENT,
    OPERATOR,
    STRANGER,
    Scenario,
    said,
)

SENTENCE = "18 of 20 cannot read their mail: access off 18, no password 3."
LOCKED_OUT = [f"user{number:04}@example.com" for number in range(3, 21)]


async def moved(scenario: Scenario) -> Message:
    """Move everybody to the emergency webmail; return the outcome."""
    await scenario.type(f"failover on {CUSTOMER} --reason Exchange down")
    await scenario.press("change_approve", user=APPROVER)
    return await scenario.outcome(SENTENCE)


async def test_one_press_below_the_outcome_proposes_access_for_the_same_users(
    scenario: Scenario,
) -> None:
    outcome = await moved(scenario)
    await scenario.press("flag_access_on", user=STRANGER, card=outcome)
    await scenario.told("You may not propose", user=STRANGER)
    await scenario.press("flag_access_on", user=OPERATOR, card=outcome)
    card = await scenario.card("change_approve")
    assert "ACCESS ON" in said(card)
    assert "ALL 20 users" in said(card)
    assert "will change *18*" in said(card)
    assert "Reason: Exchange down" in said(card)
    await scenario.press("flag_access_on", user=OPERATOR, card=outcome)
    await scenario.told("already")
    await scenario.press("change_approve", user=OPERATOR)
    await scenario.told("Nobody approves their own change")
    await scenario.press("change_approve", user=APPROVER)
    await scenario.outcome("20 of 20 with access")
    assert scenario.writes() == [f"PUT /{CUSTOMER}/failover", f"PUT /{CUSTOMER}/access"]
    await scenario.type(f"status {CUSTOMER}")
    await scenario.told("3 of 20 cannot read their mail: no password 3.")
    assert not scenario.slack.refused


async def test_who_sends_the_file_of_these_people_to_the_asker_alone(scenario: Scenario) -> None:
    outcome = await moved(scenario)
    await scenario.press("users_cannot_read", user=STRANGER, card=outcome)
    await scenario.told("You may not view", user=STRANGER)
    await scenario.press("users_cannot_read", user=OPERATOR, card=outcome)
    await scenario.told("sent to you alone, in a direct message")
    private = scenario.slack.direct_channel(OPERATOR).id
    sent = scenario.slack.channel_messages(private)
    [page] = [one for one in sent if one.blocks and "that you asked for" not in said(one)]
    assert "failover on, cannot read their mail\nThe first 18 of 18" in said(page) or (
        "18 in all" in said(page)
    )
    [answer] = scenario.slack.thread(private, page.ts)
    rows = answer.files[0].content.decode("utf-8-sig").splitlines()[1:]
    assert sorted(row.partition(",")[0] for row in rows) == LOCKED_OUT
    assert not [one for one in scenario.slack.channel_messages(INCIDENT) if one.files]
