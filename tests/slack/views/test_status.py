"""How a customer stands: a table and the same in words, within Slack's limits."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.domain.actions import SetFlag
from bot.domain.change import State
from bot.domain.scope import Flag
from bot.service.queries.status import Status, StatusRow
from bot.slack.views.status import status
from tests.builders import NOW, REQUESTER, a_change
from tests.slack.extreme_values import CHANGE, CUSTOMER_NAME, HOSTILE, NAME, SCOPES, SENTENCE
from tests.slack.message_checks import check, shown

OFF = a_change(id="C-00002", action=SetFlag(Flag.FAILOVER, on=False), finished_at=NOW)
ON = a_change(id="C-00001", state=State.APPLIED, finished_at=NOW)


def stands(*rows: StatusRow, name: str = "Acme GmbH", problem: str = "", odd: str = "") -> Status:
    return Status(
        "44444", name, rows or (StatusRow("", (1284, 31, 44, 7, 2)),), problem, (ON,), odd
    )


def cells(blocks: list[dict[str, object]]) -> list[list[str]]:
    [table] = [block for block in blocks if block["type"] == "table"]
    return [[cell["text"] for cell in row] for row in table["rows"]]  # type: ignore[attr-defined]  # a table


def test_the_counts_stand_in_a_table_and_in_words() -> None:
    said = status(stands())
    check(said.text, said.blocks)
    assert cells(said.blocks) == [
        [" ", "Users", "Activated", "Access", "Failover", "In failover, not activated"],
        ["All", "1,284", "31", "44", "7", "2"],
    ]
    words = "1,284 users · activated 31 · access 44 · failover 7 · in failover, not activated 2"
    assert f"*Acme GmbH (44444)*: {words}" in said.text
    assert "C-00001 · APPLIED · FAILOVER ON" in said.text


def test_each_flag_says_since_when_and_by_whom_or_that_it_was_not_this_bot() -> None:
    said = status(
        stands(StatusRow("", (1,) * 5, (OFF, None)), StatusRow("emea", (1,) * 5, (ON, None)))
    )
    for told in (said.text, shown(said.blocks)):
        assert "failover OFF for all users since <!date^" in told
        assert f"by <@{REQUESTER}>, C-00002" in told
        assert "access: not switched for all users by this bot" in told
        assert "failover ON for emea since" in told
        assert "access: not switched for emea" not in told


def test_a_group_that_was_switched_with_all_others_is_not_told_again() -> None:
    said = status(
        stands(StatusRow("", (1,) * 5, (ON, None)), StatusRow("emea", (1,) * 5, (ON, None)))
    )
    assert "for emea" not in said.text


def test_what_is_not_known_says_so() -> None:
    said = status(stands(StatusRow("", (1284, None, None, 7, 2)), problem="No answer."))
    assert cells(said.blocks)[1] == ["All", "1,284", "not known", "not known", "7", "2"]
    assert "Not all numbers are known. No answer." in shown(said.blocks)
    assert "activated not known" in said.text
    silent = status(stands(StatusRow("", (None,) * 5), problem="No answer."))
    assert "Number of users not known. No answer." in silent.text


def test_where_somebody_cannot_read_his_mail_it_says_how_to_see_who() -> None:
    who = "Who is in failover and not activated: `/continuity users 44444 --failover on"
    assert who in status(stands()).text
    assert who in shown(status(stands()).blocks)
    for nobody in (0, None):
        assert "Who is" not in status(stands(StatusRow("", (9, 9, 9, 7, nobody)))).text


@pytest.mark.parametrize("groups", [1, 16])
def test_sixteen_groups_of_the_longest_names_fit(groups: int) -> None:
    names = getattr(SCOPES["16 groups"], "names")[:groups]  # noqa: B009  # a scope of groups
    rows = [StatusRow(name, (10**6,) * 5, (ON, OFF)) for name in ("", *names)]
    told = Status("44444", NAME, tuple(rows), SENTENCE, (a_change(),) * 500)
    said = status(told)
    check(said.text, said.blocks)
    assert len(cells(said.blocks)) == groups + 2
    assert "… and " in said.text


@settings(max_examples=50, deadline=None)
@given(CUSTOMER_NAME, HOSTILE, HOSTILE, CHANGE)
def test_no_typed_text_is_live(name: str, problem: str, group: str, change: object) -> None:
    rows = (StatusRow("", (1,) * 5, (change, None)), StatusRow(group, (None,) * 5))  # type: ignore[arg-type]  # a change of any shape
    said = status(stands(*rows, name=name, problem=problem))
    check(said.text, said.blocks)


def test_numbers_that_contradict_each_other_are_said_beside_them() -> None:
    told = status(
        stands(
            StatusRow("", (3, 12, 3, 0, 0), (None, None)),
            odd="The numbers contradict each other.",
        )
    )
    assert "The numbers contradict each other." in str(told.blocks[0])
    assert "The numbers contradict each other." in told.text


def test_open_changes_that_were_not_read_are_counted() -> None:
    """In the blocks and in the text."""
    told = replace(stands(), more=7)
    reply = status(told)
    assert "… and 7 more" in shown(reply.blocks)
    assert reply.text.endswith("… and 7 more")
