"""The list of open changes: short enough for Slack and for a phone, and inert."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.emergency import Emergency
from bot.domain.review import Review
from bot.service.queries.history import OpenChange, Pending
from bot.slack.views import pending as view
from bot.slack.views.mrkdwn import format_time
from tests.builders import CHANNEL, NOW, REQUESTER, a_change
from tests.slack.extreme_values import CUSTOMER_NAME, NAME
from tests.slack.message_checks import reply

URL = "https://home.slack.example/"
CARD = f"<https://home.slack.example/archives/{CHANNEL}/p12|C-7K3MX>"


def waiting(change: Change | None = None, name: str = NAME, ts: str | None = "1.2") -> OpenChange:
    return OpenChange(change or a_change(), name, CHANNEL, ts)


def found(rows: Sequence[OpenChange] = (), **over: Any) -> Pending:
    fields: dict[str, Any] = {"more": 0, "elsewhere": 0, "may_view": True, "here": True, "at": NOW}
    return Pending(tuple(rows), **(fields | over))


def test_a_line_has_the_card_what_for_whom_until_when_by_whom_and_its_age() -> None:
    at = NOW + timedelta(minutes=12)
    told = reply(view.pending(found([waiting(), waiting(ts=None)], at=at), URL)).split("\n")
    until = "<!date^1773459245^{time}|03:34 UTC>"
    rest = f" FAILOVER ON 44444 · until {until} · <@{REQUESTER}>, 12 min"
    assert told == [CARD + rest, "C-7K3MX" + rest]
    assert "<http" not in view.pending(found([waiting()]), "")


def test_a_drill_is_labelled() -> None:
    told = view.pending(found([waiting(a_change(drill=True))]), URL)
    assert "FAILOVER ON DRILL · 44444 · until" in told


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=119, seconds=59), "119 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=47, minutes=59), "47 h"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_the_age_is_short(age: timedelta, words: str) -> None:
    assert view.pending(found([waiting()], at=NOW + age), URL).endswith(f", {words}")


def test_what_does_not_lapse_has_its_state() -> None:
    left = waiting(a_change(state=State.NEEDS_OPERATOR))
    told = reply(view.pending(found([left]), URL))
    assert told == f"{CARD} FAILOVER ON 44444 · NEEDS A PERSON · <@{REQUESTER}>, 0 min"


def test_nothing_waits_is_another_sentence_than_nothing_to_see() -> None:
    assert view.pending(found(), URL) == "Nothing waits here."
    assert (
        view.pending(found(here=False), URL) == "Nothing waits for any customer that you may see."
    )
    assert view.pending(found(may_view=False), URL).startswith("There is nothing for you to see: ")


def test_what_waits_for_other_customers_is_counted() -> None:
    told = reply(view.pending(found(elsewhere=1), URL))
    assert told.startswith(
        "Nothing waits here.\n1 change waits for another customer. To see it, type"
    )
    told = reply(view.pending(found([waiting()] * 500, elsewhere=2), URL))
    assert told.endswith("message to yourself.")
    assert "\n… and " in told


def test_how_many_were_not_read_is_told() -> None:
    assert reply(view.pending(found([waiting()], more=9950), URL)).endswith("\n… and 9,950 more")
    cut = reply(view.pending(found([waiting()] * 500, more=9500), URL))
    assert cut.endswith(f"\n… and {10_000 - cut.count(' · until '):,} more")


@settings(max_examples=100, deadline=None)
@given(CUSTOMER_NAME)
def test_no_customer_name_is_live(name: str) -> None:
    reply(view.pending(found([waiting(name=name)]), URL))


def test_a_review_that_is_owed_has_the_card_what_for_whom_since_when_and_by_whom() -> None:
    alone = Emergency("U0COMMANDER", NOW, "down", "rows")
    owed = a_change(state=State.APPLIED, emergency=alone, review=Review())
    told = reply(view.pending(found(reviews=(waiting(owed, "Acme GmbH"),)), URL))
    assert told == (
        f"🚨 {CARD} · FAILOVER ON · Acme GmbH (44444) · review owed since {format_time(NOW)} · "
        "decided alone by <@U0COMMANDER>"
    )
