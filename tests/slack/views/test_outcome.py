"""What stays in the channel: the outcome, and the timeline in the card's thread."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain.actions import EditUser
from bot.domain.audit.chain import hash_entry
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.mail_user import FieldChange
from bot.domain.outcome import FailedUsers, Outcome, UserOutcome, UserStatus
from bot.domain.preview import Preview
from bot.domain.scope import Flag, Users
from bot.slack.views.audit.sentence import sentence
from bot.slack.views.changes.outcome import outcome, timeline
from tests.builders import APPROVER, NOW, REQUESTER, a_change, a_finished_change, a_record
from tests.slack.extreme_values import (
    AMPERSANDS,
    CHANGE,
    CUSTOMER_NAME,
    FAILURES,
    NAME,
    by_reason,
    entries,
    failures,
    table,
)
from tests.slack.message_checks import check, elements, shown

SEAL = hash_entry(812, a_record("change.applied"), "0" * 64)


def told(change: Change, **over: Any) -> str:
    fields: dict[str, Any] = {"name": "Acme GmbH", "seal": SEAL, "failures": ()} | over
    return shown(outcome(change, fields["name"], fields["seal"], fields["failures"])[1])


@pytest.mark.no_cover  # coverage would double its seconds
@pytest.mark.parametrize("name", ["", NAME, AMPERSANDS])
@pytest.mark.parametrize("seal_", [None, SEAL], ids=["no entry", "sealed"])
def test_every_outcome_at_its_largest_is_taken_by_slack(name: str, seal_: Any) -> None:
    for words, change in table():
        failed = failures(change.scope) if change.state is State.PARTIAL else ()
        text, blocks = outcome(change, name, seal_, failed)
        check(text, blocks)
        assert change.action.title in shown(blocks), words
        assert "C-7K3MX · " in shown(blocks), words


@settings(max_examples=150, deadline=None)
@given(CHANGE, CUSTOMER_NAME, FAILURES)
def test_no_typed_text_in_an_outcome_is_live(
    change: Change, name: str, failed: list[FailedUsers]
) -> None:
    check(*outcome(change, name, SEAL, failed))


def test_an_applied_outcome_has_all_that_the_channel_witnesses() -> None:
    change = a_finished_change(
        decision_reason="",
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=4),
        terminal=None,
    )
    words = told(change)
    assert words.startswith("✅ APPLIED · FAILOVER ON 📨\n*Acme GmbH (44444)*\n")
    assert "1,284 of 1,284 in failover. API: 1,284 affected.\n" in words
    assert "1,240 of 1,284 cannot read their mail: access off 1,240, no password 31.\n" in words
    assert "send one mail from outside" in words
    assert "API id 20260314-1 at 2026-03-14T03:09:12Z" in words
    assert f"<@{REQUESTER}>, approved by <@{APPROVER}> · 4.0 s" in words
    assert f"audit 812 {SEAL.hash[:16]}" in words


@pytest.mark.parametrize(
    ("flag", "on", "words"),
    [
        (Flag.FAILOVER, True, "1,284 of 1,284 in failover."),
        (Flag.FAILOVER, False, "1,284 of 1,284 not in failover."),
        (Flag.ACCESS, True, "1,284 of 1,284 with access."),
        (Flag.ACCESS, False, "1,284 of 1,284 without access."),
    ],
)
def test_the_read_back_is_told_in_the_words_of_the_flag(flag: Flag, on: bool, words: str) -> None:
    said = told(a_finished_change(flag=flag, on=on))
    assert words in said
    assert ("cannot read their mail" in said) == (flag is Flag.FAILOVER and on)


READ_BACK = Outcome(total=1284, in_state=1284, read_back_at=NOW)
WHO = ["flag_access_on", "users_cannot_read", "change_back"]


@pytest.mark.parametrize(
    ("numbers", "words", "buttons"),
    [
        ((240, 31, 240), "240 of 1,284 cannot read their mail: access off 240, no password 31.", WHO),
        ((0, 31, 31), "31 of 1,284 cannot read their mail: no password 31.", WHO[1:]),
        ((240, 31, None), "At least 240 of 1,284 cannot read their mail: access off 240, no password 31.", [WHO[0], WHO[2]]),
        ((240, None, None), "At least 240 of 1,284 cannot read their mail: access off 240, no password not known.", [WHO[0], WHO[2]]),
        ((None, 31, None), "At least 31 of 1,284 cannot read their mail: access off not known, no password 31.", WHO[2:]),
        ((None, None, None), "How many cannot read their mail is not known.", WHO[2:]),
        ((1285, 31, None), "How many cannot read their mail is not known.", WHO[2:]),
        ((0, 0, 0), "", WHO[2:]),
    ],
)  # fmt: skip
def test_who_cannot_read_is_said_as_far_as_it_is_known_with_buttons_for_what_is(
    numbers: tuple[int | None, ...], words: str, buttons: list[str]
) -> None:
    fields = dict(zip(("access_off", "not_activated", "cannot_read"), numbers, strict=True))
    change = a_finished_change(outcome=replace(READ_BACK, **fields))  # type: ignore[arg-type]  # three numbers
    text, blocks = outcome(change, "Acme GmbH", SEAL, ())
    check(text, blocks)
    lines = shown(blocks).split("\n")
    assert [one for one in lines if "cannot read" in one] == ([words] if words else [])
    offered = elements(blocks)
    assert [one["action_id"] for one in offered] == buttons
    assert all(one["value"].startswith(f"{change.id} ") for one in offered)
    if "flag_access_on" in buttons:
        assert offered[0]["text"]["text"] == "Access on for 240…"


@pytest.mark.parametrize(
    "over", [{"on": False}, {"flag": Flag.ACCESS}, {"state": State.AWAITING_APPROVAL}]
)
def test_no_other_outcome_has_these_buttons(over: dict[str, Any]) -> None:
    _, blocks = outcome(a_finished_change(**over), "Acme GmbH", SEAL, ())
    offered = {one["action_id"] for one in elements(blocks)}
    assert offered.isdisjoint(WHO[:2])


def test_an_outcome_of_an_older_version_that_is_not_for_all_says_of_nobody_that_they_cannot_read() -> (
    None
):
    """It counted those who are not in failover, too."""
    old = replace(READ_BACK, in_state=900, not_activated=31)
    assert "is not known" in told(a_finished_change(outcome=old, state=State.NEEDS_OPERATOR))


def test_what_was_not_read_back_is_not_told_as_read_back() -> None:
    assert "Read back" not in told(a_finished_change(outcome=Outcome(sentence="no answer")))
    assert "Read back" not in told(a_finished_change(outcome=None))


def test_an_ending_without_an_execution_says_by_whom_and_why() -> None:
    change = a_change(state=State.DENIED, decided_by=APPROVER, decision_reason="not yet")
    words = told(change)
    assert f"By <@{APPROVER}>: not yet" in words
    expired = a_change(state=State.EXPIRED, decision_reason="Nobody decided in time.")
    assert "Nobody decided in time." in told(expired, seal=None)
    assert "audit" not in told(expired, seal=None)


@pytest.mark.parametrize("state", [State.FAILED, State.DENIED, State.NEEDS_OPERATOR])
def test_an_outcome_without_a_read_back_still_says_for_whom_it_was(state: State) -> None:
    seen = Preview(NOW, total=1284, already=0)
    assert "for *ALL 1,284 users*" in told(a_change(state=state, preview=seen))


def test_a_change_that_needs_a_person_says_what_to_look_at() -> None:
    change = a_change(state=State.NEEDS_OPERATOR)
    assert "look with `/continuity status 44444`" in told(change)
    jo = replace(change, scope=Users(("jo@example.com",)))
    assert "look with `/continuity user show 44444 jo@example.com`" in told(jo)


def test_failures_are_listed_with_their_reason() -> None:
    failed = by_reason([UserOutcome("jo@example.com", UserStatus.FAILED, "unknown user")])
    words = told(a_finished_change(state=State.PARTIAL), failures=failed)
    assert "unknown user (1): jo@example.com" in words


BACK = [
    (State.APPLIED, {}, True),
    (State.PARTIAL, {}, True),
    (State.NEEDS_OPERATOR, {}, True),
    (State.GIVEN_UP, {}, True),
    (State.FAILED, {"attempts": 3}, False),
    (State.DENIED, {}, False),
    # A person had it tried again, and then it was not: the first attempt may have landed.
    (State.DENIED, {"attempts": 3}, True),
    (State.CANCELLED, {"attempts": 3}, True),
    (State.EXPIRED, {"attempts": 3}, True),
    (State.AWAITING_APPROVAL, {}, False),
    (State.APPROVED, {"attempts": 1}, False),
]


@pytest.mark.parametrize(("state", "over", "offered"), BACK)
def test_what_may_be_set_has_a_button_that_proposes_the_opposite(
    state: State, over: dict[str, Any], offered: bool
) -> None:
    blocks = outcome(a_change(state=state, **over), "Acme GmbH", SEAL, ())[1]
    back = [one for one in elements(blocks) if one["action_id"] == "change_back"]
    assert [one["text"]["text"] for one in back] == ["Back: failover off"] * offered
    assert "/continuity failover" not in shown(blocks)
    # What it leads to is a card, which somebody decides.
    assert all("confirm" not in one for one in back)


def test_an_edit_is_taken_back_by_a_button_unless_a_value_was_not_told_before() -> None:
    def buttons(before: object) -> list[str]:
        edit = EditUser((FieldChange("displayName", before, "Jo B"),))
        change = a_change(action=edit, scope=Users(("jo@example.com",)), state=State.APPLIED)
        return [one["text"]["text"] for one in elements(outcome(change, "", SEAL, ())[1])]

    assert buttons("Jo") == ["Back to the values before"]
    assert buttons(None) == []


@pytest.mark.parametrize(
    ("took", "words"),
    [(0.44, "0.4 s"), (59.9, "59.9 s"), (60, "1 min 0 s"), (754.6, "12 min 34 s")],
)
def test_the_time_it_took_is_told_in_minutes_where_it_is_long(took: float, words: str) -> None:
    change = a_finished_change(started_at=NOW, finished_at=NOW + timedelta(seconds=took))
    assert f" · {words} · " in told(change)


def test_a_timeline_at_its_largest_keeps_the_newest_lines() -> None:
    text, blocks = timeline(a_change(), entries())
    check(text, blocks)
    lines = shown(blocks).split("\n")
    assert lines[0] == f"… and {200 - (len(lines) - 1)} more"
    assert "denied" in lines[-1]


def test_a_step_names_people_by_mention_and_everybody_else_as_text() -> None:
    def line(actor: str, **detail: object) -> str:
        entry = hash_entry(
            1, a_record("change.stop_asked", actor=actor, actor_name="", detail=detail), "0" * 64
        )
        return shown(timeline(a_change(), [entry])[1])

    assert line("U0OPERATOR").endswith("> <@U0OPERATOR> asked to stop: C-7K3MX.")
    assert line("User@<host>").endswith("> User@&lt;host&gt; asked to stop: C-7K3MX.")
    assert line("bot", why="It was lost.").endswith("C-7K3MX. It was lost.")
    assert line("bot", problem="No answer.").endswith("C-7K3MX. No answer.")
    assert line("bot", sentence="Not read back.").endswith("C-7K3MX. Not read back.")
    assert line("bot", reason="", why=None).endswith("asked to stop: C-7K3MX.")


def test_a_timeline_says_on_or_off_for_whom_and_by_whom() -> None:
    command = {"command": "failover off 44444 --group emea", "reason": "Over"}
    steps = [
        a_record("change.proposed", actor_name="Olga", detail=command),
        a_record("change.previewed", actor="bot", actor_name="", detail={"total": 643}),
        a_record("change.approved", actor="U0ANTON", actor_name="Anton", detail={}),
    ]
    sealed = [hash_entry(number, one, "0" * 64) for number, one in enumerate(steps, 1)]
    lines = shown(timeline(a_change(), sealed)[1]).split("\n")
    assert [line.partition("> ")[2] for line in lines] == [
        "Olga asked: failover off, group emea (643 users). Reason: Over",
        "The bot counted 643 users: failover off, group emea.",
        "Anton approved: failover off, group emea (643 users).",
    ]


def test_a_timeline_without_entries_is_still_a_message() -> None:
    check(*timeline(a_change(), []))


def test_an_entry_tells_the_same_reason_in_the_thread_and_to_who_asks_for_the_trail() -> None:
    told_twice = {"reason": "what he wished", "why": "what stood in the way"}
    entry = hash_entry(1, a_record("change.stopped", detail=told_twice), "0" * 64)
    assert "what stood in the way" in shown(timeline(a_change(), [entry])[1])
    assert "what stood in the way" in sentence(entry)


def test_whom_a_refusal_names_can_be_read_in_both_and_is_not_notified() -> None:
    why = "It needs the role admin. Who can grant it: <@U0ADMIN>, <@W0ADMIN>."
    entry = hash_entry(1, a_record("refused", detail={"why": why}), "0" * 64)
    for told in (shown(timeline(a_change(), [entry])[1]), sentence(entry)):
        assert "Who can grant it: @U0ADMIN, @W0ADMIN." in told


def test_what_was_accepted_without_an_id_says_so() -> None:
    change = a_finished_change(outcome=Outcome(api_id="", api_timestamp=""))
    assert "accepted, the API told no id" in shown(outcome(change, "", None, ())[1])
    silent = a_finished_change(outcome=Outcome())
    assert "told no id" not in shown(outcome(silent, "", None, ())[1])


def test_reasons_that_were_not_read_are_counted() -> None:
    failed = [FailedUsers("It refused.", 1, ("a@example.com",))]
    change = a_finished_change(state=State.PARTIAL)
    assert "… and 7 more" in shown(outcome(change, NAME, SEAL, failed, 7)[1])
