"""The part `tour` of the page, and what a person can do in it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Self

from bot.errors import BotError
from bot.terminal.demo.tour import steps as tour_steps
from bot.terminal.demo.tour.facts import EXECUTING, LOST, UNKNOWN, Run
from bot.terminal.demo.tour.hints import HINTS
from bot.terminal.demo.tour.installation import installation
from bot.terminal.demo.tour.observer import Observer
from bot.terminal.demo.tour.ports import Body, Bot, Page, Switches
from bot.terminal.demo.tour.steps import Facts, Step
from bot.terminal.demo.tour.trail import Auditor
from sandbox.browser.body import ActionError
from sandbox.browser.world import World
from sandbox.clock import SandboxClock
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox

ANSWER_LOST = "api_answer_lost"
# The opposite of a change whose answer was lost waits 60 s, the default of QUIET_PERIOD.
QUIET_SECONDS = 61.0


class Tour:
    """The tour on a database that the bot uses: the part and the action `tour` of the page.

    It follows what happens between start and stop.

    Whoever starts or ends the bot calls ``wake``.
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
        self._world = world
        self._switches = switches
        self._bot = bot
        self._clock = clock
        self._observer = Observer(slack, continuity, database, self._publish, self._on_write)
        self._auditor = Auditor(database)
        # Whether the tour has turned the switch on, and turns it off again.
        self._loses_answer = False
        self._kills = False
        self._skipped: frozenset[int] = frozenset()
        self._doubled_before = 0
        self._published: Body | None = None
        page.add_part("tour", self.part)
        page.add_action("tour", self.act)

    async def start(self) -> None:
        """Follow what happens from now on."""
        self._switches.on_change.append(self.wake)
        await self._observer.start()

    async def stop(self) -> None:
        """Stop following."""
        self._switches.on_change.remove(self.wake)
        await self._observer.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def wake(self) -> None:
        """Look again, since something may have happened."""
        self._observer.wake()

    # --- what is shown ----------------------------------------------------------------------------

    def part(self) -> Body:
        """Return the part `tour`."""
        steps = tour_steps.steps(self._facts())
        now = tour_steps.current(steps, self._skipped)
        return {
            "title": tour_steps.title(self._facts()),
            "step": now,
            "steps": [step.as_json(self._state_of(step, now)) for step in steps],
            # What is sent before the bot is ready fails, and has to be typed again.
            "prefill": tour_steps.prefill(steps, now) if self._bot.state == "ready" else "",
            "trail": self._auditor.trail(),
            "verification": self._auditor.verification(),
            "hints": [hint.as_json() for hint in HINTS],
            "summary": self._summary() if now > len(steps) else None,
        }

    def _state_of(self, step: Step, now: int) -> str:
        if step.is_done:
            return "done"
        if step.number in self._skipped:
            return "skipped"
        return "now" if step.number == now else "later"

    def _facts(self) -> Facts:
        people = self._world.people()
        moved = [user for user in people if user.failover]
        return Facts(
            customer=self._world.customer,
            name=self._world.name,
            users=len(people),
            moved=len(moved),
            locked=sum(not (user.access and user.activation) for user in moved),
            access_off=sum(not user.access for user in moved),
            shut_out=sum(user.activation and not user.access for user in moved),
            has_access=any(user.access for user in people),
            runs=tuple(self._observer.runs),
            writes=tuple(self._observer.writes),
            bot=self._bot.state,
            loses_answers=self._switches.is_on(ANSWER_LOST),
            kills=self._kills,
            trail_shown=self._auditor.has_looked,
            tampered=self._auditor.has_tampered,
            found=self._auditor.has_found,
            verification=self._auditor.text,
        )

    def _summary(self) -> Body:
        runs, writes = tuple(self._observer.runs), self._observer.writes
        doubled = self._world.writes.doubled - self._doubled_before
        twice = f"{doubled} of them twice" if doubled else "none of them twice"
        return {
            "text": f"You ran {tour_steps.counted(len(runs), 'change')}: "
            f"{tour_steps.counted(len(writes), 'write')} to the API, {twice}.",
            "runs": [self._run(run) for run in runs],
        }

    def _run(self, run: Run) -> Body:
        outcome = run.state.words if run.state else "waits for a decision"
        writes = run.writes(self._observer.writes)
        return {"id": run.id, "command": run.command, "outcome": outcome, "writes": writes}

    async def _publish(self) -> None:
        if self._loses_answer and any(run.went_through(UNKNOWN) for run in self._observer.runs):
            self._loses_answer = False
            await self._switches.set(ANSWER_LOST, on=False)
        if self._bot.state in {"killed", "stopped"}:
            for run in self._observer.runs:
                run.is_cut = run.is_cut or run.kinds[-1] == EXECUTING
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
            await self._observer.look()
        except BotError as error:
            raise ActionError(str(error)) from error
        await self._publish()
        return answer or {}

    async def _lose(self, _: Body) -> None:
        await self._switches.set(ANSWER_LOST, on=True)
        self._loses_answer = True

    async def _kill(self, _: Body) -> None:
        if self._bot.state in {"killed", "stopped"}:
            raise ActionError("The bot does not run. Start it first.")
        self._kills = True

    def _on_write(self) -> None:
        if self._kills and self._bot.state not in {"killed", "stopped"}:
            self._kills = False
            self._bot.kill()

    async def _start_bot(self, _: Body) -> None:
        await self._bot.start()

    async def _show_trail(self, _: Body) -> None:
        await self._auditor.look()

    async def _tamper(self, _: Body) -> None:
        await self._auditor.tamper()

    async def _undo(self, _: Body) -> None:
        await self._auditor.undo()
        await self._auditor.verify(self._observer.store)

    async def _verify(self, _: Body) -> None:
        await self._auditor.verify(self._observer.store)

    async def _skip(self, body: Body) -> None:
        step = body.get("step")
        if type(step) is not int or not 1 <= step <= tour_steps.LAST:
            raise ActionError("There is no such step.")
        self._skipped |= {step}

    async def _start_over(self, _: Body) -> None:
        """Begin again: the customer's users as at the beginning, nothing broken; the trail stays."""
        await self._switches.all_off()
        await self._auditor.forget()
        self._world.reset()
        if any({UNKNOWN, LOST} & {*run.kinds} for run in self._observer.runs):
            self._clock.skip(QUIET_SECONDS)
        if self._bot.state in {"killed", "stopped"}:
            await self._bot.start()
        await self._observer.forget()
        self._loses_answer = self._kills = False
        self._skipped = frozenset()
        self._doubled_before = self._world.writes.doubled

    async def _install(self, _: Body) -> Body:
        return {"install": installation()}
