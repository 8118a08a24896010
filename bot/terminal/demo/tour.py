"""The tour of the demo, "the first two minutes": it advances by what happens, and makes faults happen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol, Self

from bot.domain.audit.chain import AuditEntry
from bot.errors import BotError
from bot.ports import MessageKind, Transaction, message_key
from bot.store.sqlite.read_only import ReadOnlySqliteStore
from bot.terminal.demo import tour_steps, trail
from bot.terminal.demo.tour_facts import LOST, UNKNOWN, Run, Runs, Write
from bot.terminal.demo.tour_steps import Facts
from sandbox.browser.actions import ActionError
from sandbox.browser.world import World
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox, Request
from sandbox.slack import SlackSandbox

ANSWER_LOST = "api_answer_lost"
PAGE_ENTRIES = 1000
WRITING = frozenset({"PUT", "DELETE", "POST"})
# After a change whose answer was lost, the opposite one waits so long (`QUIET_PERIOD`).
QUIET_SECONDS = 61.0
# Who has approved after the tampering.
SOMEBODY_ELSE = ("U0VIEWER", "viewer")
# The chapter "In your workspace" of the README, without its explanations.
INSTALLATION = (
    ("Create the app from manifest.yml (Slack: Create New App, From a manifest) and install it.", ""),
    ("Install, and fill in the settings.", "make install\ninstall -m 600 .env.example .env"),
    (
        "Name the first admin, operator and channel.",
        ".venv/bin/python app.py role grant U0123 admin '*'\n"
        ".venv/bin/python app.py role grant U0456 operator 44444\n"
        ".venv/bin/python app.py role grant C0789 incident 44444",
    ),
    ("See what is still missing.", ".venv/bin/python app.py doctor"),
    ("Run it, and invite the bot into the channel.", ".venv/bin/python app.py run"),
)

Body = dict[str, Any]


class Page(Protocol):
    """What is needed of ``BrowserServer``."""

    def add_action(self, name: str, handler: Callable[[Body], Awaitable[Body]], /) -> None: ...
    def add_part(self, name: str, make: Callable[[], Any], /) -> None: ...
    def publish(self, name: str, data: Any, /) -> None: ...


class Bot(Protocol):
    """What is needed of ``BotProcess``."""

    @property
    def state(self) -> str: ...
    def kill(self) -> None: ...
    async def start(self) -> None: ...


class Switches(Protocol):
    """The switches of the world pane."""

    async def set(self, switch: str, on: bool, /) -> None: ...
    async def all_off(self) -> None: ...


class Tour:
    """The part `tour` of the page and its actions.

    ``wake`` is called when something may have happened: by Slack and the API themselves, and by
    whoever starts and ends the bot. Then the new audit entries are read.
    """

    def __init__(
        self,
        page: Page,
        slack: SlackSandbox,
        continuity: ContinuitySandbox,
        *,
        world: World,
        switches: Switches,
        database: Path,
        bot: Bot,
        clock: SandboxClock,
    ) -> None:
        self._page = page
        self._slack = slack
        self._continuity = continuity
        self._world = world
        self._switches = switches
        self._database = database
        self._bot = bot
        self._clock = clock
        self._woken = asyncio.Event()
        self._runs = Runs()
        self._writes: list[Write] = []
        self._doubled_before = 0
        self._tampering: trail.Tampering | None = None
        self._lines: Sequence[trail.Line] | None = None
        self._verified: trail.Verified | None = None
        self._state = Facts(world.customer, world.name, world.part()["users"])
        self._published: Body | None = None
        self._store: ReadOnlySqliteStore | None = None
        self._following: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Follow what happens from now on."""
        self._store = await ReadOnlySqliteStore.open_async(self._database)
        await self._begin()
        self._slack.on_change.append(self._on_slack)
        self._continuity.on_request.append(self._on_request)
        self._following = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Stop following."""
        if self._following is None or self._store is None:
            return
        self._slack.on_change.remove(self._on_slack)
        self._continuity.on_request.remove(self._on_request)
        self._following.cancel()
        with suppress(asyncio.CancelledError):
            await self._following
        await self._store.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def wake(self) -> None:
        """Look again at what happened."""
        self._woken.set()

    # --- what happens -----------------------------------------------------------------------------

    def _on_slack(self, _kind: str, _item: object) -> None:
        self.wake()

    def _on_request(self, request: Request) -> None:
        if request.method in WRITING:
            if self._state.kills and request.milliseconds is None:
                self._state = replace(self._state, kills=False)
                with suppress(BotError):  # it does not run
                    self._bot.kill()
            if request.applied and request.milliseconds is not None:
                at = datetime.fromtimestamp(request.at, UTC)
                self._writes.append(Write(f"{request.method} {request.raw}", at))
        self.wake()

    async def _follow(self) -> None:
        while True:
            await self._woken.wait()
            self._woken.clear()
            with suppress(BotError):  # the database is busy: the next event looks again
                await self._look()
            await self._publish()

    async def _look(self) -> None:
        """Read the entries that are new, and whether cards were posted."""
        entries, carded = await self._read()
        self._runs.take(entries)
        for run in self._runs:
            run.has_card = run.has_card or run.id in carded

    async def _read(self) -> tuple[Sequence[AuditEntry], set[str]]:
        without_card = [run.id for run in self._runs if not run.has_card]

        def read(tx: Transaction) -> tuple[Sequence[AuditEntry], set[str]]:
            entries = tx.entries_after(self._runs.seq, PAGE_ENTRIES)
            candidates = {*without_card, *(entry.record.change_id for entry in entries)}
            cards = {one: tx.message(message_key(MessageKind.CARD, one)) for one in candidates}
            return entries, {one for one, card in cards.items() if card and card.ts}

        return await self._open_store().read(read)

    def _open_store(self) -> ReadOnlySqliteStore:
        if self._store is None:
            raise ActionError("The tour has not begun.")
        return self._store

    async def _begin(self) -> None:
        """Forget what happened so far."""
        last = await self._open_store().read(lambda tx: tx.entries(limit=1))
        self._runs = Runs(last[0].seq if last else 0)
        self._writes = []
        self._doubled_before = self._world.writes.doubled
        self._lines = self._verified = None
        self._state = Facts(self._world.customer, self._world.name, self._world.part()["users"])

    # --- what is shown ----------------------------------------------------------------------------

    def facts(self) -> Facts:
        """Return what happened since the tour began."""
        mail, verified = self._world.mail(), self._verified
        moved = [user for user in self._world.people() if user.failover]
        return replace(
            self._state,
            moved=len(moved),
            locked=mail.locked,
            shut_out=sum(user.activation and not user.access for user in moved),
            has_access=any(user.access for user in self._world.people()),
            runs=tuple(self._runs),
            writes=tuple(self._writes),
            bot=self._bot.state,
            trail_shown=self._lines is not None,
            tampered=self._tampering.seq if self._tampering else None,
            found=verified.wrong if verified else None,
            verification=verified.text if verified else "",
        )

    def part(self) -> Body:
        """Return the part `tour`."""
        facts = self.facts()
        all_steps = tour_steps.steps(facts)
        now = tour_steps.current(all_steps, facts.skipped)

        def state(step: tour_steps.Step) -> str:
            if step.is_done:
                return "done"
            if step.number in facts.skipped:
                return "skipped"
            return "now" if step.number == now else "later"

        return {
            "title": tour_steps.title(facts),
            "step": now,
            "steps": [step.as_json(state(step)) for step in all_steps],
            "prefill": tour_steps.prefill(all_steps, now),
            "trail": self._trail(),
            "verification": {"ok": self._verified.ok, "text": self._verified.text}
            if self._verified
            else None,
            "summary": self._summary() if now > len(all_steps) else None,
        }

    def _trail(self) -> list[Body] | None:
        if self._lines is None:
            return None
        wrong = self._verified.wrong if self._verified else None
        return [
            {
                "number": line.number,
                "at": line.at.timestamp(),
                "text": line.text,
                "kind": line.kind,
                "wrong": line.number == wrong,
            }
            for line in self._lines
        ]

    def _summary(self) -> Body:
        runs = tuple(self._runs)
        doubled = self._world.writes.doubled - self._doubled_before
        twice = f"{doubled} of them twice" if doubled else "none of them twice"
        return {
            "text": f"You ran {_counted(len(runs), 'change')}: "
            f"{_counted(len(self._writes), 'write')} to the API, {twice}.",
            "runs": [self._run(run) for run in runs],
        }

    def _run(self, run: Run) -> Body:
        outcome = run.state.words if run.state else "waits for a decision"
        return {"command": run.command, "outcome": outcome, "writes": run.writes(self._writes)}

    async def _publish(self) -> None:
        if self._state.loses_answers and any(run.went_through(UNKNOWN) for run in self._runs):
            self._state = replace(self._state, loses_answers=False)
            await self._switches.set(ANSWER_LOST, False)
        part = self.part()
        if part != self._published:
            self._published = part
            self._page.publish("tour", part)

    # --- what a person does -----------------------------------------------------------------------

    async def act(self, body: Body) -> Body:
        """Do `tour {do, step}`. Raises ActionError."""
        actions: dict[str, Callable[[Body], Awaitable[Body | None]]] = {
            tour_steps.LOSE: self._lose,
            tour_steps.KILL: self._kill,
            tour_steps.START: self._start_bot,
            tour_steps.TRAIL: self._show_trail,
            tour_steps.TAMPER: self._tamper,
            tour_steps.VERIFY: self._verify,
            tour_steps.UNDO: self._undo,
            "skip": self._skip,
            "start_over": self._start_over,
            "install": self._install,
        }
        action = actions.get(str(body.get("do")))
        if action is None:
            raise ActionError("The tour has no such action.")
        try:
            answer = await action(body)
            await self._look()
        except BotError as error:
            raise ActionError(str(error)) from error
        await self._publish()
        return answer or {}

    async def _lose(self, _: Body) -> None:
        await self._switches.set(ANSWER_LOST, True)
        self._state = replace(self._state, loses_answers=True)

    async def _kill(self, _: Body) -> None:
        if self._bot.state not in {"starting", "ready"}:
            raise ActionError("The bot does not run. Start it first.")
        self._state = replace(self._state, kills=True)

    async def _start_bot(self, _: Body) -> None:
        await self._bot.start()

    async def _show_trail(self, _: Body) -> None:
        self._lines = await asyncio.to_thread(trail.sentences, self._database)

    async def _tamper(self, body: Body) -> None:
        if self._tampering is not None:
            raise ActionError("An entry is changed already. Undo that first.")
        self._tampering = await asyncio.to_thread(trail.tamper, self._database, *SOMEBODY_ELSE)
        self._verified = None
        await self._show_trail(body)

    async def _undo(self, body: Body) -> None:
        if self._tampering is None:
            raise ActionError("No entry is changed.")
        await asyncio.to_thread(trail.undo, self._database, self._tampering)
        self._tampering = None
        await self._show_trail(body)
        await self._verify(body)

    async def _verify(self, _: Body) -> None:
        verified = await trail.verified(self._open_store(), self._database)
        self._verified = verified
        if verified.wrong is not None:
            self._state = replace(self._state, was_found=True)

    async def _skip(self, body: Body) -> None:
        step = body.get("step")
        if not isinstance(step, int) or not 1 <= step <= 5:
            raise ActionError("There is no such step.")
        self._state = replace(self._state, skipped=self._state.skipped | {step})

    async def _start_over(self, _: Body) -> None:
        """The customer's users are as at the beginning, and nothing is broken; the trail stays."""
        await self._switches.all_off()
        if self._tampering is not None:
            await asyncio.to_thread(trail.undo, self._database, self._tampering)
            self._tampering = None
        self._world.reset()
        if any({UNKNOWN, LOST} & {*run.kinds} for run in self._runs):
            self._clock.skip(QUIET_SECONDS)
        if self._bot.state not in {"starting", "ready"}:
            await self._bot.start()
        await self._begin()

    async def _install(self, _: Body) -> Body:
        manifest = files("bot").joinpath("manifest.yml").read_text()
        steps = [{"text": text, "commands": commands} for text, commands in INSTALLATION]
        return {"install": {"manifest": manifest, "steps": steps}}


def add_tour(
    server: Page,
    slack: SlackSandbox,
    continuity: ContinuitySandbox,
    *,
    world: World,
    switches: Switches,
    database: Path,
    bot: Bot,
    clock: SandboxClock,
) -> Tour:
    """Add the part and the action `tour` to the page; it follows what happens once it is started."""
    tour = Tour(
        server,
        slack,
        continuity,
        world=world,
        switches=switches,
        database=database,
        bot=bot,
        clock=clock,
    )
    server.add_part("tour", tour.part)
    server.add_action("tour", tour.act)
    return tour


def _counted(count: int, thing: str) -> str:
    return f"one {thing}" if count == 1 else f"{count} {thing}s"
