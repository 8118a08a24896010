"""The score sheet, counted from audit entries alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from bot.domain.audit.chain import AuditEntry, Record
from bot.domain.audit.drill_history import started_detail
from bot.domain.audit.drill_score import MAX_PEOPLE, MAX_REFUSALS, score_of
from bot.domain.drill import Drill, Ending, Scenario, Score
from tests.builders import APPROVER, CHANNEL, CUSTOMER, NOW, OTHER_CUSTOMER, REQUESTER

DRILL = Drill("D-00001", CUSTOMER, Scenario.SLOW, CHANNEL, REQUESTER, NOW)
BEGAN = ("drill.started", 0, {"detail": started_detail(DRILL)})


def scored(*told: tuple[str, int, dict[str, Any]], ending: Ending | None = None) -> Score:
    entries = []
    for seq, (kind, seconds, fields) in enumerate(told, 1):
        values = {"customer": CUSTOMER, "channel": CHANNEL, "actor": REQUESTER} | fields
        record = Record(at=NOW + timedelta(seconds=seconds), kind=kind, **values)
        entries.append(AuditEntry(seq, record, "", ""))
    return score_of(DRILL, ending, entries)


def a_step(kind: str, seconds: int, change: str = "C-1", **fields: Any) -> Any:
    return (f"change.{kind}", seconds, {"change_id": change, **fields})


def test_each_time_is_counted_of_the_change_that_was_verified() -> None:
    told = scored(
        a_step("proposed", -9, "C-0"),
        BEGAN,
        a_step("applied", 1, "C-0", actor="bot"),  # of before
        a_step("proposed", 10),
        a_step("denied", 20, actor=APPROVER),
        a_step("proposed", 30, "C-2"),
        a_step("approved", 40, "C-2", actor=APPROVER),
        a_step("asked_again", 45, "C-2", actor="bot"),
        a_step("approved", 60, "C-2", actor="U0SECOND"),
        a_step("applied", 90, "C-2", actor="bot"),
    )
    people = (REQUESTER, APPROVER, "U0SECOND")
    assert told == Score(Ending.VERIFIED, "C-2", 30, 30, 90, people=people)


def test_what_was_not_verified_is_no_end_and_has_its_other_times() -> None:
    told = scored(
        BEGAN,
        a_step("proposed", 10, actor="bot"),  # a way back
        a_step("proposed", 12, "C-2"),
        a_step("confirmed", 15, "C-2"),
        a_step("applied", 20, "C-2", actor="bot", detail={"verified": False}),
    )
    assert told == Score(Ending.TIME, "C-2", 12, 3, None, people=(REQUESTER,))
    assert scored(BEGAN) == Score(Ending.TIME)
    assert scored(BEGAN, ending=Ending.BY_PERSON) == Score(Ending.BY_PERSON)


def test_refusals_of_its_customer_and_in_its_channel_count_and_no_others() -> None:
    why = {"detail": {"why": "x" * 999}}
    told = scored(
        ("refused", -1, why),
        BEGAN,
        *[("refused", 1, why | {"customer": "", "actor": "U0STRANGER"})] * 3,
        *[("refused", 2, why | {"channel": "C0OTHER"})] * 3,
        ("refused", 3, why | {"channel": "C0OTHER", "customer": OTHER_CUSTOMER}),
        ("role.granted", 4, {"customer": OTHER_CUSTOMER, "actor": "U0ADMIN"}),
    )
    assert (told.wrong, len(told.refusals)) == (6, MAX_REFUSALS)
    assert {len(one) for one in told.refusals} == {200}
    assert told.people == ("U0STRANGER", REQUESTER)
    crowd = [("refused", 1, {"actor": f"U{number}"}) for number in range(50)]
    assert len(scored(BEGAN, *crowd).people) == MAX_PEOPLE
