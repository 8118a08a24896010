"""The process from its first line to its exit status: what stops a start, health, SIGTERM."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import main
from bot.domain.change_state import RUNNING, State
from bot.store.sqlite.lock import DatabaseLock
from bot.store.sqlite.sqlite_library import sqlite3
from bot.store.sqlite.store import SqliteStore
from tests.scenarios.conftest import said
from tests.scenarios.processes import (
    APP,
    COMPLAINTS,
    PATIENCE,
    Deployment,
    deployment,
    environment,
    free_port,
)

SLOW, LATE, CUT, HANGING = "11111", "22222", "33333", "44444"
LONG_DRAIN = "600"  # seconds, longer than any test waits
BOTH_MODES = pytest.mark.parametrize("socket_mode", [True, False], ids=["socket", "http"])
Prepare = Callable[[Path, ExitStack], dict[str, str]]


# --- what stops a start ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attempt:
    """A start that was tried: how it ended, and the database before and after it."""

    status: int
    lines: list[str]
    before: bytes | None
    after: bytes | None


def _settings(**settings: str) -> Prepare:
    return lambda _, __: settings


def _second_bot(database: Path, held: ExitStack) -> dict[str, str]:
    held.enter_context(DatabaseLock(database))
    return {}


def _taken_port(_: Path, held: ExitStack) -> dict[str, str]:
    server = held.enter_context(socket.create_server(("127.0.0.1", 0)))
    return {"PORT": str(server.getsockname()[1])}


def _garbage(database: Path, _: ExitStack) -> dict[str, str]:
    database.write_bytes(b"this is no database, but a text of some length\n" * 200)
    return {}


def _newer(database: Path, _: ExitStack) -> dict[str, str]:
    async def ours() -> None:
        await (await SqliteStore.open_async(database)).close()

    asyncio.run(ours())
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('continuity', '0099_later', '2030')"
        )
    return {}


COMPLETE = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "CONTINUITY_USERNAME": "continuity",
    "CONTINUITY_PASSWORD": "sandbox-password",
    "SLACK_PACE": "1000",
}
STOPPED: dict[str, tuple[Prepare, list[str]]] = {
    "nothing_is_set": (
        _settings(**dict.fromkeys(COMPLETE, ""), SLACK_CLIENT_ID="1.2"),
        [
            "SLACK_BOT_TOKEN is missing",
            "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing",
            "CONTINUITY_USERNAME is missing",
            "CONTINUITY_PASSWORD is missing",
            "SLACK_CLIENT_ID and SLACK_CLIENT_SECRET must not be set",
        ],
    ),
    "no_address": (
        _settings(CONTINUITY_URL="ftp://here"),
        ["CONTINUITY_URL must be an http or https address"],
    ),
    "second_bot": (_second_bot, [f"process {os.getpid()} runs the bot on it"]),
    "garbage": (_garbage, ["is not a database"]),
    "newer": (_newer, ["was written by a newer version (0099_later)"]),
    "taken_port": (_taken_port, ["PORT"]),
}


@pytest.fixture(scope="module")
def attempts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Attempt]:
    """Every start that cannot succeed, tried at the same time: each takes a second of a processor.

    Slack is never reached: all of this is told before it.
    """
    nowhere = f"http://127.0.0.1:{free_port()}/api/"
    running: dict[str, tuple[Path, bytes | None, subprocess.Popen[str]]] = {}
    with ExitStack() as held:
        for name, (prepare, _) in STOPPED.items():
            database = tmp_path_factory.mktemp(name) / "bot.db"
            settings = {"DATABASE": str(database), "PORT": "0", "SLACK_API_URL": nowhere}
            settings |= COMPLETE | prepare(database, held)
            before = _content(database)
            process = held.enter_context(
                subprocess.Popen(  # noqa: S603  # our own app
                    [sys.executable, str(APP), "run"],
                    cwd=database.parent,
                    env=environment(settings),
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            held.callback(process.kill)
            running[name] = database, before, process
        return {name: _to_its_end(*started) for name, started in running.items()}


def _to_its_end(database: Path, before: bytes | None, process: subprocess.Popen[str]) -> Attempt:
    try:
        _, printed = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:  # it runs: the tests say that it should not
        process.kill()
        _, printed = process.communicate()
    return Attempt(process.returncode, printed.splitlines(), before, _content(database))


def _content(database: Path) -> bytes | None:
    return database.read_bytes() if database.exists() else None


@pytest.mark.parametrize("name", list(STOPPED))
def test_what_stops_the_start_is_told_in_a_clear_line_each(
    attempts: dict[str, Attempt], name: str
) -> None:
    attempt, expected = attempts[name], STOPPED[name][1]

    assert attempt.status == 1
    assert len(attempt.lines) == len(expected), "\n".join(attempt.lines)
    for line, words in zip(attempt.lines, expected, strict=True):
        assert words in line
    assert "sandbox" not in "".join(attempt.lines)  # no value of a secret


@pytest.mark.parametrize("name", ["second_bot", "garbage", "newer", "nothing_is_set"])
def test_a_start_that_was_stopped_leaves_the_database_as_it_was(
    attempts: dict[str, Attempt], name: str
) -> None:
    assert attempts[name].after == attempts[name].before


def test_settings_that_cannot_be_read_stop_the_start_with_a_line_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = {**COMPLETE, "PORT": "many", "LOG_LEVEL": "LOUD"}

    refused = CliRunner().invoke(main, ["run"], env=settings)

    assert refused.exit_code == 1
    lines = refused.output.splitlines()
    assert [line.split(":")[0] for line in lines] == ["PORT", "LOG_LEVEL"]


# --- health, and Slack that comes late ------------------------------------------------------------


@BOTH_MODES
async def test_health_is_told_before_slack_is_reached_and_ready_soon_after(
    tmp_path: Path, socket_mode: bool
) -> None:
    """Over Socket Mode nobody listens where Slack should be; over HTTP it answers 503."""
    async with deployment(tmp_path, socket_mode=socket_mode) as on:
        slack_port = on.slack.server.port
        on.slack.down = True
        if socket_mode:
            await on.slack.stop()
        async with on.bot() as bot:
            await bot.answers("/healthz", 200)
            assert await bot.probe("/readyz") == 503
            if socket_mode:
                await on.slack.start(slack_port)
            else:
                await on.slack.wait_for(lambda slack: slack.calls, PATIENCE)
                assert (await on.type("pending")).status == 503
                assert await bot.probe("/readyz") == 503
            on.slack.down = False
            await bot.answers("/readyz", 200)
            await on.slack.wait_for(lambda slack: socket_mode == bool(slack.connected))
            await on.type("pending")
            await on.told("Nothing waits here")
            await bot.stop()


async def test_sigterm_ends_a_bot_that_never_reached_slack(tmp_path: Path) -> None:
    async with deployment(tmp_path, DRAIN=LONG_DRAIN) as on:
        on.slack.down = True
        async with on.bot() as bot:
            await on.slack.wait_for(lambda slack: slack.calls, PATIENCE)
            await bot.stop()


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_a_token_that_slack_does_not_take_ends_the_start_with_a_line(
    tmp_path: Path, method: str
) -> None:
    async with deployment(tmp_path) as on:
        on.slack.fail(method, error="invalid_auth", times=100)
        async with on.bot() as bot:
            await on.slack.wait_for(
                lambda slack: any(c.method == method for c in slack.calls), PATIENCE
            )
            assert await bot.ended() == 1
            assert "invalid_auth" in bot.log
            assert "Traceback" not in bot.log


async def test_an_installation_for_a_whole_organisation_ends_the_start_with_a_line(
    tmp_path: Path,
) -> None:
    async with deployment(tmp_path) as on:
        on.slack.enterprise_id, on.slack.org_install = "E0GROUP", True
        async with on.bot() as bot:
            assert await bot.ended() == 1
            assert "SLACK_BOT_TOKEN" in bot.log
            assert "whole organisation" in bot.log
            assert "Traceback" not in bot.log


# --- SIGTERM --------------------------------------------------------------------------------------


@BOTH_MODES
async def test_sigterm_lets_a_running_change_finish_and_takes_no_new_work(
    tmp_path: Path, socket_mode: bool
) -> None:
    """The API takes a second; the outcome is posted before the process ends."""
    async with deployment(tmp_path, socket_mode=socket_mode) as on, on.bot() as bot:
        on.continuity.add_customer(SLOW, users=20)
        on.continuity.add_customer(LATE, users=20)
        on.continuity.fail(method="PUT", kind="delay", seconds=1.0)
        await bot.answers("/readyz", 200)
        await on.run_to(SLOW)
        await on.sent("PUT", SLOW)
        bot.signal()
        await bot.answers("/readyz", 503, 0)
        late = await on.type(f"failover on {LATE}")
        assert await bot.ended() == 0
        assert len(on.outcomes(SLOW)) == 1
        assert "20 of 20 in failover" in said(on.outcomes(SLOW)[0])
        assert not on.slack.buttons(on.cards(SLOW)[0])
        assert on.writes(SLOW) == [f"PUT /{SLOW}/failover"]
        assert on.cards(LATE) == []
        # Either the person sees that it did not work, or it is done at the next start.
        assert late.status != 200 or await on.saved_for_later()
        assert not on.slack.refused
        assert not [words for words in COMPLAINTS if words in bot.log]


async def test_what_the_drain_leaves_is_concluded_by_the_next_start(tmp_path: Path) -> None:
    """One change lost its answer while the bot was stopping, the other one hangs longer than that."""
    async with deployment(tmp_path, DRAIN="2") as on:
        for customer in (CUT, HANGING):
            on.continuity.add_customer(customer, users=20)
        on.continuity.fail(method="PUT", path=CUT, kind="reset_after", seconds=1.0)
        on.continuity.fail(method="PUT", path=HANGING, kind="hang", applied=True)
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await asyncio.gather(on.run_to(CUT), on.run_to(HANGING))
            await asyncio.gather(on.sent("PUT", CUT), on.sent("PUT", HANGING))
            bot.signal()
            await on.card(CUT, words="not known")
            assert await bot.ended(20.0) == 0  # the request hangs for 30 s
        assert [c.state for c in await on.changes(CUT)] == [State.UNKNOWN]
        assert [c.state for c in await on.changes(HANGING)] == [State.EXECUTING]
        async with on.bot() as bot:
            await asyncio.gather(on.outcome(CUT), on.outcome(HANGING))
            await bot.stop()
        await _concluded_once(on, CUT)
        await _concluded_once(on, HANGING)


async def test_a_second_sigterm_does_not_wait_for_the_drain(tmp_path: Path) -> None:
    async with deployment(tmp_path, DRAIN=LONG_DRAIN) as on, on.bot() as bot:
        on.continuity.add_customer(HANGING, users=20)
        on.continuity.fail(method="PUT", kind="hang")
        await bot.answers("/readyz", 200)
        await on.run_to(HANGING)
        await on.sent("PUT", HANGING)
        bot.signal()
        await bot.answers("/readyz", 503, 0)
        bot.signal()
        assert await bot.ended(20.0) == 0  # the request hangs for 30 s
        assert {c.state for c in await on.changes(HANGING)} <= RUNNING


async def _concluded_once(on: Deployment, customer: str) -> None:
    """One write, then read back, then one outcome; and the audit trail tells the same."""
    assert on.writes(customer) == [f"PUT /{customer}/failover"]
    assert [r.method for r in on.requests(customer)][-1] == "HEAD"
    assert [c.state for c in await on.changes(customer)] == [State.APPLIED]
    assert len(on.outcomes(customer)) == 1
    assert "20 of 20 in failover" in said(on.outcomes(customer)[0])
    kinds = [entry.record.kind for entry in await on.trail(customer)]
    assert kinds.count("change.executing") == kinds.count("change.applied") == 1
