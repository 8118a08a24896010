"""The real process, `python app.py run`, the terminal beside it, and the simulated services around."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from bot.database_address import Database, parse_database, sqlite_file
from bot.domain.audit.chain import AuditEntry
from bot.domain.change import Change
from bot.domain.roles import ANY_CUSTOMER, Role
from bot.ports import Delivery
from bot.terminal.audit.export import verify_all
from sandbox.continuity import ContinuitySandbox, Request
from sandbox.environment import environment as bare_environment
from sandbox.slack import Delivery as Shown
from sandbox.slack import Message, SlackSandbox
from tests.fixtures import direct_store
from tests.fixtures.databases import as_setting, database_in
from tests.scenarios.app_process import AppProcess, start_app
from tests.scenarios.conftest import ADMIN, APPROVER, INCIDENT, OPERATOR, said

APP = Path(__file__).parents[2] / "app.py"
READY = 60.0  # seconds that a start may take, from the process to the first command
BETWEEN_PROBES = 0.05  # seconds; a health probe has no other way than to ask again
PATIENCE = 60.0  # seconds that one step of a story may take
SECOND_APPROVER = "U0SECOND"
ROLES = {
    OPERATOR: Role.OPERATOR,
    APPROVER: Role.APPROVER,
    SECOND_APPROVER: Role.APPROVER,
    ADMIN: Role.ADMIN,
    INCIDENT: Role.INCIDENT,
}
COMPLAINTS = ("never retrieved", "was destroyed but it is pending", "never awaited", "Unclosed")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended and what it printed."""

    status: int
    out: str
    err: str


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a process: these settings, and none of the shell's."""
    return bare_environment({"PYTHONUNBUFFERED": "1", **settings})


def free_port() -> int:
    """Return a port that nobody listens on: what the bot listens on is only logged once it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def terminal(folder: Path, settings: Mapping[str, str], *words: str) -> Ended:
    """Run `app.py` with these words to its end, in a folder without `.env`."""
    process = await start_app(*words, cwd=folder, env=environment(settings))
    out, err = await process.communicate()
    return Ended(await process.wait(), out.decode(), err.decode())


class BotProcess:
    """`python app.py run` in a folder without `.env`; at the end of the block it is killed.

    ``script`` is another program to be the bot.
    """

    def __init__(
        self, folder: Path, settings: Mapping[str, str], script: Path | None = None
    ) -> None:
        self._folder = folder
        self._script = script
        self._settings = settings
        self._lines: list[str] = []
        self._readers: list[asyncio.Task[None]] = []
        self._process: AppProcess | asyncio.subprocess.Process | None = None

    @property
    def process(self) -> AppProcess | asyncio.subprocess.Process:
        """The running process."""
        assert self._process is not None
        return self._process

    @property
    def log(self) -> str:
        """What it printed so far."""
        return "".join(self._lines)

    @property
    def url(self) -> str:
        """Where health is told, and in HTTP mode Slack is taken in."""
        return f"http://127.0.0.1:{self._settings['PORT']}"

    async def __aenter__(self) -> Self:
        self._process = await self._start()
        for stream in (self._process.stdout, self._process.stderr):
            assert stream is not None
            self._readers.append(asyncio.create_task(self._listen(stream)))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.kill()
        if error is not None:
            error.add_note(f"The bot printed:\n{self.log}")

    async def _start(self) -> AppProcess | asyncio.subprocess.Process:
        env = environment(self._settings)
        if self._script is None:
            return await start_app("run", cwd=self._folder, env=env)
        return await asyncio.create_subprocess_exec(
            sys.executable,
            str(self._script),
            cwd=self._folder,
            env={**env, "PYTHONPATH": str(APP.parent)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    async def answers(self, path: str, *statuses: int) -> None:
        """Probe until the path answers with one of these statuses. Raises TimeoutError.

        A process that has ended answers 0 for good: where that is not asked for, it is a failure.
        """
        async with asyncio.timeout(READY):
            while await self.probe(path) not in statuses:
                assert self.process.returncode is None, f"it has ended:\n{self.log}"
                await asyncio.sleep(BETWEEN_PROBES)

    async def probe(self, path: str) -> int:
        """Return the status of one GET; 0 where nobody listens."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False) as http:
            try:
                return (await http.get(path)).status_code
            except httpx.TransportError:
                return 0

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    async def ended(self, seconds: float = PATIENCE) -> int:
        """Wait for its end and return the exit status. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            status = await self.process.wait()
            await asyncio.gather(*self._readers)
        return status

    async def stop(self, seconds: float = PATIENCE) -> None:
        """Ask it to end; it does so in order, and without a complaint of the interpreter."""
        self.signal()
        status = await self.ended(seconds)
        assert status == 0, f"exit status {status}:\n{self.log}"
        assert not [words for words in COMPLAINTS if words in self.log], self.log

    async def kill(self) -> None:
        """Kill it where it stands, as the kernel does when memory runs out."""
        if self.process.returncode is None:
            self.process.kill()
        await self.ended()

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        async for line in stream:
            self._lines.append(line.decode())


@dataclass
class Deployment:
    """Simulated services, a database with roles for every customer, and the processes on it."""

    folder: Path
    slack: SlackSandbox
    continuity: ContinuitySandbox
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The database of every process of this deployment."""
        return parse_database(self.settings["DATABASE"])

    @property
    def file(self) -> Path:
        """The file of the database, where it is SQLite's."""
        return sqlite_file(self.database, "This test")

    def bot(self, *, script: Path | None = None, **settings: str) -> BotProcess:
        """Return a bot to start, on a port of its own; in HTTP mode Slack delivers to this one."""
        settings = {**self.settings, "PORT": str(free_port()), **settings}
        bot = BotProcess(self.folder, settings, script)
        if "SLACK_APP_TOKEN" not in settings:
            self.slack.request_url = f"{bot.url}/slack/events"
        return bot

    async def terminal(self, *words: str) -> Ended:
        """Run `app.py` on this database with the settings that the terminal needs, and no other."""
        return await terminal(self.folder, {"DATABASE": self.settings["DATABASE"]}, *words)

    async def grant(self, subject: str, role: Role) -> None:
        """Write a role row for every customer."""
        await direct_store.grant(self.database, ANY_CUSTOMER, [(subject, role)])

    async def type(self, text: str, user: str = OPERATOR) -> Shown:
        """Type a slash command in the incident channel."""
        return await self.slack.command(user, INCIDENT, text)

    async def press(
        self, action: str, customer: str, user: str = APPROVER, words: str = ""
    ) -> Shown:
        """Press a button of this customer's newest card that has it and says this."""
        card = await self.card(customer, action, words)
        return await self.slack.click(user, INCIDENT, card.ts, action)

    async def card(self, customer: str, action: str = "", words: str = "") -> Message:
        """Wait for a card of this customer with this button and these words; the newest of them."""

        def found(slack: SlackSandbox) -> Message | None:
            return next(
                (
                    message
                    for message in reversed(self.cards(customer))
                    if (not action or action in slack.buttons(message)) and words in said(message)
                ),
                None,
            )

        return await self.slack.wait_for(found, PATIENCE)

    async def run_to(self, customer: str, *, scope: str = "", on: bool = True) -> None:
        """Propose failover for a customer and approve it."""
        await self.type(f"failover {'on' if on else 'off'} {customer} {scope}".strip())
        await self.press("change_approve", customer)

    async def outcome(self, customer: str, words: str = "") -> Message:
        """Wait for an outcome of this customer that says this."""
        return await self.slack.wait_for(
            lambda _: next((m for m in self.outcomes(customer) if words in said(m)), None), PATIENCE
        )

    async def shown(self, customer: str, words: str) -> Message:
        """Wait for a message about this customer that says this, whether or not it came with a button."""
        return await self.slack.wait_for(
            lambda _: next((m for m in self._about(customer) if words in said(m)), None), PATIENCE
        )

    async def told(self, words: str, user: str = OPERATOR) -> str:
        """Wait for something that only this person sees."""
        return await self.slack.wait_for(
            lambda slack: next(
                (e.text for e in slack.ephemerals if e.user == user and words in e.text), None
            ),
            PATIENCE,
        )

    async def sent(self, method: str, customer: str, times: int = 1) -> None:
        """Wait until the API has seen so many of these requests for the customer."""
        await self.continuity.wait_for(
            lambda: sum(r.method == method for r in self.requests(customer)) >= times, PATIENCE
        )

    def cards(self, customer: str) -> list[Message]:
        """Cards of this customer: they came with a button."""
        return [message for message in self._about(customer) if _came_with_a_decision(message)]

    def outcomes(self, customer: str) -> list[Message]:
        """Outcomes of this customer: posted for themselves, and never with a decision."""
        return [message for message in self._about(customer) if not _came_with_a_decision(message)]

    def requests(self, customer: str) -> list[Request]:
        """What the API was asked about this customer, in its order of arrival."""
        return [r for r in self.continuity.requests if r.path.split("/")[1] == customer]

    def writes(self, customer: str) -> list[str]:
        """The changes of this customer that reached the API."""
        return [
            f"{r.method} {r.path}" for r in self.requests(customer) if r.method in ("PUT", "DELETE")
        ]

    async def changes(self, customer: str) -> list[Change]:
        """This customer's changes as they are in the database, newest first."""
        return list(
            await direct_store.read(self.database, lambda tx: tx.changes(customer=customer))
        )

    async def trail(self, customer: str) -> list[AuditEntry]:
        """This customer's part of the audit trail, after a walk along the whole chain."""
        async with direct_store.opened(self.database) as store:
            report = await verify_all(store)
            entries = await store.read(lambda tx: tx.entries(customers=[customer]))
        assert report.fault == ""
        return list(entries)

    async def whole_trail(self) -> list[AuditEntry]:
        """The whole audit trail."""
        return list(await direct_store.read(self.database, lambda tx: tx.entries()))

    async def saved_for_later(self) -> list[Delivery]:
        """What was acknowledged and not processed."""
        return list(await direct_store.read(self.database, lambda tx: tx.waiting_deliveries()))

    def _about(self, customer: str) -> list[Message]:
        return [
            message
            for message in self.slack.channel_messages(INCIDENT)
            if message.thread_ts is None and customer in said(message)
        ]


def _came_with_a_decision(message: Message) -> bool:
    elements = [one for block in message.history[0].blocks for one in block.get("elements", [])]
    actions = {one.get("action_id", "") for one in elements}
    # Outcomes have Back: it decides nothing about this change.
    return any(action.startswith("change_") for action in actions - {"change_back"})


@asynccontextmanager
async def deployment(
    folder: Path, *, socket_mode: bool = True, database: Database | None = None, **settings: str
) -> AsyncIterator[Deployment]:
    """Start both services on a database in which everybody has their role for every customer.

    ``database`` is that of the folder unless given.
    """
    database = database or database_in(folder)
    if not isinstance(database, Path):
        # A bot that was killed is missed as soon as this setting can say.
        settings = {"LEASE": "5", **settings}
    async with SlackSandbox(enforce_rate_limits=False) as slack, ContinuitySandbox() as continuity:
        for person in (OPERATOR, APPROVER, SECOND_APPROVER, ADMIN):
            slack.add_person(person, person.lower())
        slack.add_channel(INCIDENT, "incident", members=slack.people)
        way_in = (
            {"SLACK_APP_TOKEN": slack.app_token}
            if socket_mode
            else {"SLACK_SIGNING_SECRET": slack.signing_secret}
        )
        services = {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_API_URL": slack.api_url,
            "CONTINUITY_URL": continuity.url,
            "CONTINUITY_USERNAME": continuity.username,
            "CONTINUITY_PASSWORD": continuity.password,
            "SLACK_PACE": "1000",
            "DATABASE": as_setting(database),
            "LOG_FORMAT": "json",
        }
        on = Deployment(folder, slack, continuity, {**services, **way_in, **settings})
        await direct_store.grant(on.database, ANY_CUSTOMER, ROLES.items())
        yield on
        # Whatever was killed, lost, refused or repeated: the trail tells all of what stands in the tables.
        assert await direct_store.audit_findings(on.database) == []
