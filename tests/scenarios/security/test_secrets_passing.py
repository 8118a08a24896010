"""Secrets that pass through: tokens, their pages and passwords, in good and bad hours, and nowhere afterwards."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from sandbox.continuity.model import Token
from sandbox.slack import SlackSandbox
from sandbox.slack.model import View
from tests.fixtures.leak_check import leaked
from tests.fixtures.raw_database import held
from tests.scenarios.conftest import ADMIN, CUSTOMER
from tests.scenarios.processes import PATIENCE, BotProcess, Deployment, deployment

PASSWORD = "canary8Password@9"
TO_SLACK = "views.update"  # the one call that may hold a token
SHOWN_BADLY: list[dict[str, Any]] = [
    {"status": 500, "times": 3},
    {"error": "invalid_arguments"},
    {"drop": True, "times": 3},
    {"retry_after": 1, "times": 1},
]
BROKEN: list[int | str] = [
    "half_body",
    "broken_json",
    "reset_in_body",
    "wrong_json",
    "short_length",
    500,
    403,
]
REFUSED: list[int | str] = ["half_body", "broken_json", "html", "reset_after", 500, 403, 401]


async def outcomes(on: Deployment, number: int) -> None:
    """Wait for the outcomes of so many changes."""
    await on.slack.wait_for(lambda _: len(on.outcomes(CUSTOMER)) >= number, PATIENCE)


class Story:
    """Tokens for one user after the other; ``changes`` counts them."""

    def __init__(self, on: Deployment) -> None:
        self.on = on
        self.changes = 0
        self.passwords: list[str] = []  # tokens that passwords were set by

    async def token(self) -> None:
        """Ask for a token, have it approved, and press for it."""
        self.changes += 1
        address = f"user{self.changes:04}@example.com"
        await self.on.type(f"token {CUSTOMER} {address}", ADMIN)
        await self.on.card(CUSTOMER, "change_approve", address)
        await self.on.press("change_approve", CUSTOMER)
        await self.on.card(CUSTOMER, "token_show", address)
        await self.on.press("token_show", CUSTOMER, ADMIN)

    async def tokens(self) -> None:
        """Shown well and badly, made well and badly."""
        on = self.on
        await self.token()
        await outcomes(on, self.changes)
        for fault in SHOWN_BADLY:
            on.slack.fail("views.update", **fault)
            await self.token()
            await outcomes(on, self.changes)
            on.slack.heal()
        for kind in BROKEN:
            # A no is quoted, since it made nothing; whatever else is answered may hold the token.
            words = "no tokens today" if kind == 403 else "made: ask-me-not"
            on.continuity.fail(kind=kind, method="POST", message=words)
            await self.token()
            await outcomes(on, self.changes)

    async def form(self) -> View:
        """Ask for the form of a password and wait for it."""
        before = set(self.on.slack.views)
        await self.on.type("password user0001@example.com", ADMIN)
        return await self.on.slack.wait_for(
            lambda slack: next(
                (v for v in slack.views.values() if v.id not in before and v.callback_id), None
            ),
            PATIENCE,
        )

    async def fill(self) -> None:
        """Fill the form in, by a token of its own."""
        token = f"canary7token{len(self.passwords):02}of.user"
        self.passwords.append(token)
        self.on.continuity.state.tokens[token] = Token(CUSTOMER, "user0001@example.com", 1e12)
        view = await self.form()
        filled = {"user": "user0001@example.com", "token": token}
        await self.on.slack.submit(
            ADMIN, view, {**filled, "password": PASSWORD, "again": PASSWORD + "x"}
        )
        await self.on.slack.submit(ADMIN, view, {**filled, "password": PASSWORD, "again": PASSWORD})

    async def passwords_set(self) -> None:
        """Set well and badly, by an API that repeats what it was told."""
        for kind in [None, *REFUSED]:
            if kind is not None:
                echo = f"not {PASSWORD} by canary7token{len(self.passwords):02}of.user"
                self.on.continuity.fail(kind=kind, path="password", message=echo)
            heard = len(self.on.slack.ephemerals)
            await self.fill()
            await self.on.slack.wait_for(partial(_more_ephemerals, heard), PATIENCE)

    def secrets(self) -> list[str]:
        """All that was ever made or typed; a token's page holds the token."""
        return [*self.on.continuity.tokens, *self.passwords, PASSWORD, "ask-me-not"]


def _more_ephemerals(number: int, slack: SlackSandbox) -> bool:
    return len(slack.ephemerals) > number


async def everything(on: Deployment, log: str) -> dict[str, str]:
    """All that was let out, but for the windows that are there to show a token."""
    said = [message.history for message in on.slack.messages]
    whispered = [(each.text, each.blocks) for each in on.slack.ephemerals]
    calls = [call.payload for call in on.slack.calls if call.method != TO_SLACK]
    exported = await on.terminal("audit", "export", "--format", "jsonl")
    return {
        "log": log,
        "database": held(on.database),
        "messages": json.dumps([said, whispered]),
        "calls": json.dumps(calls),
        "trail": exported.out,
    }


def shown_in(on: Deployment, token: str) -> list[View]:
    return [view for view in on.slack.views.values() if token in json.dumps(view.view)]


@pytest.mark.parametrize(("socket", "log_format"), [(True, "json"), (False, "console")])
async def test_nothing_that_passes_through_is_anywhere_afterwards(
    tmp_path: Path, socket: bool, log_format: str
) -> None:
    settings = {"ALLOW_PASSWORD_COMMAND": "true", "LOG_LEVEL": "DEBUG", "LOG_FORMAT": log_format}
    async with deployment(tmp_path, socket_mode=socket) as on:
        on.settings |= settings
        on.continuity.add_customer(CUSTOMER, users=30)
        story = Story(on)
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await story.tokens()
            await story.passwords_set()
            await killed(on, story, bot)
            log = bot.log
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await outcomes(on, story.changes)
            await bot.stop()
            log += bot.log
        found = await everything(on, log)
        assert {place: leaked(story.secrets(), text) for place, text in found.items()} == {
            place: [] for place in found
        }
        assert "Traceback" not in log
        assert all(found.values())
        viewers = {view.user for token in on.continuity.tokens for view in shown_in(on, token)}
        assert viewers == {ADMIN}


async def killed(on: Deployment, story: Story, bot: BotProcess) -> None:
    """A token and a password are under way, and the process is gone."""
    on.continuity.fail(kind="stall_then_apply", method="POST", seconds=0.5)
    on.continuity.fail(kind="stall_then_apply", path="password", seconds=0.5)
    seen = len(on.continuity.requests)
    await story.token()
    await story.fill()
    await on.continuity.wait_for(
        lambda: {"POST", "PUT"} <= {r.method for r in on.continuity.requests[seen:]}, PATIENCE
    )
    await bot.kill()


def test_a_leak_would_be_seen() -> None:
    for text in (f"https://webmail/activate?token={PASSWORD}", json.dumps({"p": PASSWORD})):
        assert leaked([PASSWORD], text)
