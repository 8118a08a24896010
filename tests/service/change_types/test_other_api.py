"""A change is carried out at the API that it was proposed for, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.change_state import State
from bot.service.changes import decide
from tests.builders import APPROVER, CUSTOMER
from tests.fakes import ambiguous
from tests.service.harness import ManualExecutor, ServiceHarness, actor


def marked(harness: ServiceHarness, drill: bool) -> None:
    """Start the bot anew, with the customer marked or not."""
    harness.ctx = replace(harness.ctx, is_drill=lambda one: drill and one == CUSTOMER)
    harness.executor = ManualExecutor(harness.ctx)


@pytest.mark.parametrize("drill", [True, False])
async def test_what_was_proposed_for_the_other_api_is_stopped(
    harness: ServiceHarness, drill: bool
) -> None:
    marked(harness, drill)
    change = await harness.previewed()
    assert change.drill is drill
    marked(harness, not drill)
    await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    await harness.executor.run()
    ended = await harness.change(change.id)
    assert ended.state is State.CANCELLED
    assert "is marked as a drill" in ended.decision_reason or drill
    assert harness.api.sent == []


async def test_what_was_sent_is_left_to_a_person_and_not_read_back_elsewhere(
    harness: ServiceHarness,
) -> None:
    marked(harness, True)
    harness.api.answers = [ambiguous(landed=True)]
    change = await harness.executed()
    assert change.state is State.UNKNOWN
    marked(harness, False)
    asked = len(harness.api.asked)
    harness.clock.advance(hours=1)
    await harness.executor.run()
    ended = await harness.change(change.id)
    assert ended.state is State.NEEDS_OPERATOR
    assert len(harness.api.asked) == asked
