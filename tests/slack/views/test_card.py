"""The card: within Slack's limits at its largest, and what a person needs is on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings

from bot.domain.change import Change
from bot.domain.change_state import AWAITING, State
from bot.domain.outcome import FailedUsers, Outcome, UserOutcome, UserStatus
from bot.domain.preview import Preview
from bot.domain.scope import Flag, Groups, Scope, Users
from bot.slack.views.changes.card import card, failure_lines
from bot.slack.views.changes.opposite import opposite_line
from bot.slack.views.mrkdwn import format_time
from bot.slack.views.texts.states import HEADINGS
from tests.builders import APPROVER, NOW, REQUESTER, a_change
from tests.slack.extreme_values import (
    AMPERSANDS,
    CHANGE,
    CUSTOMER_NAME,
    FAILURES,
    NAME,
    PREVIEWS,
    REASON,
    SCOPES,
    SENTENCE,
    by_reason,
    failures,
    in_state,
    table,
)
from tests.slack.message_checks import check, elements, inert, shown

COUNTED = Preview(NOW, total=1284, already=0, access_off=1240, not_activated=31)


@pytest.mark.no_cover  # coverage would double its seconds
@pytest.mark.parametrize("name", ["", NAME, AMPERSANDS])
@pytest.mark.parametrize("of_each", [True, False], ids=["a reason each", "one reason"])
def test_every_state_scope_and_preview_at_its_largest_is_taken_by_slack(
    name: str, of_each: bool
) -> None:
    for words, change in table():
        failed = failures(change.scope, of_each=of_each) if words.startswith("partial") else ()
        text, blocks = card(change, name, failed)
        check(text, blocks)
        assert (change.state in AWAITING) or HEADINGS[change.state] in text, words
        assert change.action.title in shown(blocks), words
        assert change.customer in shown(blocks), words


@settings(max_examples=150, deadline=None)
@given(CHANGE, CUSTOMER_NAME, FAILURES)
def test_no_typed_text_is_live_and_no_limit_is_passed(
    change: Change, name: str, failed: list[FailedUsers]
) -> None:
    check(*card(change, name, failed))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
def test_how_it_stands_is_never_crowded_out_by_long_names(state: State, scope: Scope) -> None:
    change = in_state(state, scope, PREVIEWS["unknown"])
    told = shown(card(change, NAME, failures(scope))[1])
    expected = {
        State.AWAITING_CONFIRMATION: "ot known",
        State.AWAITING_APPROVAL: "Approvals by others: 4 of 5",
        State.APPROVED: "Starts after C-00001.",
        State.EXECUTING: "answered." if scope.kind == "users" else "ot known",
        State.UNKNOWN: "Do not repeat it by hand",
        State.NEEDS_OPERATOR: "`, then conclude it on the card. The opposite change is not held up",
        State.DENIED: f"By <@{APPROVER}>",
        State.PARTIAL: f"Stop asked by <@{APPROVER}>",
    }
    assert expected.get(state, "C-7K3MX") in told
    assert f"C-7K3MX · asked by <@{REQUESTER}>" in told


def test_the_whole_customer_is_named_with_its_number_and_the_count() -> None:
    told = shown(card(a_change(preview=COUNTED), "Acme GmbH")[1])
    assert told.startswith("🟡 WAITING · FAILOVER ON 📨\n*Acme GmbH (44444)*\nMail for")
    assert "Mail for *ALL 1,284 users* goes to the emergency webmail." in told
    assert "Already on 0 · will change *1,284*" in told
    assert "access off 1,240 (cannot log in)" in told
    assert "not activated 31 (cannot read it yet)" in told
    assert "Reason: Exchange down" in told


def test_without_a_count_the_card_says_that_this_is_the_whole_customer() -> None:
    change = a_change(preview=Preview(NOW, problem="The API did not answer within 5 s."))
    told = shown(card(change, "Acme GmbH")[1])
    assert "ALL users" in told
    assert "*Number not known, this is the whole customer.*" in told
    assert "The API did not answer within 5 s." in told


def test_before_it_is_counted_the_card_says_so_and_offers_no_decision() -> None:
    _, blocks = card(a_change(), "")
    assert "Counting …" in shown(blocks)
    assert [one["action_id"] for one in elements(blocks)] == ["change_cancel"]


def test_unknown_counts_of_groups_and_users_are_called_by_their_name() -> None:
    problem = Preview(NOW, problem="no answer")
    groups = shown(card(a_change(scope=Groups(("emea",)), preview=problem), "")[1])
    users = shown(card(a_change(scope=Users(("jo@example.com",)), preview=problem), "")[1])
    assert "these are whole groups" in groups
    assert "What is set for them now is not known." in users


@pytest.mark.parametrize(
    ("flag", "on", "words"),
    [
        (Flag.FAILOVER, True, "goes to the emergency webmail."),
        (Flag.FAILOVER, False, "goes to the usual mail system again."),
        (Flag.ACCESS, True, "may log in to the emergency webmail."),
        (Flag.ACCESS, False, "may no longer log in to the emergency webmail."),
    ],
)
def test_what_it_means_is_said_for_each_flag_and_direction(
    flag: Flag, on: bool, words: str
) -> None:
    assert words in shown(card(a_change(flag=flag, on=on), "")[1])


def test_what_people_forget_is_told_only_where_it_matters() -> None:
    def told(flag: Flag, on: bool) -> str:
        return shown(card(a_change(flag=flag, on=on, preview=COUNTED), "")[1])

    assert "not activated 31 (cannot log in yet)" in told(Flag.ACCESS, True)
    assert "access off" not in told(Flag.ACCESS, True)  # these are the ones that change
    for flag in Flag:
        assert "cannot" not in told(flag, False)


@pytest.mark.parametrize("state", [State.DENIED, State.CANCELLED, State.EXPIRED])
def test_what_was_never_sent_does_not_read_as_if_it_happened(state: State) -> None:
    told = shown(card(a_change(state=state, preview=COUNTED), "")[1])
    assert "Nothing was sent. It was for *ALL 1,284 users*." in told
    assert "goes to" not in told
    assert "will change" not in told


@pytest.mark.parametrize("state", [State.DENIED, State.CANCELLED, State.EXPIRED])
def test_what_was_sent_before_it_was_taken_back_is_not_called_unsent(state: State) -> None:
    """An operator had it tried again, and then it was not: the first attempt may have landed."""
    told = shown(card(a_change(state=state, attempts=3, preview=COUNTED), "")[1])
    assert "Nothing was sent" not in told
    assert "No more was sent. Whether an earlier attempt took effect is not known." in told
    assert "It was for *ALL 1,284 users*." in told


def test_what_was_accepted_before_the_api_was_not_reached_any_more_stays() -> None:
    change = a_change(state=State.CANCELLED, attempts=1, postponed=2, preview=COUNTED)
    told = shown(card(change, "")[1])
    assert "No more was sent. What was accepted before stays." in told


def test_what_did_not_leave_tells_why_when_it_is_tried_again_and_until_when() -> None:
    at = NOW + timedelta(seconds=5)
    change = a_change(
        state=State.APPROVED,
        postponed=1,
        next_try_at=at,
        deadline=NOW + timedelta(minutes=30),
        outcome=Outcome(
            "The continuity API could not be reached (ConnectError). Nothing was sent."
        ),
        preview=COUNTED,
    )
    told = shown(card(change, "")[1])
    assert "The continuity API could not be reached (ConnectError). Nothing was sent." in told
    assert f"Next try {format_time(at)}, until {format_time(change.deadline)}." in told
    assert "change_cancel" in str(card(change, "")[1])


@pytest.mark.parametrize(
    "state", [State.UNKNOWN, State.NEEDS_OPERATOR, State.PARTIAL, State.FAILED]
)
def test_what_may_not_be_so_is_told_as_a_wish(state: State) -> None:
    told = shown(card(a_change(state=state, preview=COUNTED), "")[1])
    assert "Wanted: Mail for *ALL 1,284 users* goes to the emergency webmail." in told
    assert "will change" not in told


def test_one_user_is_named_in_the_sentence_and_several_are_listed_below_their_number() -> None:
    one = shown(card(a_change(scope=Users(("jo@example.com",))), "")[1])
    assert "Mail for jo@example.com goes to" in one
    many = tuple(f"jo{number}@example.com" for number in range(7))
    told = shown(card(a_change(scope=Users(many)), "")[1])
    assert "Mail for *7 named users* goes to" in told
    assert ", ".join(many[:5]) + " and 2 more" in told


def test_one_group_is_named_in_the_sentence_and_several_are_listed_below_their_number() -> None:
    one = shown(card(a_change(scope=Groups(("emea",)), preview=COUNTED), "")[1])
    assert "Mail for *1,284 users* in emea goes to" in one
    told = shown(card(a_change(scope=Groups(("emea", "germany south"))), "")[1])
    assert "Mail for *the users* in 2 groups goes to" in told
    assert "emea, germany south" in told


def test_a_stopped_preview_says_why_once() -> None:
    why = "The continuity API does not know this customer or user (404)."
    seen = Preview(NOW, problem=why)
    change = a_change(state=State.CANCELLED, preview=seen, decision_reason=why)
    told = shown(card(change, "")[1])
    assert told.count(why) == 1
    assert "By <@" not in told


def test_nobody_found_is_not_called_all_0_users() -> None:
    seen = Preview(NOW, total=0, already=0)
    told = shown(card(a_change(state=State.CANCELLED, preview=seen), "")[1])
    assert "It was for *ALL users*." in told


def test_an_unknown_outcome_says_when_it_is_looked_at_next_and_what_not_to_do() -> None:
    change = a_change(state=State.UNKNOWN, outcome=Outcome(sentence="No answer in time."))
    told = shown(card(change, "")[1])
    assert "not known whether it took effect" in told
    assert "the bot looks soon" in told
    assert "Do not repeat it by hand" in told
    assert "No answer in time." in told


def test_what_is_not_seen_yet_tells_each_number_once_and_of_nobody_that_they_cannot_read() -> None:
    seen = Outcome(
        "",
        "sbx-7",
        "now",
        total=60,
        in_state=0,
        affected=60,
        not_activated=3,
        access_off=0,
        cannot_read=3,
    )
    change = a_change(state=State.ACCEPTED, outcome=replace(seen, read_back_at=NOW))
    told = shown(card(change, "")[1])
    assert "The API *accepted* it (id sbx-7, 60 affected, API time now)." in told
    assert f"Read back {format_time(NOW)}: 0 of 60 in failover.\n" in told
    assert told.count("60 affected") == 1
    some = replace(change, outcome=replace(seen, read_back_at=NOW, in_state=9))
    assert "9 of 60 in failover.\n3 of 9 cannot read their mail: no password 3.\n" in shown(
        card(some, "")[1]
    )


def test_a_denial_names_who_denied_and_why() -> None:
    change = a_change(state=State.DENIED, decided_by=APPROVER, decision_reason="wrong customer")
    assert f"By <@{APPROVER}>: wrong customer" in shown(card(change, "")[1])


def test_500_failures_with_one_reason_are_one_line_and_with_500_reasons_a_number() -> None:
    same = failure_lines(failures(SCOPES["500 users"], of_each=False))
    assert "(500)" in same
    assert same.count("• ") == 1
    assert same.endswith(f" and {500 - same.count('@d')} more")
    each = failure_lines(failures(SCOPES["500 users"]))
    assert len(each) <= 3000
    listed = each.count("• ")
    assert each.endswith(f"… and {500 - listed} more")
    inert(each)


def test_a_long_reason_of_a_failure_is_cut_and_its_users_stay() -> None:
    line = failure_lines(by_reason([UserOutcome("jo@example.com", UserStatus.FAILED, SENTENCE)]))
    assert line.endswith("(1): jo@example.com")
    inert(line)


def test_the_typed_reason_is_whole_on_the_card() -> None:
    blocks = card(a_change(reason=REASON), "")[1]
    sections = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    escaped = REASON.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert f"Reason: {escaped}" in sections
    without = card(a_change(reason=""), "")[1]
    assert "Reason" not in shown(without)


def test_users_and_reasons_that_were_not_read_are_counted() -> None:
    """The store reads five addresses of a reason, and as many reasons as a card has room for."""
    read = [FailedUsers("It refused.", 99_998, ("a@example.com", "b@example.com"))]
    assert failure_lines(read, more=7) == (
        "• It refused. (99,998): a@example.com, b@example.com and 99,996 more\n… and 7 more"
    )
    assert failure_lines(read, more=7) in shown(card(a_change(), NAME, read, 7)[1])


SENT = NOW + timedelta(minutes=1)
RECEIPT = Outcome(api_id="sbx-7", api_timestamp="2026-03-14T03:05:05Z", affected=1287)
TAKEN = {"outcome": RECEIPT, "started_at": NOW, "accepted_at": SENT}


@pytest.mark.parametrize(
    "state", [State.ACCEPTED, State.UNKNOWN, State.NEEDS_OPERATOR, State.GIVEN_UP]
)
def test_what_the_api_accepted_is_told_wherever_its_effect_is_not_known(state: State) -> None:
    look = NOW + timedelta(minutes=2)
    told = shown(card(a_change(state=state, next_look_at=look, **TAKEN), "")[1])
    receipt = "(id sbx-7, 1,287 affected, API time 2026-03-14T03:05:05Z)"
    assert f"The API *accepted* it {format_time(SENT)} {receipt}." in told
    assert told.count("2026-03-14T03:05:05Z") == 1
    still = state in (State.ACCEPTED, State.UNKNOWN)
    expected = f"Not seen yet; next look {format_time(look)}. *Do not repeat it by hand.*"
    assert (expected in told) is still


def test_of_several_users_it_is_told_how_many_the_api_accepted() -> None:
    sent = Outcome(api_id="sbx-7", api_timestamp="now", affected=3, total=12)
    told = shown(card(a_change(state=State.UNKNOWN, outcome=sent), "")[1])
    assert "The API *accepted* it for 3 of 12 users (id sbx-7, API time now)." in told


def test_an_answer_with_an_id_that_refuses_is_not_called_accepted() -> None:
    refused = Outcome("No answer in time.", api_id="sbx-7", api_timestamp="now")
    told = shown(card(a_change(state=State.UNKNOWN, outcome=refused), "")[1])
    assert "accepted" not in told


def test_an_earlier_attempt_that_was_accepted_is_told() -> None:
    change = a_change(state=State.UNKNOWN, accepted_at=NOW, started_at=SENT, outcome=Outcome())
    assert f"accepted* an earlier attempt, {format_time(NOW)}." in shown(card(change, "")[1])


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.AWAITING_APPROVAL, "waits, too."),
        (State.AWAITING_CONFIRMATION, "waits, too."),
        (State.APPROVED, "is approved and starts soon."),
        (State.EXECUTING, "is under way."),
        (State.ACCEPTED, "is under way."),
        (State.UNKNOWN, "is under way."),
    ],
)
def test_the_opposite_is_named_above_the_buttons_with_a_link(state: State, words: str) -> None:
    other = a_change(id="C-9XYZ1", on=False, state=state)
    line = opposite_line(other, "1700000000.000100", "https://acme.slack.com/")
    text, blocks = card(a_change(preview=COUNTED), "Acme GmbH", opposites=[line])
    check(text, blocks)
    link = "<https://acme.slack.com/archives/C0INCIDENT/p1700000000000100|Open it>"
    assert f"*Opposite*: C-9XYZ1 FAILOVER OFF {words} {link}" in shown(blocks)
    kinds = [block["type"] for block in blocks]
    assert kinds == ["header", "section", "section", "actions", "section", "context"]


@pytest.mark.parametrize(("ts", "url"), [("", "https://acme.slack.com/"), ("1.1", "")])
def test_an_opposite_without_a_place_is_named_without_a_link(ts: str, url: str) -> None:
    other = a_change(id="C-9XYZ1", on=False)
    assert opposite_line(other, ts, url).endswith("C-9XYZ1 FAILOVER OFF waits, too.")
