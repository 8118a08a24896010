"""What the operations channel reads of each alarm."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.program import PROGRAM
from bot.service.monitoring.alarms import RULES, AlarmNotice, Rule
from bot.slack.views.alarms import alarm_text
from bot.slack.views.texts import alarms as texts
from tests.builders import NOW

ON = AlarmNotice("outbox_age", "", 301.2, "", NOW)
OVER = replace(ON, until=NOW + timedelta(minutes=9))
SAID = "A message has waited for Slack for 301 s: cards and outcomes are late."


def test_it_is_seen_before_it_is_read_that_it_began_and_is_over_and_when() -> None:
    assert alarm_text(ON).startswith(f"🔴 ALARM · outbox_age · {SAID}")
    assert alarm_text(OVER) == (
        "🟢 OVER · outbox_age · It began "
        "<!date^1773457445^{date_short_pretty} {time_secs}|2026-03-14 03:04:05 UTC> and was over "
        "<!date^1773457985^{date_short_pretty} {time_secs}|2026-03-14 03:13:05 UTC>."
    )


def test_where_its_begin_was_not_told_its_end_says_what_it_was() -> None:
    late = alarm_text(replace(OVER, late=True))
    assert late.startswith(alarm_text(OVER))
    assert SAID in late


NAMED = {"no_leader", "lease_taken_over"}  # the replica


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_alarm_has_its_sentences(rule: Rule) -> None:
    text = alarm_text(AlarmNotice(rule.name, "44444", rule.limit, "", NOW))
    assert "{" not in text
    assert len(text) < 400
    assert ("44444" in text) is (rule.name in NAMED or rule.name.startswith("api_"))


def test_there_is_no_sentence_of_an_alarm_that_is_none() -> None:
    assert {rule.name for rule in RULES} == set(texts.SENTENCES)
    assert set(texts.SENTENCES) >= set(texts.FURTHER_CUSTOMERS)


def test_an_alarm_about_more_customers_than_are_named_names_the_doctor() -> None:
    for name in texts.FURTHER_CUSTOMERS:
        text = alarm_text(AlarmNotice(name, "", 1.0, "", NOW))
        assert "further customers" in text
        assert f"`{PROGRAM} doctor`" in text


def test_what_slack_said_is_not_live() -> None:
    text = alarm_text(AlarmNotice("slack_installation", "", 1.0, "<!channel> & more.", NOW))
    assert f"&lt;!channel&gt; &amp; more. `{PROGRAM} doctor`" in text
