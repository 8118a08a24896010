"""What a channel is told of a drill, at the width of a phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.drill import Drill, Ending, Scenario, Score
from bot.slack.views.drills import began, ended, listed
from bot.slack.views.texts import drill as texts
from sandbox.continuity.scenarios import SCENARIOS
from tests.builders import CHANNEL, CUSTOMER, NOW, REQUESTER
from tests.slack.message_checks import shown

DRILL = Drill("D-7K3MX", CUSTOMER, Scenario.LOST, CHANNEL, REQUESTER, NOW)
SCORE = Score(
    Ending.VERIFIED, "C-7K3MX", 42, 65, 190, 2, ("Nobody <approves> their own.",), (REQUESTER,)
)
OVER = replace(DRILL, ended_at=NOW + timedelta(minutes=4), score=SCORE)
LONG = "Acme Gesellschaft für Maschinenbau und Elektrotechnik mbH & Co. KG"


def test_each_scenario_is_one_that_the_simulated_api_plays() -> None:
    assert {one.value for one in Scenario} == {*SCENARIOS}
    assert {*texts.SCENARIOS} == {*texts.IN_SHORT} == {*Scenario}
    assert {*texts.ENDINGS} == {*Ending}


@pytest.mark.parametrize("scenario", list(Scenario))
@pytest.mark.parametrize("name", ["Acme GmbH", LONG, ""])
def test_a_phone_shows_what_for_whom_and_by_whom(scenario: Scenario, name: str) -> None:
    drill = replace(DRILL, scenario=scenario)
    text, _ = began(drill, name, "Olga Oppenheimer-Schmidt")
    assert len(text) <= 100 + text.count("&amp;") * 4
    assert text.startswith("DRILL · BEGAN · ")
    assert f"({CUSTOMER})" in text or not name
    assert texts.IN_SHORT[scenario] in text
    assert "begun by Olga" in text
    for ending in Ending:
        sheet = replace(drill, score=replace(SCORE, ending=ending, wrong=123))
        text, _ = ended(sheet, name)
        assert len(text) <= 110
        assert text.startswith(f"DRILL · ENDED: {texts.ENDINGS[ending]} · ")
        assert CUSTOMER in text


def test_the_beginning_says_what_to_do_and_how_it_ends() -> None:
    text, blocks = began(DRILL, "Acme GmbH", "Olga")
    assert text == "DRILL · BEGAN · Acme GmbH (44444) · an answer is lost · begun by Olga"
    words = shown(blocks)
    assert words.startswith("DRILL · REHEARSAL BEGAN")
    assert "<@U0OPERATOR> began a rehearsal" in words
    assert "`/continuity failover on 44444`" in words
    assert "no mail is routed" in words
    assert "D-7K3MX · ends when a change is verified, with `/continuity drill end 44444`" in words
    assert "by Ops" not in began(replace(DRILL, started_by="ops@host"), "", "")[0]
    assert "<@ops" not in shown(began(replace(DRILL, started_by="ops@host"), "", "")[1])


def test_the_score_sheet_tells_each_time_what_was_refused_and_who_took_part() -> None:
    text, blocks = ended(OVER, "Acme GmbH")
    assert text == "DRILL · ENDED: VERIFIED · Acme GmbH (44444) · an answer is lost · wrong: 2"
    words = shown(blocks)
    for line in (
        "To propose: 42 s (C-7K3MX)",
        "To approve: 1 min 5 s",
        "To verified: 3 min 10 s",
        "2 refused presses and commands:\n• Nobody &lt;approves&gt; their own.",
        "Took part: <@U0OPERATOR>",
    ):
        assert line in words
    nothing = replace(OVER, score=Score(Ending.TIME))
    words = shown(ended(nothing, "")[1])
    assert "To propose: not reached" in words
    assert "No press and no command was refused.\nNobody took part." in words
    not_played = shown(ended(replace(OVER, score=Score(Ending.NO_API)), "")[1])
    assert "was not played: the simulated API does not answer" in not_played
    assert "To propose" not in not_played


def test_the_list_has_what_runs_and_what_ended_and_the_scenarios() -> None:
    told = listed([DRILL, OVER], {CUSTOMER: "Acme GmbH"}).text
    assert "• DRILL · Acme GmbH (44444): lost runs since <!date^" in told
    assert "ended: verified, verified: 3 min 10 s, wrong: 2" in told
    assert all(f"`{one.value}`" in told for one in Scenario)
    assert "No drill was begun yet." in listed([], {}).text
