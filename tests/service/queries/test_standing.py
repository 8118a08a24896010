"""How many users the flags are on for, as a channel is told after an outage."""

from __future__ import annotations

from bot.domain.change_state import State
from bot.errors import Ambiguous
from bot.service.queries.standing import Standing, standing
from tests.builders import CUSTOMER, a_change
from tests.service.harness import ServiceHarness


async def test_it_counts_all_users_and_those_with_each_flag(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, "d@example.com", failover=True, access=False)
    for number, state in enumerate((State.EXECUTING, State.APPLIED, State.AWAITING_APPROVAL)):
        await harness.put(a_change(id=f"C-0000{number}", state=state))
    told = await standing(harness.ctx, CUSTOMER)
    assert told == Standing(CUSTOMER, "", harness.clock.now(), 4, 1, 3, ("C-00000",))


async def test_without_an_answer_nothing_is_known(harness: ServiceHarness) -> None:
    harness.api.unreadable = Ambiguous("No answer.")
    told = await standing(harness.ctx, CUSTOMER)
    assert (told.users, told.failover, told.access) == (None, None, None)
