"""Slack refuses the bot, not the person: who is told what, and where."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.slack.codes import TOO_LATE
from tests.scenarios.conftest import APPROVER, CUSTOMER, OPERATOR, Scene, at_work

OPS = "C0OPS"


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Scene]:
    """A bot with an operations channel."""
    async with at_work(tmp_path, ops_channel=OPS) as scene:
        scene.slack.add_channel(OPS, "ops", members=[OPERATOR])
        yield scene


async def test_a_scope_that_is_missing_is_told_as_the_bots_fault_and_alarmed_once(
    watched: Scene,
) -> None:
    watched.slack.scopes = watched.slack.scopes.replace(",users:read", "")
    for user in (OPERATOR, APPROVER):
        await watched.type(f"status {CUSTOMER}", user=user)
        told = await watched.told("the answer is no", user=user)
        assert "(missing_scope, needed: users:read): a fault of the bot's installation" in told
        assert "Take over manifest.yml in the app's settings and install the app again." in told
        assert "does not know you" not in told
    [alarm] = await watched.slack.wait_for(lambda slack: slack.channel_messages(OPS))
    assert alarm.text.startswith(
        "ALARM · slack_installation · Slack refused users.info (missing_sc"
    )
    watched.slack.scopes += ",users:read"
    await watched.type(f"status {CUSTOMER}")
    await watched.told("20 users")
    assert len(watched.slack.channel_messages(OPS)) == 1


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "ekm_access_denied"])
async def test_a_token_that_is_out_of_order_is_named_to_the_person(
    watched: Scene, code: str
) -> None:
    watched.slack.fail("users.info", error=code)
    await watched.type(f"status {CUSTOMER}")
    told = await watched.told("the answer is no")
    assert f"Slack refused users.info ({code}): a fault of the bot's installation." in told


async def test_whom_slack_does_not_know_is_told_that_and_alarms_nobody(watched: Scene) -> None:
    watched.slack.fail("users.info", error="user_not_found")
    await watched.type(f"status {CUSTOMER}")
    assert "Slack does not know you" in await watched.told("You may not use this here")
    await watched.type(f"status {CUSTOMER}")
    await watched.told("20 users")
    assert watched.slack.channel_messages(OPS) == []


@pytest.mark.parametrize("code", sorted(TOO_LATE))
async def test_a_form_that_is_not_opened_in_time_says_what_to_press(
    watched: Scene, code: str
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
    watched: Scene, code: str, words: str
) -> None:
    await watched.type(f"failover on {CUSTOMER}")
    watched.slack.fail("views.open", error=code)
    await watched.press("change_deny", user=APPROVER)
    told = await watched.told("Slack refused", user=APPROVER)
    assert told.startswith(f"Slack refused views.open ({code}): {words}")


async def test_an_answer_without_the_form_s_id_is_no_crash(watched: Scene) -> None:
    await watched.type(f"failover on {CUSTOMER}")
    watched.slack.withheld = {"views.open": ("view.id",)}
    await watched.press("change_deny", user=APPROVER)
    assert await watched.told("has no view.id", user=APPROVER)
