"""People who may view different customers, for the tests of queries."""

from __future__ import annotations

import pytest

from bot.domain.roles import Role
from tests.builders import CHANNEL, OTHER_CUSTOMER, a_grant
from tests.service.harness import ServiceHarness

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
