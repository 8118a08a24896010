"""The Home tab: what one person sees by their own rows, whatever the channel is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.change import Approval
from bot.domain.change_state import State
from bot.domain.roles import Right, Role
from bot.errors import NotAllowed
from bot.ports import Person
from bot.service.queries.home import MAX_WAITING, home
from tests.builders import APPROVER, CUSTOMER, NOW, OTHER_CUSTOMER, REQUESTER, a_change, a_grant
from tests.service.harness import STRANGER, ServiceHarness, actor
from tests.service.queries.conftest import EVERYWHERE, THIRD, VIEWER


async def test_what_waits_is_what_the_person_may_decide(rows: ServiceHarness) -> None:
    yes = Approval(APPROVER, NOW, 2, "approver 44444 U0ADMIN")
    waits = {"deadline": NOW + timedelta(minutes=1)}
    await rows.put(
        a_change(id="C-00001"),
        a_change(id="C-00002", **waits),
        a_change(id="C-00003", approvals=(yes,)),
        a_change(id="C-00004", customer=OTHER_CUSTOMER),
        a_change(id="C-00005", requester=APPROVER),
        a_change(id="C-00006", requester=APPROVER, state=State.AWAITING_CONFIRMATION),
        a_change(id="C-00007", state=State.APPLIED),
    )
    found = await home(rows.ctx, actor(APPROVER))
    assert [one.change.id for one in found.waiting] == ["C-00002", "C-00001", "C-00006"]
    assert (await home(rows.ctx, actor(VIEWER))).waiting == ()


async def test_what_nobody_could_read_back_waits_for_those_who_may_conclude_it(
    harness: ServiceHarness,
) -> None:
    stuck = a_change(id="C-00002", requester=APPROVER, state=State.NEEDS_OPERATOR)
    mine = a_change(id="C-00001", state=State.AWAITING_CONFIRMATION)
    await harness.put(mine, stuck)
    found = await home(harness.ctx, actor(REQUESTER))
    assert [one.change.id for one in found.waiting] == ["C-00002", "C-00001"]
    assert (await home(harness.ctx, actor(APPROVER))).waiting == ()


async def test_what_is_decided_together_waits_once(harness: ServiceHarness) -> None:
    first = a_change(id="C-00001", batch="C-00001")
    second = a_change(id="C-00002", batch="C-00001", customer=OTHER_CUSTOMER)
    await harness.put(first, second)
    assert (await home(harness.ctx, actor(APPROVER))).waiting == (), "one of them is not theirs"
    await harness.grant(a_grant(APPROVER, Role.APPROVER, customer=OTHER_CUSTOMER))
    found = await home(harness.ctx, actor(APPROVER))
    assert [(one.change.id, one.change.customer) for one in found.waiting] == [
        ("C-00001", "2 customers")
    ]
    own = (await home(harness.ctx, actor(REQUESTER))).own
    assert [one.change.id for one in own] == ["C-00001"]


async def test_so_much_that_waits_is_shown_and_the_rest_counted(harness: ServiceHarness) -> None:
    await harness.put(*(a_change(id=f"C-{n:05}") for n in range(MAX_WAITING + 3)))
    found = await home(harness.ctx, actor(APPROVER))
    assert (len(found.waiting), found.more) == (MAX_WAITING, 3)


async def test_the_last_changes_are_those_of_the_person(harness: ServiceHarness) -> None:
    for n in range(7):
        at = NOW + timedelta(minutes=n)
        await harness.put(a_change(id=f"C-{n:05}", created_at=at, state=State.APPLIED))
    await harness.put(a_change(id="C-OTHER", requester=APPROVER))
    found = await home(harness.ctx, actor(REQUESTER))
    assert [one.change.id for one in found.own] == [f"C-{n:05}" for n in (6, 5, 4, 3, 2)]


async def test_of_customers_that_they_may_view_no_more_their_changes_are_not_shown(
    harness: ServiceHarness,
) -> None:
    await harness.put(a_change(), a_change(id="C-OTHER", customer=OTHER_CUSTOMER))
    found = await home(harness.ctx, actor(REQUESTER))
    assert [one.change.id for one in found.own] == ["C-7K3MX"]


async def test_what_is_on_is_of_the_customers_that_they_may_view_anywhere(
    rows: ServiceHarness,
) -> None:
    for customer in (CUSTOMER, OTHER_CUSTOMER, THIRD):
        rows.api.add(customer, "x@example.com", failover=True)
    found = await home(rows.ctx, actor(VIEWER, channel="D0VIEWER"))
    assert [one.customer for one in found.on.customers] == [CUSTOMER, OTHER_CUSTOMER]
    assert found.rights == {Right.VIEW: frozenset({CUSTOMER, OTHER_CUSTOMER})}
    everything = await home(rows.ctx, actor(EVERYWHERE))
    assert everything.rights == {Right.VIEW: None}


async def test_without_a_role_there_is_nothing_and_a_guest_is_refused(
    harness: ServiceHarness,
) -> None:
    found = await home(harness.ctx, actor(STRANGER))
    assert (found.on.may_view, found.on.customers, found.rights) == (False, (), {})
    harness.directory.people["U0GUEST"] = Person("U0GUEST", "guest", barred="guests may not")
    with pytest.raises(NotAllowed):
        await home(harness.ctx, actor("U0GUEST"))
