"""The bot of the demo: a child process that can be killed, stopped and started again."""

from __future__ import annotations

import asyncio
import math
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from bot.errors import BotError
from sandbox.continuity import ContinuitySandbox
from sandbox.environment import environment
from sandbox.slack import SlackSandbox

KEPT_LINES = 200
SHOWN_LINES = 20
MAX_LINE_BYTES = 2**20
DRAIN_SECONDS = 5  # that running work has after "stop"
MAX_CLOSE_SECONDS = 10.0  # until the sandbox has noticed that the socket of a killed bot is closed
SOURCE = Path(__file__).parents[3]

State = Literal["starting", "ready", "disconnected", "killed", "stopped"]


def bot_environment(
    database: Path, slack: SlackSandbox, continuity: ContinuitySandbox, **more: str
) -> dict[str, str]:
    """Return the environment of a bot with these services, without this shell's settings.

    ``more`` are further settings. Start it in a folder without a `.env`, which it would read as well.
    """
    return environment(
        {
            "SLACK_BOT_TOKEN": slack.bot_token,
            "SLACK_APP_TOKEN": slack.app_token,
            "SLACK_API_URL": slack.api_url,
            "CONTINUITY_URL": continuity.url,
            "CONTINUITY_USERNAME": continuity.username,
            "CONTINUITY_PASSWORD": continuity.password,
            "DATABASE": str(database),
            "PYTHONPATH": str(SOURCE),
            "PORT": "0",
            "LOG_LEVEL": "WARNING",
            **more,
        }
    )


class BotProcess:
    """The bot on one database; it runs in the database's folder, where nothing else lies.

    ``settings`` are further ones of the bot. ``on_change`` is called whenever ``status`` has changed. ``lines`` are the last ones of its log,
    whichever process wrote them.
    """

    def __init__(
        self,
        database: Path,
        slack: SlackSandbox,
        continuity: ContinuitySandbox,
        settings: Mapping[str, str],
    ) -> None:
        self.state: State = "starting"  # which the demo does first of all
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.on_change: Callable[[], None] = lambda: None
        self.offset = 0.0
        self._database = database
        self._slack = slack
        self._continuity = continuity
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._begun = False
        self._asked: State | None = None
        self._why = ""

    @property
    def status(self) -> dict[str, Any]:
        """The state as the page shows it.

        ``pid`` is None where no process runs. ``why`` and ``log``, its last lines, say why it ended where
        nobody asked for that; else they are empty.
        """
        log = list(self.lines)[-SHOWN_LINES:] if self._why else []
        pid = self._process.pid if self._process is not None else None
        return {"state": self.state, "pid": pid, "why": self._why, "log": log}

    async def start(self) -> None:
        """Start a process. It is `ready` once its socket is connected. Raises BotError if one runs."""
        if self._begun:
            raise BotError("The bot runs already.")
        self._begun, self._asked = True, None
        self._set("starting")
        try:
            # That of the process before would make this one ready too early.
            await self._slack.wait_for(lambda slack: not slack.connected, MAX_CLOSE_SECONDS)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot.terminal.demo.bot_main"),
                cwd=self._database.parent,
                env=bot_environment(
                    self._database,
                    self._slack,
                    self._continuity,
                    LOG_LEVEL="INFO",
                    DRAIN=str(DRAIN_SECONDS),
                    **self._settings,
                ),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                limit=MAX_LINE_BYTES,
                start_new_session=True,  # Ctrl-C at the terminal is the demo's, which then ends it
            )
        except BaseException as error:
            self._begun = False
            self._set("stopped")
            if isinstance(error, TimeoutError):
                raise BotError("The socket of the bot before is still open.") from None
            raise
        self._process = process
        self.move(self.offset)
        self._set("starting")
        self._watching = asyncio.create_task(self._watch(process))

    def move(self, offset: float) -> None:
        """Set how many seconds the bot's time is ahead, also of processes that start later."""
        self.offset = offset
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(f"{offset}\n".encode())

    def kill(self) -> None:
        """Kill it with SIGKILL, whatever it does. Raises BotError where none runs."""
        self._send(signal.SIGKILL)
        self._asked = "killed"

    def stop(self) -> None:
        """End it with SIGTERM: it finishes what it does. Raises BotError where none runs."""
        self._send(signal.SIGTERM)
        self._asked = self._asked or "stopped"

    async def end(self, seconds: float) -> None:
        """End it with SIGTERM, and after ``seconds`` with SIGKILL; return when it has ended."""
        if self._process is None or self._watching is None:
            return
        self.stop()
        _, running = await asyncio.wait({self._watching}, timeout=seconds)
        if running:
            self.kill()
            await self._watching

    def _send(self, number: signal.Signals) -> None:
        if self._process is None:
            raise BotError("The bot does not run.")
        with suppress(ProcessLookupError):  # it has just ended
            self._process.send_signal(number)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Keep the log and the state of a process up to date, until it has ended."""
        following = asyncio.create_task(self._follow_socket())
        try:
            await self._read_log(process)
            status = await process.wait()
        finally:
            following.cancel()
        self._process, self._begun = None, False
        if self._asked is None:
            self._why = f"The bot ended by itself, with exit status {status}."
        self._set(self._asked or "stopped")

    async def _follow_socket(self) -> None:
        """Be `ready` while a socket is connected, until somebody asks for the end."""
        while self._asked is None:
            await self._slack.wait_for(lambda slack: slack.connected, math.inf)
            self._set("ready")
            await self._slack.wait_for(lambda slack: not slack.connected, math.inf)
            if self._asked is None:
                self._set("disconnected")

    async def _read_log(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None  # noqa: S101 - it was asked for
        async for line in process.stdout:
            self.lines.append(line.decode(errors="replace").rstrip())

    def _set(self, state: State) -> None:
        self.state = state
        if state == "starting":
            self._why = ""
        self.on_change()
