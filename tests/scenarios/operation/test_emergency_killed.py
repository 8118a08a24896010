"""A bot that is killed in an emergency: nothing is sent twice, nobody is told twice, the review stays."""

from __future__ import annotations

from pathlib import Path

from bot.domain.change_state import State
from bot.domain.roles import Role
from sandbox.slack import Message, SlackSandbox
from tests.fixtures import direct_store
from tests.scenarios.conftest import APPROVER, CUSTOMER
from tests.scenarios.operation.test_reach_killed import posted
from tests.scenarios.processes import PATIENCE, deployment

COMMANDER = "U0COMMANDER"


async def test_after_a_kill_it_is_read_back_once_and_still_reviewed(tmp_path: Path) -> None:
    async with deployment(tmp_path) as on:
        on.continuity.add_customer(CUSTOMER, 3)
        await direct_store.grant(on.database, CUSTOMER, [(COMMANDER, Role.COMMANDER)])
        on.slack.add_person(COMMANDER, "chris")
        for channel in on.slack.channels.values():
            channel.members.add(COMMANDER)

        def told(slack: SlackSandbox) -> list[Message]:
            sent = slack.direct_messages(APPROVER)
            return [one for one in sent if "review_accept" in slack.buttons(one)]

        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await on.type(
                f"failover on {CUSTOMER} --emergency --reason Exchange down", user=COMMANDER
            )
            view = await on.slack.wait_for(
                lambda slack: next((one for one in slack.views.values()), None), PATIENCE
            )
            on.continuity.fail(method="PUT", path=CUSTOMER, kind="hang")
            filled = {"number": CUSTOMER, "reason": "Exchange down"}
            await on.slack.submit(COMMANDER, view.id, filled)
            await on.sent("PUT", CUSTOMER)
            await on.slack.wait_for(told, PATIENCE)
            await posted(on)
            await bot.kill()
        async with on.bot() as bot:
            await bot.answers("/readyz", 200)
            await on.outcome(CUSTOMER, "3 of 3 in failover")
            [message] = told(on.slack)
            await on.slack.click(APPROVER, message.channel, message.ts, "review_accept")
            await on.slack.wait_for(lambda slack: not told(slack), PATIENCE)
            await bot.stop()
        [change] = await on.changes(CUSTOMER)
        assert (change.state, change.is_review_owed) == (State.APPLIED, False)
