"""Role rows and rights: short enough for Slack, and inert."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings

from bot.domain.roles import Decision, Right, Role
from bot.service.queries.history import CustomerRights
from bot.slack.views import roles as view
from tests.builders import APPROVER, NOW, a_grant
from tests.slack.extreme_values import CUSTOMER_NAME, HOSTILE, NAME
from tests.slack.message_checks import reply


def test_role_rows_say_who_what_for_whom_and_until_when() -> None:
    rows = [a_grant(), a_grant(expires_at=NOW + timedelta(hours=1), granted_by="x<y@host")]
    told = reply(view.roles(rows)).split("\n")
    assert told[0] == "user U0OPERATOR · operator · 44444 · by U0ADMIN"
    assert " until <!date^" in told[1]
    assert told[1].endswith("by x&lt;y@host")
    assert view.roles([]) == "No role rows of customers that you are admin for."


def test_whoami_names_the_row_or_what_is_missing_and_who_grants_it() -> None:
    yes = Decision(allowed=True, reason="", evidence=(a_grant(),))
    no = Decision(allowed=False, reason="You may not approve.")
    cure = f"Who can grant it: <@{APPROVER}>."
    told = CustomerRights("44444", NAME, ((Right.PROPOSE, yes, ""), (Right.APPROVE, no, cure)))
    said = reply(view.whoami([told]))
    assert "propose: yes (U0OPERATOR operator 44444)" in said
    assert f"approve: no. You may not approve. {cure}" in said
    reply(view.whoami([told] * 100))


@pytest.mark.parametrize("count", [1, 15, 500])
def test_a_long_list_is_cut_to_whole_lines_and_says_so(count: int) -> None:
    told = reply(view.roles([a_grant(expires_at=NOW)] * count))
    assert count < 500 or "… and " in told


@settings(max_examples=100, deadline=None)
@given(CUSTOMER_NAME, HOSTILE)
def test_no_typed_text_is_live(name: str, typed: str) -> None:
    grant = a_grant(role=Role.VIEWER, granted_by=typed or "x")
    decided = Decision(allowed=True, reason="", evidence=(grant,))
    reply(view.roles([grant]))
    reply(view.whoami([CustomerRights("44444", name, ((Right.VIEW, decided, ""),))]))
