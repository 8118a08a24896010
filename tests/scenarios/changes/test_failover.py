"""From the slash command to the outcome in the channel, through the running bot."""

from __future__ import annotations

import asyncio

from bot.terminal.audit.export import verify_all
from tests import beside
from tests.scenarios.conftest import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    ELSEWHERE,
    INCIDENT,
    OPERATOR,
    SHARED,
    STRANGER,
    Scene,
    said,
)


async def test_a_whole_customer_is_approved_by_another_executed_once_and_read_back(
    scene: Scene,
) -> None:
    await scene.type(f"failover on {CUSTOMER} --reason Exchange is down <!channel>")
    card = await scene.card("change_approve")
    assert "ALL 20 users" in said(card)
    assert "access off 18" in said(card)
    assert "not activated 3" in said(card)
    assert "Acme GmbH (44444)" in said(card)
    assert "<!channel>" not in said(card)
    await scene.press("change_approve", user=APPROVER)
    done = await scene.outcome("20 of 20 in failover")
    assert f"<@{OPERATOR}>, approved by <@{APPROVER}>" in said(done)
    assert "API id" in said(done)
    assert f"failover off {CUSTOMER}" in said(done)
    assert scene.writes() == [f"PUT /{CUSTOMER}/failover"]
    assert not scene.slack.buttons(card)
    assert not scene.slack.refused


async def test_nobody_approves_his_own_change_and_the_card_stays(scene: Scene) -> None:
    await scene.type(f"failover on {CUSTOMER}")
    await scene.press("change_approve", user=OPERATOR)
    await scene.told("Nobody approves their own change")
    assert await scene.card("change_approve")
    assert scene.writes() == []


async def test_a_few_named_users_are_confirmed_by_the_requester(scene: Scene) -> None:
    users = list(scene.continuity.customers[CUSTOMER])[:2]
    await scene.type(f"failover on {CUSTOMER} {' '.join(users)}")
    await scene.press("change_confirm", user=APPROVER)
    await scene.told("Only the requester confirms", user=APPROVER)
    await scene.press("change_confirm", user=OPERATOR)
    await scene.outcome("2 of 2 in failover")
    assert len(scene.writes()) == 2


async def test_two_approvers_in_the_same_second_are_one_execution(scene: Scene) -> None:
    await scene.type(f"failover on {CUSTOMER}")
    card = await scene.card("change_approve")
    await asyncio.gather(
        scene.press("change_approve", user=APPROVER, card=card),
        scene.press("change_approve", user=ADMIN, card=card),
    )
    await scene.outcome("20 of 20 in failover")
    assert len(scene.writes()) == 1


async def test_the_same_delivery_twice_has_no_second_effect(scene: Scene) -> None:
    delivery = await scene.type(f"failover on {CUSTOMER}")
    await scene.card("change_approve")
    assert (await scene.slack.redeliver(delivery)).status == 200
    click = await scene.press("change_approve", user=APPROVER)
    assert (await scene.slack.redeliver(click)).status == 200
    await scene.outcome("20 of 20 in failover")
    assert len(scene.writes()) == 1


async def test_the_same_wish_twice_opens_the_card_that_is_there(scene: Scene) -> None:
    await scene.type(f"failover on {CUSTOMER}")
    await scene.card("change_approve")
    await scene.type(f"failover on {CUSTOMER}")
    await scene.told("proposed already")


async def test_denying_asks_for_a_reason_that_the_card_shows(scene: Scene) -> None:
    await scene.type(f"failover on {CUSTOMER}")
    await scene.press("change_deny", user=APPROVER)
    view = await scene.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    await scene.slack.submit(APPROVER, view.id, {"reason": {"reason": "wrong customer"}})
    assert "wrong customer" in said(await scene.outcome("DENIED"))
    assert scene.writes() == []


async def test_without_a_row_nothing_is_asked_of_the_api(scene: Scene) -> None:
    await scene.type(f"failover on {CUSTOMER}", user=STRANGER)
    assert f"<@{ADMIN}>" in await scene.told("needs the role", user=STRANGER)
    await scene.type(f"failover on {CUSTOMER}", channel=ELSEWHERE)
    await scene.told("not an incident channel")
    await scene.type(f"failover on {CUSTOMER}", channel=SHARED)
    await scene.told("shared with another company")
    assert scene.continuity.requests == []


async def test_bad_input_gets_a_sentence_and_no_card(scene: Scene) -> None:
    await scene.type("failovr on 44444")
    await scene.told("failover")
    await scene.type("failover on 44444 --reason --group=emea")
    await scene.told("eason")
    assert scene.slack.channel_messages(INCIDENT) == []


async def test_an_ambiguous_answer_is_read_back_and_never_called_failed(scene: Scene) -> None:
    scene.continuity.fail(method="PUT", kind="reset_after")
    await scene.type(f"failover on {CUSTOMER}")
    await scene.press("change_approve", user=APPROVER)
    assert "not known whether it took effect" in said(await scene.outcome("NOT KNOWN"))
    await scene.outcome("20 of 20 in failover")
    assert len(scene.writes()) == 1


async def test_the_audit_trail_of_a_change_is_intact(scene: Scene) -> None:
    await scene.type(f"failover on {CUSTOMER}")
    await scene.press("change_approve", user=APPROVER)
    await scene.outcome("20 of 20 in failover")
    async with beside.opened(scene.settings.database) as store:
        report = await verify_all(store)
    assert report.fault == ""
    assert report.entries >= 10
