"""Canary secrets: the bot lives through good and bad hours, and afterwards none is anywhere."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from bot.continuity.client import ContinuityClient
from bot.domain.roles import Role
from bot.domain.scope import Everyone, Flag
from bot.errors import Refused
from bot.store.sqlite.sqlite_library import sqlite3
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import Message, SlackSandbox
from tests.fixtures import direct_store
from tests.fixtures.leak_check import leaked
from tests.scenarios.processes import PATIENCE, environment

ROOT = Path(__file__).resolve().parents[3]
OPERATOR, INCIDENT, CUSTOMER = "U0OPERATOR", "C0INCIDENT", "44444"
USERNAME = "api"
PASSWORD = 'canary1password "pä/ss" w+rd&%'
BOT_TOKEN, APP_TOKEN, SIGNING = "xoxb-canary2bot", "xapp-canary3app", "canary4signing"
SECRETS = (BOT_TOKEN, APP_TOKEN, SIGNING, PASSWORD, f"{USERNAME}:{PASSWORD}")


@dataclass
class Bot:
    """The bot in a process of its own, and everything that it said."""

    process: asyncio.subprocess.Process
    slack: SlackSandbox
    continuity: ContinuitySandbox
    database: Path
    port: int = 0
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)

    async def ready(self) -> None:
        """Read what it prints until it says that it is ready."""
        async with asyncio.timeout(PATIENCE):
            while not any("bot.ready" in line for line in self.out):
                line = await self._line()
                assert line, f"it ended: {self.out} {await self._rest()}"
        self.port = int(re.findall(r"port\W+(\d+)", self.out[-1])[0])

    async def end(self) -> int:
        """Let it drain; return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            while await self._line():
                pass
            self.err.append(await self._rest())
            return await self.process.wait()

    async def _line(self) -> str:
        assert self.process.stdout is not None
        line = (await self.process.stdout.readline()).decode()
        self.out.append(line)
        return line

    async def _rest(self) -> str:
        assert self.process.stderr is not None
        return (await self.process.stderr.read()).decode()

    async def type(self, text: str) -> str:
        """Type a command and wait for what the person sees of it."""
        seen = len(self.slack.ephemerals)
        delivery = await self.slack.command(OPERATOR, INCIDENT, text)
        assert delivery.status == 200
        await self.slack.wait_for(lambda slack: len(slack.ephemerals) > seen, PATIENCE)
        return self.slack.ephemerals[-1].text

    async def propose(self, text: str) -> Message:
        """Type a command and wait for its card, with a button that confirms it."""
        before = {message.ts for message in self.slack.messages}
        await self.slack.command(OPERATOR, INCIDENT, text)

        def card(slack: SlackSandbox) -> Message | None:
            new = [m for m in slack.channel_messages(INCIDENT) if m.ts not in before]
            return next((m for m in new if "change_confirm" in slack.buttons(m)), None)

        return await self.slack.wait_for(card, PATIENCE)

    async def confirm(self, text: str, words: str) -> None:
        """Propose and confirm, and wait until the card or the outcome says this."""
        card = await self.propose(text)
        await self.slack.click(OPERATOR, INCIDENT, card.ts, "change_confirm")
        await self.slack.wait_for(
            lambda slack: any(
                words in json.dumps(m.blocks)
                for m in slack.channel_messages(INCIDENT)
                if m.ts >= card.ts
            ),
            PATIENCE,
        )


@asynccontextmanager
async def started(
    tmp_path: Path, transport: str, log_format: str, script: Path
) -> AsyncIterator[Bot]:
    """Start the bot with canaries in its settings; what it left in the inbox cannot be read."""
    database = tmp_path / "bot.db"
    await prepare(database)
    sandbox = SlackSandbox(
        bot_token=BOT_TOKEN, app_token=APP_TOKEN, signing_secret=SIGNING, enforce_rate_limits=False
    )
    async with sandbox as slack, ContinuitySandbox(username=USERNAME, password=PASSWORD) as api:
        slack.add_person(OPERATOR, "operator")
        slack.add_channel(INCIDENT, "incident", members=[OPERATOR])
        api.add_customer(CUSTOMER, users=20)
        settings = {
            "PYTHONPATH": str(ROOT),
            "SLACK_BOT_TOKEN": BOT_TOKEN,
            "SLACK_APP_TOKEN": APP_TOKEN if transport == "socket" else "",
            "SLACK_SIGNING_SECRET": SIGNING,
            "SLACK_API_URL": slack.api_url,
            "CONTINUITY_URL": api.url,
            "CONTINUITY_USERNAME": USERNAME,
            "CONTINUITY_PASSWORD": PASSWORD,
            "SLACK_PACE": "1000",
            "DATABASE": str(database),
            "PORT": "0",
            "LOG_LEVEL": "DEBUG",
            "LOG_FORMAT": log_format,
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(script),
            "run",
            cwd=tmp_path,
            env=environment(settings),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        bot = Bot(process, slack, api, database)
        try:
            await bot.ready()
            if transport == "http":
                slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            yield bot
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def prepare(database: Path) -> None:
    rows = ((OPERATOR, Role.OPERATOR), (INCIDENT, Role.INCIDENT))
    await direct_store.grant(database, CUSTOMER, rows)
    connection = sqlite3.connect(database)  # a payload that no version of the bot can read
    row = ("command:unreadable", "command", "{", datetime.now(UTC).isoformat())
    connection.execute("INSERT INTO inbox (key, kind, payload, received_at) VALUES (?,?,?,?)", row)
    connection.commit()
    connection.close()


async def everything(bot: Bot) -> dict[str, str]:
    """All that the bot let out, by where it went."""
    files = bot.database.parent.glob(bot.database.name + "*")
    exported = {
        form: await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "app.py"),
            "audit",
            "export",
            "--format",
            form,
            cwd=bot.database.parent,
            env=environment({"DATABASE": str(bot.database)}),
            stdout=asyncio.subprocess.PIPE,
        )
        for form in ("csv", "jsonl")
    }
    trails = {form: (await each.communicate())[0].decode() for form, each in exported.items()}
    said = [message.history for message in bot.slack.messages]
    whispered = [(each.text, each.blocks) for each in bot.slack.ephemerals]
    modals = [view.view for view in bot.slack.views.values()]
    return {
        "standard output": "".join(bot.out),
        "standard error": "".join(bot.err),
        "database": "".join(path.read_bytes().decode("latin-1") for path in files),
        "database, as UTF-8": "".join(path.read_bytes().decode(errors="replace") for path in files),
        "messages": json.dumps([said, whispered, modals], ensure_ascii=False),
        "calls to Slack": json.dumps([call.payload for call in bot.slack.calls]),
        "csv": trails["csv"],
        "jsonl": trails["jsonl"],
    }


async def good_and_bad_hours(bot: Bot) -> None:
    """One change that works, then every kind of error of the API and of Slack."""
    assert "20 users" in await bot.type(f"status {CUSTOMER}")
    await bot.confirm(f"failover on {CUSTOMER} user0001@example.com", "Read back")
    await errors_of_the_api(bot)
    await errors_of_slack(bot)
    await garbage(bot)
    if bot.slack.connected:
        await a_lost_connection(bot)


async def errors_of_the_api(bot: Bot) -> None:
    echo = f"wrong account {USERNAME} with {PASSWORD}"
    kinds: list[int | str] = [
        401,
        403,
        429,
        500,
        "html",
        "broken_json",
        "half_body",
        "reset_before",
    ]
    for kind in kinds:
        bot.continuity.fail(kind=kind, message=echo, times=None)
        await bot.type(f"status {CUSTOMER}")
        bot.continuity.faults.clear()
    failing: tuple[tuple[int | str, str], ...] = (
        (401, "does not accept the bot"),
        (500, "not known"),
        ("reset_after", "not known"),
    )
    for number, (kind, words) in enumerate(failing, start=2):
        bot.continuity.fail(kind=kind, method="DELETE", message=echo)
        await bot.confirm(f"access off {CUSTOMER} user000{number}@example.com", words)
    bot.continuity.fail(kind="hang", method="GET", times=1)  # the preview gives up after 5 s
    await bot.propose(f"failover on {CUSTOMER} user0009@example.com")


async def errors_of_slack(bot: Bot) -> None:
    faults: list[dict[str, Any]] = [
        {"error": "invalid_auth"},
        {"error": "internal_error"},
        {"status": 500},
        {"retry_after": 1},
        {"drop": True},
    ]
    for fault in faults:
        bot.slack.fail("users.info", **fault)
        bot.slack.fail("chat.postMessage", **fault)
        bot.slack.fail("chat.update", **fault)
        await bot.type("whoami")
    bot.slack.heal()


async def garbage(bot: Bot) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{bot.port}", trust_env=False) as http:
        for path in ("/metrics", "/readyz", f"/slack/events?token={BOT_TOKEN}", "/nowhere"):
            answer = await http.get(path)
            assert leaked(SECRETS, answer.text) == []
        for body in (b"{", b"payload=%7B%22type%22%3A1%7D"):
            headers = {**bot.slack.signed_headers(body), "Authorization": f"Bearer {BOT_TOKEN}"}
            answer = await http.post("/slack/events", content=body, headers=headers)
            assert leaked(SECRETS, answer.text) == []


async def a_lost_connection(bot: Bot) -> None:
    """Slack asks for a new connection and refuses it; the library has much to say about that."""
    opened = sum(call.method == "apps.connections.open" for call in bot.slack.calls)
    bot.slack.fail("apps.connections.open", error="invalid_auth", times=100)
    await bot.slack.disconnect_sockets()
    await bot.slack.wait_for(
        lambda slack: sum(call.method == "apps.connections.open" for call in slack.calls) > opened
    )


@pytest.mark.parametrize(("transport", "log_format"), [("socket", "json"), ("http", "console")])
async def test_no_secret_is_anywhere_after_good_and_bad_hours(
    tmp_path: Path, transport: str, log_format: str
) -> None:
    async with started(tmp_path, transport, log_format, ROOT / "app.py") as bot:
        await good_and_bad_hours(bot)
        assert await bot.end() == 0
        found = await everything(bot)
    assert {place: leaked(SECRETS, text) for place, text in found.items() if text} == {
        place: [] for place, text in found.items() if text
    }
    assert "Traceback" in found["standard output"], "the unreadable delivery leaves one"
    assert found["standard error"] == ""
    if log_format == "json":
        events = [json.loads(line) for line in bot.out if line]
        assert all(event["event"] and event["level"] for event in events)
        calls = [event for event in events if event["event"] == "api.call"]
        assert {call["outcome"] for call in calls} >= {"ok", "Refused", "RateLimited", "Ambiguous"}
        assert all(call.get("change") or call.get("request") for call in calls)
    assert {401, 429, 500, 200} <= {request.status for request in bot.continuity.requests}


async def test_even_a_fault_that_spills_the_settings_shows_none(tmp_path: Path) -> None:
    """Libraries at DEBUG, warnings, threads, tasks and the breakdown of the process itself."""
    script = ROOT / "tests/scenarios/leaking_app.py"
    async with started(tmp_path, "socket", "json", script) as bot:
        await bot.confirm(f"failover on {CUSTOMER} user0001@example.com", "Read back")
        assert await bot.end() == 1
        found = await everything(bot)
    assert {place: leaked(SECRETS, text) for place, text in found.items() if text} == {
        place: [] for place, text in found.items() if text
    }
    assert found["standard error"] == ""
    events: list[dict[str, Any]] = [json.loads(line) for line in bot.out if line]
    assert {"httpcore.http11", "slack_sdk", "py.warnings", "asyncio", "bot", "bot.spilling"} <= {
        event["logger"] for event in events
    }
    [breakdown] = [each for each in events if "ExceptionGroup" in each.get("exception", "")]
    assert breakdown["event"] == "uncaught"


@pytest.mark.parametrize("spelled", ["header", "percent", "json"])
async def test_an_api_that_repeats_the_credentials_is_not_quoted(spelled: str) -> None:
    echoes = {
        "header": str(httpx.BasicAuth(USERNAME, PASSWORD)._auth_header),
        "percent": quote(PASSWORD, safe=""),
        "json": json.dumps({"password": PASSWORD}),
    }
    async with ContinuitySandbox(username=USERNAME, password=PASSWORD) as api:
        api.fail(kind=401, method="PUT", message=f"No such account: {echoes[spelled]}")
        client = ContinuityClient(api.url, USERNAME, SecretStr(PASSWORD))
        with pytest.raises(Refused) as caught:
            await client.set_flag(CUSTOMER, Flag.FAILOVER, True, Everyone())
        await client.aclose()
    assert "No such account" in str(caught.value)
    assert leaked(SECRETS, str(caught.value)) == []


def test_a_leak_would_be_seen() -> None:
    for text in (f"Bearer {BOT_TOKEN}", json.dumps({"password": PASSWORD}), repr(SECRETS)):
        assert leaked(SECRETS, text)
    header = httpx.BasicAuth(USERNAME, PASSWORD)._auth_header
    assert leaked(SECRETS, header)
