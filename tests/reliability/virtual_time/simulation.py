"""The running bot between the simulated services, all of them in one process and in virtual time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from bot.bootstrap import running
from bot.domain.change import Change
from bot.domain.roles import ANY_CUSTOMER
from bot.settings import Settings
from sandbox.continuity import ContinuitySandbox, Request
from sandbox.slack import Message, SlackSandbox
from tests.fixtures import direct_store
from tests.reliability.virtual_time.event_loop import VirtualClock, loop
from tests.scenarios.conftest import APPROVER, INCIDENT, OPERATOR
from tests.scenarios.processes import ROLES

T = TypeVar("T")

PATIENCE = 7200.0  # virtual seconds that anything may take


@dataclass
class Simulation:
    """What a test can see and do."""

    slack: SlackSandbox
    continuity: ContinuitySandbox
    settings: Settings

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[None]:
        """Run the bot for the length of the block."""
        async with running(self.settings, VirtualClock(loop())) as bot:
            if self.settings.socket_mode:
                await self.until(lambda: self.slack.connected)
            else:
                self.slack.request_url = f"http://127.0.0.1:{bot.server.port}/slack/events"
            yield

    async def until(self, there: Callable[[], T | None], seconds: float = PATIENCE) -> T:
        """Wait until something is there, and return it. Raises TimeoutError."""
        return await self.slack.wait_for(lambda _: there(), seconds)

    async def ask(self, customer: str, words: str, user: str = OPERATOR) -> Message:
        """Type a command for a customer, and wait for the new card to show that it was counted."""
        before = {message.ts for message in self.about(customer)}
        await self.slack.command(user, INCIDENT, words)
        return await self.until(
            lambda: next(
                (
                    card
                    for card in self.about(customer)
                    if card.ts not in before
                    and {"change_approve", "change_confirm"} & {*self.slack.buttons(card)}
                ),
                None,
            )
        )

    async def release(self, card: Message) -> None:
        """Approve it, or confirm it, whichever the card asks for."""
        action = (
            "change_approve" if "change_approve" in self.slack.buttons(card) else "change_confirm"
        )
        user = APPROVER if action == "change_approve" else OPERATOR
        await self.slack.click(user, INCIDENT, card.ts, action)

    def about(self, customer: str) -> list[Message]:
        """What stands in the channel about a customer: cards and outcomes."""
        return [
            message for message in self.slack.channel_messages(INCIDENT) if customer in message.text
        ]

    def requests(self, customer: str) -> list[Request]:
        """What the API was asked about a customer."""
        return [one for one in self.continuity.requests if one.path.split("/")[1] == customer]

    def writes(self, customer: str) -> list[Request]:
        """The changes of a customer that reached the API."""
        return [one for one in self.requests(customer) if one.method in ("PUT", "DELETE")]

    async def kinds(self) -> dict[str, set[str]]:
        """The kinds of the audit entries, by customer."""
        entries = await direct_store.read(self.settings.database, lambda tx: tx.entries())
        found: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            found[entry.record.customer].add(entry.record.kind)
        return found

    async def changes(self, customer: str | None = None) -> list[Change]:
        """The changes as they are in the database, newest first."""
        return list(
            await direct_store.read(
                self.settings.database, lambda tx: tx.changes(customer=customer)
            )
        )


@asynccontextmanager
async def simulation(
    folder: Path, *, socket_mode: bool = False, rate_limits: bool = False
) -> AsyncIterator[Simulation]:
    """Start both services; everybody has their role for every customer."""
    time = loop()
    async with (
        SlackSandbox(enforce_rate_limits=rate_limits, clock=time.unix) as slack,
        ContinuitySandbox(clock=time.unix) as continuity,
    ):
        for person in (OPERATOR, APPROVER):
            slack.add_person(person, person.lower())
        slack.add_channel(INCIDENT, "incident", members=slack.people)
        settings = Settings(
            _env_file=None,
            slack_bot_token=SecretStr(slack.bot_token),
            slack_app_token=SecretStr(slack.app_token if socket_mode else ""),
            slack_signing_secret=SecretStr("" if socket_mode else slack.signing_secret),
            slack_api_url=slack.api_url,
            continuity_url=continuity.url,
            continuity_username=continuity.username,
            continuity_password=SecretStr(continuity.password),
            database=folder / "bot.db",
            port=0,
            slack_pace=1.0 if rate_limits else 1000.0,
        )
        await direct_store.grant(settings.database, ANY_CUSTOMER, ROLES.items())
        yield Simulation(slack, continuity, settings)
        assert await direct_store.audit_findings(settings.database) == []
