"""Roles, policy and names: one row a key, found by subject and by customer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.roles import Grant, Role
from bot.ports import Store, Transaction
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    NOW,
    OTHER_CUSTOMER,
    REQUESTER,
    a_grant,
    a_policy_rule,
    a_subject,
)

MINE = a_grant(REQUESTER)
MINE_ELSEWHERE = a_grant(REQUESTER, customer=OTHER_CUSTOMER)
EVERYWHERE = a_grant(ADMIN, Role.ADMIN, customer="*")
PLACE = a_grant(CHANNEL, Role.INCIDENT, expires_at=NOW + timedelta(hours=8))


@pytest.fixture
async def granted(store: Store) -> Store:
    def step(tx: Transaction) -> None:
        for grant in (MINE, MINE_ELSEWHERE, EVERYWHERE, PLACE):
            tx.put_grant(grant)

    await store.write(step)
    return store


@pytest.mark.parametrize(
    ("subjects", "customer", "expected"),
    [
        (None, None, {MINE, MINE_ELSEWHERE, EVERYWHERE, PLACE}),
        (None, CUSTOMER, {MINE, EVERYWHERE, PLACE}),
        ([REQUESTER], None, {MINE, MINE_ELSEWHERE}),
        ([REQUESTER, CHANNEL], CUSTOMER, {MINE, PLACE}),
        ([ADMIN], "11111", {EVERYWHERE}),
        ([APPROVER], None, set()),
        ([], None, set()),
        (None, "*", {EVERYWHERE}),
    ],
)
async def test_grants_are_found(
    granted: Store, subjects: list[str] | None, customer: str | None, expected: set[Grant]
) -> None:
    wanted = None if subjects is None else [a_subject(subject) for subject in subjects]

    found = await granted.read(lambda tx: tx.grants(subjects=wanted, customer=customer))

    assert set(found) == expected
    assert len(found) == len(expected)


async def test_grants_are_found_by_role(granted: Store) -> None:
    admins = await granted.read(lambda tx: tx.grants(role=Role.ADMIN, customer="11111"))
    assert [*admins] == [EVERYWHERE]
    assert await granted.read(lambda tx: tx.grants(role=Role.APPROVER)) == []


async def test_the_same_subject_role_and_customer_is_replaced(granted: Store) -> None:
    """An expiry that was set can be lifted, and the new grantor is on record."""
    longer = a_grant(CHANNEL, Role.INCIDENT, granted_by=APPROVER, granted_at=NOW + timedelta(1))

    await granted.write(lambda tx: tx.put_grant(longer))

    assert await granted.read(lambda tx: tx.grants(subjects=[a_subject(CHANNEL)])) == [longer]


async def test_a_grant_is_removed_once(granted: Store) -> None:
    def step(tx: Transaction) -> list[bool]:
        return [
            tx.remove_grant(MINE.subject, Role.VIEWER, CUSTOMER),
            tx.remove_grant(MINE.subject, Role.OPERATOR, "*"),
            tx.remove_grant(MINE.subject, Role.OPERATOR, CUSTOMER),
            tx.remove_grant(MINE.subject, Role.OPERATOR, CUSTOMER),
        ]

    assert await granted.write(step) == [False, False, True, False]
    assert MINE not in await granted.read(lambda tx: tx.grants())


async def test_a_policy_rule_is_replaced_by_its_customer_flag_and_kind_of_scope(
    store: Store,
) -> None:
    general = a_policy_rule(customer="*")
    special = a_policy_rule(flag="failover", scope_kind="users")
    stricter = a_policy_rule(flag="failover", scope_kind="users", approvals=3, set_by="x@jump1")

    def step(tx: Transaction) -> None:
        for rule in (special, general, stricter):
            tx.put_policy_rule(rule)

    await store.write(step)

    assert await store.read(lambda tx: tx.policy_rules()) == [general, stricter]


async def test_a_policy_rule_is_removed_once(store: Store) -> None:
    general, special = a_policy_rule(customer="*"), a_policy_rule(flag="failover")

    def step(tx: Transaction) -> list[bool]:
        tx.put_policy_rule(general)
        tx.put_policy_rule(special)
        key = (special.customer, special.flag, special.scope_kind)
        return [tx.remove_policy_rule(*key), tx.remove_policy_rule(*key)]

    assert await store.write(step) == [True, False]
    assert await store.read(lambda tx: tx.policy_rules()) == [general]


async def test_a_customer_is_named_and_named_anew(store: Store) -> None:
    def step(tx: Transaction) -> None:
        tx.name_customer(CUSTOMER, "Acme")
        tx.name_customer(OTHER_CUSTOMER, "Other")
        tx.name_customer(CUSTOMER, "Acme GmbH & Söhne")

    await store.write(step)

    assert await store.read(lambda tx: tx.customer_name(CUSTOMER)) == "Acme GmbH & Söhne"
    assert await store.read(lambda tx: tx.customer_name("11111")) == ""
    assert await store.read(lambda tx: tx.customer_names()) == {
        CUSTOMER: "Acme GmbH & Söhne",
        OTHER_CUSTOMER: "Other",
    }


async def test_user_groups_with_rows_are_listed_once(granted: Store) -> None:
    assert await granted.read(lambda tx: tx.granted_usergroups()) == []

    def step(tx: Transaction) -> None:
        for customer in (CUSTOMER, OTHER_CUSTOMER):
            tx.put_grant(a_grant("S0ONCALL", customer=customer))
            tx.put_grant(a_grant("S0LATE", customer=customer))

    await granted.write(step)
    assert await granted.read(lambda tx: tx.granted_usergroups()) == ["S0LATE", "S0ONCALL"]
