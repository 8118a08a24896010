"""A form that was sent in just before the process died is carried out by the next one, once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.ports import Delivery
from bot.slack.payloads import ActionPayload, ViewPayload
from tests.fixtures import direct_store
from tests.scenarios.conftest import ADMIN, CUSTOMER, INCIDENT, OPERATOR, Scenario, said

HOME: dict[str, Any] = {"team": "T0HOME", "app": "A0CONTINUITY"}


async def left(scenario: Scenario, payload: ViewPayload | ActionPayload) -> bool:
    """Save a delivery as a process does that dies before it carries it out."""
    saved = Delivery(payload.key, payload.kind, payload.model_dump_json(), datetime.now(UTC), "")
    return await direct_store.write(scenario.settings.database, lambda tx: tx.save_delivery(saved))


async def test_a_change_that_was_sent_in(scenario: Scenario) -> None:
    values: Any = {"what": "failover:on", "customer": CUSTOMER, "reason": "Exchange down"}
    payload = ViewPayload(
        key="view:V0LEFT",
        user=OPERATOR,
        channel=INCIDENT,
        form="change_form",
        action="change_form",
        value=CUSTOMER,
        values=values,
        **HOME,
    )
    assert await left(scenario, payload)
    card = await scenario.card("change_approve")
    assert "Reason: Exchange down" in said(card)
    assert not await left(scenario, payload), "the same delivery is not a second one"


async def test_approvals_that_were_sent_in_are_told(scenario: Scenario) -> None:
    values: Any = {"customer": CUSTOMER, "topic": "*", "scope": "*", "approvals": "2"}
    form = "admin_policy"
    payload = ViewPayload(
        key="view:V0LEFT", user=ADMIN, form=form, action=form, value="rows", values=values, **HOME
    )
    assert await left(scenario, payload)
    direct = scenario.slack.direct_channel(ADMIN).id
    await scenario.slack.wait_for(
        lambda slack: any("Done." in one.text for one in slack.channel_messages(direct))
    )
    rules = await direct_store.read(scenario.settings.database, lambda tx: tx.policy_rules())
    assert [(one.approvals, one.set_by) for one in rules] == [(2, ADMIN)]


async def test_a_form_that_is_gone_is_counted_for_nobody(scenario: Scenario) -> None:
    values: Any = {"what": "failover:on", "customer": CUSTOMER}
    payload = ActionPayload(
        key="click:left",
        user=OPERATOR,
        channel=INCIDENT,
        action="form_count",
        form="change_form",
        view_id="V0GONE",
        about=CUSTOMER,
        values=values,
        **HOME,
    )
    assert await left(scenario, payload)
    await scenario.slack.wait_for(lambda _: scenario.continuity.requests)
    await scenario.type("help")
    await scenario.told("Switch mail:")
    assert scenario.writes() == []
