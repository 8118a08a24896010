"""A continuity API whose writes may take effect long after the client has given them up."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from functools import partial

from bot.domain.scope import Everyone, Flag, Groups
from bot.errors import Ambiguous, Refused
from bot.ports import Receipt
from tests.fakes import FakeApi
from tests.reliability.virtual_time.event_loop import loop

CLIENT_TIMEOUT = 30.0  # seconds of a write, as in bot/continuity/client.py
Scope = Everyone | Groups | str


@dataclass(frozen=True)
class Effect:
    """A write that took effect: when it was sent, when it landed, on whom."""

    customer: str
    on: bool
    sent: float
    landed: float
    users: frozenset[str]


class LateApi(FakeApi):
    """The first write for each customer stalls and lands late; what becomes of later ones is drawn.

    It lands less than ``quiet`` seconds after the client gave it up: because the connection broke, or
    because it was not answered in time.
    """

    def __init__(self, seed: int, quiet: float) -> None:
        super().__init__()
        self.effects: list[Effect] = []
        self.late = 0
        self._seed = seed
        self._quiet = quiet
        self._dice: dict[str, random.Random] = {}

    async def set_flag(self, customer: str, flag: Flag, on: bool, scope: Scope) -> Receipt:
        """Take the write, and let its fate be drawn."""
        fate = "late" if customer not in self._dice else self._dice[customer].choice(FATES)
        dice = self._dice.setdefault(customer, random.Random(f"{self._seed} {customer}"))  # noqa: S311
        self.sent.append(self.describe(customer, flag, on, scope))
        land = partial(self._land, customer, flag, on, scope, loop().elapsed)
        if fate == "refused":
            raise Refused("Forbidden", status=403)
        if fate in ("answered", "answer lost"):
            land()
        if fate == "answered":
            affected = None if isinstance(scope, str) else len(self._reached(customer, scope))
            return Receipt(f"R-{len(self.sent)}", "2026-03-14T03:10:00Z", affected)
        try:
            await asyncio.sleep(dice.choice((0.0, dice.uniform(0, CLIENT_TIMEOUT), CLIENT_TIMEOUT)))
        finally:  # also where the bot is killed meanwhile
            if fate == "late":
                self.late += 1
                loop().call_later(dice.uniform(0, self._quiet - 0.001), land)
        raise Ambiguous("The continuity API did not answer in time.")

    def _land(self, customer: str, flag: Flag, on: bool, scope: Scope, sent: float) -> None:
        self._apply(customer, flag, on, scope)
        reached = {id(user) for user in self._reached(customer, scope)}
        users = frozenset(
            address for address, user in self.held[customer].items() if id(user) in reached
        )
        self.effects.append(Effect(customer, on, sent, loop().elapsed, users))


# What becomes of a write that is not a customer's first.
FATES = (
    *("late",) * 4,  # not answered, and lands late
    *("answered",) * 4,
    "answer lost",  # landed at once
    "lost",  # never lands
    "refused",
)


def overtaken(effects: list[Effect]) -> list[tuple[Effect, Effect]]:
    """Return the pairs (older, newer) of opposite effects in which the older one landed last."""
    return [
        (older, newer)
        for older in effects
        for newer in effects
        if older.customer == newer.customer
        and older.on is not newer.on
        and older.users & newer.users
        and older.sent < newer.sent
        and older.landed > newer.landed
    ]
