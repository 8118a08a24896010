"""The pagers on the page: their incidents as they come, and the switch that lets them fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from sandbox.browser import BrowserServer
from sandbox.browser.pagers import MAX_INCIDENTS, add_pagers
from sandbox.browser.switches import add_switches
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox
from tests.sandbox.browser.window import Window


@dataclass
class Incident:
    key: str
    summary: str = "FAILOVER ON · Acme GmbH"
    state: str = "triggered"
    change: str = "C-1AAAA"
    times: dict[str, float] = field(default_factory=lambda: {"triggered": 1_800_000_000.0})


@dataclass
class Pager:
    """What is asked of a simulated pager, without its server."""

    name: str = "pagerduty"
    incidents: dict[str, Incident] = field(default_factory=dict)
    on_change: list[Callable[[], None]] = field(default_factory=list)
    failing: bool = False

    def take(self, incident: Incident) -> None:
        self.incidents[incident.key] = incident
        for listener in self.on_change:
            listener()


@pytest.fixture
def pager() -> Pager:
    return Pager()


@pytest.fixture(autouse=True)
def added(
    server: BrowserServer, slack: SlackSandbox, continuity: ContinuitySandbox, pager: Pager
) -> None:
    add_pagers(server, [pager])
    add_switches(server, slack, continuity, [pager])


async def test_an_incident_is_told_with_its_change_and_when(window: Window, pager: Pager) -> None:
    assert window.snapshot["pagers"] == []
    pager.take(Incident("C-1AAAA"))
    [shown] = await window.event("pagers")
    assert shown == {
        "pager": "pagerduty",
        "key": "C-1AAAA",
        "summary": "FAILOVER ON · Acme GmbH",
        "state": "triggered",
        "change": "C-1AAAA",
        "times": {"triggered": 1_800_000_000.0},
    }
    pager.take(Incident("C-1AAAA", state="resolved"))
    [shown] = await window.event("pagers", lambda part: part[0]["state"] == "resolved")
    assert shown["key"] == "C-1AAAA"


async def test_a_new_window_gets_the_latest_of_many(server: BrowserServer, pager: Pager) -> None:
    for number in range(MAX_INCIDENTS + 1):
        pager.take(Incident(f"C-{number}"))
    async with Window(server.url) as window:
        keys = [one["key"] for one in window.snapshot["pagers"]]
    assert (len(keys), keys[0], keys[-1]) == (MAX_INCIDENTS, "C-1", f"C-{MAX_INCIDENTS}")


async def test_the_switch_lets_every_pager_fail(window: Window, pager: Pager) -> None:
    shown = next(one for one in window.snapshot["switches"] if one["group"] == "Pager")
    assert (shown["id"], shown["label"], shown["on"]) == ("pager_fails", "The pager fails", False)
    assert (await window.do("switch", id="pager_fails", on=True))["ok"]
    assert pager.failing
    assert (await window.do("switch", id="pager_fails", on=False))["ok"]
    assert not pager.failing
