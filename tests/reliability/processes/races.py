"""One change and the two who decide on it in the same moment, by a click or at a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bot.domain.actor import Actor
from bot.domain.change import Change
from bot.domain.change_state import AWAITING
from bot.errors import Conflict
from bot.ports import Transaction
from bot.service.changes import decide
from bot.service.context import Context
from sandbox.slack import Delivery
from tests.scenarios.conftest import APPROVER, INCIDENT
from tests.scenarios.processes import SECOND_APPROVER, Deployment

APART = 0.012  # seconds between the two at most: about what a decision takes
AT_TERMINAL = "operator@jump1"


@dataclass
class Race:
    """What both know of the change, and how they were answered; ``told`` is what a terminal said."""

    on: Deployment
    admin: Context
    rng: Random
    customer: str
    requester: str
    card: str
    value: str
    clicks: list[Delivery] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def change_id(self) -> str:
        """The change that the card is about."""
        return self.value.split()[0]

    async def click(self, action: str, user: str) -> None:
        """Press a button of the card as it was first seen, whatever has become of it since."""
        await self._a_moment()
        click = self.on.slack.click(user, INCIDENT, self.card, action, value=self.value)
        self.clicks.append(await click)

    async def at_terminal(
        self, decision: Callable[[Context, Actor, str], Awaitable[object]], user: str
    ) -> None:
        """Decide in this process, beside the bot, with a connection of its own."""
        await self._a_moment()
        try:
            await decision(self.admin, Actor(user, None, terminal=AT_TERMINAL), self.change_id)
        except Conflict as error:
            self.told.append(str(error))

    async def run_out(self) -> None:
        """Let the time for the decision end about now."""
        end = datetime.now(UTC) + timedelta(seconds=self.rng.uniform(0.0, 2 * APART))

        def step(tx: Transaction) -> None:
            current = tx.change(self.change_id)
            if current is not None and current.state in AWAITING:
                tx.save_change(current.revised(deadline=end))

        await self.admin.store.write(step)

    async def _a_moment(self) -> None:
        await asyncio.sleep(self.rng.uniform(0.0, APART))


Side = Callable[[Race], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Contest:
    """Two sides; ``opposed`` where one wants it and the other does not, so that it may never be sent."""

    name: str
    sides: tuple[Side, Side]
    opposed: bool = False
    quorum: int = 1
    button: str = "change_approve"


def _approve(user: str) -> Side:
    return lambda race: race.click("change_approve", user)


async def _approved(ctx: Context, actor: Actor, change_id: str) -> Change:
    return await decide.approve(ctx, actor, change_id, 1)


async def _denied(ctx: Context, actor: Actor, change_id: str) -> Change:
    return await decide.deny(ctx, actor, change_id, "not now")


def _confirm(race: Race) -> Coroutine[Any, Any, None]:
    return race.click("change_confirm", race.requester)


def _withdraw(race: Race) -> Coroutine[Any, Any, None]:
    return race.click("change_cancel", race.requester)


def _approve_at_terminal(race: Race) -> Coroutine[Any, Any, None]:
    return race.at_terminal(_approved, SECOND_APPROVER)


def _deny_at_terminal(race: Race) -> Coroutine[Any, Any, None]:
    return race.at_terminal(_denied, SECOND_APPROVER)


def _cancel_at_terminal(race: Race) -> Coroutine[Any, Any, None]:
    return race.at_terminal(decide.cancel, race.requester)


YES, ALSO_YES = _approve(APPROVER), _approve(SECOND_APPROVER)
CONTESTS = (
    Contest("two approvers", (YES, ALSO_YES)),
    Contest("one approver twice", (YES, YES)),
    Contest("a quorum of both", (YES, ALSO_YES), quorum=2),
    Contest("confirmed twice", (_confirm, _confirm), button="change_confirm"),
    Contest("approved by click and at a terminal", (YES, _approve_at_terminal)),
    Contest("approved and withdrawn", (YES, _withdraw), opposed=True),
    Contest("approved and denied at a terminal", (YES, _deny_at_terminal), opposed=True),
    Contest("approved and cancelled at a terminal", (YES, _cancel_at_terminal), opposed=True),
    Contest("approved and run out", (YES, Race.run_out), opposed=True),
)
