"""`continuity sandbox`: a simulated API that another process can use until a signal."""

from __future__ import annotations

import asyncio
import os
import signal
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.continuity.client import ContinuityClient
from bot.credentials import read
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import BotError, ConfigurationError, InvalidInput
from bot.terminal.sandbox_command import PASSWORD, Asked, _seed, _serve, run
from sandbox.continuity import RehearsalApi

CUSTOMER = "44444"
ASKED = Asked("127.0.0.1", 0, [CUSTOMER], None)


@asynccontextmanager
async def served(asked: Asked, password: str = "") -> AsyncIterator[list[str]]:
    """Run the command until the block ends; yield what it printed."""
    told: list[str] = []
    complete = asyncio.Event()

    def tell(line: str) -> None:
        told.append(line)
        if line == "drill = true":
            complete.set()

    serving = asyncio.create_task(_serve(asked, password, _seed(asked), tell))
    async with asyncio.timeout(30):
        await complete.wait()
        yield told
        os.kill(os.getpid(), signal.SIGTERM)
        await serving


def accounts_file(folder: Path, told: list[str]) -> Path:
    file = folder / "accounts.toml"
    file.write_text("\n".join(told[3:]))
    file.chmod(0o600)
    return file


async def test_what_it_prints_is_the_account_that_reaches_it(tmp_path: Path) -> None:
    async with served(ASKED) as told:
        accounts = read(accounts_file(tmp_path, told), "https://api.example.com/v2/")
        assert accounts[CUSTOMER].drill
        async with ContinuityClient("https://api.example.com/v2/", accounts=accounts) as client:
            assert await client.count(CUSTOMER, EVERY_USER) == 200
    assert told[0].startswith("The simulated continuity API listens at http://127.0.0.1:")


async def test_it_begins_with_the_users_of_a_file(tmp_path: Path) -> None:
    users = tmp_path / "users.csv"
    users.write_text(
        "user;displayName;failoverGroups;failover\njo@example.com;Jo;emea;true\n"
        "al@example.com;Al;;false\n"
    )
    async with served(replace(ASKED, users=users)) as told:
        accounts = read(accounts_file(tmp_path, told), "https://api.example.com/v2/")
        async with ContinuityClient("https://api.example.com/v2/", accounts=accounts) as client:
            assert await client.count(CUSTOMER) == 2
            assert await client.count(CUSTOMER, Filters(("emea",), failover=True)) == 1


async def test_a_password_of_a_setting_is_not_printed() -> None:
    async with served(ASKED, "canary-canary-canary") as told:
        assert "canary" not in "".join(told)
        assert 'password = "the value of SANDBOX_PASSWORD"' in told
        assert tomllib.loads("\n".join(told[3:]))[CUSTOMER]["drill"] is True


@pytest.mark.parametrize(
    ("asked", "password", "error", "says"),
    [
        (replace(ASKED, host="0.0.0.0"), "", ConfigurationError, f"{PASSWORD} is missing"),  # noqa: S104
        (ASKED, "short", ConfigurationError, "at least 16 characters"),
        (replace(ASKED, users=Path("absent.csv")), "", InvalidInput, "absent.csv cannot be read"),
        (
            replace(ASKED, users=Path("a"), customers=["44444", "10101"]),
            "",
            InvalidInput,
            "one --customer",
        ),
    ],
)
def test_what_cannot_be_served_is_told(
    asked: Asked, password: str, error: type[BotError], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PASSWORD, password)
    with pytest.raises(error, match=says):
        run(asked, print)


async def test_a_port_that_is_taken_is_told() -> None:
    async with RehearsalApi({}) as other:
        port = int(other.url.split(":")[2].partition("/")[0])
        with pytest.raises(BotError, match=f"cannot listen on 127.0.0.1:{port}: "):
            await _serve(replace(ASKED, port=port), "", {}, print)
