"""Rules of customers that an admin changes in the Home tab: nobody allows themselves break-glass."""

from __future__ import annotations

import pytest

from bot.domain.actor import Actor
from bot.domain.customer_rule import CustomerRule
from bot.domain.roles import Role
from bot.errors import InvalidInput, NotAllowed
from bot.service.access.customer_rules import set_customer_rule, why_forbidden
from tests.builders import ADMIN, CUSTOMER, a_grant
from tests.service.harness import ServiceHarness

HOME = Actor(ADMIN, None, clicked=True)
TERMINAL = Actor("admin@jump1", None, terminal="admin@jump1")
FORBIDDEN = CustomerRule(emergency=False)


async def forbidden(harness: ServiceHarness) -> bool:
    return bool(await harness.look(lambda tx: why_forbidden(tx, CUSTOMER)))


@pytest.mark.parametrize("wish", [CustomerRule(), None])
async def test_a_commander_does_not_allow_it_for_themselves(
    harness: ServiceHarness, wish: CustomerRule | None
) -> None:
    await harness.grant(a_grant(ADMIN, Role.COMMANDER))
    await set_customer_rule(harness.ctx, HOME, CUSTOMER, FORBIDDEN)
    with pytest.raises(NotAllowed, match="another admin has to allow break-glass"):
        await set_customer_rule(harness.ctx, HOME, CUSTOMER, wish)
    assert await forbidden(harness)
    await set_customer_rule(harness.ctx, TERMINAL, CUSTOMER, wish)
    assert not await forbidden(harness)


async def test_another_admin_does(harness: ServiceHarness) -> None:
    await set_customer_rule(harness.ctx, HOME, CUSTOMER, FORBIDDEN)
    await set_customer_rule(harness.ctx, HOME, CUSTOMER, None)
    assert not await forbidden(harness)
    with pytest.raises(InvalidInput, match="There is no customer rule 44444"):
        await set_customer_rule(harness.ctx, HOME, CUSTOMER, None)


async def test_only_an_admin_of_the_customer(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match="may not administer"):
        await set_customer_rule(harness.ctx, HOME, "*", FORBIDDEN)
    assert not await forbidden(harness)
