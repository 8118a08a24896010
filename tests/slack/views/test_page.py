"""What a pager shows at night, and what the card says of a pager that fails."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.actions import Action, DeleteUser, PurgeUsers, SetFlag
from bot.domain.change import Change
from bot.domain.page import PageState
from bot.domain.preview import Preview
from bot.domain.scope import Everyone, FileUsers, Filters, Flag, Groups, Scope, Users
from bot.ports import PageRow
from bot.slack.views.page import page_summary, pager_lines, severity
from tests.builders import NOW, a_change

COUNTED = Preview(NOW, total=1284, already=0)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            a_change(preview=COUNTED),
            "Approval needed: FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users · asked by Olga · C-7K3MX",
        ),
        (
            a_change(),
            "Approval needed: FAILOVER ON · Acme GmbH (44444) · ALL users, not counted · asked by Olga · C-7K3MX",
        ),
        (
            a_change(scope=Groups(("jo@example.com",)), preview=COUNTED),
            "Approval needed: FAILOVER ON · Acme GmbH (44444) · 1,284 users · asked by Olga · C-7K3MX",
        ),
        (
            a_change(scope=Groups(("emea",))),
            "Approval needed: FAILOVER ON · Acme GmbH (44444) · some users, not counted · asked by Olga · C-7K3MX",
        ),
        (
            a_change(scope=Users(("jo@example.com",)), flag=Flag.ACCESS, on=False),
            "Approval needed: ACCESS OFF · Acme GmbH (44444) · 1 named user · asked by Olga · C-7K3MX",
        ),
        (
            a_change(scope=FileUsers(640, "x")),
            "Approval needed: FAILOVER ON · Acme GmbH (44444) · 640 named users · asked by Olga · C-7K3MX",
        ),
    ],
)
def test_the_summary_says_what_for_whom_and_who_asks(change: Change, said: str) -> None:
    assert page_summary(change, "Acme GmbH", "Olga") == said


@pytest.mark.parametrize(
    ("change", "asked_by", "person"),
    [
        (a_change(), "", "asked by U0OPERATOR"),
        (a_change(), "olga@example.com", "asked by U0OPERATOR"),
        (a_change(requester="root@jump1", terminal="root@jump1"), "", "somebody at the terminal"),
    ],
)
def test_a_requester_whose_name_may_be_an_address_is_their_id(
    change: Change, asked_by: str, person: str
) -> None:
    summary = page_summary(change, "", asked_by)
    assert person in summary
    assert " · 44444 · " in summary


address = st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.com", fullmatch=True)
addresses = st.lists(address, min_size=1, max_size=5, unique=True).map(tuple)
scopes: st.SearchStrategy[Scope] = st.one_of(
    st.builds(Users, addresses),
    st.builds(Groups, addresses),
    st.builds(lambda names: Filters(groups=names), addresses),
    st.just(Everyone()),
)
actions: st.SearchStrategy[Action] = st.sampled_from(
    [SetFlag(Flag.FAILOVER, on=True), DeleteUser(), PurgeUsers()]
)


@given(actions, scopes, address, address, st.none() | st.just(COUNTED))
def test_no_address_and_no_reason_is_part_of_it(
    action: Action, scope: Scope, reason: str, asked_by: str, preview: Preview | None
) -> None:
    change = a_change(action=action, scope=scope, reason=f"for {reason}", preview=preview)
    assert "@" not in page_summary(change, "Acme GmbH", asked_by)


def test_a_failover_is_critical_and_nothing_else_and_a_drill_never_is() -> None:
    assert severity(a_change()) == "critical"
    assert severity(a_change(on=False)) == "critical"
    assert severity(a_change(flag=Flag.ACCESS)) == "warning"
    assert severity(a_change(action=PurgeUsers())) == "warning"
    assert severity(a_change(drill=True)) == "info"
    assert page_summary(a_change(drill=True), "Acme GmbH", "Olga").startswith("DRILL · ")


def row(wanted: PageState, pager: str = "pagerduty", error: str = "It answered 500.") -> PageRow:
    shown = PageState.TRIGGERED if wanted is not PageState.TRIGGERED else None
    return PageRow("C-7K3MX", pager, wanted, shown, NOW, 3, error, NOW + timedelta(seconds=9))


def test_the_card_says_which_pager_did_not_take_what_why_and_what_to_do() -> None:
    rows = [
        row(PageState.TRIGGERED),
        row(PageState.TRIGGERED, "webhook", "<It> cannot be reached."),
    ]
    assert pager_lines(rows).splitlines() == [
        "⚠️ *The pager (PagerDuty) did not take this.* It answered 500. Tell the approvers yourself.",
        "⚠️ *The pager (webhook) did not take this.* &lt;It&gt; cannot be reached. Tell the approvers yourself.",
    ]
    assert pager_lines([row(PageState.ACKNOWLEDGED), row(PageState.RESOLVED)]).splitlines() == [
        "⚠️ *The pager (PagerDuty) was not told that somebody looked.* It answered 500. Acknowledge it there.",
        "⚠️ *The pager (PagerDuty) was not told that this ended.* It answered 500. Close it there.",
    ]


def test_a_pager_that_took_it_or_is_tried_is_not_told() -> None:
    taken = PageRow("C-7K3MX", "webhook", PageState.TRIGGERED, PageState.TRIGGERED, NOW)
    assert pager_lines([taken, row(PageState.TRIGGERED, error="")]) == ""
