"""A bot that is killed has told people; the next one tells nobody a second time."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.ports import MessageKind, Transaction, message_key
from sandbox.slack import Message, SlackSandbox
from tests.fixtures import direct_store
from tests.scenarios.conftest import APPROVER, CUSTOMER, OPERATOR, said
from tests.scenarios.processes import PATIENCE, Deployment, deployment


async def posted(on: Deployment) -> None:
    """Wait until the bot knows where the direct message is: before that a press there is refused.

    A kill between Slack's answer and our commit lets it post once more; on PostgreSQL not before the
    lease of the killed bot is over.
    """
    [change] = await on.changes(CUSTOMER)
    key = message_key(MessageKind.DIRECT, change.id, person=APPROVER)

    def query(tx: Transaction) -> bool:
        row = tx.message(key)
        return row is not None and row.ts is not None

    async with asyncio.timeout(PATIENCE):
        while not await direct_store.read(on.database, query):  # noqa: ASYNC110  # another process writes it
            await asyncio.sleep(0.05)


async def test_after_a_kill_nobody_is_told_twice_and_the_direct_message_still_decides(
    tmp_path: Path,
) -> None:
    async with deployment(tmp_path) as on:
        on.continuity.add_customer(CUSTOMER, 3)

        def waiting(slack: SlackSandbox) -> Message | None:
            mine = slack.direct_messages(APPROVER)
            return next((one for one in mine if "change_approve" in slack.buttons(one)), None)

        def all_told(slack: SlackSandbox) -> bool:
            sent = slack.direct_messages(APPROVER)
            over = not any(slack.buttons(one) for one in sent)
            return over and any("Approved by" in said(one) for one in sent)

        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await on.type(f"failover on {CUSTOMER} --reason Exchange down")
            message = await on.slack.wait_for(waiting, PATIENCE)
            await bot.kill()
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await posted(on)
            await on.slack.click(APPROVER, message.channel, message.ts, "change_approve")
            await on.outcome(CUSTOMER, "3 of 3 in failover")
            await on.slack.wait_for(lambda slack: slack.direct_messages(OPERATOR), PATIENCE)
            await on.slack.wait_for(all_told, PATIENCE)
            await bot.stop()
    assert len(on.slack.direct_messages(OPERATOR)) == 1
    sent = on.slack.direct_messages(APPROVER)
    # A kill between Slack's answer and our commit posts one a second time.
    assert message in sent
    assert len(sent) <= 2
    assert on.writes(CUSTOMER) == [f"PUT /{CUSTOMER}/failover"]
