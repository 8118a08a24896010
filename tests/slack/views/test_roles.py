"""Role rows and rights: short enough for Slack, and inert."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain.roles import Decision, Right, Role
from bot.service.queries.history import MAX_CUSTOMERS, CustomerRights
from bot.slack.views import roles as view
from bot.slack.views.mrkdwn import customer_label
from tests.builders import APPROVER, CHANNEL, NOW, a_grant
from tests.slack.extreme_values import CUSTOMER_NAME, HOSTILE
from tests.slack.message_checks import reply


def test_role_rows_say_who_what_for_whom_and_until_when() -> None:
    rows = [
        a_grant(),
        a_grant(expires_at=NOW + timedelta(hours=1), granted_by="x<y@host"),
        a_grant("S0ONCALL", customer="*"),
        a_grant(CHANNEL, Role.INCIDENT),
    ]
    told = reply(view.roles(rows)).split("\n")
    assert told[0] == "<@U0OPERATOR> · operator · 44444 · by <@U0ADMIN>"
    assert " · until <!date^" in told[1]
    assert told[1].endswith(" · by x&lt;y@host")
    assert told[2].startswith("<!subteam^S0ONCALL> · operator · all customers · ")
    assert told[3].startswith("<#C0INCIDENT> · incident · 44444 · ")
    assert view.roles([]) == "No role rows of customers that you administer in this channel."


NOT_HERE = "Here you may do nothing for Acme GmbH (44444): this is not an incident channel for it"
YES = Decision(allowed=True, reason="", evidence=(a_grant(), a_grant(CHANNEL, Role.INCIDENT)))
NO = Decision(allowed=False, reason="You may not approve.")
CURE = f"Who can grant it: <@{APPROVER}>."
EVERY = frozenset(Right) - {Right.COMMAND}


def rights(
    here: Collection[Right], anywhere: Collection[Right] = EVERY, **over: Any
) -> CustomerRights:
    decisions = tuple(
        (right, YES if right in here else NO, "" if right in here else CURE)
        for right in Right
        if right in EVERY or right in here
    )
    fields: dict[str, Any] = {"customer": "44444", "name": "Acme GmbH", "channels": ()}
    fields |= {"decisions": decisions, "anywhere": frozenset(anywhere)} | over
    return CustomerRights(**fields)


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        (
            rights(EVERY),
            "Here you may view, propose, approve and administer for Acme GmbH (44444).",
        ),
        (
            rights(frozenset(Right)),
            "Here you may view, propose, approve, administer and decide alone in an emergency for Acme GmbH (44444).",
        ),
        (
            rights({Right.VIEW, Right.PROPOSE}),
            "Here you may view and propose for Acme GmbH (44444). You may not approve or administer.",
        ),
        (
            rights({Right.VIEW}),
            "Here you may view for Acme GmbH (44444). You may not propose, approve or administer.",
        ),
        (
            rights((), {Right.VIEW, Right.PROPOSE}, channels=(CHANNEL,)),
            f"{NOT_HERE}. In <#C0INCIDENT> you may view and propose.",
        ),
        (
            rights((), {Right.VIEW}),
            f"{NOT_HERE}, and there is none yet. There you could view.",
        ),
        (rights((), ()), "You may do nothing for Acme GmbH (44444)."),
        (
            rights((), (), customer="*"),
            "You may do nothing here: you have no role for any customer.",
        ),
    ],
)
def test_whoami_says_first_what_you_may_do_here(told: CustomerRights, sentence: str) -> None:
    assert reply(view.whoami([told])).split("\n")[0] == sentence


def test_whoami_names_below_the_rows_or_what_is_missing_and_once_who_grants_it() -> None:
    lines = reply(view.whoami([rights({Right.VIEW})])).split("\n")[1:]
    assert lines == [
        "*Why, for Acme GmbH (44444):*",
        "view: yes, by <@U0OPERATOR> operator 44444; <#C0INCIDENT> incident 44444",
        "propose, approve, administer: no. You may not approve.",
        CURE,
    ]
    reply(view.whoami([rights({Right.VIEW})] * 100))


def test_customers_with_the_same_rights_are_told_in_one_sentence() -> None:
    both = [rights({Right.VIEW}), rights({Right.VIEW}, customer="55555", name="")]
    told = reply(view.whoami([*both, rights((), ())]))
    assert told.startswith("Here you may view for Acme GmbH (44444), 55555. You may not propose")
    assert told.split("\n")[1:] == [
        "You may do nothing for Acme GmbH (44444).",
        "Why, and who can grant what is missing: `/continuity whoami` and the number of a customer.",
    ]


def test_that_not_all_customers_are_shown_is_told() -> None:
    shown = [rights({Right.VIEW}, customer=f"1000{n}") for n in range(MAX_CUSTOMERS)]
    more = "Not more than 10 customers are shown."
    assert more in view.whoami(shown).split("\n")
    assert more not in view.whoami(shown[1:])


def test_who_was_granted_a_role_reads_what_for_whom_until_when_by_whom_and_what_to_try() -> None:
    told = reply(view.granted(a_grant(), "Acme GmbH (44444)", [CHANNEL]))
    assert told == (
        "<@U0ADMIN> gave you the role operator for Acme GmbH (44444). "
        "Try `/continuity status 44444` in <#C0INCIDENT>."
    )
    until = a_grant(expires_at=NOW, customer="*")
    assert reply(view.granted(until, view.label("*", ""), [])) == (
        "<@U0ADMIN> gave you the role operator for all customers until "
        "<!date^1773457445^{date_short_pretty} {time_secs}|2026-03-14 03:04:05 UTC>. "
        "Try `/continuity whoami`."
    )
    assert "whoami` in <#C0INCIDENT>" in view.granted(until, view.label("*", ""), [CHANNEL])
    assert reply(view.revoked("U0ADMIN", Role.VIEWER, "44444")) == (
        "<@U0ADMIN> took the role viewer for 44444 from you."
    )


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
    shown = CustomerRights("44444", name, ((Right.VIEW, decided, ""),))
    reply(view.whoami([shown]))
    reply(view.granted(grant, customer_label("44444", name), []))
    reply(view.revoked(typed, Role.VIEWER, customer_label("44444", name)))
