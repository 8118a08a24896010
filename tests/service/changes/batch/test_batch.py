"""A batch: proposed at once, decided at once, executed four at a time, told once."""

from __future__ import annotations

from bot.domain.change import Change, State
from bot.ports import Transaction
from bot.service.changes import decide
from tests.builders import APPROVER
from tests.service.changes.batch.conftest import CUSTOMERS, Batches
from tests.service.harness import ServiceHarness, actor


async def approve(harness: ServiceHarness, batch: Change, user: str = APPROVER) -> Change:
    return await decide.approve(harness.ctx, actor(user), batch.id, batch.preview_revision)


async def keys(harness: ServiceHarness, *changes: Change) -> list[str]:
    def query(tx: Transaction) -> list[str]:
        return sorted(key for one in changes for key in tx.message_keys(one.id))

    return await harness.look(query)


async def test_each_customer_has_a_change_of_its_own_and_all_have_one_card(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    members = await batches.members(batch.id)
    assert [one.customer for one in members] == [*CUSTOMERS]
    assert {one.batch for one in members} == {members[0].id} == {batch.id}
    assert (batch.customer, batch.state) == ("6 customers", State.AWAITING_APPROVAL)
    assert batch.preview is not None
    assert batch.preview.total == 3 + 5 * 2
    assert [one.preview.total for one in members if one.preview] == [3, 2, 2, 2, 2, 2]
    posted = [key for key in await keys(harness, *members) if not key.startswith("direct")]
    assert posted == [f"card:{batch.id}"]
    entries = await harness.details("change.proposed")
    assert [one["batch"] for one in entries] == [batch.id] * 6


async def test_one_approval_decides_all_and_each_has_its_entry(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    after = await approve(harness, batch)
    assert after.state is State.APPROVED
    assert set((await batches.states(batch.id)).values()) == {"approved"}
    entries = [one for one in await harness.entries() if one.record.kind == "change.approved"]
    assert [one.record.customer for one in entries] == [*CUSTOMERS]
    assert all(
        f"approver {one.record.customer}" in str(one.record.detail["rows"]) for one in entries
    )
    await harness.executor.run()
    assert set((await batches.states(batch.id)).values()) == {"applied"}
    assert (await batches.whole(batch.id)).state is State.APPLIED


async def test_four_at_most_are_sent_at_a_time(harness: ServiceHarness, batches: Batches) -> None:
    await approve(harness, await batches.previewed())
    harness.api.gate.clear()
    await harness.executor.sweep()
    await harness.api.until_sent(0)
    began = await harness.claim()
    assert len(began) == 4
    assert await harness.claim() == []
    harness.api.gate.set()
