"""A running bot between a simulated workspace and a simulated API, over Socket Mode and over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr

from bot.bootstrap import running
from bot.domain.admin_commands import NameCustomerCommand
from bot.domain.roles import Role
from bot.ports import Clock
from bot.settings import Settings
from sandbox.continuity import ContinuitySandbox
from sandbox.continuity.server import ContinuityServer
from sandbox.slack import Message, SlackSandbox
from sandbox.slack.model import Revision
from tests.fixtures import direct_store
from tests.fixtures.databases import database_in

OPERATOR, APPROVER, ADMIN, STRANGER = "U0OPERATOR", "U0APPROVER", "U0ADMIN", "U0STRANGER"
INCIDENT, ELSEWHERE, SHARED = "C0INCIDENT", "C0ELSEWHERE", "C0SHARED"
CUSTOMER = "44444"


@dataclass
class Scenario:
    """What a scenario can see and do."""

    slack: SlackSandbox
    continuity: ContinuitySandbox
    settings: Settings
    port: int

    async def type(self, text: str, *, user: str = OPERATOR, channel: str = INCIDENT) -> Any:
        """Type a slash command."""
        return await self.slack.command(user, channel, text)

    async def press(self, action: str, *, user: str, card: Message | None = None) -> Any:
        """Press a button of the card that has it."""
        card = card or await self.card(action)
        return await self.slack.click(user, card.channel, card.ts, action)

    async def card(self, action: str) -> Message:
        """Wait for a card with this button."""
        return await self.slack.wait_for(lambda slack: self._with(slack, action))

    async def outcome(self, words: str) -> Message:
        """Wait for a message in the channel that says this."""
        return await self.slack.wait_for(
            lambda slack: next(
                (m for m in slack.channel_messages(INCIDENT) if words in said(m)), None
            )
        )

    async def told(self, words: str, *, user: str = OPERATOR) -> str:
        """Wait for something that only this person sees."""
        return await self.slack.wait_for(
            lambda slack: next(
                (e.text for e in slack.ephemerals if e.user == user and words in e.text), None
            )
        )

    @property
    def events(self) -> str:
        """The address to which Slack delivers over HTTP."""
        assert self.slack.request_url is not None
        return self.slack.request_url

    def writes(self) -> list[str]:
        """The changes that reached the API."""
        return [
            f"{r.method} {r.path}"
            for r in self.continuity.requests
            if r.method in ("PUT", "DELETE")
        ]

    @staticmethod
    def _with(slack: SlackSandbox, action: str) -> Message | None:
        found = [m for m in slack.channel_messages(INCIDENT) if action in slack.buttons(m)]
        return found[-1] if found else None


def said(message: Message | Revision) -> str:
    """All words of a message's text and blocks."""
    texts = [message.text]
    for block in message.blocks:
        texts.append(block.get("text", {}).get("text", ""))
        texts += [
            element.get("text", "")
            for element in block.get("elements", [])
            if isinstance(element.get("text"), str)
        ]
    return "\n".join(texts)


@asynccontextmanager
async def at_work(
    tmp_path: Path,
    *,
    socket: bool = True,
    api: ContinuityServer | None = None,
    clock: Clock | None = None,
    **over: Any,
) -> AsyncIterator[Scenario]:
    """A bot at work, at another API where ``api`` is one, with other settings where ``over`` names them."""
    database = database_in(tmp_path)
    rows = (
        (OPERATOR, Role.OPERATOR),
        (APPROVER, Role.APPROVER),
        (ADMIN, Role.ADMIN),
        (INCIDENT, Role.INCIDENT),
        (SHARED, Role.INCIDENT),
    )
    await direct_store.grant(database, CUSTOMER, rows)
    async with direct_store.admin(database) as admin:
        await admin.name(NameCustomerCommand(CUSTOMER, "Acme GmbH"))
    async with (
        SlackSandbox(enforce_rate_limits=False) as slack,
        api or ContinuitySandbox() as continuity,
    ):
        people = [OPERATOR, APPROVER, ADMIN, STRANGER]
        for person in people:
            slack.add_person(person, person.lower())
        slack.add_channel(INCIDENT, "incident", members=people)
        slack.add_channel(ELSEWHERE, "elsewhere", members=people)
        slack.add_channel(SHARED, "shared", members=people, is_ext_shared=True)
        if isinstance(continuity, ContinuitySandbox):
            continuity.add_customer(CUSTOMER, users=20, access_off=18, not_activated=3)
        settings = Settings(
            _env_file=None,
            slack_bot_token=SecretStr(slack.bot_token),
            slack_app_token=SecretStr(slack.app_token if socket else ""),
            slack_signing_secret=SecretStr("" if socket else slack.signing_secret),
            slack_api_url=slack.api_url,
            continuity_url=continuity.url,
            continuity_username="continuity",
            continuity_password=SecretStr("sandbox-password"),
            slack_pace=1000,
            database=database,
            port=0,
        ).model_copy(update=over)
        async with running(settings, clock) as bot:
            if not socket:
                slack.request_url = f"http://127.0.0.1:{bot.server.port}/slack/events"
                slack.options_url = slack.request_url
            else:
                await slack.wait_for(lambda space: space.connected)
            yield Scenario(slack, cast("ContinuitySandbox", continuity), settings, bot.server.port)
        assert await direct_store.audit_findings(database) == []


# For what can be asked of a bot that is reached in this way alone.
HTTP_ONLY = pytest.mark.parametrize("scenario", ["http"], indirect=True)
SOCKET_ONLY = pytest.mark.parametrize("scenario", ["socket"], indirect=True)


@pytest.fixture(params=["socket", "http"])
async def scenario(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scenario]:
    """The bot, ready, with one operator, one approver and one incident channel for customer 44444."""
    async with at_work(tmp_path, socket=request.param == "socket") as made:
        yield made
