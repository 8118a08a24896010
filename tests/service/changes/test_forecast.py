"""What a request would do, told before it is proposed."""

from __future__ import annotations

import pytest

from bot.domain.policy import MAX_APPROVALS
from bot.domain.scope import Users
from bot.errors import ContinuityError, NotAllowed
from bot.service.changes.forecast import forecast
from tests.builders import ADMIN, APPROVER, REQUESTER, a_policy_rule
from tests.service.harness import SECOND, STRANGER, ServiceHarness, actor, request


async def test_it_counts_and_says_who_decides_and_saves_nothing(harness: ServiceHarness) -> None:
    found = await forecast(harness.ctx, actor(), request())
    seen = found.change.preview
    assert seen is not None
    assert seen.total is not None
    assert (found.pointless, found.change.approvals_needed) == ("", 1)
    assert found.approvers == tuple(f"<@{one}>" for one in sorted((ADMIN, APPROVER, SECOND)))
    assert await harness.look(lambda tx: tx.change(found.change.id)) is None
    assert await harness.look(lambda tx: tx.changes()) == []
    assert await harness.trail() == []


async def test_the_policy_of_now_counts(harness: ServiceHarness) -> None:
    await harness.policy(a_policy_rule(approvals=MAX_APPROVALS))
    found = await forecast(harness.ctx, actor(), request())
    assert found.change.approvals_needed == MAX_APPROVALS


async def test_who_may_not_propose_it_is_told_nothing(harness: ServiceHarness) -> None:
    for who in (APPROVER, STRANGER):
        with pytest.raises(NotAllowed, match="You may not propose"):
            await forecast(harness.ctx, actor(who), request())
    with pytest.raises(NotAllowed, match="not an incident channel"):
        await forecast(harness.ctx, actor(REQUESTER, "C0ELSEWHERE"), request())


async def test_what_would_be_withdrawn_at_once_is_told(harness: ServiceHarness) -> None:
    found = await forecast(harness.ctx, actor(), request(Users(("nobody@example.com",))))
    assert "nobody@example.com" in found.pointless


async def test_a_silent_api_leaves_the_numbers_open_and_says_who_decides(
    harness: ServiceHarness,
) -> None:
    harness.api.unreadable = ContinuityError("The API did not answer.")
    found = await forecast(harness.ctx, actor(), request())
    assert found.pointless == ""
    assert found.change.preview is not None
    assert found.change.preview.problem == "The API did not answer."
    assert found.approvers
