"""Passwords: off unless allowed, typed into a form that is never saved, and gone after one call."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from sandbox.continuity.model import Token
from sandbox.slack.model import View
from tests.fixtures.leak_check import leaked
from tests.fixtures.metric_samples import number
from tests.fixtures.raw_database import held
from tests.scenarios.conftest import ADMIN, APPROVER, CUSTOMER, INCIDENT, Scenario
from tests.scenarios.processes import PATIENCE, BotProcess, Deployment, deployment

JO = "user0001@example.com"
TOKEN, PASSWORD = "canary7token.of.jo", "canary8Password@9"
FILLED = {"user": JO, "token": TOKEN, "password": PASSWORD, "again": PASSWORD}


async def test_it_is_refused_by_default_and_says_why_and_what_to_prefer(scenario: Scenario) -> None:
    await scenario.type(f"password {JO}", user=ADMIN)
    told = await scenario.told("Setting passwords is off here", user=ADMIN)
    assert "the page of a token" in told
    assert scenario.slack.views == {}


@pytest.fixture(params=["socket", "http"])
async def on(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployment(tmp_path, socket_mode=request.param == "socket") as on:
        on.settings |= {"ALLOW_PASSWORD_COMMAND": "true", "LOG_LEVEL": "DEBUG"}
        on.continuity.add_customer(CUSTOMER, users=3)
        on.continuity.state.tokens[TOKEN] = Token(CUSTOMER, JO, 1e12)
        yield on


async def form(on: Deployment, user: str = ADMIN) -> View:
    """Ask for the form and wait for it."""
    before = set(on.slack.views)
    await on.type(f"password {JO}", user)
    return await on.slack.wait_for(
        lambda slack: next((v for v in slack.views.values() if v.id not in before), None), PATIENCE
    )


async def posted(on: Deployment, words: str) -> str:
    """Wait for a message in the channel that says this."""
    return await on.slack.wait_for(
        lambda slack: next(
            (m.text for m in slack.channel_messages(INCIDENT) if words in m.text), None
        ),
        PATIENCE,
    )


async def kinds(on: Deployment) -> list[str]:
    return [entry.record.kind for entry in await on.whole_trail()]


def clean(on: Deployment, bot: BotProcess) -> None:
    """Neither is in the log, the database, its journal, or anything that Slack was told."""
    told = [message.history for message in on.slack.messages]
    whispered = [(each.text, each.blocks) for each in on.slack.ephemerals]
    calls = [call.payload for call in on.slack.calls]
    text = json.dumps([told, whispered, calls]) + held(on.database) + bot.log
    assert leaked([TOKEN, PASSWORD], text) == []


async def test_a_password_is_set_and_nothing_of_it_stays(on: Deployment) -> None:
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        view = await form(on)
        assert "Slack cannot hide what you type here" in json.dumps(view.view)
        assert JO not in view.private_metadata
        delivery = await on.slack.submit(ADMIN, view, FILLED)
        assert delivery.status == 200
        told = await posted(on, f"The password of {JO} was set. By <@{ADMIN}>")
        assert "API id" in told
        assert "audit" in told
        await on.told(f"The password of {JO} was set.", ADMIN)
        async with httpx.AsyncClient(trust_env=False) as scraper:
            text = (await scraper.get(f"{bot.url}/metrics")).text
        labels = {"command": "password_set", "result": "answered"}
        assert number(text, "continuity_commands_total", **labels) == 1
        await bot.stop()
        assert TOKEN not in on.continuity.tokens  # it is used up
        assert (await kinds(on))[-2:] == ["password.asked", "password.set"]
        clean(on, bot)


async def test_what_is_filled_in_wrongly_is_told_at_its_field(on: Deployment) -> None:
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        view = await form(on)
        wrong = {"user": "jo", "token": "two words", "password": "short", "again": "other"}
        await on.slack.submit(ADMIN, view, wrong)
        assert set(view.errors) == set(wrong)
        assert view.state == "open"
        await on.slack.submit(ADMIN, view, FILLED | {"again": PASSWORD + "x"})
        assert set(view.errors) == {"again"}
        assert on.continuity.requests == []
        clean(on, bot)


async def test_only_an_admin_gets_the_form_and_a_forged_one_is_refused(on: Deployment) -> None:
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        await on.type(f"password {JO}", APPROVER)
        await on.told("Only an admin", APPROVER)
        view = await form(on)
        await on.slack.submit(APPROVER, view.id, FILLED, forged=True)
        await on.slack.wait_for(
            lambda s: sum("Only an admin" in e.text for e in s.ephemerals) == 2, PATIENCE
        )
        assert on.continuity.requests == []
        clean(on, bot)


async def test_an_api_that_repeats_them_in_its_no_is_not_quoted(on: Deployment) -> None:
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        echo = f"token {TOKEN} does not allow {PASSWORD}"
        on.continuity.fail(kind=403, path="password", message=echo)
        await on.slack.submit(ADMIN, await form(on), FILLED)
        await on.told("[hidden]", ADMIN)
        assert (await kinds(on))[-1] == "password.failed"
        clean(on, bot)


@pytest.mark.parametrize("kind", [500, "reset_after", "half_body"])
async def test_an_unclear_answer_is_told_as_one_and_not_sent_again(
    on: Deployment, kind: int | str
) -> None:
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        echo = f"token {TOKEN} does not allow {PASSWORD}"
        on.continuity.fail(kind=kind, path="password", message=echo, times=None)
        await on.slack.submit(ADMIN, await form(on), FILLED)
        await on.told("It is not known whether the password", ADMIN)
        assert len(on.continuity.requests) == 1
        assert (await kinds(on))[-2:] == ["password.asked", "password.unknown"]
        clean(on, bot)


async def test_a_channel_that_cannot_be_told_does_not_undo_it(on: Deployment) -> None:
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        view = await form(on)
        on.slack.fail("chat.postMessage", error="is_archived")
        await on.slack.submit(ADMIN, view, FILLED)
        await on.told("Slack did not take the message to the channel", ADMIN)
        assert (await kinds(on))[-1] == "password.set"


async def test_killed_meanwhile_the_trail_holds_the_intent_alone(on: Deployment) -> None:
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        on.continuity.fail(kind="stall_then_apply", path="password", seconds=1.0)
        await on.slack.submit(ADMIN, await form(on), FILLED)
        await on.continuity.wait_for(lambda: on.continuity.requests)
        await bot.kill()
        clean(on, bot)
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        await bot.stop()
        assert (await kinds(on))[-1] == "password.asked"
        assert len(on.continuity.requests) == 1
        clean(on, bot)


@pytest.mark.parametrize("killed", [False, True])
async def test_the_same_form_after_a_restart_does_nothing_and_says_so(
    on: Deployment, killed: bool
) -> None:
    """A captured request, or Slack itself, may bring it again; the token might still work."""
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        if killed:
            on.continuity.fail(kind="hang", path="password")
        delivery = await on.slack.submit(ADMIN, await form(on), FILLED)
        if killed:
            await on.continuity.wait_for(lambda: on.continuity.requests)
            await bot.kill()
        else:
            await on.told(f"The password of {JO} was set.", ADMIN)
            await bot.stop()
    trail = await kinds(on)
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        await on.slack.redeliver(delivery)
        await on.told("not carried out a second time", ADMIN)
        await bot.stop()
        assert len(on.continuity.requests) == 1
        assert await kinds(on) == trail
        assert await on.saved_for_later() == []
        clean(on, bot)
