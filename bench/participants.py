"""The simulated people: they propose and approve, and wait for cards and outcomes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from bench.measured_services import ARRIVED, BusyTime, MeasuredContinuity, MeasuredSlack
from sandbox.slack import Message

OPERATOR, APPROVER = "U0OPERATOR", "U0APPROVER"
CHANNELS = tuple(f"C0INCIDENT{number:02d}" for number in range(20))
USERGROUPS = tuple(f"S0TEAM{number}" for number in range(5))
CUSTOMER = "44444"  # the customer of the questions
APPROVE, BACK = "change_approve", "change_back"
USERS = 5  # of each customer: few, since the API's own work is not measured
MAX_STEP_SECONDS = 60.0
MAX_PARALLEL = 8  # commands and clicks at the same time


def add_participants(slack: MeasuredSlack, continuity: MeasuredContinuity) -> None:
    """Add people, their user groups, channels and one customer."""
    for person in (OPERATOR, APPROVER):
        slack.add_person(person, person.lower())
    for group in USERGROUPS:
        slack.add_usergroup(group, group.lower(), [OPERATOR] if group == USERGROUPS[0] else [])
    for channel in CHANNELS:
        slack.add_channel(channel, channel.lower(), members=[OPERATOR, APPROVER])
    continuity.add_customer(CUSTOMER, users=USERS)


class Participants:
    """Acts in the workspace and watches what is posted there."""

    def __init__(
        self, slack: MeasuredSlack, continuity: MeasuredContinuity, busy_time: BusyTime
    ) -> None:
        self._slack = slack
        self._continuity = continuity
        self._busy_time = busy_time
        self._cards: dict[str, Message] = {}
        self._outcome_at = 0.0
        self._outcome = ""  # the text of the last one
        self._outcomes = 0
        self._changed = asyncio.Event()
        slack.on_change.append(self._watch)
        continuity.on_held.append(self._changed.set)

    def _watch(self, kind: str, item: Any) -> None:
        if not isinstance(item, Message) or item.thread_ts is not None:
            return
        if item.channel not in CHANNELS:  # what one person is told says the same
            return
        # An outcome has Back, which decides nothing about its change.
        if decisions := {*self._slack.buttons(item)} - {BACK}:
            if APPROVE in decisions:
                self._cards[item.ts] = item
        elif kind == "posted":
            self._outcome_at = self._outcome_at or ARRIVED.get()
            self._outcome = item.text
            self._outcomes += 1
        self._changed.set()

    async def _until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(MAX_STEP_SECONDS):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def _propose(self, customer: str, channel: str) -> None:
        self._continuity.add_customer(customer, users=USERS)
        typed = await self._slack.command(OPERATOR, channel, f"failover on {customer}")
        _acknowledged(typed.status)

    async def _approve(self, card: Message) -> None:
        clicked = await self._slack.click(APPROVER, card.channel, card.ts, APPROVE)
        _acknowledged(clicked.status)

    def _is_on(self, customer: str) -> bool:
        return all(user.failover for user in self._continuity.customers[customer].values())

    async def one_change(self, customer: str) -> dict[str, float]:
        """Return the seconds from the last click to the posted outcome, and those of the
        services."""
        self._cards.clear()
        await self._propose(customer, CHANNELS[0])
        await self._until(lambda: self._cards)
        self._busy_time.clear()
        self._outcome_at = 0.0
        (card,) = self._cards.values()
        clicked_at = time.monotonic()
        await self._approve(card)
        await self._until(lambda: self._outcome_at)
        if not self._is_on(customer):
            raise AssertionError(f"failover of {customer} is not on: {self._outcome}")
        return {
            "seconds": self._outcome_at - clicked_at,
            "services": self._busy_time.busy(clicked_at, self._outcome_at),
        }

    async def apply(self, customers: list[str]) -> None:
        """Propose a change for each, approve all, and wait for every outcome."""
        self._outcomes = 0
        await self._propose_all(customers)
        await self._approve_all()
        await self._until(lambda: self._outcomes == len(customers))
        self._busy_time.clear()

    async def hang_with(self, customers: list[str]) -> None:
        """Propose a change for each, let the API hang, approve all, and wait until every write
        hangs."""
        await self._propose_all(customers)
        self._continuity.gate.clear()
        await self._approve_all()
        await self._until(lambda: self._continuity.held == len(customers))

    async def _propose_all(self, customers: list[str]) -> None:
        self._cards.clear()
        semaphore = asyncio.Semaphore(MAX_PARALLEL)

        async def propose(number: int, customer: str) -> None:
            async with semaphore:
                await self._propose(customer, CHANNELS[number % len(CHANNELS)])

        await asyncio.gather(*(propose(*one) for one in enumerate(customers)))
        await self._until(lambda: len(self._cards) == len(customers))

    async def _approve_all(self) -> None:
        semaphore = asyncio.Semaphore(MAX_PARALLEL)

        async def approve(card: Message) -> None:
            async with semaphore:
                await self._approve(card)

        await asyncio.gather(*map(approve, self._cards.values()))

    def not_in_failover(self, customers: list[str]) -> list[str]:
        """Return the customers whose failover is not on."""
        return [customer for customer in customers if not self._is_on(customer)]


def _acknowledged(status: int) -> None:
    if status != 200:
        raise AssertionError(f"not acknowledged: {status}")
