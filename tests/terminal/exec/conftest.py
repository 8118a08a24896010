"""`exec` at a terminal between the simulated services."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from click.testing import CliRunner, Result

from app import main
from bot.database_address import parse_database
from bot.store.postgresql.filling import TABLES
from bot.terminal.admin import at_this_terminal
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox
from tests.fixtures import log_state
from tests.terminal.conftest import Terminal

T = TypeVar("T")

OPERATOR, APPROVER, SECOND, ADMIN = "U0OPERATOR", "U0APPROVER", "U0SECOND", "U0ADMIN"
CHIEF = "U0CHIEF"
HERE = at_this_terminal().user
JO, SAM = "user0001@example.com", "user0002@example.com"
ASKING = "Asking whether Slack answers …\n"


@dataclass(frozen=True)
class ExecRunner:
    """A terminal with its settings; the services run on a loop in a thread of their own."""

    terminal: Terminal
    slack: SlackSandbox
    continuity: ContinuitySandbox

    def __call__(self, text: str, *options: str, typed: str = "", person: str = OPERATOR) -> Result:
        """Give a command; ``typed`` is what is answered."""
        return CliRunner().invoke(main, ["exec", text, "--as", person, *options], input=typed)

    def refused(self, text: str, *options: str, person: str = OPERATOR) -> str:
        """Give a command that is refused in one line, recorded, before the API is asked; return it."""
        result = self(text, *options, person=person)
        assert (result.exit_code, result.stdout.removeprefix(ASKING)) == (1, "")
        [line] = result.stderr.splitlines()
        last = self.terminal.trail()[-1]
        assert (last["kind"], last["actor"]) == ("refused", HERE)
        assert self.continuity.requests == []
        return line

    def writes(self) -> list[str]:
        """The changes that reached the API."""
        seen = self.continuity.requests
        return [f"{one.method} {one.path}" for one in seen if one.method in ("PUT", "DELETE")]

    def held(self) -> str:
        """All that the database holds, as text."""
        database = parse_database(os.environ["DATABASE"])
        if isinstance(database, Path):
            return database.read_bytes().decode("latin-1")
        with psycopg.connect(database.reveal()) as connection:
            # Names of tables are constants.
            rows = [connection.execute(f"TABLE {one}".encode()).fetchall() for one in TABLES]
        return repr(rows)

    def kinds(self) -> list[str]:
        """What was recorded, without the grants that everything begins with."""
        kinds = [entry["kind"] for entry in self.terminal.trail()]
        return [kind for kind in kinds if not kind.startswith("role.")]


@pytest.fixture(scope="module")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    running = asyncio.new_event_loop()
    thread = threading.Thread(target=running.run_forever)
    thread.start()
    yield running
    running.call_soon_threadsafe(running.stop)
    thread.join(10)
    running.close()


@pytest.fixture
def runner(
    terminal: Terminal, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ExecRunner]:
    def run(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(10)

    async def start() -> tuple[SlackSandbox, ContinuitySandbox]:
        slack, continuity = SlackSandbox(), ContinuitySandbox()
        await slack.start()
        await continuity.start()
        return slack, continuity

    slack, continuity = run(start())
    continuity.add_customer("44444", users=20, access_off=18, not_activated=3)
    for name, value in {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_API_URL": slack.api_url,
        "CONTINUITY_URL": continuity.url,
        "CONTINUITY_USERNAME": continuity.username,
        "CONTINUITY_PASSWORD": continuity.password,
        "OPS_CHANNEL": "C0OPS",
    }.items():
        monkeypatch.setenv(name, value)
    rows = (
        (OPERATOR, "operator"),
        (APPROVER, "approver"),
        (SECOND, "approver"),
        (ADMIN, "admin"),
        (CHIEF, "admin"),  # somebody besides those who are named is told of an approval by words
    )
    for person, role in rows:
        terminal.ok("role", "grant", person, role, "44444")
    with log_state.restored():
        yield ExecRunner(terminal, slack, continuity)
    run(slack.stop())
    run(continuity.stop())
