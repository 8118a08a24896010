"""The notification: what matters stands within what a phone shows, whatever people typed."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given, settings

from bot.domain.change import Change
from bot.domain.change_state import AWAITING, State
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import EVERY_USER, Everyone, FileUsers, Filters, Groups, Scope, Users
from bot.slack.views.changes.notification import MIN_CHARS, SHOWN_CHARS, notification_text
from bot.slack.views.texts.states import HEADINGS
from tests.builders import NOW, REQUESTER, a_change
from tests.slack.extreme_values import CHANGE, CUSTOMER_NAME, table
from tests.slack.message_checks import inert

COUNTED = Preview(NOW, total=1284, already=0)
LONG_NAME = "Acme Gesellschaft für Maschinenbau und Elektrotechnik mbH & Co. KG"
LONG_REASON = (
    "Exchange is down since 02:50, and the provider says that it takes three hours at least"
)


def test_what_for_whom_how_many_who_asks_and_why_are_told() -> None:
    told = notification_text(a_change(preview=COUNTED), "Acme GmbH", "Olga")
    assert told == (
        "FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users · Olga: Exchange down · C-7K3MX"
    )


def test_the_longest_parts_are_cut_and_each_is_still_there() -> None:
    change = a_change(preview=COUNTED, reason=LONG_REASON)
    told = notification_text(change, LONG_NAME, "Olga Oppenheimer-Schmidt")
    assert told == (
        "FAILOVER ON · Acme Gesellschaft… (44444) · ALL 1,284 users · Olga Oppenheimer-…: "
        "Exchange is down … · C-7K3MX"
    )
    assert told.index(" · C-7K3MX") <= SHOWN_CHARS


def test_what_people_typed_is_escaped_and_on_one_line() -> None:
    change = a_change(preview=COUNTED, reason="down\n<!channel>")
    told = notification_text(change, "A & B", "<@U0VICTIM>")
    assert told == (
        "FAILOVER ON · A &amp; B (44444) · ALL 1,284 users · &lt;@U0VICTIM&gt;: down "
        "&lt;!channel&gt; · C-7K3MX"
    )


@pytest.mark.parametrize("name", ["", LONG_NAME])
def test_all_five_are_within_what_a_phone_shows_in_every_state(name: str) -> None:
    for words, change in table():
        told = unescape(notification_text(change, name, "Olga Oppenheimer-Schmidt"))
        shown = told[: told.index(f" · {change.id}")]
        before, _, _ = told.partition(change.action.title)
        assert len(shown) <= max(SHOWN_CHARS, len(before) + MIN_CHARS), words
        assert f"{change.customer}" in shown, words
        assert f"{name[:4]}" in shown, words
        assert " · Olga" in shown, words
        assert f"{change.reason[:4]}" in shown.partition(" · Olga")[2], words
        count = change.preview.total if change.preview else None
        if count is not None and change.scope.kind != "users":
            assert f"{count:,}" in shown, words


@settings(max_examples=150, deadline=None)
@given(CHANGE, CUSTOMER_NAME, CUSTOMER_NAME)
def test_no_typed_text_is_live_in_it(change: Change, name: str, asked_by: str) -> None:
    told = notification_text(change, name, asked_by)
    inert(told)
    assert "\n" not in told


@pytest.mark.parametrize("state", State)
def test_the_state_stands_in_front_once_the_change_is_not_new(state: State) -> None:
    told = notification_text(a_change(state=state, preview=COUNTED), "Acme GmbH", "Olga")
    before = "" if state in AWAITING else f"{HEADINGS[state]}: "
    assert told.startswith(f"{before}FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users · Olga: ")


def test_a_change_that_is_asked_again_and_one_that_was_not_verified_say_so() -> None:
    again = a_change(preview=COUNTED, asked_again="1,284 users when it was decided, 1,350 now.")
    unsure = a_change(state=State.APPLIED, outcome=Outcome(verifiable=False))
    assert notification_text(again, "").startswith("ASKED AGAIN: FAILOVER ON · 44444 · ")
    assert notification_text(unsure, "").startswith(
        "ACCEPTED, NOT VERIFIED: FAILOVER ON · 44444 · "
    )


@pytest.mark.parametrize(
    ("scope", "counted", "not_counted"),
    [
        (Everyone(), "ALL 1,284 users", "ALL users, not counted"),
        (EVERY_USER, "ALL 1,284 users", "ALL users, not counted"),
        (Groups(("emea",)), "1,284 users in emea", "all users in emea"),
        (Groups(("emea", "apac")), "1,284 users in 2 groups", "all users in 2 groups"),
        (Filters(failover=False), "1,284 users: failover off", "all users: failover off"),
        (Users(("jo@example.com",)), "jo@example.com", "jo@example.com"),
        (Users(("jo@example.com", "al@example.com")), "2 named users", "2 named users"),
        (FileUsers(40, "ab"), "40 users of a file", "40 users of a file"),
    ],
)
def test_the_users_are_told_with_their_number_or_without(
    scope: Scope, counted: str, not_counted: str
) -> None:
    for preview, words in ((COUNTED, counted), (None, not_counted)):
        told = notification_text(a_change(scope=scope, preview=preview), "", "Olga")
        assert told == f"FAILOVER ON · 44444 · {words} · Olga: Exchange down · C-7K3MX"


def test_without_a_reason_or_a_name_the_id_or_the_terminal_is_told() -> None:
    told = notification_text(a_change(preview=COUNTED, reason=""), "")
    assert told == f"FAILOVER ON · 44444 · ALL 1,284 users · {REQUESTER} · C-7K3MX"
    at_terminal = a_change(preview=COUNTED, terminal="olga@jump1")
    assert " · olga@jump1: Exchange down · " in notification_text(at_terminal, "")
