"""How a customer stands: a table and the same in words, within Slack's limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from bot.domain.actions import SetFlag
from bot.domain.api_health import ApiFault, StandingFault
from bot.domain.change_state import State
from bot.domain.scope import Flag
from bot.service.queries.failover_history import FailoverCount
from bot.service.queries.status import Status, StatusRow
from bot.slack.views.status import status
from tests.builders import NOW, REQUESTER, a_change
from tests.slack.extreme_values import CHANGE, CUSTOMER_NAME, HOSTILE, NAME, SCOPES, SENTENCE
from tests.slack.message_checks import check, shown

OFF = a_change(id="C-00002", action=SetFlag(Flag.FAILOVER, on=False), finished_at=NOW)
ON = a_change(id="C-00001", state=State.APPLIED, finished_at=NOW)


def stands(*rows: StatusRow, name: str = "Acme GmbH", problem: str = "", odd: str = "") -> Status:
    return Status(
        "44444", name, rows or (StatusRow("", (1284, 31, 44, 7, 2, 1, 1)),), problem, (ON,), odd
    )


def cells(blocks: list[dict[str, object]]) -> list[list[str]]:
    [table] = [block for block in blocks if block["type"] == "table"]
    return [[cell["text"] for cell in row] for row in table["rows"]]  # type: ignore[attr-defined]  # a table


def test_the_counts_stand_in_a_line_which_a_phone_breaks_and_does_not_cut() -> None:
    said = status(stands())
    check(said.text, said.blocks)
    words = "1,284 users · failover 7 · cannot read 2 · access 44 · activated 31"
    assert shown(said.blocks).splitlines()[2] == words
    assert [block["type"] for block in said.blocks] == ["section", "section"]
    assert f"*Acme GmbH (44444)*: {words}" in said.text
    assert "C-00001 · APPLIED · FAILOVER ON" in said.text


def test_groups_are_compared_in_a_table_whose_first_columns_count_most() -> None:
    """A phone cuts the last ones."""
    group = StatusRow("emea", (700, 30, 40, 5, 1, 1, 1))
    said = status(stands(StatusRow("", (1284, 31, 44, 7, 2, 1, 1)), group))
    check(said.text, said.blocks)
    assert cells(said.blocks) == [
        [" ", "Failover", "Cannot read", "Users", "Access", "Activated"],
        ["All", "7", "2", "1,284", "44", "31"],
        ["emea", "5", "1", "700", "40", "30"],
    ]
    assert "emea: 700 users · failover 5 · cannot read 1 · access 40 · activated 30" in said.text
    assert " users · " not in shown(said.blocks)


def test_each_flag_says_since_when_and_by_whom_or_that_it_was_not_this_bot() -> None:
    said = status(
        stands(StatusRow("", (1,) * 7, (OFF, None)), StatusRow("emea", (1,) * 7, (ON, None)))
    )
    for told in (said.text, shown(said.blocks)):
        assert "failover OFF for all users since <!date^" in told
        assert f"by <@{REQUESTER}>, C-00002" in told
        assert "access: not switched for all users by this bot" in told
        assert "failover ON for emea since" in told
        assert "access: not switched for emea" not in told


def test_a_group_that_was_switched_with_all_others_is_not_told_again() -> None:
    said = status(
        stands(StatusRow("", (1,) * 7, (ON, None)), StatusRow("emea", (1,) * 7, (ON, None)))
    )
    assert "for emea" not in said.text


def test_what_is_not_known_says_so() -> None:
    said = status(stands(StatusRow("", (1284, None, None, 7, 2, 0, None)), problem="No answer."))
    words = "1,284 users · failover 7 · cannot read 2 · access not known · activated not known"
    assert words in shown(said.blocks)
    assert "Not all numbers are known. No answer." in shown(said.blocks)
    assert "activated not known" in said.text
    silent = status(stands(StatusRow("", (None,) * 7), problem="No answer."))
    assert "Number of users not known. No answer." in silent.text
    assert shown(silent.blocks).splitlines()[:2] == [
        "*Acme GmbH (44444)*",
        "No number is known. No answer.",
    ]
    groups = status(stands(*[StatusRow(one, (None,) * 7) for one in ("", "emea")], problem="No."))
    assert "not known ·" not in shown(groups.blocks)
    assert "table" not in {block["type"] for block in groups.blocks}


def counted(*users: int, seconds: float = 3600.0) -> tuple[FailoverCount, ...]:
    """These many users in failover, one count after the other."""
    return tuple(
        FailoverCount(NOW + timedelta(seconds=number * seconds), one)
        for number, one in enumerate(users)
    )


def test_users_in_failover_over_time_are_a_chart_and_without_it_the_rest_is_the_same() -> None:
    said = status(replace(stands(), history=counted(0, 1284, 0)))
    check(said.text, said.blocks)
    check(said.text, said.older)
    chart = said.blocks[-1]
    assert (chart["type"], chart["title"]) == ("data_visualization", "Users in failover")
    [series] = chart["chart"]["series"]
    labels = ["03:04:05", "04:04:05", "05:04:05"]
    assert [(one["label"], one["value"]) for one in series["data"]] == [
        (label, users) for label, users in zip(labels, (0, 1284, 0), strict=True)
    ]
    assert chart["chart"]["axis_config"]["categories"] == labels
    assert said.older == said.blocks[:-1]


def test_a_course_of_several_days_names_them() -> None:
    said = status(replace(stands(), history=counted(0, 1, 2, seconds=86_400)))
    labels = said.blocks[-1]["chart"]["axis_config"]["categories"]
    assert labels == ["14 Mar 03:04", "15 Mar 03:04", "16 Mar 03:04"]


@pytest.mark.parametrize("history", [(), counted(0, 1), counted(0, 1, 2, seconds=0.1)])
def test_two_points_are_no_course(history: tuple[FailoverCount, ...]) -> None:
    said = status(replace(stands(), history=history))
    assert "data_visualization" not in str(said.blocks)
    assert said.older == []


def test_of_many_points_the_last_twenty_are_shown() -> None:
    said = status(replace(stands(), history=counted(*range(30))))
    check(said.text, said.blocks)
    [series] = said.blocks[-1]["chart"]["series"]
    assert [one["value"] for one in series["data"]] == [*range(10, 30)]


SUBJECTS = {
    ApiFault.PASSWORD: ("CONTINUITY_PASSWORD", "does not accept the bot's password (401)"),
    ApiFault.NOT_ALLOWED: ("44444", "does not allow this customer to the bot's account (403)"),
    ApiFault.UNKNOWN_CUSTOMER: ("44444", "does not know this customer (404)"),
    ApiFault.NO_ANSWER: ("api.example", "at api.example does not answer"),
}


@pytest.mark.parametrize("kind", ApiFault)
def test_what_the_last_look_at_the_api_found_stands_on_top_with_when(kind: ApiFault) -> None:
    subject, words = SUBJECTS[kind]
    fault = StandingFault(kind, subject, NOW, NOW + timedelta(minutes=5))
    told = status(replace(stands(StatusRow("", (None,) * 7), problem="Wrong."), fault=fault))
    check(told.text, told.blocks)
    line = f"⚠️ The continuity API {words} since <!date^1773457445^"
    assert told.text.startswith(line)
    assert shown(told.blocks).splitlines()[1].startswith(line)
    assert ", last look <!date^1773457745^" in told.text
    assert "Wrong." not in shown(told.blocks), "it would be said twice"


def test_who_cannot_read_their_mail_stands_first_and_how_to_list_them() -> None:
    told = status(stands(StatusRow("", (1284, 1253, 1044, 1284, 240, 31, 31))))
    sentence = "240 of 1,284 cannot read their mail: access off 240, no password 31."
    assert told.text.startswith(f"{sentence}\n*Acme GmbH (44444)*")
    assert shown(told.blocks).startswith(f"*Acme GmbH (44444)*\n{sentence}\n")
    for command in ("With access off: `", "Without password: `"):
        assert f"{command}/continuity users 44444 --failover on --a" in told.text
    for nobody in (0, None):
        said = status(stands(StatusRow("", (9, 9, 9, 7, nobody, nobody, nobody))))
        assert "cannot read their mail:" not in said.text
        assert "--failover on" not in said.text


def test_where_some_are_in_failover_it_says_of_how_many() -> None:
    """Nobody else's mail is in the webmail."""
    told = shown(status(stands(StatusRow("", (1284, 9, 9, 7, 2, 1, None)))).blocks)
    assert "At least 2 of 7 in failover cannot read their mail: access off 2, no pass" in told


def test_numbers_that_contradict_each_other_say_of_nobody_that_they_cannot_read() -> None:
    told = status(stands(StatusRow("", (3, 0, 3, 3, 3, 3, 3)), odd="They contradict each other."))
    assert "cannot read their mail" not in told.text
    assert " · cannot read not known · " in shown(told.blocks)


@pytest.mark.parametrize("groups", [1, 16])
def test_sixteen_groups_of_the_longest_names_fit(groups: int) -> None:
    names = getattr(SCOPES["16 groups"], "names")[:groups]  # noqa: B009  # a scope of groups
    rows = [StatusRow(name, (10**6,) * 7, (ON, OFF)) for name in ("", *names)]
    told = Status("44444", NAME, tuple(rows), SENTENCE, (a_change(),) * 500)
    said = status(told)
    check(said.text, said.blocks)
    assert len(cells(said.blocks)) == groups + 2
    assert "… and " in said.text


@settings(max_examples=50, deadline=None)
@given(CUSTOMER_NAME, HOSTILE, HOSTILE, CHANGE)
def test_no_typed_text_is_live(name: str, problem: str, group: str, change: object) -> None:
    rows = (StatusRow("", (1,) * 7, (change, None)), StatusRow(group, (None,) * 7))  # type: ignore[arg-type]  # a change of any shape
    said = status(stands(*rows, name=name, problem=problem))
    check(said.text, said.blocks)


def test_numbers_that_contradict_each_other_are_said_beside_them() -> None:
    told = status(
        stands(
            StatusRow("", (3, 12, 3, 0, 0, 0, 0), (None, None)),
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
