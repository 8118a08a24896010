"""A token: approved by another, shown once to the one who asked, or sent by mail."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from bot.domain.change import State
from sandbox.slack import Message, SlackSandbox
from sandbox.slack.model import View
from tests import beside
from tests.canaries import leaked
from tests.scenarios.conftest import ADMIN, APPROVER, CUSTOMER, OPERATOR, Scene, said
from tests.scenarios.processes import stage

JO = "user0001@example.com"
LOOKING = "is being made"


async def approved(scene: Scene, address: str = JO) -> Message:
    """A card with the button that shows the token."""
    await scene.type(f"token {CUSTOMER} {address} --reason locked out", user=ADMIN)
    await scene.press("change_approve", user=APPROVER)
    return await scene.card("token_show")


def words(view: View) -> str:
    return json.dumps(view.view, ensure_ascii=False)


async def window(slack: SlackSandbox, saying: str, user: str = ADMIN) -> View:
    """Wait for a window in front of this person that says this."""
    return await slack.wait_for(
        lambda space: next(
            (v for v in space.views.values() if v.user == user and saying in words(v)), None
        )
    )


def requests(scene: Scene) -> list[str]:
    return [f"{r.method} {r.path}" for r in scene.continuity.requests if r.method == "POST"]


def nowhere(scene: Scene, *secrets: str) -> None:
    """None of it is in the channel, in anybody's messages, or in the database and its journal."""
    told = [message.history for message in scene.slack.messages]
    whispered = [(each.text, each.blocks) for each in scene.slack.ephemerals]
    assert leaked(secrets, json.dumps([told, whispered]) + held(scene.settings.database)) == []


def held(database: Path) -> str:
    """What stands in the database, and in its journal as long as there is one."""
    found = [database.read_bytes()]
    with suppress(FileNotFoundError):
        found.append(database.with_name(f"{database.name}-journal").read_bytes())
    return b"".join(found).decode("latin-1")


async def test_a_token_is_asked_for_approved_and_shown_once(scene: Scene) -> None:
    await scene.type(f"token {CUSTOMER} {JO} --reason locked out", user=ADMIN)
    card = await scene.card("change_approve")
    assert "Display name: User 0001\nfailover off · access " in said(card)
    assert f"Approve: token for {JO}" in json.dumps(scene.slack.buttons(card))
    await scene.press("change_approve", user=APPROVER)
    card = await scene.card("token_show")
    assert f"<@{ADMIN}>, press Show token until" in said(card)
    assert scene.continuity.tokens == {}

    await scene.press("token_show", user=ADMIN)
    outcome = await scene.outcome(f"A token for {JO} was made and shown to <@{ADMIN}>, once.")
    [token] = scene.continuity.tokens
    view = await window(scene.slack, token)
    assert f"activate?token={token}" in words(view)
    assert "It expires" in words(view)
    assert f"approved by <@{APPROVER}>" in said(outcome)
    assert "It expires" in said(outcome)
    assert requests(scene) == [f"POST /{CUSTOMER}/{JO}/token"]
    nowhere(scene, token)

    for hidden in ("notify_on_close", "submit"):
        assert not view.view.get(hidden)
    assert not view.private_metadata
    assert {block["type"] for block in view.view["blocks"]} == {"section"}


async def test_nobody_else_is_shown_it_and_it_is_recorded(scene: Scene) -> None:
    card = await approved(scene)
    for user in (APPROVER, OPERATOR):
        await scene.press("token_show", user=user, card=card)
        await scene.told("nobody but who asked for it", user=user)
    assert scene.slack.views == {}
    assert requests(scene) == []
    entries = await beside.look(scene.settings.database, lambda tx: tx.entries())
    assert [e.record.actor for e in entries if e.record.kind == "refused"] == [APPROVER, OPERATOR]


async def test_pressed_on_two_devices_there_is_one_token(scene: Scene) -> None:
    card = await approved(scene)
    scene.continuity.fail(kind="delay", method="POST", seconds=0.3)
    await asyncio.gather(
        scene.press("token_show", user=ADMIN, card=card),
        scene.press("token_show", user=ADMIN, card=card),
    )
    await scene.outcome("APPLIED")
    [token] = scene.continuity.tokens
    shown = [view for view in scene.slack.views.values() if token in words(view)]
    assert len(shown) == len(requests(scene)) == 1


async def test_an_operator_may_not_ask_for_one(scene: Scene) -> None:
    await scene.type(f"token {CUSTOMER} {JO}")
    await scene.told("role admin")
    assert scene.continuity.requests == []


async def test_an_unknown_user_and_a_bad_address_end_it(scene: Scene) -> None:
    await scene.type(f"token {CUSTOMER} nobody@example.com", user=ADMIN)
    await scene.outcome("CANCELLED")
    await scene.type(f"token {CUSTOMER} nobody", user=ADMIN)
    await scene.told("not an address", user=ADMIN)
    assert requests(scene) == []


async def test_a_denied_token_is_never_made(scene: Scene) -> None:
    await scene.type(f"token {CUSTOMER} {JO}", user=ADMIN)
    await scene.press("change_deny", user=APPROVER)
    view = await scene.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    await scene.slack.submit(APPROVER, view.id, {"reason": {"reason": "who is that"}})
    await scene.outcome("DENIED")
    assert requests(scene) == []


async def test_without_a_window_nothing_is_requested(scene: Scene) -> None:
    card = await approved(scene)
    scene.slack.fail("views.open", error="expired_trigger_id")
    await scene.press("token_show", user=ADMIN, card=card)
    await scene.told("Press Show token again.", user=ADMIN)
    assert requests(scene) == []
    await scene.press("token_show", user=ADMIN, card=card)
    await scene.outcome("APPLIED")


async def test_a_window_that_was_closed_meanwhile_gets_no_token(scene: Scene) -> None:
    card = await approved(scene)
    scene.continuity.fail(kind="delay", method="POST", seconds=0.5)
    await scene.press("token_show", user=ADMIN, card=card)
    view = await window(scene.slack, LOOKING)
    await scene.slack.close_view(ADMIN, view.id)
    outcome = await scene.outcome("FAILED")
    assert "A token was made and could not be shown: the window was closed." in said(outcome)
    await scene.told("could not be shown", user=ADMIN)
    [token] = scene.continuity.tokens
    nowhere(scene, token)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ({"status": 500, "times": 9}, "Slack did not confirm that it was shown."),
        ({"error": "invalid_arguments", "times": 9}, "Slack did not take it."),
    ],
)
async def test_slack_that_does_not_take_the_token_is_told(
    scene: Scene, fault: dict[str, Any], why: str
) -> None:
    card = await approved(scene)
    scene.slack.fail("views.update", **fault)
    await scene.press("token_show", user=ADMIN, card=card)
    outcome = await scene.outcome("FAILED")
    assert why in said(outcome)
    await scene.told(why, user=ADMIN)
    [token] = scene.continuity.tokens
    nowhere(scene, token)


async def test_a_slip_of_slack_is_made_good(scene: Scene) -> None:
    card = await approved(scene)
    scene.slack.fail("views.update", status=500)
    await scene.press("token_show", user=ADMIN, card=card)
    await scene.outcome("APPLIED")
    [token] = scene.continuity.tokens
    await window(scene.slack, token)


async def test_the_apis_no_is_in_the_window_and_on_the_card(scene: Scene) -> None:
    card = await approved(scene)
    scene.continuity.fail(kind=403, method="POST", message="no tokens today")
    await scene.press("token_show", user=ADMIN, card=card)
    await window(scene.slack, "no tokens today")
    assert "no tokens today" in said(await scene.outcome("FAILED"))
    await scene.card("change_again")


@pytest.mark.parametrize("kind", [500, "reset_after", "half_body", "broken_json", "wrong_json"])
async def test_an_unclear_answer_is_never_asked_for_again(scene: Scene, kind: int | str) -> None:
    card = await approved(scene)
    scene.continuity.fail(kind=kind, method="POST", message="token: ask-me-not", times=None)
    await scene.press("token_show", user=ADMIN, card=card)
    outcome = await scene.outcome("FAILED")
    assert "It is not known whether a token was made" in said(outcome)
    await window(scene.slack, "It is not known whether a token was made")
    assert len(requests(scene)) == 1
    nowhere(scene, *scene.continuity.tokens, "ask-me-not")


async def test_a_mail_needs_no_second_person_and_warns(scene: Scene) -> None:
    scene.continuity.add_user(CUSTOMER, "kim@example.com", failover=True, activation=False)
    await scene.type(f"token {CUSTOMER} kim@example.com --notify", user=ADMIN)
    card = await scene.card("change_confirm")
    assert "the mail may not reach them" in said(card)
    assert "they may not be able to read it" in said(card)
    await scene.press("change_confirm", user=ADMIN)
    await scene.outcome("A token was sent to kim@example.com by mail.")
    assert scene.continuity.notifications == ["kim@example.com"]
    assert scene.slack.views == {}
    nowhere(scene, *scene.continuity.tokens)


async def test_an_unclear_answer_to_a_mail_sends_no_second_one(scene: Scene) -> None:
    scene.continuity.fail(kind="reset_after", method="POST")
    await scene.type(f"token {CUSTOMER} {JO} --notify", user=ADMIN)
    await scene.press("change_confirm", user=ADMIN)
    outcome = await scene.outcome("FAILED")
    assert "It is not known whether the mail was sent." in said(outcome)
    assert scene.continuity.notifications == [JO]


@pytest.mark.parametrize("notify", [False, True])
async def test_killed_between_the_request_and_its_answer(tmp_path: Path, notify: bool) -> None:
    """The next start says what nobody can know, and asks for nothing a second time."""
    async with stage(tmp_path) as on:
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
