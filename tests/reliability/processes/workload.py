"""A random workload: people propose, decide, ask and press twice; the API fails at times."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from bot.domain.roles import Role
from bot.ports import Transaction
from sandbox.slack import Delivery, Message
from tests.builders import a_grant
from tests.fixtures import direct_store
from tests.fixtures.audited_rows import put_grant
from tests.scenarios.conftest import APPROVER, INCIDENT, OPERATOR
from tests.scenarios.processes import SECOND_APPROVER, Deployment

OPERATORS = [f"U0OPERATOR{number:02}" for number in range(40)]
APPROVERS = [APPROVER, SECOND_APPROVER]
CUSTOMERS = [str(number) for number in range(20001, 20201)]
USERS = [f"user{number:04}@example.com" for number in range(1, 21)]
SCOPES = ["", "", "--group emea", "--group emea --group asia"]
STUMBLES: list[str | int] = ["reset_before", "reset_after", "half_body", "html", "delay", 429, 503]
MOST_AT_ONCE = 12
PAUSE = 0.015  # seconds
RECENT = 200  # messages of the channel that people still look at
CHANGE_ID = re.compile(r"C-[0-9A-Z]{5}")


@dataclass(frozen=True)
class Act:
    """What somebody did: ``about`` is the reason typed with a proposal, else the change's id."""

    user: str
    kind: str
    about: str
    delivery: Delivery

    @property
    def acknowledged(self) -> bool:
        """Whether Slack, and so the person, was told that it has arrived."""
        return self.delivery.status == 200 and not self.delivery.timed_out


class Workload:
    """Everybody in the channel; ``acts`` is what they did, in the order in which it was over.

    ``pause`` is the seconds between two acts, on average; with ``stumbles`` the API fails at times.
    """

    def __init__(
        self, on: Deployment, rng: Random, *, pause: float = PAUSE, stumbles: bool = True
    ) -> None:
        self.acts: list[Act] = []
        self._on = on
        self._rng = rng
        self._pause = pause
        self._stumbles = stumbles
        self._going_on: list[asyncio.Task[None]] = []
        self._number = 0
        self._pressed: set[str] = set()

    async def settle_in(self) -> None:
        """Give everybody their role and the API its customers."""
        for number, customer in enumerate(CUSTOMERS):
            groups = {"emea": 7, "asia": 5}
            self._on.continuity.add_customer(
                customer, users=len(USERS), groups=groups, failover_on=20 * (number % 2)
            )
        for person in OPERATORS:
            self._on.slack.add_person(person, person.lower())
            self._on.slack.channels[INCIDENT].members.add(person)

        def grant(tx: Transaction) -> None:
            for person in OPERATORS:
                put_grant(tx, a_grant(person, Role.OPERATOR, customer="*"))

        await direct_store.write(self._on.database, grant)

    async def act_for(self, seconds: float) -> None:
        """Do random things for so many seconds, whether or not anything answers."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            if sum(not act.done() for act in self._going_on) < MOST_AT_ONCE:
                self._going_on.append(asyncio.create_task(self._something()))
            await asyncio.sleep(min(left, self._rng.expovariate(1 / self._pause)))

    async def hush(self) -> None:
        """Stop waiting for what does not come any more. Raises what went wrong with an act."""
        ends, self._going_on = self._going_on, []
        for task in ends:
            task.cancel()
        for end in await asyncio.gather(*ends, return_exceptions=True):
            if isinstance(end, Exception):
                raise end

    async def _something(self) -> None:
        dice = self._rng.random()
        if dice < 0.40:
            await self._propose()
        elif dice < 0.90:
            await self._decide()
        elif dice < 0.93:
            asked = f"status {self._rng.choice(CUSTOMERS)}"
            await self._type(OPERATOR, "question", "", self._rng.choice([asked, "pending"]))
        elif dice < 0.96:
            await self._again()
        elif self._stumbles:
            self._stumble()

    async def _propose(self) -> None:
        rng = self._rng
        self._number += 1
        reason = f"r{self._number:05}"
        scope = rng.choice([*SCOPES, " ".join(rng.sample(USERS, rng.randint(1, 3)))])
        customer = rng.choice(CUSTOMERS)
        flag = rng.choice(["failover", "failover", "access"])
        is_on = getattr(self._on.continuity.customers[customer][USERS[0]], flag)
        text = f"{flag} {'off' if is_on else 'on'} {customer} {scope} --reason {reason}"
        await self._type(rng.choice(OPERATORS), "proposal", reason, text)

    async def _type(self, user: str, kind: str, about: str, text: str) -> None:
        delivery = await self._on.slack.command(user, INCIDENT, text)
        self.acts.append(Act(user, kind, about, delivery))

    async def _decide(self) -> None:
        """Press a button of a card, mostly one that decides and that nobody has pressed; or twice."""
        card = self._a_card()
        if card is None:
            return
        self._pressed.add(card.ts)
        buttons = self._on.slack.buttons(card)
        wanted = ("change_approve", "change_confirm") if self._rng.random() < 0.85 else ()
        actions = [one for one in buttons if one in wanted] or sorted(buttons)
        action = self._rng.choice(actions)
        change_id = buttons[action]["value"].split()[0]
        user = self._who_presses(action, card)
        for _ in range(2 if self._rng.random() < 0.1 else 1):
            if action not in self._on.slack.buttons(card):
                return
            delivery = await self._on.slack.click(user, INCIDENT, card.ts, action)
            self.acts.append(Act(user, action, change_id, delivery))
        if action == "change_deny":
            await self._say_why(user, change_id)

    def _a_card(self) -> Message | None:
        recent = self._on.slack.messages[-RECENT:]
        # Not what was sent to one person directly: it has the same buttons.
        here = [one for one in recent if one.channel == INCIDENT]
        cards = [one for one in here if self._on.slack.buttons(one)]
        fresh = [one for one in cards if one.ts not in self._pressed]
        cards = fresh if fresh and self._rng.random() < 0.9 else cards
        return self._rng.choice(cards) if cards else None

    def _who_presses(self, action: str, card: Message) -> str:
        if action in ("change_approve", "change_deny"):
            return self._rng.choice(APPROVERS)
        asked_by = re.search(r"asked by <@(\w+)>", str(card.blocks))
        return asked_by.group(1) if asked_by else OPERATOR

    async def _say_why(self, user: str, change_id: str) -> None:
        with suppress(TimeoutError):  # the bot was killed before it could open the form
            view = await self._on.slack.wait_for(
                lambda slack: next(
                    (
                        view
                        for view in slack.views.values()
                        if (view.user, view.state) == (user, "open")
                        and view.private_metadata.startswith(change_id)
                    ),
                    None,
                ),
                1.0,
            )
            delivery = await self._on.slack.submit(user, view.id, {"reason": {"reason": "not now"}})
            self.acts.append(Act(user, "denial", change_id, delivery))

    async def _again(self) -> None:
        """Slack delivers something a second time."""
        if self.acts:
            act = self._rng.choice(self.acts[-RECENT:])
            delivery = await self._on.slack.redeliver(act.delivery)
            self.acts.append(Act(act.user, act.kind, act.about, delivery))

    def _stumble(self) -> None:
        kind = self._rng.choice(STUMBLES)
        method = self._rng.choice(["PUT", "PUT", "DELETE", "HEAD"])
        seconds = 0.2 if kind == "delay" else 0.0
        retry_after = 1 if kind == 429 else None
        self._on.continuity.fail(kind=kind, method=method, seconds=seconds, retry_after=retry_after)
