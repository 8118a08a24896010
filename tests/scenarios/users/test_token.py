"""A token: approved by another, shown once to the one who asked, or sent by mail."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.domain.change_state import State
from sandbox.slack import Message, SlackSandbox
from sandbox.slack.model import View
from tests.fixtures import direct_store
from tests.fixtures.leak_check import leaked
from tests.fixtures.raw_database import held
from tests.scenarios.conftest import ADMIN, APPROVER, CUSTOMER, OPERATOR, Scenario, said
from tests.scenarios.processes import deployment

JO = "user0001@example.com"
LOOKING = "is being made"


async def approved(scenario: Scenario, address: str = JO) -> Message:
    """A card with the button that shows the token."""
    await scenario.type(f"token {CUSTOMER} {address} --reason locked out", user=ADMIN)
    await scenario.press("change_approve", user=APPROVER)
    return await scenario.card("token_show")


def words(view: View) -> str:
    return json.dumps(view.view, ensure_ascii=False)


async def window(slack: SlackSandbox, saying: str, user: str = ADMIN) -> View:
    """Wait for a window in front of this person that says this."""
    return await slack.wait_for(
        lambda space: next(
            (v for v in space.views.values() if v.user == user and saying in words(v)), None
        )
    )


def requests(scenario: Scenario) -> list[str]:
    return [f"{r.method} {r.path}" for r in scenario.continuity.requests if r.method == "POST"]


def nowhere(scenario: Scenario, *secrets: str) -> None:
    """None of it is in the channel, in anybody's messages, or in the database and its journal."""
    told = [message.history for message in scenario.slack.messages]
    whispered = [(each.text, each.blocks) for each in scenario.slack.ephemerals]
    assert (
        leaked(
            secrets,
            json.dumps([told, whispered]) + held(scenario.settings.database),
        )
        == []
    )


async def test_a_token_is_asked_for_approved_and_shown_once(scenario: Scenario) -> None:
    await scenario.type(f"token {CUSTOMER} {JO} --reason locked out", user=ADMIN)
    card = await scenario.card("change_approve")
    assert "Display name: User 0001\nfailover off · access " in said(card)
    assert f"Approve: token for {JO}" in json.dumps(scenario.slack.buttons(card))
    await scenario.press("change_approve", user=APPROVER)
    card = await scenario.card("token_show")
    assert f"<@{ADMIN}>, press Show token until" in said(card)
    assert scenario.continuity.tokens == {}

    await scenario.press("token_show", user=ADMIN)
    outcome = await scenario.outcome(f"A token for {JO} was made and shown to <@{ADMIN}>, once.")
    [token] = scenario.continuity.tokens
    view = await window(scenario.slack, token)
    assert f"activate?token={token}" in words(view)
    assert "It expires" in words(view)
    assert f"approved by <@{APPROVER}>" in said(outcome)
    assert "It expires" in said(outcome)
    assert requests(scenario) == [f"POST /{CUSTOMER}/{JO}/token"]
    nowhere(scenario, token)

    for hidden in ("notify_on_close", "submit"):
        assert not view.view.get(hidden)
    assert not view.private_metadata
    assert {block["type"] for block in view.view["blocks"]} == {"section"}


async def test_nobody_else_is_shown_it_and_it_is_recorded(scenario: Scenario) -> None:
    card = await approved(scenario)
    for user in (APPROVER, OPERATOR):
        await scenario.press("token_show", user=user, card=card)
        await scenario.told("nobody but who asked for it", user=user)
    assert scenario.slack.views == {}
    assert requests(scenario) == []
    entries = await direct_store.read(scenario.settings.database, lambda tx: tx.entries())
    assert [e.record.actor for e in entries if e.record.kind == "refused"] == [APPROVER, OPERATOR]


async def test_pressed_on_two_devices_there_is_one_token(scenario: Scenario) -> None:
    card = await approved(scenario)
    scenario.continuity.fail(kind="delay", method="POST", seconds=0.3)
    await asyncio.gather(
        scenario.press("token_show", user=ADMIN, card=card),
        scenario.press("token_show", user=ADMIN, card=card),
    )
    await scenario.outcome("APPLIED")
    [token] = scenario.continuity.tokens
    shown = [view for view in scenario.slack.views.values() if token in words(view)]
    assert len(shown) == len(requests(scenario)) == 1


async def test_an_operator_may_not_ask_for_one(scenario: Scenario) -> None:
    await scenario.type(f"token {CUSTOMER} {JO}")
    await scenario.told("role admin")
    assert scenario.continuity.requests == []


async def test_an_unknown_user_and_a_bad_address_end_it(scenario: Scenario) -> None:
    await scenario.type(f"token {CUSTOMER} nobody@example.com", user=ADMIN)
    await scenario.told("was not proposed", user=ADMIN)
    await scenario.type(f"token {CUSTOMER} nobody", user=ADMIN)
    await scenario.told("What you typed is not repeated here", user=ADMIN)
    assert requests(scenario) == []


async def test_a_denied_token_is_never_made(scenario: Scenario) -> None:
    await scenario.type(f"token {CUSTOMER} {JO}", user=ADMIN)
    await scenario.press("change_deny", user=APPROVER)
    view = await scenario.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    await scenario.slack.submit(APPROVER, view.id, {"reason": {"reason": "who is that"}})
    await scenario.outcome("DENIED")
    assert requests(scenario) == []


async def test_without_a_window_nothing_is_requested(scenario: Scenario) -> None:
    card = await approved(scenario)
    scenario.slack.fail("views.open", error="expired_trigger_id")
    await scenario.press("token_show", user=ADMIN, card=card)
    await scenario.told("Press Show token again.", user=ADMIN)
    assert requests(scenario) == []
    await scenario.press("token_show", user=ADMIN, card=card)
    await scenario.outcome("APPLIED")


async def test_a_window_that_was_closed_meanwhile_gets_no_token(scenario: Scenario) -> None:
    card = await approved(scenario)
    scenario.continuity.fail(kind="delay", method="POST", seconds=0.5)
    await scenario.press("token_show", user=ADMIN, card=card)
    view = await window(scenario.slack, LOOKING)
    await scenario.slack.close_view(ADMIN, view.id)
    outcome = await scenario.outcome("FAILED")
    assert "A token was made and could not be shown. The window was closed." in said(outcome)
    await scenario.told("could not be shown", user=ADMIN)
    [token] = scenario.continuity.tokens
    nowhere(scenario, token)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"status": 500, "times": 9}, "Slack did not confirm that it was shown."),
        ({"error": "invalid_arguments", "times": 9}, "Slack did not take it."),
    ],
)
async def test_slack_that_does_not_take_the_token_is_told(
    scenario: Scenario, fault: dict[str, Any], why: str
) -> None:
    card = await approved(scenario)
    scenario.slack.fail("views.update", **fault)
    await scenario.press("token_show", user=ADMIN, card=card)
    outcome = await scenario.outcome("FAILED")
    assert why in said(outcome)
    await scenario.told(why, user=ADMIN)
    [token] = scenario.continuity.tokens
    nowhere(scenario, token)


async def test_a_slip_of_slack_is_made_good(scenario: Scenario) -> None:
    card = await approved(scenario)
    scenario.slack.fail("views.update", status=500)
    await scenario.press("token_show", user=ADMIN, card=card)
    await scenario.outcome("APPLIED")
    [token] = scenario.continuity.tokens
    await window(scenario.slack, token)


async def test_the_apis_no_is_in_the_window_and_on_the_card(scenario: Scenario) -> None:
    card = await approved(scenario)
    scenario.continuity.fail(kind=403, method="POST", message="no tokens today")
    await scenario.press("token_show", user=ADMIN, card=card)
    await window(scenario.slack, "no tokens today")
    assert "no tokens today" in said(await scenario.outcome("FAILED"))
    await scenario.card("change_again")


@pytest.mark.parametrize("kind", [500, "reset_after", "half_body", "broken_json", "wrong_json"])
async def test_an_unclear_answer_is_never_asked_for_again(
    scenario: Scenario, kind: int | str
) -> None:
    card = await approved(scenario)
    scenario.continuity.fail(kind=kind, method="POST", message="token: ask-me-not", times=None)
    await scenario.press("token_show", user=ADMIN, card=card)
    outcome = await scenario.outcome("FAILED")
    assert "It is not known whether a token was made" in said(outcome)
    await window(scenario.slack, "It is not known whether a token was made")
    assert len(requests(scenario)) == 1
    nowhere(scenario, *scenario.continuity.tokens, "ask-me-not")


async def test_a_mail_needs_no_second_person_and_warns(scenario: Scenario) -> None:
    scenario.continuity.add_user(CUSTOMER, "kim@example.com", failover=True, activation=False)
    await scenario.type(f"token {CUSTOMER} kim@example.com --notify", user=ADMIN)
    card = await scenario.card("change_confirm")
    assert "the mail may not reach them" in said(card)
    assert "they may not be able to read it" in said(card)
    await scenario.press("change_confirm", user=ADMIN)
    await scenario.outcome("A token was sent to kim@example.com by mail.")
    assert scenario.continuity.notifications == ["kim@example.com"]
    assert scenario.slack.views == {}
    nowhere(scenario, *scenario.continuity.tokens)


async def test_an_unclear_answer_to_a_mail_sends_no_second_one(scenario: Scenario) -> None:
    scenario.continuity.fail(kind="reset_after", method="POST")
    await scenario.type(f"token {CUSTOMER} {JO} --notify", user=ADMIN)
    await scenario.press("change_confirm", user=ADMIN)
    outcome = await scenario.outcome("FAILED")
    assert "It is not known whether the mail was sent." in said(outcome)
    assert scenario.continuity.notifications == [JO]


@pytest.mark.parametrize("notify", [False, True])
async def test_killed_between_the_request_and_its_answer(tmp_path: Path, notify: bool) -> None:
    """The next start says what nobody can know, and asks for nothing a second time."""
    async with deployment(tmp_path) as on:
        on.continuity.add_customer(CUSTOMER, users=3)
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            on.continuity.fail(kind="stall_then_apply", method="POST", seconds=1.0)
            await on.type(f"token {CUSTOMER} {JO}{' --notify' if notify else ''}", ADMIN)
            if notify:
                await on.press("change_confirm", CUSTOMER, ADMIN)
            else:
                await on.press("change_approve", CUSTOMER)
                await on.press("token_show", CUSTOMER, ADMIN)
            await on.sent("POST", CUSTOMER)
            await bot.kill()
            log = bot.log
        [change] = await on.changes(CUSTOMER)
        assert change.state is State.EXECUTING
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            outcome = await on.outcome(CUSTOMER, "It is not known whether")
            await bot.stop()
            log += bot.log
        assert "FAILED" in said(outcome)
        assert [r.method for r in on.requests(CUSTOMER)].count("POST") == 1
        await on.continuity.wait_for(lambda: on.continuity.tokens)
        told = json.dumps([message.history for message in on.slack.messages])
        assert leaked(on.continuity.tokens, log + told + held(on.database)) == []
