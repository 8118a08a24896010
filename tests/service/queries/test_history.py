"""Questions: answered from the API and the store, and only as far as the reader's rows reach."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.change_state import OPEN, State
from bot.domain.commands import PendingCommand
from bot.domain.roles import Role
from bot.errors import NotAllowed, SlackUnavailable
from bot.ports import Channel, MessageKind, Person
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
from tests.service.queries.conftest import EVERYWHERE, THIRD, VIEWER


@pytest.mark.parametrize(
    ("user", "customer", "seen"),
    [
        (VIEWER, None, ["C-00001", "C-00002"]),
        (VIEWER, OTHER_CUSTOMER, ["C-00002"]),
        (EVERYWHERE, None, ["C-00001", "C-00002", "C-00003"]),
        (STRANGER, None, []),
    ],
)
@pytest.mark.parametrize("channel", [CHANNEL, "C0ELSEWHERE", "D0DIRECT"])
async def test_pending_shows_what_the_reader_may_see_in_whatever_place(
    rows: ServiceHarness, user: str, customer: str | None, seen: list[str], channel: str
) -> None:
    for number, one in enumerate((CUSTOMER, OTHER_CUSTOMER, THIRD), start=1):
        created = NOW + timedelta(minutes=number)
        await rows.put(a_change(id=f"C-0000{number}", customer=one, created_at=created))
    found = await history.pending(rows.ctx, actor(user, channel), PendingCommand(customer))
    assert [row.change.id for row in found.rows] == seen
    assert found.may_view is (user != STRANGER)
    assert found.here is (channel == CHANNEL and user != STRANGER)
    assert (found.more, found.elsewhere) == (0, 0)


async def test_what_lapses_first_is_on_top_and_what_does_not_lapse_is_below(
    harness: ServiceHarness,
) -> None:
    minute = timedelta(minutes=1)
    await harness.put(
        a_change(id="C-LATE", created_at=NOW, deadline=NOW + 20 * minute),
        a_change(id="C-FIRST", created_at=NOW + minute, deadline=NOW + 10 * minute),
        a_change(id="C-SENT", state=State.EXECUTING, created_at=NOW - minute),
        a_change(id="C-STUCK", state=State.NEEDS_OPERATOR, created_at=NOW - 2 * minute),
        a_change(id="C-GO", state=State.APPROVED, created_at=NOW, deadline=NOW + 15 * minute),
    )
    found = await history.pending(harness.ctx, actor(), PendingCommand())
    told = [row.change.id for row in found.rows]
    assert told == ["C-FIRST", "C-GO", "C-LATE", "C-SENT", "C-STUCK"]


async def test_pending_reads_what_an_answer_has_room_for_and_counts_the_rest(
    harness: ServiceHarness,
) -> None:
    """Ten thousand open changes took the store 0.3 s, in which nothing was acknowledged."""
    changes = [a_change(id=f"C-00{n:03}", created_at=NOW + timedelta(seconds=n)) for n in range(60)]
    await harness.put(*changes, a_change(id="C-OTHER", customer=OTHER_CUSTOMER))
    found = await history.pending(harness.ctx, actor(), PendingCommand())
    assert [row.change.id for row in found.rows] == [f"C-00{n:03}" for n in range(50)]
    assert found.more == 10


async def test_in_an_incident_channel_the_changes_of_other_customers_are_only_counted(
    harness: ServiceHarness,
) -> None:
    await harness.grant(a_grant(VIEWER, Role.VIEWER, customer="*"))
    await harness.put(a_change(), a_change(id="C-OTHER", customer=OTHER_CUSTOMER))
    found = await history.pending(harness.ctx, actor(VIEWER), PendingCommand())
    assert [row.change.id for row in found.rows] == ["C-7K3MX"]
    assert (found.elsewhere, found.here) == (1, True)
    assert (await history.pending(harness.ctx, actor(), PendingCommand())).elsewhere == 0


@pytest.mark.parametrize("customer", [None, CUSTOMER])
async def test_pending_in_a_shared_channel_and_to_a_guest_is_refused(
    rows: ServiceHarness, customer: str | None
) -> None:
    await rows.put(a_change())
    shared = Channel("C0SHARED", "x", shared_outside=True, bot_is_member=True)
    rows.directory.places["C0SHARED"] = shared
    with pytest.raises(NotAllowed, match="shared with another company"):
        await history.pending(rows.ctx, actor(VIEWER, "C0SHARED"), PendingCommand(customer))
    rows.directory.people[VIEWER] = Person(VIEWER, "x", "guests may not")
    for channel in (CHANNEL, "C0ELSEWHERE", "D0DIRECT"):
        with pytest.raises(NotAllowed, match="guests may not"):
            await history.pending(rows.ctx, actor(VIEWER, channel), PendingCommand(customer))
    rows.directory.error = SlackUnavailable("Slack is slow.")
    with pytest.raises(NotAllowed, match="so nothing was done"):
        await history.pending(rows.ctx, actor(VIEWER, "D0DIRECT"), PendingCommand(customer))


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
    found = (await history.pending(harness.ctx, actor(), PendingCommand(CUSTOMER))).rows
    assert bool(found) is (state in OPEN | {State.NEEDS_OPERATOR})


async def test_pending_tells_where_the_card_is(harness: ServiceHarness) -> None:
    await harness.store.write(lambda tx: tx.name_customer(CUSTOMER, "Acme GmbH"))
    change = await harness.propose()
    (row,) = (await history.pending(harness.ctx, actor(), PendingCommand())).rows
    assert (row.name, row.channel, row.ts) == ("Acme GmbH", CHANNEL, None)

    card = await harness.message(MessageKind.CARD, change)
    assert card
    posted = replace(card, shown=1, ts="1741921445.000100")
    await harness.store.write(lambda tx: tx.save_message(posted))
    assert (await history.find_card(harness.ctx, change)).ts == "1741921445.000100"


async def test_a_change_without_a_card_is_pending_nowhere(harness: ServiceHarness) -> None:
    await harness.put(a_change())
    (row,) = (await history.pending(harness.ctx, actor(), PendingCommand())).rows
    assert (row.channel, row.ts) == ("", None)
