"""What a person can do in the tour, with a database and simulated services, and a fake process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.errors import BotError
from bot.store.sqlite.store import SqliteStore
from bot.terminal.demo.tour import Tour
from sandbox.browser import ActionError
from sandbox.browser.world import World, add_world
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox
from tests.terminal.demo.recorded_change import RecordedChange

AUTH = ("continuity", "sandbox-password")
README = Path(__file__).parents[3] / "README.md"


class FakePage:
    def __init__(self) -> None:
        self.parts: dict[str, Callable[[], Any]] = {}
        self.actions: dict[str, Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]] = {}
        self.tours: list[dict[str, Any]] = []
        self.came = asyncio.Event()

    def add_part(self, name: str, make: Callable[[], Any], /) -> None:
        self.parts[name] = make

    def add_action(
        self, name: str, handler: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]], /
    ) -> None:
        self.actions[name] = handler

    def publish(self, name: str, data: Any, /) -> None:
        if name == "tour":
            self.tours.append(data)
            self.came.set()


class FakeBot:
    """``seen`` are the requests of the API that were applied when it was killed."""

    def __init__(self, api: ContinuitySandbox) -> None:
        self.state = "ready"
        self.applied_at_kill: list[bool] = []
        self._api = api

    def kill(self) -> None:
        self.state = "killed"
        self.applied_at_kill = [request.applied for request in self._api.requests]

    async def start(self) -> None:
        if self.state == "ready":
            raise BotError("The bot runs already.")
        self.state = "ready"


class FakeSwitches:
    def __init__(self) -> None:
        self.on: set[str] = set()
        self.on_change: list[Callable[[], None]] = []

    def is_on(self, switch: str) -> bool:
        return switch in self.on

    async def set(self, switch: str, on: bool) -> None:
        self.on = self.on | {switch} if on else self.on - {switch}
        for listener in self.on_change:
            listener()

    async def all_off(self) -> None:
        self.on = set()


class Scene:
    """A tour that has begun, and everything around it."""

    def __init__(self, api: ContinuitySandbox, store: SqliteStore, database: Path) -> None:
        self.page, self.switches, self.bot = FakePage(), FakeSwitches(), FakeBot(api)
        self.clock = SandboxClock()
        self.api = api
        self.slack = SlackSandbox()
        self.world: World = add_world(self.page, self.slack, api, self.clock, "44444", "Acme GmbH")
        self.tour = Tour(
            self.page,
            self.slack,
            api,
            world=self.world,
            switches=self.switches,
            database=database,
            bot=self.bot,
            clock=self.clock,
        )
        self.change = RecordedChange(store)

    async def do(self, what: str, **more: Any) -> dict[str, Any]:
        return await self.page.actions["tour"]({"do": what, **more})

    async def write(self, path: str = "44444/failover") -> None:
        async with httpx.AsyncClient(base_url=self.api.url, auth=AUTH, trust_env=False) as client:
            await client.put(path, timeout=30)

    async def published(
        self, fits: Callable[[dict[str, Any]], bool], *, skip: Iterable[int] = ()
    ) -> dict[str, Any]:
        """Return the first tour from now on that fits, after these steps were skipped."""
        seen = len(self.page.tours)
        for step in skip:
            await self.do("skip", step=step)
        async with asyncio.timeout(30):
            while True:
                for tour in self.page.tours[seen:]:
                    if fits(tour):
                        return tour
                self.page.came.clear()
                await self.page.came.wait()

    def part(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.parts["tour"]()
        return found

    def states(self) -> list[str]:
        return [step["state"] for step in self.part()["steps"]]


@pytest.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox() as sandbox:
        sandbox.add_customer("44444", 10, access_off=5, not_activated=2)
        yield sandbox


@pytest.fixture
async def scene(api: ContinuitySandbox, tmp_path: Path) -> AsyncIterator[Scene]:
    database = tmp_path / "demo.db"
    async with await SqliteStore.open_async(database) as store:
        made = Scene(api, store, database)
        async with made.tour:
            yield made


async def test_the_part_is_there_before_the_tour_begins(
    api: ContinuitySandbox, tmp_path: Path
) -> None:
    database = tmp_path / "demo.db"
    async with await SqliteStore.open_async(database) as store:
        scene = Scene(api, store, database)
        assert scene.part()["step"] == 1
        with pytest.raises(ActionError, match="has not begun"):
            await scene.do("verify")


async def test_an_unknown_action_or_step_is_refused_with_a_sentence(scene: Scene) -> None:
    with pytest.raises(ActionError, match="no such action"):
        await scene.do("dance")
    for step in (0, 6, "1", None, True):
        with pytest.raises(ActionError, match="no such step"):
            await scene.do("skip", step=step)
    assert scene.states()[0] == "now"


async def test_a_skipped_step_is_passed_over_and_done_once_it_is_fulfilled(scene: Scene) -> None:
    await scene.do("skip", step=1)
    assert scene.states()[:2] == ["skipped", "now"]
    assert scene.part()["steps"][0]["result"] == "Skipped."
    assert scene.page.tours[-1] == scene.part(), "it is published"
    for step in (2, 3, 4, 5):
        await scene.do("skip", step=step)
    part = scene.part()
    assert part["step"] == 6
    assert part["summary"] == {
        "text": "You ran 0 changes: 0 writes to the API, none of them twice.",
        "runs": [],
    }


async def test_the_switch_is_on_until_an_answer_was_lost(scene: Scene) -> None:
    await scene.do("lose")
    assert scene.switches.on == {"api_answer_lost"}
    assert scene.part()["prefill"].startswith("/continuity failover on 44444")
    await scene.change.propose()
    await scene.change.execute()
    await scene.change.lose()
    await scene.do("skip", step=5)
    assert scene.switches.on == set()


async def test_the_switch_of_the_world_pane_is_as_good_as_the_tours_button(scene: Scene) -> None:
    await scene.switches.set("api_answer_lost", on=True)
    await scene.published(lambda tour: "failover on" in tour["prefill"], skip=(1, 2))
    await scene.switches.set("api_answer_lost", on=False)
    tour = await scene.published(lambda tour: tour["prefill"] == "")
    actions = tour["steps"][2]["actions"]
    assert actions == [{"id": "lose", "label": "Lose the answer"}], "it can be pressed again"
    await scene.switches.set("api_answer_lost", on=True)
    await scene.change.propose()
    await scene.change.execute()
    await scene.change.lose()
    await scene.do("skip", step=5)
    assert scene.switches.on == {"api_answer_lost"}, "who turned it on turns it off"


async def test_the_bot_is_killed_once_a_write_has_arrived_and_before_it_is_applied(
    scene: Scene,
) -> None:
    await scene.write("44444/access")
    assert scene.bot.state == "ready", "nobody asked for it"
    await scene.do("kill")
    await scene.write()
    assert scene.bot.state == "killed"
    assert scene.bot.applied_at_kill == [True, False]
    assert scene.api.requests[-1].applied
    with pytest.raises(ActionError, match="does not run"):
        await scene.do("kill")
    await scene.do("start")
    await scene.write()
    assert scene.bot.state == "ready", "one write kills it, not the next"
    with pytest.raises(ActionError, match="runs already"):
        await scene.do("start")


async def test_a_change_that_was_cut_stays_cut_until_it_is_read_back(scene: Scene) -> None:
    await scene.change.propose()
    await scene.change.execute()
    scene.bot.kill()
    scene.tour.wake()
    await scene.published(
        lambda tour: [one["id"] for one in tour["steps"][3]["actions"]] == ["start"]
    )
    await scene.do("start")
    left = [task["text"] for task in scene.part()["steps"][3]["tasks"] if not task["done"]]
    assert left == ["It finds the change, reads back and says how it ended."]


async def test_a_command_is_prefilled_once_the_bot_is_ready(scene: Scene) -> None:
    command = scene.part()["prefill"]
    assert command.startswith("/continuity failover on 44444 ")
    scene.bot.state = "starting"
    assert scene.part()["prefill"] == ""
    scene.bot.state = "ready"
    assert scene.part()["prefill"] == command


async def test_the_summary_names_what_was_run_and_its_writes(scene: Scene) -> None:
    await scene.change.propose()
    for step in range(1, 6):
        await scene.do("skip", step=step)
    [run] = scene.part()["summary"]["runs"]
    assert (run["outcome"], run["writes"]) == ("waits for a decision", 0)
    await scene.change.approve()
    await scene.change.execute()
    await scene.write()
    await scene.write()
    await scene.change.apply()
    await scene.do("install")
    assert scene.part()["summary"] == {
        "text": "You ran one change: 2 writes to the API, 1 of them twice.",
        "runs": [
            {
                "id": "C-7K3MX",
                "command": "/continuity failover on 44444 --reason Exchange down",
                "outcome": "applied",
                "writes": 2,
            }
        ],
    }


async def test_start_over_resets_world_faults_bot_and_steps_and_keeps_the_trail(
    scene: Scene,
) -> None:
    await scene.change.propose()
    await scene.change.approve()
    await scene.change.execute()
    await scene.write()
    await scene.write()
    await scene.change.lose()
    for action in ("lose", "kill", "trail", "tamper", "verify"):
        await scene.do(action)
    await scene.do("skip", step=4)
    scene.bot.kill()
    assert scene.world.part()["normal"] == 0
    await scene.do("start_over")
    assert scene.states() == ["now", "later", "later", "later", "later"]
    assert scene.world.part()["normal"] == 10
    assert (scene.switches.on, scene.bot.state) == (set(), "ready")
    part = scene.part()
    assert (part["trail"], part["verification"], part["step"]) == (None, None, 1)
    assert scene.clock.offset == 61, "the opposite of a change that is not known would wait"
    await scene.write()
    assert scene.bot.state == "ready", "the kill is forgotten"
    await scene.do("trail")
    assert len(scene.part()["trail"]) == 4
    await scene.do("verify")
    assert scene.part()["verification"]["ok"], "what was changed is changed back"
    for step in range(1, 6):
        await scene.do("skip", step=step)
    assert scene.part()["summary"]["text"] == (
        "You ran 0 changes: one write to the API, none of them twice."
    )


async def test_without_an_ambiguous_change_start_over_leaves_the_clock(scene: Scene) -> None:
    await scene.change.propose()
    await scene.do("start_over")
    assert scene.clock.offset == 0


async def test_the_installation_is_that_of_the_readme_with_the_manifest(scene: Scene) -> None:
    install = (await scene.do("install"))["install"]
    chapter = README.read_text("utf-8").partition("## In your workspace")[2].partition("\n## ")[0]
    commands = [line for step in install["steps"] for line in step["commands"].splitlines()]
    assert len(commands) == 7
    for command in commands:
        assert command in chapter
    assert install["manifest"] == (README.parent / "manifest.yml").read_text("utf-8")
