"""The terminal beside the running bot: another process, nothing in its environment but DATABASE."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.database_address import Database
from tests.fixtures.databases import as_setting
from tests.scenarios.conftest import STRANGER, Scenario

SCRIPT = Path(__file__).resolve().parents[3] / "app.py"


async def spoken(database: Database, *words: str) -> tuple[int | None, str, str]:
    """Give a command; return its exit status, what it printed, and its errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SCRIPT),
        *words,
        cwd=Path.cwd(),  # an empty folder
        env={"DATABASE": as_setting(database)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(40):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_what_the_terminal_grants_and_revokes_holds_at_once(scenario: Scenario) -> None:
    database = scenario.settings.database
    row = (STRANGER, "viewer", "44444")
    await scenario.type("whoami 44444", user=STRANGER)
    await scenario.told("view: no", user=STRANGER)
    granted = await spoken(database, "role", "grant", *row)
    told = f"{STRANGER} is viewer for 44444 now. The bot does not tell them: tell them yourself.\n"
    assert granted == (0, told, "")
    await scenario.type("whoami 44444", user=STRANGER)
    await scenario.told("view: yes", user=STRANGER)
    revoked = await spoken(database, "role", "revoke", *row)
    assert revoked == (0, f"{STRANGER} is no longer viewer for 44444.\n", "")
    before = len(scenario.slack.ephemerals)
    await scenario.type("whoami 44444", user=STRANGER)
    await scenario.slack.wait_for(lambda slack: len(slack.ephemerals) > before)
    assert "view: no" in scenario.slack.ephemerals[-1].text
    status, out, errors = await spoken(database, "audit", "verify")
    assert (status, "intact" in out, errors) == (0, True, "")
