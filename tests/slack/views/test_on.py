"""What is on, as a reply: wording, within Slack's limits and for a phone, and inert."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.cannot_read import CannotRead
from bot.domain.change_state import State
from bot.domain.on import OnEntry
from bot.domain.scope import Everyone, Flag, Groups, Users
from bot.service.queries.history import OpenChange
from bot.service.queries.on import CustomerOn, OnList, OnRow, OtherUsers
from bot.service.queries.on_counts import Told
from bot.slack.views import on as view
from bot.slack.views.on import MAX_SECTIONS
from tests.builders import APPROVER, CHANNEL, CUSTOMER, NOW, REQUESTER, a_finished_change
from tests.slack.extreme_values import NAME
from tests.slack.message_checks import check

URL = "https://home.slack.example/"
AT = "<!date^1773457749^{date_short_pretty} {time_secs}|2026-03-14 03:09:09 UTC>"
CARD = f"<https://home.slack.example/archives/{CHANNEL}/p12|C-7K3MX>"


def entry(scope: Any = None, **over: Any) -> OnEntry:
    return OnEntry(a_finished_change(scope=scope or Everyone()), scope or Everyone(), **over)


def row(one: OnEntry | None = None, told: Told | None = None) -> OnRow:
    one = one or entry()
    return OnRow(one, OpenChange(one.change, "", CHANNEL, "1.2"), told or Told())


def of(*rows: OnRow, name: str = "Acme GmbH", **over: Any) -> CustomerOn:
    return CustomerOn(CUSTOMER, name, rows, **over)


def found(*customers: CustomerOn, **over: Any) -> OnList:
    return OnList(customers, NOW, **over)


def said(result: OnList) -> list[str]:
    shown = view.on(result, URL)
    check(shown.text, shown.blocks)
    if shown.older:
        check(shown.text, shown.older)
    return shown.text.split("\n")


def test_an_entry_says_for_whom_since_when_by_whom_and_who_cannot_read() -> None:
    told = Told(1284, CannotRead(1284, 240, 31, 240))
    assert said(found(of(row(told=told)))) == [
        "*On now: 1 customer*",
        "*Acme GmbH (44444)*",
        "FAILOVER ON · all users · 1,284 on",
        f"since {AT} by <@{REQUESTER}>, approved by <@{APPROVER}> · {CARD}",
        "240 of 1,284 cannot read their mail: access off 240, no password 31.",
    ]


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Groups(("emea",)), "group emea"),
        (Groups(("emea", "germany")), "2 groups: emea, germany"),
        (Users(("a@example.com",)), "a@example.com"),
        (Users(tuple(f"{n}@example.com" for n in range(5))),
         "5 users: 0@example.com, 1@example.com, 2@example.com and 2 more"),
    ],
)  # fmt: skip
def test_groups_and_users_are_named(scope: Any, words: str) -> None:
    assert said(found(of(row(entry(scope)))))[2] == f"FAILOVER ON · {words}"


def test_what_is_doubtful_is_said_below_the_entry() -> None:
    one = entry(off_groups=("emea",), off_users=2, doubted_by=("C-00002",), certain=False)
    part = replace(one, change=replace(one.change, state=State.PARTIAL), until=NOW)
    until = "<!date^1773457445^{date_short_pretty} {time_secs}|2026-03-14 03:04:05 UTC>"
    assert said(found(of(row(part, Told(0)))))[4:] == [
        f"until {until}",
        "⚠️ The API shows it off: it was switched elsewhere, not by this bot.",
        "⚠️ It may not have reached all of them: C-7K3MX is PARTLY APPLIED.",
        "⚠️ C-00002 may have switched it off.",
        "Switched off since: group emea, 2 users.",
    ]


def test_what_the_bot_did_not_switch_is_marked() -> None:
    alone = of(others=(OtherUsers(Flag.FAILOVER, Told(3, CannotRead(3, 1, 0, 1))),))
    assert said(found(alone))[2:] == [
        "FAILOVER ON · 3 users · ⚠️ not by this bot",
        "1 of 3 cannot read their mail: access off 1.",
    ]
    beside = OtherUsers(Flag.FAILOVER, Told(1))
    some = row(entry(Users(("a@example.com",))))
    assert said(found(of(some, others=(beside,))))[4:] == [
        "FAILOVER ON · 1 user more · ⚠️ not by this bot"
    ]
    unsure = replace(beside, exactly=False)
    assert said(found(of(some, others=(unsure,))))[4:] == [
        "FAILOVER ON · at least 1 user more · ⚠️ not by this bot"
    ]


def test_whom_the_api_did_not_tell_of_and_who_has_nothing_on_is_said_last() -> None:
    silent = CustomerOn("55555DE", "", problem="No answer.")
    more = tuple(CustomerOn(f"6000{n}", "", problem="No answer.") for n in range(6))
    told = said(found(of(row(), problem="No answer."), silent=(silent, *more), calm=1, not_asked=7))
    assert told[4] == "The API did not tell all numbers: No answer."
    assert told[5] == "*55555DE*: the API did not tell. No answer."
    assert told[-3:] == [
        "… and 2 more customers: `/continuity on NUMBER`",
        "1 more customer that you may view here has nothing on.",
        (
            "7 more customers have nothing on by this bot, and the API was not asked: "
            "`/continuity on NUMBER`."
        ),
    ]


def test_nothing_is_on() -> None:
    assert said(found(calm=2))[0] == "*Nothing is on.*"
    assert said(found(calm=1, customer=CUSTOMER)) == ["*Nothing is on for 44444.*"]
    [told] = said(found(may_view=False))
    assert told.startswith("You may view no customer here.")


def test_many_customers_are_a_table_with_pages() -> None:
    many = [replace(of(row(told=Told(5))), customer=f"7{n:04}") for n in range(MAX_SECTIONS + 5)]
    shown = view.on(found(*many, calm=1), URL)
    check(shown.text, shown.blocks)
    check(shown.text, shown.older)
    table = next(one for one in shown.blocks if one["type"] == "data_table")
    assert len(table["rows"]) == 1 + len(many)
    assert "… and 5 more customers" in shown.older[-1]["text"]["text"]


def test_what_people_typed_is_inert_and_cut() -> None:
    rows = [
        row(entry(Users(tuple(f"{'x&' * 30}{n}@example.com" for n in range(9))))),
        row(entry(Groups((NAME[:100],)))),
    ]
    many = [of(*rows * 5, name=NAME, problem=NAME * 20) for _ in range(40)]
    said(found(*many, silent=tuple(of(name=NAME, problem=NAME * 20) for _ in range(9))))


def test_each_line_but_names_and_times_breaks_well_on_a_phone() -> None:
    """What matters stands in front: a line of a phone has 46 characters."""
    [_, _, what, who, cannot] = said(found(of(row(told=Told(9, CannotRead(9, 9, 0, 9))))))
    assert len(what) <= 46
    assert len(cannot) <= 60
    assert who.startswith("since ")
