"""The Home tab: wording, Slack's limits, and inert whatever people typed."""

from __future__ import annotations

from typing import Any

from bot.domain.change_state import State
from bot.domain.emergency import Emergency
from bot.domain.review import Review
from bot.domain.roles import Right
from bot.service.queries.history import OpenChange
from bot.service.queries.home import Home
from bot.service.queries.on import CustomerOn, OnList
from bot.slack.views import home as view
from bot.slack.views.modals.admin import ADMIN_FORMS
from sandbox.slack.blocks.limits import check_view
from tests.builders import CHANNEL, CUSTOMER, NOW, REQUESTER, a_change, a_finished_change
from tests.slack.extreme_values import NAME
from tests.slack.message_checks import inert, texts
from tests.slack.views.test_on import of, row

URL = "https://home.slack.example/"
CARD = f"<https://home.slack.example/archives/{CHANNEL}/p12|C-7K3MX>"


def found(**over: Any) -> Home:
    fields: dict[str, Any] = {
        "on": OnList((), NOW),
        "waiting": (),
        "more": 0,
        "own": (),
        "rights": {Right.VIEW: None},
        "names": {},
    }
    return Home(**(fields | over))


def said(home: Home) -> list[str]:
    shown = view.home(home, URL)
    check_view(shown, "home")
    assert len(shown["blocks"]) <= 100
    for one in texts(shown["blocks"]):
        if one["type"] == "mrkdwn":
            inert(one["text"])
    return [block["text"]["text"] for block in shown["blocks"] if "text" in block]


def test_an_empty_tab_says_what_there_is_not() -> None:
    where = "They count in the incident channels of these customers: `/continuity whoami` says why."
    assert said(found()) == [
        "What is on",
        "*Nothing is on.*",
        "Waiting for you",
        "Nothing waits for you.",
        "Your last changes",
        "You have not asked for a change yet.",
        "Your rights",
        f"You may view: all customers\n{where}",
    ]


def test_without_a_right_it_says_who_can_help() -> None:
    lines = said(found(rights={}, on=OnList((), NOW, may_view=False)))
    assert lines[0] == "Waiting for you"
    assert lines[-1] == "You have no role here. `/continuity whoami` says who can grant one."


def test_what_waits_and_what_was_asked_are_links_to_cards() -> None:
    until = "<!date^1773459245^{time}|03:34 UTC>"
    mine = a_change(state=State.AWAITING_CONFIRMATION)
    waiting = (
        OpenChange(a_change(), "Acme", CHANNEL, "1.2"),
        OpenChange(mine, "", CHANNEL, None),
    )
    own = (OpenChange(a_finished_change(), "Acme", CHANNEL, "1.2"),)
    lines = said(found(waiting=waiting, more=2, own=own))
    assert lines[3] == (
        f"{CARD} · FAILOVER ON · Acme (44444) · asked by <@{REQUESTER}> · until {until}\n"
        f"C-7K3MX · FAILOVER ON · 44444 · yours to confirm · until {until}\n"
        "… and 2 more: `/continuity pending`"
    )
    assert lines[5].startswith(f"{CARD} · APPLIED · FAILOVER ON · Acme (44444) · <!date^")


def test_rights_name_the_customers() -> None:
    rights = {Right.VIEW: None, Right.APPROVE: frozenset({CUSTOMER, "55555DE"})}
    lines = said(found(rights=rights, names={CUSTOMER: "Acme & Sons"}))
    assert "You may approve changes of others for: Acme &amp; Sons (44444), 55555DE" in lines[-1]


def test_the_longest_tab_is_within_the_limits() -> None:
    many = tuple(CustomerOn(f"7{n:04}", NAME, of(*[row()] * 9).rows) for n in range(200))
    waiting = tuple(OpenChange(a_change(), NAME, CHANNEL, "1.2") for _ in range(20))
    customers = frozenset(f"7{n:04}" for n in range(1000))
    silent = tuple(CustomerOn(f"8{n:04}", NAME, problem=NAME * 9) for n in range(30))
    on = OnList(many, NOW, silent=silent, calm=3, not_asked=800)
    said(found(on=on, waiting=waiting, more=9, own=waiting[:5],
               rights=dict.fromkeys(Right, customers), names=dict.fromkeys(customers, NAME)))  # fmt: skip


def test_what_cannot_be_drawn_says_why() -> None:
    shown = view.not_drawn("Slack did not tell who you are.", NOW)
    check_view(shown, "home")
    assert "Slack did not tell who you are." in shown["blocks"][1]["text"]["text"]


def test_a_review_that_is_owed_stands_first_of_what_waits() -> None:
    alone = Emergency("U0COMMANDER", NOW, "down", "rows")
    owed = a_change(state=State.APPLIED, emergency=alone, review=Review())
    home = found(
        reviews=(OpenChange(owed, "Acme GmbH", CHANNEL, "1.2"),),
        waiting=(OpenChange(a_change(), "Acme GmbH", CHANNEL, "1.2"),),
    )
    lines = said(home)[3].split("\n")
    assert lines[0].startswith(f"🚨 {CARD} · FAILOVER ON · Acme GmbH (44444) · review owed since ")
    assert len(lines) == 2


def buttons(home: Home) -> list[str]:
    blocks = view.home(home, URL)["blocks"]
    return [
        one["action_id"]
        for block in blocks
        for one in block.get("elements", [])
        if "action_id" in one
    ]


def test_the_form_is_for_who_may_propose_and_the_admins_forms_for_admins() -> None:
    assert buttons(found()) == ["home_refresh"]
    propose: dict[Right, Any] = {Right.PROPOSE: frozenset({CUSTOMER})}
    assert buttons(found(rights=propose)) == ["form_open", "home_refresh"]
    admin = found(
        rights=propose | {Right.ADMINISTER: frozenset({CUSTOMER})}, names={CUSTOMER: NAME}
    )
    forms = [one.callback_id for one in ADMIN_FORMS]
    assert buttons(admin) == ["form_open", "home_refresh", *forms]
    assert said(admin)[-1].startswith("For ")


def test_what_nobody_could_read_back_says_what_to_do() -> None:
    stuck = OpenChange(a_change(state=State.NEEDS_OPERATOR), "Acme GmbH", CHANNEL, "1.2")
    assert said(found(waiting=(stuck,)))[3] == (
        f"{CARD} · FAILOVER ON · Acme GmbH (44444) · *somebody has to look*, and conclude it on its card"
    )
