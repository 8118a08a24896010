"""`exec` as a process of its own: without a bot, beside one, against one, and with Slack down."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.domain.change_state import State
from sandbox.slack import Message
from tests.scenarios.app_process import AppProcess, start_app
from tests.scenarios.conftest import ADMIN, APPROVER, INCIDENT, OPERATOR, said
from tests.scenarios.processes import (
    PATIENCE,
    READY,
    Deployment,
    Ended,
    deployment,
    environment,
    terminal,
)

CUSTOMER = "44444"
EVERYONE = f"failover on {CUSTOMER} --reason Exchange down"
FOR_OPERATOR = ("--as", OPERATOR, "--channel", INCIDENT)
APPROVED = ("--approved-by", APPROVER, "--yes")


@pytest.fixture
async def on(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with deployment(tmp_path) as built:
        built.continuity.add_customer(CUSTOMER, users=20, access_off=18, not_activated=3)
        yield built


async def give(on: Deployment, text: str, *options: str) -> Ended:
    """Give a command at a terminal that has every setting of the bot."""
    return await terminal(on.folder, on.settings, "exec", text, *FOR_OPERATOR, *options)


async def start(on: Deployment, text: str, *options: str) -> AppProcess:
    """Begin to give a command; its end is waited for by ``ended``."""
    words = ("exec", text, *FOR_OPERATOR, *options)
    return await start_app(*words, cwd=on.folder, env=environment(on.settings), with_stdin=True)


async def until_said(process: AppProcess, words: bytes) -> None:
    """Wait until this stands on its standard output."""
    async with asyncio.timeout(READY):
        await process.stdout.readuntil(words)


async def until_it_reads(process: AppProcess) -> None:
    """Wait until it is blocked in a read: Python does not see a signal just before that."""
    async with asyncio.timeout(READY):
        syscall = Path(f"/proc/{process.pid}/syscall")
        while not syscall.read_text().startswith("0 "):  # noqa: ASYNC110, ASYNC240  # rings no bell
            await asyncio.sleep(0.05)


async def ended(process: AppProcess) -> Ended:
    """Wait for its end, without answering what it asks."""
    async with asyncio.timeout(READY):
        out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


async def ended_at_last(process: AppProcess) -> Ended:
    """Wait for its end; where two signals at once did not end the prompt, press Ctrl-C once more."""
    ending = asyncio.create_task(ended(process))
    await asyncio.wait({ending}, timeout=5.0)
    if not ending.done():
        process.send_signal(INT)
    return await ending


def directly(on: Deployment, person: str) -> list[Message]:
    """What the bot wrote to this person alone."""
    return on.slack.channel_messages(on.slack.direct_channel(person).id)


async def test_slack_is_down_it_is_executed_here_and_told_once_each_when_slack_is_back(
    on: Deployment,
) -> None:
    on.slack.down = True
    given = await give(on, EVERYONE, *APPROVED)
    assert (given.status, given.err) == (0, "")
    assert "this terminal executes it" in given.out
    assert "20 of 20 in failover" in given.out
    assert on.writes(CUSTOMER) == [f"PUT /{CUSTOMER}/failover"]

    async with on.bot() as bot:
        await bot.answers("/healthz", 200)
        on.slack.down = False
        await bot.answers("/readyz", 200)
        outcome = await on.outcome(CUSTOMER, "20 of 20 in failover")
        assert "(said at the terminal " in said(outcome)
        told = await on.slack.wait_for(lambda _: directly(on, APPROVER), PATIENCE)
        await bot.stop()

    [change] = await on.changes(CUSTOMER)
    assert len(told) == 1
    assert f"your approval of {change.id} was said at the terminal {change.terminal}" in said(
        told[0]
    )
    assert "APPLIED · FAILOVER ON" in said(told[0])
    top = [m for m in on.slack.channel_messages(INCIDENT) if m.thread_ts is None]
    assert [len(m.history) for m in top] == [1, 1]  # card and outcome, each posted once
    for person in (OPERATOR, ADMIN):
        [told_too] = [m for m in directly(on, person) if "that you asked for" not in said(m)]
        assert f"{change.id} was approved by words, not by a click" in said(told_too)
    assert on.writes(CUSTOMER) == [f"PUT /{CUSTOMER}/failover"]
    assert "change.approved" in [entry.record.kind for entry in await on.trail(CUSTOMER)]


async def test_beside_a_bot_it_is_the_bot_who_executes(on: Deployment) -> None:
    user = next(iter(on.continuity.customers[CUSTOMER]))
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        nowhere = on.settings | {"SLACK_API_URL": "http://127.0.0.1:9/"}
        asked = ("exec", EVERYONE, *FOR_OPERATOR, *APPROVED)
        refused = await terminal(on.folder, nowhere, *asked)
        given = await give(on, f"failover on {CUSTOMER} {user}", "--yes")
        await on.outcome(CUSTOMER, "1 of 1 in failover")
        pid = bot.process.pid
        await bot.stop()
    assert (given.status, given.err) == (0, "")
    assert f"{pid} executes it" in given.out
    assert "1 of 1 in failover" in given.out
    assert on.writes(CUSTOMER) == [f"PUT /{CUSTOMER}/{user}/failover"]
    assert (refused.status, "The running bot heard from Slack" in refused.err) == (1, True)
    first = (await on.trail(CUSTOMER))[0].record
    assert (first.kind, first.detail["on_behalf_of"]) == ("refused", OPERATOR)


async def test_two_terminals_and_a_bot_race_for_the_same_change_and_it_is_sent_once(
    on: Deployment,
) -> None:
    """Whoever has the lock executes; a bot that is not the first refuses to start."""
    on.slack.down = True
    on.continuity.fail(method="PUT", kind="delay", seconds=2.0)  # as long as the others need
    async with on.bot():
        ends = await asyncio.gather(*(give(on, EVERYONE, *APPROVED) for _ in range(2)))
    assert [(end.status, end.err) for end in ends] == [(0, "")] * 2
    assert all("20 of 20 in failover" in end.out for end in ends)
    assert on.writes(CUSTOMER) == [f"PUT /{CUSTOMER}/failover"]
    [change] = await on.changes(CUSTOMER)
    assert (change.state, change.attempts, len(change.approvals)) == (State.APPLIED, 1, 1)


INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


@pytest.mark.parametrize("signals", [(INT, INT), (TERM, INT), (HUP, HUP), (INT, TERM, HUP)])
async def test_interrupted_twice_it_says_how_it_stands_and_the_same_command_goes_on(
    on: Deployment, signals: tuple[signal.Signals, ...]
) -> None:
    on.slack.down = True
    on.continuity.fail(method="PUT", kind="hang", applied=True)
    given = await start(on, EVERYONE, *APPROVED)
    await on.continuity.wait_for(lambda: on.writes(CUSTOMER), READY)
    given.send_signal(signals[0])
    await until_said(given, b"Interrupted. What was begun has 25 s")
    for number in signals[1:]:
        given.send_signal(number)
    end = await ended(given)
    [change] = await on.changes(CUSTOMER)
    assert (end.status, end.err, change.state) == (4, "", State.EXECUTING)
    assert f"{change.id} is EXECUTING: attempt 1." in end.out
    assert f"Follow it: python app.py audit show --change {change.id}" in end.out

    again = await give(on, EVERYONE, *APPROVED)
    assert (again.status, again.err) == (0, "")
    assert f"{change.id} asks for the same and is EXECUTING" in again.out
    assert "20 of 20 in failover" in again.out
    assert on.writes(CUSTOMER) == [f"PUT /{CUSTOMER}/failover"]


@pytest.mark.parametrize("signals", [(INT,), (TERM,), (HUP,), (TERM, INT), (INT, INT)])
async def test_interrupted_while_it_asks_what_was_proposed_is_withdrawn(
    on: Deployment, signals: tuple[signal.Signals, ...]
) -> None:
    on.slack.down = True
    given = await start(on, EVERYONE, "--approved-by", APPROVER)
    await until_said(given, b"type the customer number")
    await until_it_reads(given)
    for number in signals:
        given.send_signal(number)
    end = await ended_at_last(given)
    [change] = await on.changes(CUSTOMER)
    assert f"Not confirmed: nothing was sent, and {change.id} is withdrawn." in end.err
    assert "Traceback" not in end.err
    assert (end.status, change.state, on.writes(CUSTOMER)) == (1, State.CANCELLED, [])


@pytest.mark.parametrize("number", [INT, TERM, HUP])
async def test_interrupted_while_it_counts_the_step_ends_and_it_is_withdrawn(
    on: Deployment, number: signal.Signals
) -> None:
    on.slack.down = True
    on.continuity.fail(method="HEAD", kind="delay", seconds=1.0)
    given = await start(on, EVERYONE, *APPROVED)
    await on.continuity.wait_for(lambda: on.continuity.requests, READY)
    given.send_signal(number)
    end = await ended(given)
    [change] = await on.changes(CUSTOMER)
    assert "Stopping after this step; again, and it is stopped at once." in end.err
    assert f"Not confirmed: nothing was sent, and {change.id} is withdrawn." in end.err
    assert (end.status, change.state, on.writes(CUSTOMER)) == (1, State.CANCELLED, [])


@pytest.mark.parametrize("signals", [(INT, INT), (TERM, INT), (HUP, TERM)])
async def test_interrupted_while_it_follows_a_bot_it_says_how_it_stands_and_the_bot_goes_on(
    on: Deployment, signals: tuple[signal.Signals, ...]
) -> None:
    user = next(iter(on.continuity.customers[CUSTOMER]))
    on.continuity.fail(method="PUT", kind="delay", seconds=3.0)
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        given = await start(on, f"failover on {CUSTOMER} {user}", "--yes")
        await on.continuity.wait_for(lambda: on.writes(CUSTOMER), READY)
        await until_said(given, b"EXECUTING")
        for number in signals:
            given.send_signal(number)
        end = await ended(given)
        [change] = await on.changes(CUSTOMER)
        assert (end.status, end.err) == (4, "")
        assert f"{change.id} is EXECUTING" in end.out
        assert f"Follow it: python app.py audit show --change {change.id}" in end.out
        await on.outcome(CUSTOMER, "1 of 1 in failover")
        await bot.stop()
    assert len(on.writes(CUSTOMER)) == 1


async def test_what_was_proposed_in_slack_can_be_withdrawn_at_the_terminal(on: Deployment) -> None:
    async with on.bot() as bot:
        await bot.answers("/readyz", 200)
        await on.type(f"failover on {CUSTOMER}")
        await on.card(CUSTOMER, "change_approve")
        [change] = await on.changes(CUSTOMER)
        given = await give(on, f"cancel {change.id}")
        assert (given.status, given.out, given.err) == (0, f"{change.id} is withdrawn.\n", "")
        await on.card(CUSTOMER, words="CANCELLED")
