"""Questions: answered from the API and the store, and only as far as the reader's rows reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.change import OPEN, State
from bot.domain.commands import PendingCommand
from bot.domain.roles import Role
from bot.errors import NotAllowed
from bot.ports import MessageKind
from bot.service.queries import history
from tests.builders import (
    CHANNEL,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    a_change,
    a_grant,
)
from tests.service.harness import STRANGER, ServiceHarness, actor

VIEWER, EVERYWHERE = "U0VIEWER", "U0EVERYWHERE"
THIRD = "66666"


@pytest.fixture
async def rows(harness: ServiceHarness) -> ServiceHarness:
    """VIEWER sees 44444 and 55555DE here, EVERYWHERE sees every customer here."""
    await harness.grant(
        a_grant(VIEWER, Role.VIEWER),
        a_grant(VIEWER, Role.VIEWER, customer=OTHER_CUSTOMER),
        a_grant(EVERYWHERE, Role.VIEWER, customer="*"),
        a_grant(CHANNEL, Role.INCIDENT, customer="*"),
    )
    return harness


@pytest.mark.parametrize(
    ("user", "customer", "seen"),
    [
        (VIEWER, None, ["C-00002", "C-00001"]),
        (VIEWER, OTHER_CUSTOMER, ["C-00002"]),
        (EVERYWHERE, None, ["C-00003", "C-00002", "C-00001"]),
        (STRANGER, None, []),
    ],
)
async def test_pending_shows_what_the_reader_may_see(
    rows: ServiceHarness, user: str, customer: str | None, seen: list[str]
) -> None:
    for number, one in enumerate((CUSTOMER, OTHER_CUSTOMER, THIRD), start=1):
        created = NOW + timedelta(minutes=number)
        await rows.put(a_change(id=f"C-0000{number}", customer=one, created_at=created))
    found, _ = await history.pending(rows.ctx, actor(user), PendingCommand(customer))
    assert [row.change.id for row in found] == seen


async def test_pending_reads_what_an_answer_has_room_for_and_counts_the_rest(
    harness: ServiceHarness,
) -> None:
    """Ten thousand open changes took the store 0.3 s, in which nothing was acknowledged."""
    changes = [a_change(id=f"C-00{n:03}", created_at=NOW + timedelta(seconds=n)) for n in range(60)]
    await harness.put(*changes, a_change(id="C-OTHER", customer=OTHER_CUSTOMER))
    found, more = await history.pending(harness.ctx, actor(), PendingCommand())
    assert [row.change.id for row in found] == [f"C-00{n:03}" for n in range(59, 9, -1)]
    assert more == 10


async def test_pending_is_bound_to_the_channel_as_well(harness: ServiceHarness) -> None:
    await harness.grant(a_grant(VIEWER, Role.VIEWER, customer="*"))
    await harness.put(a_change(), a_change(id="C-OTHER", customer=OTHER_CUSTOMER))
    (row,), _ = await history.pending(harness.ctx, actor(VIEWER), PendingCommand())
    assert row.change.id == "C-7K3MX"
    assert await history.pending(harness.ctx, actor(VIEWER, "C0ELSEWHERE"), PendingCommand()) == (
        (),
        0,
    )


@pytest.mark.parametrize("customer", [THIRD, CUSTOMER])
async def test_pending_of_a_customer_without_a_row_is_refused(
    harness: ServiceHarness, customer: str
) -> None:
    with pytest.raises(NotAllowed):
        await history.pending(harness.ctx, actor(STRANGER), PendingCommand(customer))
    assert await harness.trail() == ["refused"]


@pytest.mark.parametrize("state", sorted(State))
async def test_pending_is_what_is_open(harness: ServiceHarness, state: State) -> None:
    await harness.put(a_change(state=state))
    found, _ = await history.pending(harness.ctx, actor(), PendingCommand(CUSTOMER))
    assert bool(found) is (state in OPEN | {State.NEEDS_OPERATOR})


async def test_pending_tells_where_the_card_is(harness: ServiceHarness) -> None:
    await harness.store.write(lambda tx: tx.name_customer(CUSTOMER, "Acme GmbH"))
    change = await harness.propose()
    (row,), _ = await history.pending(harness.ctx, actor(), PendingCommand())
    assert (row.name, row.channel, row.ts) == ("Acme GmbH", CHANNEL, None)

    card = await harness.message(MessageKind.CARD, change)
    assert card
    posted = replace(card, shown=1, ts="1741921445.000100")
    await harness.store.write(lambda tx: tx.save_message(posted))
    assert (await history.find_card(harness.ctx, change)).ts == "1741921445.000100"


async def test_a_change_without_a_card_is_pending_nowhere(harness: ServiceHarness) -> None:
    await harness.put(a_change())
    (row,), _ = await history.pending(harness.ctx, actor(), PendingCommand())
    assert (row.channel, row.ts) == ("", None)
