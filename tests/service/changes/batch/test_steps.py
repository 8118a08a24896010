"""Activate and restore for several customers: each does its steps, and has the time of its own rule."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.actions import Activate, Restore
from bot.domain.change_commands import ActivateCommand, BatchCommand, RestoreCommand
from bot.domain.change_state import State
from bot.domain.configuration import Kind
from bot.domain.customer_rule import CustomerRule
from bot.domain.scope import Everyone
from bot.domain.steps import StepState, steps_of
from bot.service.access.configuration import configure
from bot.service.changes import decide
from bot.service.changes.batch.propose import propose_batch
from bot.service.changes.batch.request import batch_requests
from bot.service.changes.propose_again import propose_back
from tests.builders import ADMIN, APPROVER, CUSTOMER
from tests.fakes import ACCEPTED, refusal
from tests.service.changes.batch.conftest import Batches
from tests.service.harness import ServiceHarness, actor, users

NUMBERS = (CUSTOMER, "10101")


async def executed(
    harness: ServiceHarness, batches: Batches, command: ActivateCommand | RestoreCommand
) -> str:
    requests = await batch_requests(harness.ctx, actor(), BatchCommand(command, NUMBERS))
    batch, _ = await propose_batch(harness.ctx, actor(), requests)
    await harness.executor.run()
    seen = await batches.whole(batch.id)
    await decide.approve(harness.ctx, actor(APPROVER), batch.id, seen.preview_revision)
    await harness.executor.run()
    return batch.id


async def test_each_customer_does_both_steps_or_says_what_is_on(
    harness: ServiceHarness, batches: Batches
) -> None:
    for one in NUMBERS:
        harness.api.add(one, *users("a", "b").addresses, access=False)
    harness.api.answers = [ACCEPTED] * 2 + [refusal(), ACCEPTED]
    batch = await executed(harness, batches, ActivateCommand(CUSTOMER, Everyone()))
    members = await batches.members(batch)
    assert {one.state for one in members} == {State.APPLIED, State.PARTIAL}
    told = {one.state: [step.state for step in steps_of(one)] for one in members}
    assert told[State.APPLIED] == [StepState.DONE, StepState.DONE]
    assert told[State.PARTIAL] == [StepState.DONE, StepState.FAILED]
    assert (await batches.whole(batch)).state is State.PARTIAL
    back, _ = await propose_back(harness.ctx, actor(), batch)
    assert {one.action for one in await batches.members(back.id)} == {Restore()}


async def test_of_a_restore_each_has_the_time_of_its_own_rule(
    harness: ServiceHarness, batches: Batches
) -> None:
    for one in NUMBERS:
        harness.api.add(one, *users("a", "b", "c").addresses, access=True, failover=True)
    terms = CustomerRule(timedelta(hours=6)).terms()
    await configure(harness.ctx, actor(ADMIN), Kind.CUSTOMER_RULE, "10101", terms, customer="10101")
    batch = await executed(harness, batches, RestoreCommand(CUSTOMER, Everyone()))
    members = await batches.members(batch)
    hours = {one.customer: one.time_limit and one.time_limit.lasts for one in members}
    assert hours == {CUSTOMER: timedelta(hours=48), "10101": timedelta(hours=6)}
    back, _ = await propose_back(harness.ctx, actor(), members[0].id)
    assert back.action != Activate()  # access off, as at its end
    harness.clock.advance(hours=6)
    await harness.fall_due()
    access = {one: {user.access for user in harness.api.held[one].values()} for one in NUMBERS}
    assert access == {CUSTOMER: {True}, "10101": {False}}
