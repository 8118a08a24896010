"""Questions, grants and withdrawals, as typed in the channel."""

from __future__ import annotations

from sandbox.slack import Message
from tests.scenarios.conftest import ADMIN, APPROVER, CUSTOMER, INCIDENT, OPERATOR, Scene, said


async def test_status_pending_audit_whoami_and_help_answer_the_asker_alone(scene: Scene) -> None:
    await scene.type(f"failover on {CUSTOMER}")
    await scene.card("change_approve")
    await scene.type(f"status {CUSTOMER}")
    assert "20 users" in await scene.told("Acme GmbH (44444)")
    await scene.type("pending")
    assert "FAILOVER ON" in await scene.told("|card>")
    await scene.type(f"audit {CUSTOMER}")
    await scene.told("change.proposed")
    await scene.type("audit")
    await scene.type(f"whoami {CUSTOMER}")
    assert "approve: no" in await scene.told("propose: yes")
    await scene.type("help failover")
    await scene.told("/continuity failover on")
    assert len(scene.slack.channel_messages(INCIDENT)) == 1
    assert scene.writes() == []


async def test_the_requester_withdraws_his_change(scene: Scene) -> None:
    await scene.type(f"failover on {CUSTOMER}")
    await scene.card("change_approve")
    await scene.press("change_cancel", user=OPERATOR)
    card = await scene.outcome("CANCELLED")
    assert not scene.slack.buttons(card)
    await scene.slack.click(APPROVER, INCIDENT, card.ts, "change_approve", value=_value(card))
    await scene.told("already", user=APPROVER)
    assert scene.writes() == []


async def test_an_admin_grants_and_revokes_but_neither_admin_nor_his_own(scene: Scene) -> None:
    await scene.type(f"role grant <@U0STRANGER|stranger> viewer {CUSTOMER}", user=ADMIN)
    await scene.told("U0STRANGER is viewer", user=ADMIN)
    await scene.type("role list", user=ADMIN)
    await scene.told("U0OPERATOR", user=ADMIN)
    await scene.type(f"role revoke <@U0STRANGER> viewer {CUSTOMER}", user=ADMIN)
    await scene.told("no longer viewer", user=ADMIN)
    await scene.type(f"role grant <@U0STRANGER> admin {CUSTOMER}", user=ADMIN)
    await scene.told("terminal only", user=ADMIN)
    await scene.type(f"role grant <@{ADMIN}> operator {CUSTOMER}", user=ADMIN)
    await scene.told("their own grants", user=ADMIN)
    await scene.type(f"role grant <@U0STRANGER> viewer {CUSTOMER}", user=OPERATOR)
    await scene.told("needs the role admin")


async def test_a_forged_button_is_refused_and_recorded(scene: Scene) -> None:
    await scene.type(f"failover on {CUSTOMER}")
    card = await scene.card("change_approve")
    await scene.slack.click(APPROVER, INCIDENT, card.ts, "change_approve", value="C-AAAAA 1")
    await scene.told("I do not know the change C-AAAAA", user=APPROVER)
    outdated = f"{_value(card).split()[0]} 99"
    await scene.slack.click(APPROVER, INCIDENT, card.ts, "change_approve", value=outdated)
    await scene.told("has changed", user=APPROVER)
    assert "WAITING" in said(card)
    assert scene.writes() == []


async def test_an_unknown_customer_is_told_and_stopped(scene: Scene) -> None:
    del scene.continuity.customers[CUSTOMER]
    await scene.type(f"failover on {CUSTOMER}")
    assert "404" in said(await scene.outcome("CANCELLED"))


def _value(card: Message) -> str:
    """The value that the card's Approve button has or had."""
    for revision in card.history:
        for block in revision.blocks:
            for element in block.get("elements", []):
                if element.get("action_id") == "change_approve":
                    return str(element["value"])
    raise AssertionError("no button")
