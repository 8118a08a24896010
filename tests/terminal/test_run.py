"""`run`: one clear line where it cannot start, and a signal ends it, also while Slack is away."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import ConfigurationError, StoreBusy
from bot.setting_secrets import secrets_of
from bot.settings import Settings
from bot.store.sqlite.lock import DatabaseLock
from bot.terminal.run import serve
from sandbox.slack import SlackSandbox
from tests.fixtures import log_state
from tests.terminal.conftest import Terminal

WHOLE = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox",
    "SLACK_APP_TOKEN": "xapp-sandbox",
    "CONTINUITY_USERNAME": "api",
    "CONTINUITY_PASSWORD": "canary",
    "CONTINUITY_URL": "http://127.0.0.1:9/",
    "SLACK_API_URL": "http://127.0.0.1:9/api/",
    "PORT": "0",
}
UNOPENED = (
    "The database folder cannot be opened; check that the folder exists and may be written "
    "(unable to open database file)."
)


@pytest.fixture(autouse=True)
def logging_stays_as_it_is() -> Iterator[None]:
    with log_state.restored():
        yield


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(enforce_rate_limits=False) as sandbox:
        yield sandbox


def settings_for(slack: SlackSandbox, tmp_path: Path) -> Settings:
    return Settings(
        _env_file=None,
        slack_bot_token=SecretStr(slack.bot_token),
        slack_app_token=SecretStr(slack.app_token),
        slack_api_url=slack.api_url,
        continuity_url="http://127.0.0.1:9/",
        continuity_username="api",
        continuity_password=SecretStr("canary"),
        database=tmp_path / "bot.db",
        port=0,
        log_level="ERROR",
    )


@pytest.mark.parametrize("command", [(), ("run",)])
def test_missing_settings_stop_the_start_with_a_line_each(
    terminal: Terminal, command: tuple[str, ...]
) -> None:
    result = terminal(*command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert [line.partition(" ")[0] for line in result.stderr.splitlines()] == [
        "SLACK_BOT_TOKEN",
        "SLACK_APP_TOKEN",
        "CONTINUITY_USERNAME",
        "CONTINUITY_PASSWORD",
    ]
    assert not terminal.database.exists()


@pytest.mark.parametrize(
    ("given", "reasons"),
    [
        (
            {},
            [
                "SLACK_BOT_TOKEN is missing: the xoxb- token of the installed app.",
                "SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) is missing.",
                "CONTINUITY_USERNAME is missing: the user of the continuity API.",
                "CONTINUITY_PASSWORD is missing: the password of the continuity API.",
            ],
        ),
        (
            {**WHOLE, "PORT": "no"},
            ["PORT: Input should be a valid integer, unable to parse string as an integer"],
        ),
        (
            {**WHOLE, "DATABASE": "folder"},
            [UNOPENED],
        ),
    ],
)
def test_with_json_a_refused_start_is_one_line_of_json(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    reasons: list[str],
) -> None:
    for name, value in {**given, "LOG_FORMAT": "json"}.items():
        monkeypatch.setenv(name, value)
    Path("folder").mkdir()
    result = terminal("run")
    assert (result.exit_code, result.stderr) == (1, "")
    [line] = result.stdout.splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["level"]) == ("start.refused", "critical")
    assert entry["reasons"] == reasons
    assert "canary" not in line


def test_with_json_only_a_start_is_refused_in_json(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_FORMAT", "json")
    assert terminal.refused("audit", "show", "--change", "C-none").startswith("“C-none”")


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("SLACK_BOT_TOKEN", "xoxp-1-canary", "SLACK_BOT_TOKEN is a person's token: set it to the"),
        (
            "SLACK_BOT_TOKEN",
            "xapp-1-canary",
            "SLACK_BOT_TOKEN is an app-level token: set it to the",
        ),
        ("SLACK_APP_TOKEN", "xoxb-1-canary", "SLACK_APP_TOKEN is a bot token: set it to an app-le"),
        (
            "SLACK_APP_TOKEN",
            "a" * 32,
            "SLACK_APP_TOKEN is a signing secret or client secret: set it",
        ),
    ],
)
@pytest.mark.parametrize("command", [("run",), ("exec", "status 44444", "--as", "U0OPERATOR")])
def test_a_token_in_the_wrong_setting_is_one_line_that_names_it(
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    name: str,
    value: str,
    line: str,
) -> None:
    for setting, given in {**WHOLE, name: value}.items():
        monkeypatch.setenv(setting, given)
    said = terminal.refused(*command)
    assert said.startswith(line)
    assert "canary" not in said
    assert "\n" not in said.strip()


@pytest.mark.parametrize(
    ("method", "field", "words"),
    [
        (
            "auth.test",
            "bot_id",
            "SLACK_BOT_TOKEN is a person's: Slack's auth.test tells no bot_id.",
        ),
        ("auth.test", "team_id", "SLACK_BOT_TOKEN: Slack's auth.test tells no team_id."),
        ("auth.test", "user_id", "SLACK_BOT_TOKEN: Slack's auth.test tells no user_id."),
        ("bots.info", "bot.app_id", "SLACK_BOT_TOKEN: Slack's bots.info tells no app_id"),
        ("bots.info", "bot", "SLACK_BOT_TOKEN: Slack's bots.info tells no app_id"),
    ],
)
async def test_a_field_that_slack_does_not_tell_ends_the_start_with_the_setting(
    slack: SlackSandbox, tmp_path: Path, method: str, field: str, words: str
) -> None:
    slack.withheld = {method: (field,)}
    with pytest.raises(ConfigurationError) as caught:
        await serve(settings_for(slack, tmp_path))
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


async def test_the_token_of_a_whole_organisation_ends_the_start(
    slack: SlackSandbox, tmp_path: Path
) -> None:
    slack.org_install = True
    with pytest.raises(ConfigurationError, match="SLACK_BOT_TOKEN is of a whole organisation"):
        await serve(settings_for(slack, tmp_path))


def test_a_port_that_is_taken_is_told_in_a_line(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for name, value in {**WHOLE, "PORT": str(taken.getsockname()[1])}.items():
            monkeypatch.setenv(name, value)
        assert "address already in use" in terminal.refused("run")


def test_a_second_bot_is_told_in_a_line(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in WHOLE.items():
        monkeypatch.setenv(name, value)
    with DatabaseLock(terminal.database):
        assert str(terminal.database) in terminal.refused("run")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_running_bot(
    slack: SlackSandbox, tmp_path: Path, number: signal.Signals
) -> None:
    bot = asyncio.create_task(serve(settings_for(slack, tmp_path)))
    await slack.wait_for(lambda space: space.connected)
    os.kill(os.getpid(), number)
    done, _ = await asyncio.wait([bot], timeout=30)
    assert done
    await bot
    await slack.wait_for(lambda space: not space.connected)
    with DatabaseLock(tmp_path / "bot.db"):
        pass  # it was given back


async def test_a_signal_ends_a_start_that_waits_for_slack(
    slack: SlackSandbox, tmp_path: Path
) -> None:
    slack.down = True
    bot = asyncio.create_task(serve(settings_for(slack, tmp_path)))
    await slack.wait_for(lambda space: len(space.calls) > 1)
    os.kill(os.getpid(), signal.SIGTERM)
    done, _ = await asyncio.wait([bot], timeout=30)
    assert done
    await bot


async def test_a_cancellation_that_no_signal_asked_for_goes_on(
    slack: SlackSandbox, tmp_path: Path
) -> None:
    bot = asyncio.create_task(serve(settings_for(slack, tmp_path)))
    await slack.wait_for(lambda space: space.connected)
    bot.cancel()
    with pytest.raises(asyncio.CancelledError):
        await bot


async def test_an_error_of_the_start_is_raised(slack: SlackSandbox, tmp_path: Path) -> None:
    with DatabaseLock(tmp_path / "bot.db"), pytest.raises(StoreBusy):
        await serve(settings_for(slack, tmp_path))


def test_the_address_of_a_webhook_is_a_secret_too() -> None:
    address = "https://hooks.example.com/T0/B0/canary"
    assert address in secrets_of(Settings(_env_file=None, pager_webhook_url=address))


def test_the_account_as_a_whole_is_a_secret_too() -> None:
    settings = Settings(
        _env_file=None, continuity_username="api", continuity_password=SecretStr("canary")
    )
    assert {"canary", "api:canary"} <= set(secrets_of(settings))
