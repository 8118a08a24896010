"""The pagers on the page: their incidents as they come, and the switch that lets them fail."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.browser import BrowserServer
from sandbox.browser.pagers import MAX_INCIDENTS, Pagers
from sandbox.browser.switches import add_switches
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.pagers import PagerSandbox
from sandbox.pagers.sandbox import PAGERDUTY, ROUTING_KEY
from sandbox.slack import SlackSandbox
from tests.sandbox.browser.window import Window

KEY = "continuity-chatops/C-1AAAA"


@pytest.fixture
async def pagers(
    server: BrowserServer, slack: SlackSandbox, continuity: ContinuitySandbox, clock: SandboxClock
) -> AsyncIterator[PagerSandbox]:
    async with PagerSandbox() as sandbox:
        Pagers(server, sandbox, clock)
        add_switches(server, slack, continuity, sandbox)
        yield sandbox


@pytest.fixture
async def window(server: BrowserServer, pagers: PagerSandbox) -> AsyncIterator[Window]:
    async with Window(server.url) as window:
        yield window


async def page(pagers: PagerSandbox, action: str) -> int:
    """Send an event to PagerDuty, and return the HTTP status."""
    event = {"routing_key": ROUTING_KEY, "event_action": action, "dedup_key": KEY}
    event |= {"payload": {"summary": "FAILOVER ON · Acme GmbH", "source": "bot"}}  # type: ignore[dict-item] # JSON
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        return (await client.post(f"{pagers.url}v2/enqueue", json=event)).status_code


async def test_an_incident_is_told_with_its_change_and_when_it_came_to_each_state(
    window: Window, pagers: PagerSandbox, clock: SandboxClock
) -> None:
    assert window.snapshot["pagers"] == []
    await page(pagers, "trigger")
    [shown] = await window.event("pagers")
    assert shown == {
        "pager": "pagerduty",
        "key": KEY,
        "summary": "FAILOVER ON · Acme GmbH",
        "state": "triggered",
        "change": "C-1AAAA",
        "times": {"triggered": 1_800_000_000.0},
    }
    clock.skip(60)
    await page(pagers, "trigger")
    await page(pagers, "resolve")
    [shown] = await window.event("pagers", lambda part: part[0]["state"] == "resolved")
    assert shown["times"] == {"triggered": 1_800_000_000.0, "resolved": 1_800_000_060.0}


async def test_a_new_window_gets_the_latest_of_many(
    server: BrowserServer, pagers: PagerSandbox
) -> None:
    for number in range(MAX_INCIDENTS + 1):
        pagers.incidents.told(PAGERDUTY, f"C-{number}", "triggered")
    async with Window(server.url) as window:
        keys = [one["key"] for one in window.snapshot["pagers"]]
    assert (len(keys), keys[0], keys[-1]) == (MAX_INCIDENTS, "C-1", f"C-{MAX_INCIDENTS}")


async def test_the_switch_lets_pagers_fail_and_leaves_other_faults_alone(
    window: Window, pagers: PagerSandbox
) -> None:
    shown = next(one for one in window.snapshot["switches"] if one["group"] == "Pager")
    assert (shown["id"], shown["label"], shown["on"]) == ("pager_fails", "The pager fails", False)
    other = pagers.fail(429, pager="webhook")
    assert (await window.do("switch", id="pager_fails", on=True))["ok"]
    assert await page(pagers, "trigger") == 500
    assert (await window.do("switch", id="pager_fails", on=False))["ok"]
    assert await page(pagers, "trigger") == 202
    assert pagers.faults == [other]
