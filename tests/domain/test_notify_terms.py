"""Notification rules as words: what is read, what is refused, and both ways the same."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.notify import DEFAULT, Circle, NotifyRule, QuietHours, Step
from bot.domain.notify_terms import (
    parse_minutes,
    parse_quiet,
    parse_reminders,
    parse_step,
    parse_steps,
    rule_of,
    terms_of,
    words,
)
from bot.errors import InvalidInput
from tests.builders import NOW

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("text", "minutes"), [("0m", 0), ("15m", 15), ("29m", 29), ("7", 7)])
def test_minutes_are_read(text: str, minutes: int) -> None:
    assert parse_minutes(text) == minutes * MINUTE


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "“” is no number of minutes: write 15m."),
        ("1h", "“1h” is no number of minutes: write 15m."),
        ("-5m", "“-5m” is no number of minutes: write 15m."),
        ("1.5m", "“1.5m” is no number of minutes: write 15m."),
        ("١٥m", "“١٥m” is no number of minutes: write 15m."),
        ("30m", "30m is too late: a change expires after 30m, so at most 29m."),
        ("1\u200b5m", "The time holds the invisible character"),
    ],
)
def test_what_is_no_number_of_minutes_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_minutes(text)
    assert str(refused.value).startswith(why)


def test_a_step_is_who_and_after_how_long() -> None:
    assert parse_step("admins:15m") == Step(15 * MINUTE, Circle.ADMINS)


@pytest.mark.parametrize("text", ["admins", "15m", "everyone:5m", ":5m", "Admins:5m", ""])
def test_what_is_no_step_is_refused_with_the_words_that_there_are(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_step(text)
    assert str(refused.value) == (
        f"“{text}” is no step: write who and after how long, as in admins:15m. "
        "Who is one of approvers, admins, pager."
    )


def test_steps_stand_in_the_order_of_their_times() -> None:
    steps = parse_steps(["admins:15m", "pager:0m", "approvers:0m"])
    assert [step.circle for step in steps] == [Circle.APPROVERS, Circle.PAGER, Circle.ADMINS]


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (["admins:1m", "admins:2m"], "admins stands in two steps: name it once."),
        (["pager:0m"], "No step tells people: name approvers or admins, as in approvers:0m."),
        ([], "No step tells people: name approvers or admins, as in approvers:0m."),
    ],
)
def test_each_circle_is_told_once_and_people_are_among_them(texts: list[str], why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_steps(texts)
    assert str(refused.value) == why


def test_reminders_are_sorted_and_none_is_none() -> None:
    assert parse_reminders("25m, 5m,15m,5m") == (5 * MINUTE, 15 * MINUTE, 25 * MINUTE)
    assert parse_reminders("none") == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("0m", "A reminder comes after at least 1m."),
        ("1m,2m,3m,4m,5m,6m,7m", "These are 7 reminders: at most 6."),
        ("5m,", "“” is no number of minutes: write 15m."),
    ],
)
def test_reminders_that_cannot_be_are_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_reminders(text)
    assert str(refused.value) == why


def test_quiet_hours_are_two_times_and_a_zone() -> None:
    quiet = QuietHours(time(22), time(6, 30), "Europe/Berlin")
    assert parse_quiet("22:00-06:30 Europe/Berlin") == quiet
    assert parse_quiet("22:00-6:30 Europe/Berlin") == quiet
    assert str(quiet) == "22:00-06:30 Europe/Berlin"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("22:00-06:00", "Quiet hours need a time zone: --zone Europe/Berlin."),
        ("22:00 UTC", "“22:00 UTC” are no quiet hours: write two times of the day"),
        ("22:00-24:00 UTC", "“22:00-24:00 UTC” are no quiet hours"),
        ("22-06 UTC", "“22-06 UTC” are no quiet hours"),
        ("22:00-22:00 UTC", "“22:00-22:00 UTC” ends when it begins"),
        ("22:00-06:00 Berlin", "“Berlin” is no time zone that this machine knows"),
        ("22:00-06:00 ../../etc/passwd", "“../../etc/passwd” is no time zone"),
        ("22:00-06:00 Europe", "“Europe” is no time zone"),
        ("22:00-06:00\tUTC", "The text of the quiet hours holds the invisible character"),
    ],
)
def test_what_are_no_quiet_hours_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_quiet(text)
    assert str(refused.value).startswith(why)


clock = st.times().map(lambda at: at.replace(second=0, microsecond=0))
after = st.integers(0, 29).map(lambda n: n * MINUTE)
circles = st.sets(st.sampled_from(Circle)).filter(lambda some: some - {Circle.PAGER})
quiet_hours = st.builds(QuietHours, clock, clock, st.sampled_from(["UTC", "Europe/Berlin"])).filter(
    lambda quiet: quiet.start != quiet.end
)


@st.composite
def rules(draw: st.DrawFn) -> NotifyRule:
    told = [Step(draw(after), circle) for circle in draw(circles)]
    steps = sorted(told, key=lambda step: (step.after, list(Circle).index(step.circle)))
    reminders = draw(st.sets(after.filter(bool), max_size=6))
    quiet = draw(st.none() | quiet_hours)
    return NotifyRule("44444", tuple(steps), tuple(sorted(reminders)), quiet, "admin@jump1", NOW)


@given(rules())
def test_a_rule_is_read_from_its_terms_as_it_was(rule: NotifyRule) -> None:
    assert rule_of(rule.customer, terms_of(rule), rule.set_by, rule.set_at) == rule


def test_stored_quiet_hours_in_a_zone_that_is_not_known_here_are_kept() -> None:
    terms = terms_of(DEFAULT) | {"quiet": "22:00-06:00 Mars/Olympus"}
    rule = rule_of("*", terms, "admin@jump1", NOW)
    assert rule.quiet == QuietHours(time(22), time(6), "Mars/Olympus")


@pytest.mark.parametrize("key", ["steps", "reminders", "quiet"])
@pytest.mark.parametrize("value", ["odd", 5, ["odd"]])
def test_stored_terms_that_are_none_are_refused(key: str, value: object) -> None:
    with pytest.raises(InvalidInput):
        rule_of("*", terms_of(DEFAULT) | {key: value}, "admin@jump1", NOW)


def test_a_rule_in_one_line() -> None:
    assert words(DEFAULT) == (
        "approvers after 0m, pager after 0m, admins after 15m; "
        "reminders after 5m, 15m, 25m; no quiet hours"
    )
    quiet = NotifyRule(
        "*", DEFAULT.steps[:1], (), QuietHours(time(22), time(6), "UTC"), "admin@jump1", NOW
    )
    assert words(quiet) == "approvers after 0m; no reminders; quiet 22:00-06:00 UTC"
