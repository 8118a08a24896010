"""`demo`: the bot in its own process against the simulated services; prints what people see."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from bot.domain.commands import Actor, GrantRoleCommand, NameCustomerCommand
from bot.domain.roles import Role, parse_subject
from bot.errors import BotError
from bot.ports import Store
from bot.store.sqlite.store import SqliteStore
from bot.terminal.admin import admin_session
from bot.terminal.mrkdwn import plain, words
from sandbox.continuity import ContinuitySandbox
from sandbox.environment import environment
from sandbox.slack import SlackSandbox

OPERATOR, APPROVER, CHANNEL = "U0OPERATOR", "U0APPROVER", "C0INCIDENT"
CUSTOMER = "44444"
MAX_START_SECONDS = 20.0
MAX_STEP_SECONDS = 10.0


async def demo() -> None:
    """Run the demo to its end. Raises BotError if a step takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "demo.db"
        await _grant(database)
        async with SlackSandbox() as slack, ContinuitySandbox() as continuity:
            slack.add_person(OPERATOR, "operator")
            slack.add_person(APPROVER, "approver")
            slack.add_channel(CHANNEL, "mail-outage", members=[OPERATOR, APPROVER])
            continuity.add_customer(CUSTOMER, users=1284, access_off=1240, not_activated=31)
            slack.on_change.append(_print)
            bot = await _start(database, slack, continuity)
            try:
                await asyncio.wait_for(_play(slack), 60)
            except TimeoutError:
                raise BotError("The demo did not reach its end.") from None
            finally:
                bot.terminate()
                await bot.wait()
        async with await SqliteStore.open_async(database) as store:
            await _print_audit(store)


async def _play(slack: SlackSandbox) -> None:
    await slack.wait_for(lambda space: space.connected, MAX_START_SECONDS)
    _type(OPERATOR, "failover on 44444 --reason Exchange is down <!channel>")
    await slack.command(
        OPERATOR, CHANNEL, f"failover on {CUSTOMER} --reason Exchange is down <!channel>"
    )
    card = await slack.wait_for(
        lambda space: _with_button(space, "change_approve"), MAX_STEP_SECONDS
    )
    _type(OPERATOR, "presses Approve on their own change")
    await slack.click(OPERATOR, CHANNEL, card.ts, "change_approve")
    await slack.wait_for(lambda space: bool(space.ephemerals), MAX_STEP_SECONDS)
    _type(APPROVER, "presses Approve")
    await slack.click(APPROVER, CHANNEL, card.ts, "change_approve")
    await slack.wait_for(
        lambda space: any("Read back" in _words(m) for m in space.channel_messages(CHANNEL)),
        MAX_STEP_SECONDS,
    )
    seen = len(slack.ephemerals)
    _type(OPERATOR, f"/continuity status {CUSTOMER}")
    await slack.command(OPERATOR, CHANNEL, f"status {CUSTOMER}")
    await slack.wait_for(lambda space: len(space.ephemerals) > seen, MAX_STEP_SECONDS)


async def _grant(database: Path) -> None:
    store = await SqliteStore.open_async(database)
    admin = admin_session(store, Actor("demo", None, terminal="demo@terminal"))
    for subject, role in (
        (OPERATOR, Role.OPERATOR),
        (APPROVER, Role.APPROVER),
        (CHANNEL, Role.INCIDENT),
    ):
        await admin.grant(GrantRoleCommand(parse_subject(subject), role, CUSTOMER))
    await admin.name(NameCustomerCommand(CUSTOMER, "Acme GmbH"))
    await store.close()


async def _start(
    database: Path, slack: SlackSandbox, continuity: ContinuitySandbox
) -> asyncio.subprocess.Process:
    """Start the bot with these services, without this shell's settings or a `.env`."""
    settings = {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "CONTINUITY_URL": continuity.url,
        "CONTINUITY_USERNAME": "continuity",
        "CONTINUITY_PASSWORD": "sandbox-password",
        "DATABASE": str(database),
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "PORT": "0",
        "LOG_LEVEL": "WARNING",
    }
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"), cwd=database.parent, env=environment(settings)
    )


async def _print_audit(store: Store) -> None:
    entries = await store.read(lambda tx: tx.entries(limit=100))
    click.secho(f"\nAudit trail: {len(entries)} entries", bold=True)
    for entry in entries:
        click.echo(f"  {entry.record.kind:18} {entry.record.actor:14} {entry.reference}")


def _with_button(slack: SlackSandbox, action: str) -> Any:
    return next((m for m in slack.channel_messages(CHANNEL) if action in slack.buttons(m)), None)


def _type(who: str, what: str) -> None:
    click.secho(f"\n{datetime.now(UTC):%H:%M:%S} {who} > {what}", fg="cyan", bold=True)


def _print(kind: str, item: Any) -> None:
    words = _words(item)
    if kind == "ephemeral":
        click.secho("   (only you) " + words, fg="yellow")
        return
    if kind not in ("posted", "updated"):
        return
    thread = getattr(item, "thread_ts", None)
    color = "bright_black" if thread else "green" if "APPLIED" in words else "white"
    mark = {"posted": "+", "updated": "~"}[kind]
    for line in words.splitlines():
        click.secho(f" {mark} {'    ' if thread else ''}{line}", fg=color)


def _words(item: Any) -> str:
    return plain(words(item.blocks or [], buttons=True) or item.text)
