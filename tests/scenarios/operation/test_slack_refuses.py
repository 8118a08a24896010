"""Slack refuses the bot, not the person: who is told what, and where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.slack.api.error_codes import CHANNEL_REFUSALS, EXPIRED_TRIGGERS, describe
from sandbox.slack import Ephemeral
from tests.scenarios.conftest import APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scenario, at_work, said

OPS = "C0OPS"


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Scenario]:
    """A bot with an operations channel."""
    async with at_work(tmp_path, ops_channel=OPS) as scenario:
        scenario.slack.add_channel(OPS, "ops", members=[OPERATOR])
        yield scenario


async def test_a_scope_that_is_missing_is_told_as_the_bots_fault_and_alarmed_once(
    watched: Scenario,
) -> None:
    watched.slack.scopes = watched.slack.scopes.replace(",users:read", "")
    for user in (OPERATOR, APPROVER):
        await watched.type(f"status {CUSTOMER}", user=user)
        told = await watched.told("nothing was done", user=user)
        assert "(missing_scope, needed: users:read): a fault of the bot's installation" in told
        assert "Take over manifest.yml in the app's settings and install the app again." in told
        assert "does not know you" not in told
    [alarm] = await watched.slack.wait_for(lambda slack: slack.channel_messages(OPS))
    assert alarm.text.startswith(
        "🔴 ALARM · slack_installation · Slack refused users.info (missing_sc"
    )
    watched.slack.scopes += ",users:read"
    await watched.type(f"status {CUSTOMER}")
    await watched.told("20 users")
    assert len(watched.slack.channel_messages(OPS)) == 1


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "ekm_access_denied"])
async def test_a_token_that_is_out_of_order_is_named_to_the_person(
    watched: Scenario, code: str
) -> None:
    watched.slack.fail("users.info", error=code)
    await watched.type(f"status {CUSTOMER}")
    told = await watched.told("nothing was done")
    assert f"Slack refused users.info ({code}): a fault of the bot's installation." in told


async def test_whom_slack_does_not_know_is_told_that_and_alarms_nobody(watched: Scenario) -> None:
    watched.slack.fail("users.info", error="user_not_found")
    await watched.type(f"status {CUSTOMER}")
    assert "Slack does not know you" in await watched.told("You may not use this here")
    await watched.type(f"status {CUSTOMER}")
    await watched.told("20 users")
    assert watched.slack.channel_messages(OPS) == []


@pytest.mark.parametrize("code", sorted(EXPIRED_TRIGGERS))
async def test_a_form_that_is_not_opened_in_time_says_what_to_press(
    watched: Scenario, code: str
) -> None:
    await watched.type(f"failover on {CUSTOMER}")
    watched.slack.fail("views.open", error=code)
    await watched.press("change_deny", user=APPROVER)
    told = await watched.told("did not open the form", user=APPROVER)
    assert told == "Slack did not open the form in time. Press Deny again."


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("view_too_large", "the form is too large for Slack; please report it."),
        ("duplicate_external_id", "the form is open already. Close it and ask for it again."),
        (
            "push_limit_reached",
            "three forms are open on top of each other. Close one and ask again.",
        ),
        ("hash_conflict", "the form was changed meanwhile. Close it and ask for it again."),
        ("invalid_arguments", "a fault of the bot or of Slack. Try it again, and report it where"),
        ("missing_scope", "a fault of the bot's installation. The token lacks a scope."),
    ],
)
async def test_a_form_that_slack_refuses_says_why_in_words(
    watched: Scenario, code: str, words: str
) -> None:
    await watched.type(f"failover on {CUSTOMER}")
    watched.slack.fail("views.open", error=code)
    await watched.press("change_deny", user=APPROVER)
    told = await watched.told("Slack refused", user=APPROVER)
    assert told.startswith(f"Slack refused views.open ({code}): {words}")


async def test_an_answer_without_the_form_s_id_is_no_crash(watched: Scenario) -> None:
    await watched.type(f"failover on {CUSTOMER}")
    watched.slack.withheld = {"views.open": ("view.id",)}
    await watched.press("change_deny", user=APPROVER)
    assert await watched.told("has no view.id", user=APPROVER)


IN_THREADS = {
    "cannot_reply_to_message",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
}


async def told_of_the_card(scenario: Scenario, *, user: str = OPERATOR) -> Ephemeral:
    return await scenario.slack.wait_for(
        lambda slack: next(
            (e for e in slack.ephemerals if e.user == user and "The card of" in e.text), None
        )
    )


@pytest.mark.parametrize("code", sorted(CHANNEL_REFUSALS.keys() - IN_THREADS))
async def test_a_channel_that_does_not_take_the_card_is_told_to_the_requester(
    watched: Scenario, code: str
) -> None:
    watched.slack.channels[INCIDENT].refuses = code
    await watched.type(f"failover on {CUSTOMER}")
    told = await told_of_the_card(watched)
    [card] = [m for m in watched.slack.channel_messages(OPS) if "FAILOVER ON" in said(m)]
    change = "C-" + said(card).partition("C-")[2][:5]
    assert told.via == "response_url"
    assert told.text == (
        f"The card of {change} is not in <#{INCIDENT}>: {describe(code)} ({code}). It is in <#{OPS}>; "
        "nothing can be decided there. Once I can post here, withdraw it, "
        f"`/continuity cancel {change}`, and propose it again."
    )


async def test_without_an_operations_channel_the_card_goes_to_the_requester(
    watched: Scenario,
) -> None:
    watched.slack.channels[INCIDENT].refuses = "restricted_action"
    watched.slack.channels[OPS].refuses = "is_archived"
    await watched.type(f"failover on {CUSTOMER}")
    told = await told_of_the_card(watched)
    assert "(restricted_action). It was sent to you directly; nothing can" in told.text
    assert told.via == "response_url"
    assert "FAILOVER ON" in said(watched.slack.direct_messages(OPERATOR)[0])


async def test_a_card_that_no_place_takes_is_told_as_that(watched: Scenario) -> None:
    for channel in (INCIDENT, OPS):
        watched.slack.channels[channel].refuses = "restricted_action_read_only_channel"
    watched.slack.messages_tab = False
    await watched.type(f"failover on {CUSTOMER}")
    told = await told_of_the_card(watched)
    assert "that channel is read-only (restricted_action_read_only_channel)." in told.text
    assert "No place takes it. Once I can post here, withdraw it" in told.text


async def test_a_mention_has_no_response_url_and_is_told_directly(watched: Scenario) -> None:
    watched.slack.channels[INCIDENT].refuses = "restricted_action"
    await watched.slack.mention(OPERATOR, INCIDENT, f"failover on {CUSTOMER}")
    told = await watched.slack.wait_for(lambda slack: slack.direct_messages(OPERATOR))
    assert f"It is in <#{OPS}>" in told[0].text


@pytest.mark.parametrize("code", sorted(IN_THREADS))
async def test_a_channel_without_threads_takes_the_card_and_the_outcome(
    watched: Scenario, code: str
) -> None:
    watched.slack.channels[INCIDENT].refuses = code
    await watched.type(f"failover on {CUSTOMER}")
    await watched.press("change_approve", user=APPROVER)
    await watched.outcome("20 of 20 in failover")
    assert not [e for e in watched.slack.ephemerals if "The card of" in e.text]


async def test_a_channel_that_is_closed_after_the_card_is_told_once(watched: Scenario) -> None:
    await watched.type(f"failover on {CUSTOMER}")
    card = await watched.card("change_approve")
    watched.slack.channels[INCIDENT].refuses = "restricted_action"
    watched.slack.fail("chat.update", error="cant_update_message", times=100)
    await watched.press("change_approve", user=APPROVER, card=card)
    told = await told_of_the_card(watched)
    assert "Once I can post" not in told.text
    await watched.slack.wait_for(
        lambda slack: any("20 of 20" in said(m) for m in slack.channel_messages(OPS))
    )
    assert len([e for e in watched.slack.ephemerals if "The card of" in e.text]) == 1


@pytest.mark.parametrize("code", ["token_revoked", "missing_scope", "not_authed"])
async def test_a_card_that_waits_for_the_installation_is_told_once_and_comes(
    watched: Scenario, code: str
) -> None:
    """Nothing can be posted; the response URL needs no token."""
    watched.slack.fail("chat.postMessage", error=code, times=3)
    await watched.type(f"failover on {CUSTOMER}")
    told = await told_of_the_card(watched)
    assert told.via == "response_url"
    assert (
        "cannot be posted yet; it will be once this is mended. Slack refused chat.post" in told.text
    )
    assert f"({code}): a fault of the bot's installation." in told.text
    assert (await watched.card("change_approve")).channel == INCIDENT
    assert len([e for e in watched.slack.ephemerals if "The card of" in e.text]) == 1
