"""What is told of break-glass: within a phone's first 100 characters, inert, with the right buttons."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from bot.domain.audit.chain import GENESIS, AuditEntry, Record
from bot.domain.audit.change_history import EMERGENCY, REVIEWED
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.emergency import Emergency
from bot.domain.preview import Preview
from bot.domain.review import Review, ReviewState
from bot.ports import Recipient
from bot.slack.views.audit.sentence import sentence
from bot.slack.views.audit.told import PLAIN
from bot.slack.views.changes.buttons import buttons
from bot.slack.views.changes.card import card
from bot.slack.views.changes.direct import Reader, direct_card
from bot.slack.views.changes.outcome import outcome
from bot.slack.views.changes.reached import reached_lines
from bot.slack.views.modals.emergency import NEW, OPEN, EmergencyModal
from bot.slack.views.modals.inputs import REASON
from bot.slack.views.mrkdwn import format_time
from bot.slack.views.notices import emergency as notices
from bot.slack.views.notices.notice import Notice
from bot.slack.views.page import page_summary
from tests.builders import APPROVER, NOW, a_change, a_finished_change
from tests.slack.extreme_values import NAME
from tests.slack.message_checks import check, elements, shown

COMMANDER = "U0COMMANDER"
COUNTED = Preview(NOW, total=1284, already=0, access_off=0, not_activated=0)
ALONE = Emergency(COMMANDER, NOW, "No approver answers", "U0COMMANDER commander 44444")
OBJECTED = Review(ReviewState.OBJECTED, APPROVER, NOW, "I was there")
ACCEPTED = Review(ReviewState.ACCEPTED, APPROVER, NOW)
LINK = "<https://acme.slack.com/archives/C0INCIDENT/p1|Open the card>"
AT = format_time(NOW)
NAMES = ["Acme GmbH", "", NAME, "&" * 80]


def decided(state: State = State.APPLIED, **over: Any) -> Change:
    ended = state is not State.APPROVED
    built = a_finished_change(state=state) if ended else a_change(state=state)
    given: dict[str, Any] = {
        "emergency": ALONE,
        "review": Review(),
        "approvals": (),
        "preview": COUNTED,
    }
    return replace(built, **(given | over))


def notice(change: Change, name: str = "Acme GmbH", person: str = "C0INCIDENT") -> Notice:
    return Notice(change, "", "", person, name, NOW + timedelta(hours=30), "")


def test_the_card_says_who_decided_alone_why_and_that_a_review_is_owed() -> None:
    text, blocks = card(decided(State.APPROVED), "Acme GmbH", asked_by="Olga")
    check(text, blocks)
    assert text.startswith("EMERGENCY APPROVED: FAILOVER ON · Acme GmbH (44444)")
    said = shown(blocks)
    assert (
        f"🚨 *Emergency*: <@{COMMANDER}> decided it alone {AT}, without an approval. "
        "Why: No approver answers" in said
    )
    owed = "*Review owed* by somebody who could have approved it, but not by "
    assert f"{owed}<@U0OPERATOR>, <@{COMMANDER}>." in said


@pytest.mark.parametrize("state", [State.APPROVED, State.APPLIED, State.FAILED, State.EXPIRED])
def test_as_long_as_it_is_owed_the_card_and_the_direct_message_have_the_buttons(
    state: State,
) -> None:
    change = decided(state)
    pressed = [one["action_id"] for one in buttons(change, "Acme GmbH")]
    assert pressed[-2:] == ["review_accept", "review_object"]
    reader = Reader(frozenset({APPROVER}), None, LINK, decides_here=True)
    text, blocks = direct_card(change, "Acme GmbH", "Olga", [], reader)
    check(text, blocks)
    assert text.startswith("EMERGENCY: FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users")
    assert [one["action_id"] for one in elements(blocks)] == ["review_accept", "review_object"]
    assert "You may review this, here or in <#C0INCIDENT>." in shown(blocks)
    elsewhere = replace(reader, decides_here=False)
    assert elements(direct_card(change, "Acme GmbH", "Olga", [], elsewhere)[1]) == []


@pytest.mark.parametrize(
    ("review", "words"),
    [
        (ACCEPTED, f"✅ *Reviewed*: <@{APPROVER}> accepted it {AT}."),
        (replace(ACCEPTED, reason="Right"), f"accepted it {AT}. Right"),
        (OBJECTED, f"⚠️ *Reviewed*: <@{APPROVER}> objects {AT}: I was there"),
        (
            replace(OBJECTED, terminal="root@host"),
            f"<@{APPROVER}> (said at the terminal root@host) objects",
        ),
    ],
)
def test_once_it_is_reviewed_the_card_says_so_and_the_buttons_are_gone(
    review: Review, words: str
) -> None:
    change = decided(review=review)
    _, blocks = card(change, "Acme GmbH")
    assert words in shown(blocks)
    assert not [one for one in elements(blocks) if one["action_id"].startswith("review_")]


def test_the_outcome_says_that_it_was_decided_alone() -> None:
    text, blocks = outcome(decided(), "Acme GmbH", None, [])
    check(text, blocks)
    assert text.startswith("EMERGENCY APPLIED: FAILOVER ON")
    assert f"🚨 *Emergency*: <@{COMMANDER}> decided it alone, without an approval." in shown(blocks)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("make", "first"),
    [
        (notices.decided_alone, "EMERGENCY: FAILOVER ON · "),
        (notices.review_owed, "REVIEW OWED: FAILOVER ON · "),
    ],
)
def test_a_phone_shows_what_for_whom_how_many_and_who(make: Any, first: str, name: str) -> None:
    text, blocks = make(notice(decided(), name), "Chris Commander", LINK)
    check(text, blocks)
    assert text.startswith(first)
    for words in ("44444", "ALL 1,284 users", "Chris", "No app"):
        assert words in unescape(text)[:100], text
    said = shown(blocks)
    for words in (f"<@{COMMANDER}>", "No approver answers", "press Accept or Object", LINK):
        assert words in said


def test_the_reminder_is_not_told_any_more_once_it_is_reviewed() -> None:
    assert notices.review_owed(notice(decided(review=ACCEPTED)), "Olga", LINK) == ("", [])


@pytest.mark.parametrize("name", NAMES)
def test_an_objection_says_who_and_why_and_offers_the_way_back(name: str) -> None:
    text, blocks = notices.reviewed(notice(decided(review=OBJECTED), name), "Olga")
    check(text, blocks)
    assert text.startswith("OBJECTION: FAILOVER ON · ")
    assert "44444" in unescape(text)[:100]
    assert f"<@{APPROVER}> objects {AT}: I was there" in shown(blocks)
    assert [one["action_id"] for one in elements(blocks)] == ["report_back_1"]


def test_of_what_was_not_sent_there_is_no_way_back() -> None:
    change = replace(decided(State.EXPIRED, review=OBJECTED), attempts=0)
    assert elements(notices.reviewed(notice(change), "Olga")[1]) == []


def test_whoever_is_named_at_a_terminal_is_told_what_to_do_if_it_was_not_them() -> None:
    warning = (
        "It was said in your name at the terminal root@host. If that was not you, tell your admins"
    )
    alone = decided(emergency=replace(ALONE, terminal="root@host"))
    said = shown(notices.decided_alone(notice(alone, person=COMMANDER), "Olga", LINK)[1])
    assert warning in said
    assert warning not in shown(notices.decided_alone(notice(alone), "Olga", LINK)[1])
    review = replace(ACCEPTED, terminal="root@host")
    text, blocks = notices.reviewed(notice(decided(review=review), person=APPROVER), "Olga")
    assert text.startswith("ACCEPTED AT A TERMINAL: FAILOVER ON")
    assert warning in shown(blocks)


def test_what_people_typed_is_inert() -> None:
    hostile = "<!channel> <@U0VICTIM> & <http://x.example|click>"
    change = decided(
        emergency=replace(ALONE, reason=hostile, terminal=hostile),
        review=replace(OBJECTED, reason=hostile, terminal=hostile),
    )
    for text, blocks in (
        card(change, "Acme GmbH"),
        notices.decided_alone(notice(change), hostile, LINK),
        notices.reviewed(notice(change), hostile),
    ):
        check(text, blocks)


def test_a_pager_is_told_that_nobody_has_to_approve() -> None:
    assert page_summary(decided(), "Acme GmbH", "Olga") == (
        "EMERGENCY, decided alone: FAILOVER ON · Acme GmbH (44444) · ALL 1,284 users · asked by Olga "
        "· C-7K3MX"
    )


@pytest.mark.parametrize(("action", "about"), [(NEW, "44444"), (OPEN, "C-7K3MX:44444")])
def test_the_form_asks_for_the_number_and_the_reason_and_shows_the_preview(
    action: str, about: str
) -> None:
    waiting = a_change(preview=COUNTED)
    modal = EmergencyModal(waiting, "Acme GmbH", "C0INCIDENT", "failover on 44444", action, "down")
    view = modal.build()
    assert view["private_metadata"] == f"{action} {about} C0INCIDENT"
    said = shown(view["blocks"])
    for words in ("*Acme GmbH (44444)*", "ALL 1,284 users", "You decide this alone, now."):
        assert words in said
    state = {"number": {"number": {"type": "plain_text_input", "value": "44445"}}}
    state[REASON] = {REASON: {"type": "plain_text_input", "value": " "}}
    wrong = EmergencyModal.errors(view | {"state": {"values": state}})
    assert set(wrong) == {"number", REASON}
    state[REASON][REASON]["value"] = "\u200b \u202e"
    assert set(EmergencyModal.errors(view | {"state": {"values": state}})) == {"number", REASON}
    state["number"]["number"]["value"] = " 44444 "
    state[REASON][REASON]["value"] = "\u202eExchange  down"
    filled = view | {"state": {"values": state}}
    assert EmergencyModal.errors(filled) == {}
    read = EmergencyModal.parse(filled)
    assert (read.action, read.about, read.text) == (action, about, "Exchange down")


@pytest.mark.parametrize(
    ("change", "header"),
    [
        (decided(State.APPROVED), "🚨 EMERGENCY · APPROVED · FAILOVER ON 📨"),
        (decided(State.NEEDS_OPERATOR), "🚨 EMERGENCY · NEEDS A PERSON · FAILOVER ON 📨"),
        (decided(), "🚨 REVIEW OWED · APPLIED · FAILOVER ON 📨"),
        (decided(State.FAILED), "🚨 REVIEW OWED · FAILED · FAILOVER ON 📨"),
        (decided(review=ACCEPTED), "Ended: APPLIED · FAILOVER ON 📨"),
    ],
)
def test_the_header_of_the_card_says_that_a_review_is_owed(change: Change, header: str) -> None:
    assert card(change, "Acme GmbH")[1][0]["text"]["text"] == header


def test_nobody_is_asked_to_approve_it() -> None:
    told = [Recipient("C-7K3MX", APPROVER, 0, NOW)]
    assert reached_lines(a_change(), told) == [f"*Please decide*: <@{APPROVER}>"]
    assert reached_lines(decided(State.APPROVED), told) == []


@pytest.mark.parametrize(
    ("kind", "detail", "words"),
    [
        (EMERGENCY, {"reason": "down"}, "decided in an emergency, without an approval"),
        (REVIEWED, {"review": "accepted"}, "accepted what was decided alone"),
        (REVIEWED, {"review": "objected", "reason": "I was there"}, "objected to what was decided"),
    ],
)
def test_the_trail_says_it_in_a_sentence(kind: str, detail: dict[str, str], words: str) -> None:
    record = Record(NOW, kind, COMMANDER, "Chris", "44444", "C-7K3MX", "C0INCIDENT", detail)
    told = sentence(AuditEntry(1, record, GENESIS, "0" * 64), style=PLAIN)
    assert told.startswith("Chris ")
    assert words in told
    assert detail.get("reason", "") in told
