"""For which customers somebody has a right: each is decided on its rows, those that are alike once."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actor import Actor
from bot.domain.roles import ANY_CUSTOMER, Grant, Right, Role
from bot.service.access.principals import Principal
from tests.builders import CHANNEL, NOW, REQUESTER, a_grant

CUSTOMERS = ("11111", "22222", "33333")
GRANTS = st.builds(
    a_grant,
    st.sampled_from((REQUESTER, "W0REQUESTER", "S0MINE", "S0OTHER", CHANNEL, "U0OTHER")),
    st.sampled_from(Role),
    customer=st.sampled_from((*CUSTOMERS, ANY_CUSTOMER)),
    expires_at=st.sampled_from((None, NOW - timedelta(hours=1), NOW + timedelta(hours=1))),
)


@given(st.lists(GRANTS, max_size=12), st.sampled_from((CHANNEL, None)))
def test_the_customers_of_a_right_are_those_on_which_it_is_allowed(
    grants: list[Grant], channel: str | None
) -> None:
    actor, ids = Actor(REQUESTER, channel), frozenset({REQUESTER, "W0REQUESTER"})
    who = Principal(actor, "on call", ("S0MINE",), tuple(grants), ids=ids)
    for right in Right:
        allowed = {one for one in CUSTOMERS if who.decide(right, one, NOW).allowed}
        everywhere = who.decide(right, ANY_CUSTOMER, NOW).allowed
        assert who.customers(right, NOW) == (None if everywhere else allowed)
        assert who.has_anywhere(right, NOW) is bool(everywhere or allowed)
