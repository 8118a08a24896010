"""PagerDuty's fields and their limits."""

from __future__ import annotations

import pytest

from bot.domain.page import PageState
from bot.errors import PagerRefused
from bot.paging.pagerduty import PagerDuty
from sandbox.pagers.sandbox import ROUTING_KEY
from tests.builders import NOW
from tests.paging.conftest import Pagers, a_page


async def test_the_event_of_a_trigger(pagers: Pagers) -> None:
    await pagers.make("pagerduty").send(a_page())
    [(_, event)] = pagers.sandbox.requests
    assert event == {
        "routing_key": ROUTING_KEY,
        "event_action": "trigger",
        "dedup_key": "C-7K3MX/0123456789ab",
        "client": "Retarus Email Continuity",
        "payload": {
            "summary": a_page().summary,
            "source": "continuity-chatops",
            "severity": "critical",
            "timestamp": NOW.isoformat(),
            "component": "Müller GmbH",
            "group": "44444",
            "class": "approval",
            "custom_details": {"change": "C-7K3MX", "customer": "44444"},
        },
        "links": [{"href": a_page().link, "text": "Open the card in Slack"}],
    }


@pytest.mark.parametrize(
    ("state", "action"),
    [(PageState.ACKNOWLEDGED, "acknowledge"), (PageState.RESOLVED, "resolve")],
)
async def test_the_event_of_a_later_state_is_the_key_alone(
    pagers: Pagers, state: PageState, action: str
) -> None:
    await pagers.make("pagerduty").send(a_page(state))
    [(_, event)] = pagers.sandbox.requests
    assert event == {
        "routing_key": ROUTING_KEY,
        "event_action": action,
        "dedup_key": a_page().key,
    }


async def test_a_long_summary_is_cut_and_a_card_that_is_not_there_is_not_linked(
    pagers: Pagers,
) -> None:
    page = a_page(summary="ä" * 2000, link="", severity="warning", customer_name="")
    await pagers.make("pagerduty").send(page)
    [(_, event)] = pagers.sandbox.requests
    assert len(event["payload"]["summary"]) == 1024
    assert (event["payload"]["severity"], event["payload"]["component"]) == ("warning", "44444")
    assert "links" not in event


async def test_a_key_that_is_not_known_is_refused_with_the_setting_to_look_at(
    pagers: Pagers,
) -> None:
    pager = PagerDuty(pagers.client, pagers.sandbox.url, "f" * 32, lambda: None)
    with pytest.raises(
        PagerRefused, match=r"^It refused it \(400\). Look at PAGERDUTY_ROUTING_KEY.$"
    ):
        await pager.send(a_page())
