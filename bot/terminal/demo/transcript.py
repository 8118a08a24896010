"""`demo`: the bot in its own process against the simulated services; prints what people see."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from bot.domain.roles import Role
from bot.errors import BotError
from bot.ports import Store
from bot.store.sqlite.store import SqliteStore
from bot.terminal.demo.bot_process import bot_environment
from bot.terminal.demo.setting import (
    APPROVER,
    CHANNEL,
    CUSTOMER,
    CUSTOMER_NAME,
    OPERATOR,
    USERS,
    grant,
)
from bot.terminal.mrkdwn import plain, words
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox
from sandbox.slack.members import direct_id

ROLES = (
    (OPERATOR, Role.OPERATOR, CUSTOMER),
    (APPROVER, Role.APPROVER, CUSTOMER),
    (CHANNEL, Role.INCIDENT, CUSTOMER),
)
MAX_START_SECONDS = 20.0
MAX_STEP_SECONDS = 10.0


async def demo() -> None:
    """Run the demo to its end. Raises BotError if a step takes too long."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "demo.db"
        await grant(database, ROLES, {CUSTOMER: CUSTOMER_NAME})
        async with SlackSandbox() as slack, ContinuitySandbox() as continuity:
            slack.add_person(OPERATOR, "operator")
            slack.add_person(APPROVER, "approver")
            slack.add_channel(CHANNEL, "mail-outage", members=[OPERATOR, APPROVER])
            continuity.add_customer(CUSTOMER, users=USERS, access_off=1240, not_activated=31)
            slack.on_change.append(partial(_print, slack))
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
    asked = f"activate {CUSTOMER} --reason Exchange is down <!channel>"
    _type(OPERATOR, f"/continuity {asked}")
    await slack.command(OPERATOR, CHANNEL, asked)
    card = await slack.wait_for(
        lambda space: _with_button(space, "change_approve"), MAX_STEP_SECONDS
    )
    own_card = await slack.wait_for(
        lambda space: _with_button(space, "change_approve", direct_id(APPROVER)), MAX_STEP_SECONDS
    )
    _type(OPERATOR, "presses Approve on their own change")
    await slack.click(OPERATOR, CHANNEL, card.ts, "change_approve")
    await slack.wait_for(lambda space: bool(space.ephemerals), MAX_STEP_SECONDS)
    _type(APPROVER, "presses Approve in the message that the bot sent them")
    await slack.click(APPROVER, own_card.channel, own_card.ts, "change_approve")
    for channel in (CHANNEL, direct_id(OPERATOR)):
        await slack.wait_for(partial(_outcome, channel=channel), MAX_STEP_SECONDS)
    seen = len(slack.ephemerals)
    _type(OPERATOR, f"/continuity status {CUSTOMER}")
    await slack.command(OPERATOR, CHANNEL, f"status {CUSTOMER}")
    await slack.wait_for(lambda space: len(space.ephemerals) > seen, MAX_STEP_SECONDS)


async def _start(
    database: Path, slack: SlackSandbox, continuity: ContinuitySandbox
) -> asyncio.subprocess.Process:
    """Start the bot as `run` does."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        cwd=database.parent,
        env=bot_environment(database, slack, continuity),
    )


async def _print_audit(store: Store) -> None:
    entries = await store.read(lambda tx: tx.entries(limit=100))
    click.secho(f"\nAudit trail: {len(entries)} entries", bold=True)
    for entry in entries:
        click.echo(f"  {entry.record.kind:18} {entry.record.actor:14} {entry.reference}")


def _with_button(slack: SlackSandbox, action: str, channel: str = CHANNEL) -> Any:
    return next((m for m in slack.channel_messages(channel) if action in slack.buttons(m)), None)


def _outcome(slack: SlackSandbox, channel: str) -> bool:
    said = map(_words, slack.channel_messages(channel))
    return any("cannot read their mail" in words for words in said)


def _type(who: str, what: str) -> None:
    click.secho(f"\n{datetime.now(UTC):%H:%M:%S} {who} > {what}", fg="cyan", bold=True)


def _print(slack: SlackSandbox, kind: str, item: Any) -> None:
    words = _words(item)
    if kind == "ephemeral":
        click.secho("   (only you) " + words, fg="yellow")
        return
    if kind not in ("posted", "updated"):
        return
    thread = getattr(item, "thread_ts", None)
    color = "bright_black" if thread else "green" if "APPLIED" in words else "white"
    mark = {"posted": "+", "updated": "~"}[kind]
    channel = slack.channels[item.channel]
    if channel.is_im:
        [person] = channel.members - {slack.bot_user_id}
        click.secho(f" {mark} (to {slack.people[person].name} alone)", fg="yellow")
    for line in words.splitlines():
        click.secho(f" {mark} {'    ' if thread else ''}{line}", fg=color)


def _words(item: Any) -> str:
    return plain(words(item.blocks or [], buttons=True) or item.text)
