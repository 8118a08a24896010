"""The world pane in the browser: bar, chart, the API's log, switches, clock and the bot's process."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from sandbox.browser import ActionError, BrowserServer
from sandbox.browser.switches import add_switches
from sandbox.browser.world import add_world
from tests.browser.workspace import NOON, Demo, running

AUTH = ("continuity", "sandbox-password")
SWITCHES = [
    "API slow",
    "API hanging",
    "API answers 429",
    "API answers 500",
    "API resets the connection",
    "API's answer is lost",
    "API's effect is seen late",
    "API refuses the password",
    "Slack rate-limits",
    "Slack is down",
    "Slack cuts the socket",
    "Slack without newer blocks",
]


class FakeBot:
    """The part and the action `bot`: a process that can be killed, and is not started again."""

    def __init__(self, server: BrowserServer) -> None:
        self._server = server
        self._part: dict[str, Any] = {"state": "ready", "pid": 4711}
        server.add_part("bot", lambda: self._part)
        server.add_action("bot", self.act)

    async def act(self, body: dict[str, Any]) -> dict[str, Any]:
        if body["do"] == "start":
            raise ActionError("The bot cannot be started.")
        self._part = {"state": "killed", "pid": None}
        self._server.publish("bot", self._part)
        return {}


class World:
    """The pane, by names and roles, and a client of the API."""

    def __init__(self, page: Page, demo: Demo) -> None:
        self.root = page.locator("#pane-world").get_by_role("region", name="World", exact=True)
        self.log = self.root.get_by_role("log", name="Calls of the API")
        self._api = demo.server.continuity.url

    def users(self, label: str) -> Locator:
        """Return the line of the legend, its number at the end."""
        return self.root.get_by_role("listitem").filter(has_text=label)

    def switch(self, name: str) -> Locator:
        return self.root.get_by_role("switch", name=name, exact=True)

    async def call(self, method: str, path: str) -> None:
        """Call the API, whatever comes of it."""
        async with httpx.AsyncClient(base_url=self._api, auth=AUTH, trust_env=False) as client:
            try:
                await client.request(method, path, timeout=30)
            except httpx.TransportError:
                return

    async def is_at_end(self) -> bool:
        return bool(
            await self.log.evaluate("it => it.scrollHeight - it.scrollTop - it.clientHeight < 2")
        )


@pytest_asyncio.fixture(loop_scope="session")
async def demo() -> AsyncIterator[Demo]:
    async with running() as started:
        server = started.server
        server.continuity.add_customer("44444", 1284, access_off=240, not_activated=31)
        add_world(server, started.slack, server.continuity, started.clock, "44444", "Acme GmbH")
        add_switches(server, started.slack, server.continuity)
        FakeBot(server)
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def world(page: Page, demo: Demo) -> World:
    await page.goto(demo.server.url)
    opened = World(page, demo)
    await expect(opened.root.get_by_text("1,284 people")).to_be_visible()
    return opened


async def test_bar_legend_and_chart_follow_the_writes(world: World) -> None:
    await expect(world.users("Normal mail")).to_have_text(re.compile("1,284$"))
    await world.call("PUT", "44444/failover")
    await expect(world.users("Normal mail")).to_have_text(re.compile("[^0-9]0$"))
    await expect(world.users("Webmail, can read it")).to_have_text(re.compile("1,044$"))
    await expect(world.users("Webmail, cannot read it")).to_have_text(re.compile("[^0-9]240$"))
    chart = world.root.get_by_role("img", name=re.compile("Users over the last 3 minutes"))
    await expect(chart).to_have_accessible_name(re.compile("cannot read it: 240"))
    assert await chart.locator("polygon").count() == 5, "two of the three have a pattern as well"
    # The bar's parts are as long as their numbers; a part without anybody is not shown.
    widths = [
        (await world.root.locator(f".wld-bar .wld-fill-{kind}").bounding_box() or {"width": 0})
        for kind in ("normal", "readable", "locked")
    ]
    normal, readable, locked = (float(box["width"]) for box in widths)
    assert normal == 0
    assert 4 < readable / locked < 4.7, "1,044 to 240"
    await expect(world.root.get_by_text("The API applied 1 write, none twice.")).to_be_visible()


async def test_a_line_for_each_call_with_status_and_duration(world: World) -> None:
    await world.call("PUT", "44444/failover")
    await world.call("HEAD", "44444?failover=true")
    await expect(world.log).to_contain_text(re.compile(r"PUT /44444/failover 200 \d+ ms"))
    await expect(world.log).to_contain_text(re.compile(r"HEAD /44444\?failover=true 200 \d+ ms"))


async def test_a_failure_and_a_lost_answer_are_marked_in_words(world: World, demo: Demo) -> None:
    await world.call("PUT", "99999/failover")
    demo.server.continuity.fail(kind="reset_after")
    await world.call("DELETE", "44444/failover")
    demo.server.continuity.fail(kind="reset_before")
    await world.call("DELETE", "44444/access")
    failed = world.log.locator(".wld-failed")
    await expect(failed).to_have_count(3)
    await expect(failed.nth(0)).to_contain_text("✕PUT /99999/failover 404")
    await expect(failed.nth(1)).to_contain_text(
        re.compile(r"/44444/failover no answer \d+ ms applied, and the answer was lost")
    )
    await expect(failed.nth(2)).to_have_text(re.compile(r"/44444/access no answer \d+ ms$"))


async def test_a_call_that_waits_for_its_answer_is_shown_at_once(world: World, demo: Demo) -> None:
    await world.switch("API hanging").click()
    await expect(world.switch("API hanging")).to_have_attribute("aria-checked", "true")
    async with httpx.AsyncClient(base_url=demo.server.continuity.url, trust_env=False) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.put("44444/failover", timeout=0.5)
        await expect(world.log).to_contain_text(re.compile("PUT /44444/failover no answer"))


def call(number: int, **more: Any) -> dict[str, Any]:
    answer = {"status": 200, "milliseconds": 34.2, "applied": True, "fault": "", "body": ""}
    return {"number": number, "at": 0, "method": "HEAD", "path": f"/{number}", **answer, **more}


async def test_the_log_follows_unless_somebody_reads_further_up(world: World, demo: Demo) -> None:
    for number in range(1, 41):
        demo.server.publish("api", call(number))
    await expect(world.log).to_contain_text("/40 200 34 ms")
    assert await world.is_at_end()
    await world.log.evaluate("it => { it.scrollTop = 0; }")
    demo.server.publish("api", call(41))
    demo.server.publish("api", call(42))
    newest = world.root.get_by_role("button", name="↓ 2 new")
    await expect(newest).to_be_visible()
    assert await world.log.evaluate("it => it.scrollTop") == 0
    await newest.click()
    await expect(newest).to_be_hidden()
    assert await world.is_at_end()


async def test_the_log_keeps_500_lines_and_an_answer_replaces_its_line(
    world: World, demo: Demo
) -> None:
    for number in range(1, 521):
        demo.server.publish("api", call(number))
    lines = world.log.locator(".wld-line")
    await expect(lines.last).to_contain_text("/520")
    await expect(lines).to_have_count(500)
    await expect(lines.first).to_contain_text("/21")
    demo.server.publish("api", call(520, status=503))
    await expect(lines.last).to_contain_text("/520 503")
    await expect(lines).to_have_count(500)


async def test_every_switch_has_its_name_and_turns_by_mouse_and_keyboard(
    world: World, demo: Demo
) -> None:
    names: list[str] = []
    for group in ("Continuity API", "Slack"):
        switches = world.root.get_by_role("group", name=group).get_by_role("switch")
        names += await switches.all_inner_texts()
    assert [name.strip() for name in names] == SWITCHES
    await expect(world.switch("API slow")).to_have_accessible_description(
        "Each answer takes 4 seconds longer."
    )
    await world.switch("API slow").click()
    await expect(world.switch("API slow")).to_be_checked()
    assert demo.server.continuity.latency == 4
    await world.switch("API slow").press("Space")
    await expect(world.switch("API slow")).not_to_be_checked()
    assert demo.server.continuity.latency == 0


async def test_the_clock_is_set_forward_and_shown(world: World) -> None:
    time = world.root.get_by_role("time")
    await expect(time).to_have_text(re.compile("^Sat,? 14 Mar,? 12:00"))
    for button, shown in (
        ("Skip 5 minutes", "Sat,? 14 Mar,? 12:05"),
        ("Skip 30 minutes", "Sat,? 14 Mar,? 12:35"),
        ("Skip 1 hour", "Sat,? 14 Mar,? 13:35"),
        ("Skip 1 day", "Sun,? 15 Mar,? 13:35"),
        ("Skip to Monday", "Mon,? 16 Mar,? 08:00"),
    ):
        await world.root.get_by_role("button", name=button, exact=True).click()
        await expect(time).to_have_text(re.compile(f"^{shown}"))


async def test_each_person_is_set_away_and_active_by_mouse_and_keyboard(
    world: World, demo: Demo, page: Page
) -> None:
    people = world.root.get_by_role("list", name="People").get_by_role("switch")
    await expect(people).to_have_text(
        ["Olga Opsactive", "Ada Approveractive", "Sam Strangeractive"]
    )
    ada = world.switch("Ada Approver is active")
    await expect(ada).to_be_checked()
    await ada.click()
    await expect(ada).not_to_be_checked()
    await expect(ada).to_have_text("Ada Approveraway")
    assert demo.slack.people["U2"].presence == "away"
    await ada.press("Space")
    await expect(ada).to_be_checked()
    olga = world.switch("Olga Ops is active")
    dot = page.locator("#pane-workspace").get_by_role("img", name="active", exact=True)
    await expect(dot).to_be_visible()
    await olga.click()
    await expect(dot).to_have_count(0)
    await expect(page.locator("#pane-workspace").get_by_role("img", name="away")).to_be_visible()


async def test_the_bot_is_killed_and_what_cannot_be_done_is_said(world: World, page: Page) -> None:
    await expect(world.root.get_by_text("The bot runs, process 4711")).to_be_visible()
    await world.root.get_by_role("button", name="Kill the bot").click()
    await expect(world.root.get_by_text("The bot was killed")).to_be_visible()
    await world.root.get_by_role("button", name="Start the bot").click()
    await expect(page.locator("#toasts")).to_have_text("The bot cannot be started.")


async def test_a_bot_that_ended_by_itself_says_why(world: World, demo: Demo) -> None:
    why = "The bot ended by itself, with exit status 1."
    demo.server.publish("bot", {"state": "stopped", "pid": None, "why": why, "log": []})
    await expect(world.root.get_by_text(why)).to_be_visible()


async def test_the_incidents_of_the_pager_with_state_change_and_time(
    world: World, demo: Demo
) -> None:
    pager = world.root.get_by_role("region", name="Pager")
    await expect(pager).to_be_hidden()
    demo.server.publish("pagers", [])
    await expect(pager).to_contain_text("No incident yet.")
    demo.server.publish("pagers", [incident("C-1AAAA", 0), incident("C-2BBBB", 60, 120)])
    items = pager.get_by_role("listitem")
    await expect(items).to_have_count(2)
    await expect(items.nth(0)).to_contain_text("acknowledged FAILOVER ON · C-2BBBB")
    await expect(items.nth(0)).to_contain_text(
        "pagerduty · C-2BBBB · triggered 12:01:00, acknowledged 12:02:00"
    )
    await expect(items.nth(1)).to_contain_text("triggered FAILOVER ON · C-1AAAA")
    await expect(pager.get_by_text("No incident yet.")).to_be_hidden()


def incident(change: str, *after: float) -> dict[str, Any]:
    """Return an incident of the pager that came to a state so many seconds after noon each."""
    times = dict(zip(("triggered", "acknowledged"), (NOON + one for one in after), strict=False))
    shown = {"pager": "pagerduty", "key": change, "summary": f"FAILOVER ON · {change}"}
    return shown | {"change": change, "state": [*times][-1], "times": times}


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_phone_shows_the_whole_width_of_it(
    world: World, page: Page, demo: Demo, scheme: Any
) -> None:
    await page.emulate_media(color_scheme=scheme)
    await page.set_viewport_size({"width": 390, "height": 844})
    await page.get_by_role("tab", name="World", exact=True).click()
    demo.server.publish("api", call(1, path="/44444/" + "a" * 90 + "@example.com/access"))
    demo.server.publish("pagers", [incident("C-" + "A" * 90, 0, 60)])
    await expect(world.log.locator(".wld-line")).to_have_count(1)
    pane = page.locator("#pane-world")
    assert await pane.evaluate("it => it.scrollWidth <= it.clientWidth")
    assert await world.log.evaluate("it => it.scrollWidth <= it.clientWidth")
