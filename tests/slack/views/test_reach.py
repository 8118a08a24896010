"""What people are told directly, at night, on a phone: what it is, for whom, who asks, what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from bot.domain.change import Approval, Change
from bot.domain.change_state import State
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.ports import Recipient
from bot.slack.views.changes.card import card
from bot.slack.views.changes.direct import Reader, direct_card
from bot.slack.views.changes.outcome import outcome
from bot.slack.views.changes.reached import MAX_MENTIONED, reached_lines
from bot.slack.views.mrkdwn import Blocks
from bot.slack.views.notices.ended import ended
from bot.slack.views.notices.remind import Reminded, asked_again, reminder
from tests.builders import ADMIN, APPROVER, NOW, REQUESTER, a_change, a_finished_change
from tests.slack.extreme_values import CHANGE, CUSTOMER_NAME, NAME, table
from tests.slack.message_checks import check, elements, shown

COUNTED = Preview(NOW, total=1284, already=0, access_off=1240, not_activated=31)
WAITING = a_change(preview=COUNTED, preview_revision=2)
LINK = "<https://home.slack.com/archives/C0INCIDENT/p15|Open the card>"
READER = Reader(frozenset({APPROVER}), None, LINK, decides_here=True)
PHONE = 100


def direct(change: Change, reader: Reader = READER, name: str = "Acme GmbH") -> tuple[str, Blocks]:
    return direct_card(change, name, "Olga", card(change, name)[1], reader)


def told(*people: str, looked_at: bool = False) -> list[Recipient]:
    at = NOW + timedelta(minutes=1) if looked_at else None
    return [
        Recipient(WAITING.id, one, 0, NOW + timedelta(microseconds=number), at)
        for number, one in enumerate(people)
    ]


def test_a_direct_message_says_on_a_locked_phone_what_to_decide() -> None:
    text, _ = direct(WAITING)
    assert text == (
        "DECIDE: FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users · Olga: Exchange down · C-7K3MX"
    )
    assert len(text) <= PHONE


def test_it_has_the_buttons_of_the_card_and_one_more_right_below_what_is_decided() -> None:
    _, blocks = direct(WAITING)
    assert [one["action_id"] for one in elements(blocks)] == [
        "change_approve",
        "change_deny",
        "change_looking",
    ]
    kinds = [one["type"] for one in blocks]
    assert kinds.index("actions") <= 4
    assert "You may decide this, here or in <#C0INCIDENT>." in shown(blocks)
    assert LINK in shown(blocks)


def test_whoever_looks_is_told_that_no_reminder_follows() -> None:
    looking = replace(READER, looked_at=NOW)
    _, blocks = direct(WAITING, looking)
    assert "change_looking" not in [one["action_id"] for one in elements(blocks)]
    assert "you get no reminder. <#C0INCIDENT> sees it." in shown(blocks)


def test_whoever_approved_has_no_buttons_while_others_have_to() -> None:
    given = Approval(APPROVER, NOW, 2, "approver 44444")
    change = replace(WAITING, approvals_needed=2, approvals=(given,))
    _, blocks = direct(change)
    assert elements(blocks) == []
    assert "You approved it. It needs more approvals by others." in shown(blocks)
    other = replace(READER, ids=frozenset({ADMIN}))
    assert "change_approve" in [one["action_id"] for one in elements(direct(change, other)[1])]


def test_where_the_channel_did_not_take_the_card_nothing_is_decided_here() -> None:
    _, blocks = direct(WAITING, replace(READER, link="", decides_here=False))
    assert elements(blocks) == []
    assert "*Not decided here*" in shown(blocks)


@pytest.mark.parametrize(
    ("over", "words"),
    [
        (
            {"state": State.APPROVED, "approvals": (Approval(APPROVER, NOW, 2, ""),)},
            f"Approved by <@{APPROVER}>. What comes of it is told in <#C0INCIDENT>.",
        ),
        (
            {"state": State.DENIED, "decided_by": ADMIN, "decision_reason": "not now"},
            f"By <@{ADMIN}>: not now",
        ),
        ({"state": State.CANCELLED, "decided_by": REQUESTER}, f"Withdrawn by <@{REQUESTER}>."),
        (
            {"state": State.EXPIRED, "decision_reason": "Nobody decided in time."},
            "Nobody decided in time.",
        ),
        ({"state": State.AWAITING_CONFIRMATION}, f"<@{REQUESTER}> confirms it."),
    ],
    ids=["approved", "denied", "withdrawn", "expired", "confirmed"],
)
def test_it_says_how_it_went_on_and_by_whom(over: dict[str, object], words: str) -> None:
    _, blocks = direct(replace(WAITING, **over))  # type: ignore[arg-type]  # fields of a change
    assert elements(blocks) == []
    assert words in shown(blocks)


@pytest.mark.no_cover  # coverage would double its seconds
def test_every_change_at_its_largest_is_taken_by_slack() -> None:
    for _, change in table():
        check(*direct(change, name=NAME))
        one = Reminded(change, NAME, NAME, LINK, told(APPROVER, ADMIN, looked_at=True))
        check(*reminder(one))
        check(*asked_again(one))


@settings(max_examples=100, deadline=None)
@given(CHANGE, CUSTOMER_NAME)
def test_no_typed_text_is_live_and_no_limit_is_passed(change: Change, name: str) -> None:
    check(*direct(change, name=name))
    check(*reminder(Reminded(change, name, name, LINK)))
    check(*asked_again(Reminded(change, name, name, LINK)))
    check(*ended(change, *outcome(change, name, None, []), LINK))


def test_a_reminder_says_on_a_locked_phone_what_still_waits() -> None:
    text, blocks = reminder(Reminded(WAITING, "Acme GmbH", "Olga", LINK))
    assert text == (
        "REMINDER: FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users · Olga: Exchange down · C-7K3MX"
    )
    assert len(text) <= PHONE
    words = shown(blocks)
    assert words.startswith("⏰ *Still waits for a decision*, until <!date^")
    assert "*Acme GmbH (44444)*" in words
    assert f"Asked by <@{REQUESTER}>" in words
    assert "Reason: Exchange down" in words
    assert f"press “I am looking” and no reminder follows: {LINK}" in words


def test_a_reminder_says_who_looks_already() -> None:
    recipients = [*told(APPROVER, looked_at=True), *told(ADMIN)]
    _, blocks = reminder(Reminded(WAITING, "Acme GmbH", "Olga", LINK, recipients))
    assert f"Looking*: <@{APPROVER}> <!date^" in shown(blocks)


def test_a_change_that_is_asked_again_says_why() -> None:
    change = replace(WAITING, asked_again="1,284 users when it was decided, 1,350 now.")
    text, blocks = asked_again(Reminded(change, "Acme GmbH", "Olga", LINK))
    assert text.startswith("ASKED AGAIN: FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users · Ol")
    assert len(text) <= PHONE
    assert ": 1,284 users when it was decided, 1,350 now." in shown(blocks)


def test_the_requester_is_told_the_first_lines_of_the_outcome() -> None:
    change = a_finished_change(settled_by=None, decision_reason="", stopped_by=None)
    text, blocks = ended(change, *outcome(change, "Acme GmbH", None, []), LINK)
    assert text.startswith("APPLIED: FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users · ")
    assert len(text) <= PHONE
    assert blocks[0]["text"]["text"] == "✅ APPLIED · FAILOVER ON 📨"
    assert "1,284 of 1,284 in failover" in shown(blocks)
    assert f"C-7K3MX that you asked for · <#C0INCIDENT> {LINK}" in shown(blocks)
    assert elements(blocks) == []
    failed = replace(change, state=State.FAILED, outcome=Outcome(sentence="503"))
    assert ended(failed, *outcome(failed, "", None, []), LINK)[0].startswith("FAILED: FAILOVER ON")


def test_the_card_names_five_and_counts_the_others() -> None:
    people = [f"U0A{number}" for number in range(1, 8)]
    (line,) = reached_lines(WAITING, told(*people[: MAX_MENTIONED + 1]))
    assert line.endswith("<@U0A5>, and 1 other in a direct message")
    (line,) = reached_lines(WAITING, told(*people))
    assert line == (
        "*Please decide*: <@U0A1>, <@U0A2>, <@U0A3>, <@U0A4>, <@U0A5>, and 2 others in direct "
        "messages"
    )
    assert reached_lines(WAITING, told("U0A1"))[0] == "*Please decide*: <@U0A1>"


def test_the_line_stays_until_the_change_has_ended() -> None:
    there = told(APPROVER)
    kept = {state for state in State if reached_lines(replace(WAITING, state=state), there)}
    assert kept == {
        State.AWAITING_CONFIRMATION,
        State.AWAITING_APPROVAL,
        State.APPROVED,
        State.EXECUTING,
    }
