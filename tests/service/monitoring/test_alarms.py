"""An alarm is told once when it begins and once when it is over, whatever comes in between."""

from __future__ import annotations

from collections.abc import MutableMapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.service.monitoring.alarms import MIN_CALM_TIME, AlarmNotice, Alarms, Rule
from tests.builders import NOW

RULE = Rule("outbox_age", 300.0)
BAD, GOOD = 301.0, 0.0


class Told:
    """One rule, and a channel that takes what it is told, or does not."""

    def __init__(self) -> None:
        self.alarms = Alarms([RULE])
        self.now: datetime = NOW

    def measure(self, value: float, after: timedelta = timedelta(seconds=5)) -> bool:
        self.now += after
        return self.alarms.measured({RULE.name: value}, self.now)[RULE.name]

    def take(self) -> list[str]:
        """Tell all there is; what is told of each."""
        told = []
        while news := self.alarms.next_notice():
            self.alarms.mark_posted(news)
            told.append(words_of(news))
        return told


def words_of(news: AlarmNotice) -> str:
    if news.until is None:
        return f"ALARM {news.subject}{news.value:.0f}"
    late = f" late {news.value:.0f}" if news.late else ""
    return f"OVER {news.subject}{news.since:%H:%M:%S} {news.until:%H:%M:%S}{late}"


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.mark.parametrize(("value", "on"), [(299.9, False), (300.0, True), (1e9, True)])
def test_from_its_limit_on_it_is_an_alarm(told: Told, value: float, on: bool) -> None:
    assert told.measure(value) is on
    assert bool(told.take()) is on


def test_it_is_told_once_and_that_it_is_over_once(told: Told) -> None:
    told.measure(BAD)
    assert told.take() == ["ALARM 301"]
    for _ in range(100):
        assert told.measure(BAD)
        assert told.take() == []
    assert told.measure(GOOD)
    assert not told.measure(GOOD, MIN_CALM_TIME)
    assert told.take() == ["OVER 03:04:10 03:13:35"]
    assert not told.measure(GOOD)
    assert told.take() == []


def test_what_comes_and_goes_is_one_alarm(told: Told) -> None:
    for _ in range(50):
        assert told.measure(BAD)
        assert told.measure(GOOD, MIN_CALM_TIME - timedelta(seconds=1))
    assert len(told.take()) == 1


def test_an_alarm_that_slack_did_not_take_in_time_is_told_afterwards_in_one_message(
    told: Told,
) -> None:
    told.measure(BAD)
    told.measure(GOOD, MIN_CALM_TIME)
    assert told.take() == ["OVER 03:04:10 03:05:10 late 301"]


def test_a_night_of_alarms_that_slack_did_not_take_is_no_flood(told: Told) -> None:
    for _ in range(100):
        told.measure(BAD)
        told.measure(GOOD, MIN_CALM_TIME)
    told.measure(BAD)
    assert len(told.take()) == 1
    for _ in range(100):
        told.measure(GOOD, MIN_CALM_TIME)
        told.measure(BAD)
    assert told.take() == []


def test_an_alarm_that_ends_while_it_is_being_told_is_told_to_be_over(told: Told) -> None:
    told.measure(BAD)
    news = told.alarms.next_notice()
    assert news is not None
    told.measure(GOOD, MIN_CALM_TIME)
    told.alarms.mark_posted(news)
    assert [text.split(" ")[0] for text in told.take()] == ["OVER"]


def test_what_was_not_measured_stays_as_it_is(told: Told) -> None:
    told.measure(BAD)
    assert told.alarms.measured({}, NOW + timedelta(hours=1)) == {RULE.name: True}


def test_it_is_logged_whether_a_channel_takes_it_or_not(
    told: Told, logs: list[MutableMapping[str, Any]]
) -> None:
    told.measure(BAD)
    told.measure(BAD)
    told.measure(GOOD, MIN_CALM_TIME)
    assert [(one["event"], one["log_level"]) for one in logs] == [
        ("alarm.on", "error"),
        ("alarm.over", "warning"),
    ]
    assert [one["alarm"] for one in logs] == [RULE.name] * 2


def test_each_subject_has_an_alarm_of_its_own(told: Told) -> None:
    """One that is not measured any more is at 0."""
    name = RULE.name

    def measure(seconds: int, **values: float) -> bool:
        return told.alarms.measured({name: values}, NOW + timedelta(seconds=seconds))[name]

    assert measure(0, a=400.0)
    assert measure(5, a=400.0, b=500.0, c=299.0)
    assert told.take() == ["ALARM a400", "ALARM b500"]
    assert measure(10, b=500.0)
    assert measure(65, b=500.0)
    assert told.take() == ["OVER a03:04:05 03:05:10"]
    assert not measure(130)
    assert told.take() == ["OVER b03:04:10 03:06:15"]
    assert not measure(135)
    assert told.alarms._episodes == {}


def test_of_what_is_shared_a_replica_that_does_not_lead_tells_nothing() -> None:
    shared, own = Rule("shared", 1.0, shared=True), Rule("own", 1.0)
    alarms = Alarms([shared, own])
    alarms.measured({"shared": 1.0}, NOW)
    assert alarms.next_notice(leads=False) is None
    alarms.measured({"own": 1.0}, NOW)
    notice = alarms.next_notice(leads=False)
    assert notice is not None
    assert notice.name == "own"
    alarms.mark_posted(notice)
    assert alarms.next_notice(leads=False) is None

    leading = alarms.next_notice(leads=True)  # it is still on
    assert leading is not None
    assert (leading.name, leading.until) == ("shared", None)


def test_what_came_and_went_while_another_led_is_not_told_later() -> None:
    alarms = Alarms([Rule("shared", 1.0, shared=True)])
    alarms.measured({"shared": 1.0}, NOW)
    alarms.measured({"shared": 0.0}, NOW + MIN_CALM_TIME)
    assert alarms.next_notice(leads=False) is None
    assert alarms.next_notice(leads=True) is None
