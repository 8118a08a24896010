"""Policy rows that an admin sets in the Home tab: who may, what is recorded, and what they do not do."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.change_state import State
from bot.domain.policy import PolicyRule
from bot.domain.roles import Role
from bot.errors import InvalidInput, NotAllowed
from bot.service.access import administer
from bot.service.access.quorum import OWN_ROWS
from bot.service.changes import decide
from bot.service.changes.propose import propose
from bot.terminal.audit.verify import verify_trail
from tests.builders import ADMIN, APPROVER, CUSTOMER, NOW, OTHER_CUSTOMER, REQUESTER, a_grant
from tests.service.harness import ServiceHarness, actor, request

HOME = Actor(ADMIN, None, clicked=True)
TERMINAL = Actor("admin@jump1", None, terminal="admin@jump1")


def rule(approvals: int, by: str = "", at: datetime = NOW, **over: Any) -> PolicyRule:
    key = {"customer": CUSTOMER, "flag": "failover", "scope_kind": "*"} | over
    return PolicyRule(**key, approvals=approvals, set_by=by, set_at=at)


async def asked_of(harness: ServiceHarness, person: str, **over: Any) -> tuple[int, str]:
    """Return the approvals that a change of this person needs, and why."""
    change, _ = await propose(harness.ctx, actor(person), request(**over))
    return change.approvals_needed, change.policy


async def test_an_admin_sets_a_row_without_a_channel_and_it_is_recorded(
    harness: ServiceHarness,
) -> None:
    assert await administer.set_policy(harness.ctx, HOME, rule(2)) is None
    before = await administer.set_policy(harness.ctx, HOME, rule(0))
    assert before == rule(2, by=ADMIN)
    assert await harness.look(lambda tx: tx.policy_rules()) == [rule(0, by=ADMIN)]
    recorded = await harness.details("policy.set")
    assert [one["approvals"] for one in recorded] == [2, 0]


@pytest.mark.parametrize("customer", [OTHER_CUSTOMER, "*"])
async def test_only_for_customers_that_they_administer(
    harness: ServiceHarness, customer: str
) -> None:
    with pytest.raises(NotAllowed, match="may not administer"):
        await administer.set_policy(harness.ctx, HOME, rule(0, customer=customer))
    with pytest.raises(NotAllowed, match="may not administer"):
        await administer.remove_policy(harness.ctx, HOME, customer, "failover", "*")
    with pytest.raises(NotAllowed, match="may not administer"):
        await administer.set_policy(harness.ctx, actor(REQUESTER, None), rule(0))
    assert await harness.look(lambda tx: tx.policy_rules()) == []


async def test_a_row_lowers_the_approvals_of_others_and_not_of_who_set_it(
    harness: ServiceHarness,
) -> None:
    await administer.set_policy(harness.ctx, HOME, rule(0))
    needed, why = await asked_of(harness, ADMIN)
    assert needed == 1
    assert why == f"default: one approval by somebody else; {OWN_ROWS}"
    await harness.grant(a_grant("U0OTHER", Role.OPERATOR))
    assert (await asked_of(harness, "U0OTHER", on=False))[0] == 0


async def test_a_row_that_they_raise_holds_for_them_too(harness: ServiceHarness) -> None:
    await administer.set_policy(harness.ctx, HOME, rule(3))
    assert (await asked_of(harness, ADMIN))[0] == 3


async def test_a_row_that_they_replaced_or_removed_still_holds_for_them(
    harness: ServiceHarness,
) -> None:
    await administer.set_policy(harness.ctx, TERMINAL, rule(2))
    await administer.set_policy(harness.ctx, HOME, rule(0))
    await administer.remove_policy(harness.ctx, HOME, CUSTOMER, "failover", "*")
    assert (await asked_of(harness, ADMIN))[0] == 2
    await harness.grant(a_grant("U0OTHER", Role.OPERATOR))
    assert (await asked_of(harness, "U0OTHER", on=False))[0] == 1


async def test_a_change_that_waits_keeps_what_was_asked_of_it(harness: ServiceHarness) -> None:
    await administer.set_policy(harness.ctx, TERMINAL, rule(2))
    change = await harness.previewed()
    await administer.set_policy(harness.ctx, HOME, rule(0))
    seen = change.preview_revision
    after = await decide.approve(harness.ctx, actor(APPROVER), change.id, seen)
    assert (after.approvals_needed, after.state) == (2, State.AWAITING_APPROVAL)


async def test_the_trail_of_a_removed_row_agrees_with_the_table(harness: ServiceHarness) -> None:
    await administer.set_policy(harness.ctx, HOME, rule(2))
    await administer.remove_policy(harness.ctx, HOME, CUSTOMER, "failover", "*")
    assert [*(await verify_trail(harness.store)).differences.first] == []
    with pytest.raises(InvalidInput, match="There is no policy row 44444 failover"):
        await administer.remove_policy(harness.ctx, HOME, CUSTOMER, "failover", "*")
