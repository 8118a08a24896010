"""Several customers whom the same people may operate and approve for."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.roles import Role
from bot.service.batches import members_of, whole
from bot.service.changes.batch.propose import propose_batch
from tests.builders import ADMIN, APPROVER, CHANNEL, CUSTOMER, REQUESTER, a_grant
from tests.service.harness import SECOND, ServiceHarness, actor, request, users

OTHERS = ("10101", "55555DE", "20202", "30303", "40404")
CUSTOMERS = (CUSTOMER, *OTHERS)
ROWS = (
    (REQUESTER, Role.OPERATOR),
    (APPROVER, Role.APPROVER),
    (SECOND, Role.APPROVER),
    (ADMIN, Role.ADMIN),
    (CHANNEL, Role.INCIDENT),
)


@pytest.fixture
async def batches(harness: ServiceHarness) -> Batches:
    """What is done with batches of the customers 44444, 10101, 55555DE, 20202, 30303 and 40404."""
    made = Batches(harness)
    for customer in OTHERS:
        await made.add(customer)
    return made


class Batches:
    """Proposes, previews, approves and executes batches, and reads them."""

    def __init__(self, harness: ServiceHarness) -> None:
        self.harness = harness

    async def add(self, customer: str) -> None:
        """Make a customer with two users, for whom the same people have the same roles."""
        self.harness.api.add(customer, *users("a", "b").addresses)
        rows = [a_grant(one, role, customer=customer) for one, role in ROWS]
        await self.harness.grant(*rows)

    async def propose(self, *customers: str, **over: Any) -> Change:
        requests = [request(customer=one, **over) for one in customers or CUSTOMERS]
        batch, _ = await propose_batch(self.harness.ctx, actor(), requests)
        return batch

    async def previewed(self, *customers: str, **over: Any) -> Change:
        batch = await self.propose(*customers, **over)
        await self.harness.executor.run()
        return await self.whole(batch.id)

    async def whole(self, batch: str) -> Change:
        first = await self.harness.change(batch)
        return await self.harness.look(lambda tx: whole(tx, first))

    async def members(self, batch: str) -> list[Change]:
        first = await self.harness.change(batch)
        return [*await self.harness.look(lambda tx: members_of(tx, first))]

    async def keys(self, batch: str) -> list[str]:
        """The keys of the messages of all changes of a batch."""
        ids = [one.id for one in await self.members(batch)]
        found = await self.harness.look(lambda tx: [tx.message_keys(one) for one in ids])
        return sorted(key for keys in found for key in keys)

    async def states(self, batch: str) -> dict[str, str]:
        return {one.customer: one.state.value for one in await self.members(batch)}
