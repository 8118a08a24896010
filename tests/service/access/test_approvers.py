"""Who can approve, counted by people, and what too few of them can approve."""

from __future__ import annotations

from datetime import timedelta

from bot.domain.roles import Right, Role
from bot.service.access.approvers import approvers, people_with, shortages
from tests.builders import (
    ADMIN,
    APPROVER,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_grant,
    a_policy_rule,
)
from tests.service.harness import SECOND, ServiceHarness

ROWS = [a_grant(REQUESTER, Role.OPERATOR), a_grant(APPROVER, Role.APPROVER)]


async def test_approvers_are_people_with_a_row_for_the_customer(harness: ServiceHarness) -> None:
    told = await harness.look(lambda tx: approvers(tx, CUSTOMER, NOW))
    assert told == {APPROVER, SECOND, ADMIN}
    assert await harness.look(lambda tx: approvers(tx, OTHER_CUSTOMER, NOW)) == set()


def test_a_row_counts_for_its_customer_until_it_expires() -> None:
    over = a_grant("U0GONE", Role.APPROVER, expires_at=NOW)
    every = a_grant(ADMIN, Role.ADMIN, customer="*")
    group = a_grant("S0ONCALL", Role.OPERATOR)
    rows = [*ROWS, over, every, group]
    assert people_with(Right.APPROVE, CUSTOMER, rows, NOW) == {APPROVER, ADMIN}
    assert people_with(Right.APPROVE, OTHER_CUSTOMER, rows, NOW) == {ADMIN}
    assert people_with(Right.APPROVE, CUSTOMER, rows, NOW - timedelta(seconds=1)) >= {"U0GONE"}
    assert people_with(Right.PROPOSE, CUSTOMER, rows, NOW) == {REQUESTER, ADMIN}


def test_two_ids_of_one_person_are_one_person() -> None:
    rows = [a_grant("W0SAME", Role.APPROVER), *ROWS]
    assert people_with(Right.APPROVE, CUSTOMER, rows, NOW, {"W0SAME": APPROVER}) == {APPROVER}


def test_nobody_approves_their_own_change() -> None:
    assert shortages(CUSTOMER, ROWS, [], NOW) == []
    [alone] = shortages(CUSTOMER, [a_grant(ADMIN, Role.ADMIN)], [], NOW)
    assert (alone.rule, alone.needed, alone.there, alone.approvers) == (None, 1, 0, 1)
    [nobody] = shortages(CUSTOMER, ROWS[:1], [], NOW)
    assert (nobody.there, nobody.approvers) == (0, 0)


def test_a_policy_row_that_asks_for_more_than_there_are() -> None:
    two = a_policy_rule(customer="*")
    other = a_policy_rule(customer=OTHER_CUSTOMER, approvals=5)
    [short] = shortages(CUSTOMER, ROWS, [two, other], NOW)
    assert (short.rule, short.needed, short.there) == (two, 2, 1)
    second = a_grant(SECOND, Role.APPROVER)
    assert shortages(CUSTOMER, [*ROWS, second], [two, other], NOW) == []
