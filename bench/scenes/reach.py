"""`reach`: how long outcomes take while many changes wait and their approvers are told directly,
beside the same without direct messages. Slack's rate limits are in force."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from bench.participants import APPROVE, CHANNELS, OPERATOR
from bench.processes import Broken
from bench.table import Figure, in_seconds, quantile
from bot.bootstrap import running
from bot.domain.actor import Actor
from bot.domain.admin_commands import GrantRoleCommand
from bot.domain.notify import DEFAULT, Circle, NotifyRule, Step
from bot.domain.roles import ANY_CUSTOMER, Role, parse_subject
from bot.settings import Settings
from bot.store.opening import open_store
from bot.store.sqlite.sqlite_library import preferred_journal
from bot.terminal.admin import admin_session
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import Message, SlackSandbox

APPROVERS = tuple(f"U0APPROVER{number}" for number in range(10))
MAX_SECONDS = 900.0  # for all of it
MAX_STEP_SECONDS = 120.0
AIM_SECONDS = 5.0
# Nobody is told of anything while it is measured.
_NOBODY = replace(DEFAULT, steps=(Step(timedelta(minutes=29), Circle.ADMINS),), reminders=())


@dataclass(frozen=True, slots=True)
class Sizes:
    """So many changes wait, and so many of them are approved, one after the other.

    ``rest`` is until the first one, in seconds: the limit of updates is of a minute. ``pause`` is
    between two: each takes some five updates, and Slack 50 a minute.
    """

    changes: int = 200
    decisions: int = 12
    rest: float = 60.0
    pause: float = 8.0


QUICK = Sizes(changes=40, decisions=4, rest=30.0, pause=5.0)


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds from each approval to its outcome; direct messages and answers 429 until then."""

    seconds: list[float]
    direct_messages: int
    limited: int


async def measure(sizes: Sizes) -> list[Figure]:
    """Return the lines of the table. Raises Broken, OSError or TimeoutError."""
    print("reach …", file=sys.stderr, flush=True)
    async with asyncio.timeout(MAX_SECONDS):
        without, told = [await _run(sizes, rule) for rule in (_NOBODY, DEFAULT)]
    if without.direct_messages > sizes.decisions or told.direct_messages < len(APPROVERS):
        raise Broken("The rule did not decide who is told directly.")
    delay = max(told.seconds) - max(without.seconds)
    name = f"{sizes.changes} wait, {len(APPROVERS)} approvers, approval to outcome"
    return [
        _figure(f"{name}, p50", without, told, 0.5),
        _figure(f"{name}, slowest", without, told, 1.0),
        Figure(
            "  delay of the slowest outcome by direct messages",
            "",
            in_seconds(delay),
            "",
            f"<= {AIM_SECONDS:g} s",
            delay <= AIM_SECONDS,
        ),
        Figure("  direct messages", str(without.direct_messages), str(told.direct_messages)),
        Figure("  answers 429", str(without.limited), str(told.limited)),
    ]


def _figure(name: str, without: Run, told: Run, share: float) -> Figure:
    left, right = (quantile(one.seconds, share) for one in (without, told))
    return Figure(name, in_seconds(left), in_seconds(right), f"{right / left:.2f}")


async def _run(sizes: Sizes, rule: NotifyRule) -> Run:
    customers = [str(30000 + number) for number in range(sizes.changes)]
    with tempfile.TemporaryDirectory() as name:
        async with _workspace(Path(name) / "bot.db", customers, rule) as slack:
            for number, customer in enumerate(customers):
                await slack.command(OPERATOR, _channel(number), f"failover on {customer}")
            cards = [await _card(slack, number, one) for number, one in enumerate(customers)]
            await asyncio.sleep(sizes.rest)
            seconds = []
            for number, card in enumerate(cards[: sizes.decisions]):
                seconds.append(await _decide(slack, card, APPROVERS[number % len(APPROVERS)]))
                await asyncio.sleep(sizes.pause)
            direct = sum(len(slack.direct_messages(one)) for one in (*APPROVERS, OPERATOR))
            limited = sum(one.error == "ratelimited" for one in slack.refused)
    return Run(seconds, direct, limited)


def _channel(number: int) -> str:
    return CHANNELS[number % len(CHANNELS)]


async def _card(slack: SlackSandbox, number: int, customer: str) -> Message:
    def found(space: SlackSandbox) -> Message | None:
        posted = space.channel_messages(_channel(number))
        return next((m for m in posted if customer in m.text and APPROVE in space.buttons(m)), None)

    return await slack.wait_for(found, MAX_STEP_SECONDS)


async def _decide(slack: SlackSandbox, card: Message, approver: str) -> float:
    """Approve a change; return how long its outcome took."""
    words = card.text.split(" · ")
    began = time.monotonic()
    await slack.click(approver, card.channel, card.ts, APPROVE)
    await slack.wait_for(
        lambda space: any(
            m.text.startswith("APPLIED:") and words[1] in m.text and m.ts != card.ts
            for m in space.channel_messages(card.channel)
        ),
        MAX_STEP_SECONDS,
    )
    return time.monotonic() - began


@asynccontextmanager
async def _workspace(
    database: Path, customers: list[str], rule: NotifyRule
) -> AsyncIterator[SlackSandbox]:
    """Run the bot between a workspace with the approvers and an API with the customers."""
    await _prepare(database, rule)
    async with SlackSandbox() as slack, ContinuitySandbox() as continuity:
        for person in (OPERATOR, *APPROVERS):
            slack.add_person(person, person.lower())
        for channel in CHANNELS:
            slack.add_channel(channel, channel.lower(), members=[OPERATOR, *APPROVERS])
        for customer in customers:
            continuity.add_customer(customer, users=5)
        settings = Settings(
            _env_file=None,
            slack_bot_token=SecretStr(slack.bot_token),
            slack_app_token=SecretStr(slack.app_token),
            slack_api_url=slack.api_url,
            continuity_url=continuity.url,
            continuity_username=continuity.username,
            continuity_password=SecretStr(continuity.password),
            database=database,
            port=0,
        )
        async with running(settings):
            await slack.wait_for(lambda space: space.connected)
            yield slack


async def _prepare(database: Path, rule: NotifyRule) -> None:
    store = await open_store(database, journal=preferred_journal())
    admin = admin_session(store, Actor("bench", None, terminal="bench@terminal"))
    rows = [(OPERATOR, Role.OPERATOR), *((one, Role.APPROVER) for one in APPROVERS)]
    rows += [(channel, Role.INCIDENT) for channel in CHANNELS]
    for subject, role in rows:
        await admin.grant(GrantRoleCommand(parse_subject(subject), role, ANY_CUSTOMER))
    if rule is not DEFAULT:
        await store.write(lambda tx: tx.put_notify_rule(rule))
    await store.close()
