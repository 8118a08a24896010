"""Batches for a time: each change has its end, one message tells of it, the ways back are one batch."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.actions import SetFlag
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.scope import Everyone, Flag
from bot.domain.time_limit import TimeLimit
from bot.service.changes import decide
from bot.service.changes.batch.propose import propose_batch
from bot.service.changes.timed.move import keep
from tests.builders import APPROVER, CUSTOMER
from tests.service.changes.batch.conftest import Batches
from tests.service.harness import ServiceHarness, actor

LIMIT = TimeLimit(lasts=timedelta(hours=2))
NUMBERS = (CUSTOMER, "10101", "20202")


async def test_each_is_taken_back_and_one_card_shows_the_ways_back(
    harness: ServiceHarness, batches: Batches
) -> None:
    action = SetFlag(Flag.FAILOVER, on=True)
    requests = [Proposal(one, action, Everyone(), "test", time_limit=LIMIT) for one in NUMBERS]
    batch, _ = await propose_batch(harness.ctx, actor(), requests)
    await harness.executor.run()
    seen = await batches.whole(batch.id)
    await decide.approve(harness.ctx, actor(APPROVER), batch.id, seen.preview_revision)
    await harness.executor.run()
    whole = await batches.whole(batch.id)
    assert whole.ends_at is not None

    second = (await batches.members(batch.id))[1]
    extended, new = await keep(harness.ctx, actor(), second.id)  # each has its own end
    assert (new, extended.customer) == (True, second.customer)
    await decide.cancel(harness.ctx, actor(), extended.id)

    harness.clock.at = whole.ends_at - timedelta(minutes=15)
    await harness.fall_due()
    told = [key for key in await batches.keys(batch.id) if "back-soon" in key]
    assert len(told) == 2  # the channel and the requester, once each

    harness.clock.at = whole.ends_at
    await harness.fall_due()
    back = [
        one
        for one in await harness.look(lambda tx: tx.changes(limit=20))
        if one.back_of in {member.id for member in await batches.members(batch.id)}
    ]
    assert [one.state for one in back] == [State.APPLIED] * 3
    assert len({one.batch for one in back}) == 1
    keys = await batches.keys(back[0].batch)
    first = next(one for one in back if one.id == one.batch)
    posted = [key for key in keys if key.startswith(("card", "outcome"))]
    assert posted[0] == f"card:{first.id}"
    assert not any(user.failover for one in NUMBERS for user in harness.api.held[one].values())
