"""What a channel reads after an outage."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import Silence
from bot.service.queries.standing import Standing
from bot.slack.views.mrkdwn import format_time
from bot.slack.views.outage import now_message, silence_line
from tests.builders import CUSTOMER, NOW

STANDING = Standing(CUSTOMER, "Acme GmbH", NOW, users=1287, failover=0, access=44)


def line(**over: object) -> str:
    text, [block] = now_message([replace(STANDING, **over)])  # type: ignore[arg-type]  # names are checked by replace()
    words = str(block["text"]["text"])
    assert text == words.replace("*", "")
    return words


def test_now_is_one_line_with_both_flags_and_when_they_were_counted() -> None:
    assert line() == (
        f"*Now:* Acme GmbH ({CUSTOMER}) · failover OFF for all · access ON for 44 of 1,287 users · "
        f"counted {format_time(NOW)}"
    )


def test_on_for_all_and_for_the_only_one() -> None:
    told = line(failover=1287, access=0)
    assert "failover ON for all 1,287 users · access OFF for all" in told
    told = line(users=1, failover=1, access=1)
    assert "failover ON for the only user · access ON for the only user" in told


@pytest.mark.parametrize("missing", ["users", "failover", "access"])
def test_what_the_api_does_not_tell_is_not_guessed(missing: str) -> None:
    assert line(**{missing: None}) == (
        f"*Now:* Acme GmbH ({CUSTOMER}) · not known, the API does not tell it: "
        f"`/continuity status {CUSTOMER}`"
    )


def test_what_is_not_finished_is_named() -> None:
    assert line(under_way=("C-00001", "C-00002")).endswith(" · not finished: C-00001, C-00002")


@pytest.mark.parametrize(
    ("stopped", "words"),
    [
        (True, "I was not running from {} to {}. Commands typed meanwhile did not reach me: repeat them."),
        (False, "Slack and I did not reach each other from {} to {}. Repeat the commands of that time that I did not answer."),
    ],
)  # fmt: skip
def test_the_silence_is_told_with_its_times(stopped: bool, words: str) -> None:
    end = NOW + timedelta(minutes=8)
    told = silence_line(Silence(NOW, end, stopped))
    assert told == words.format(format_time(NOW), format_time(end))


def test_a_drill_is_named_as_one() -> None:
    text, _ = now_message([STANDING, replace(STANDING, drill=True)])
    first, second = text.split("\n")
    assert "DRILL" not in first
    assert "DRILL · Acme GmbH (44444)" in second
