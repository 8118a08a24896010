"""A batch in lists: once in pending and in the Home tab, as a whole in the audit trail."""

from __future__ import annotations

from bot.domain.commands import AuditCommand, PendingCommand
from bot.domain.roles import Role
from bot.service.changes import decide
from bot.service.queries.audit import read_audit, request_audit
from bot.service.queries.history import pending
from bot.service.queries.home import home
from bot.service.queries.on import what_is_on
from tests.builders import APPROVER, CUSTOMER, a_grant
from tests.service.changes.batch.conftest import CUSTOMERS, Batches
from tests.service.harness import ServiceHarness, actor


async def test_pending_names_it_once_with_its_card(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    single = await harness.propose(on=False)
    found = await pending(harness.ctx, actor(), PendingCommand())
    assert sorted(row.change.id for row in found.rows) == sorted([batch.id, single.id])
    (row,) = [one for one in found.rows if one.change.id == batch.id]
    assert row.change.customer == "6 customers"
    assert found.more == 0


async def test_the_home_tab_shows_it_to_whoever_may_decide_on_all(
    harness: ServiceHarness, batches: Batches
) -> None:
    some = "U0SOME"
    await harness.grant(a_grant(some, Role.APPROVER))
    batch = await batches.previewed()
    told = await home(harness.ctx, actor(APPROVER))
    assert [row.change.id for row in told.waiting] == [batch.id]
    assert (await home(harness.ctx, actor(some))).waiting == ()
    assert [row.change.id for row in (await home(harness.ctx, actor())).own] == [batch.id]


async def test_the_trail_of_it_is_that_of_all_its_changes(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed()
    await decide.approve(harness.ctx, actor(APPROVER), batch.id, batch.preview_revision)
    await harness.executor.run()
    asked = await request_audit(harness.ctx, actor(), AuditCommand(change_id=batch.id))
    page = await read_audit(harness.ctx, asked)
    assert {entry.record.customer for entry in page.entries} == {*CUSTOMERS}
    second = (await batches.members(batch.id))[1]
    asked = await request_audit(harness.ctx, actor(), AuditCommand(change_id=second.id))
    page = await read_audit(harness.ctx, asked)
    assert {entry.record.change_id for entry in page.entries} == {second.id}


async def test_the_trail_leaves_out_customers_that_they_may_not_view(
    harness: ServiceHarness, batches: Batches
) -> None:
    some = "U0SOME"
    await harness.grant(a_grant(some, Role.VIEWER))
    batch = await batches.previewed()
    asked = await request_audit(harness.ctx, actor(some), AuditCommand(change_id=batch.id))
    page = await read_audit(harness.ctx, asked)
    assert {entry.record.customer for entry in page.entries} == {CUSTOMER}


async def test_what_is_on_is_told_for_each_customer_with_the_card_of_all(
    harness: ServiceHarness, batches: Batches
) -> None:
    batch = await batches.previewed(CUSTOMER, "10101")
    await decide.approve(harness.ctx, actor(APPROVER), batch.id, batch.preview_revision)
    await harness.executor.run()
    found = await what_is_on(harness.ctx, {CUSTOMER, "10101"})
    assert sorted(one.customer for one in found.customers) == ["10101", CUSTOMER]
    (second,) = [one for one in found.customers if one.customer == "10101"]
    assert second.rows[0].card.change.batch == batch.id
