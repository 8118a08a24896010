"""What is told of activate and restore: a line for each step, what is on, and access off later."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import Activate, Restore
from bot.domain.change import Approval, Change
from bot.domain.change_state import Event, State
from bot.domain.outcome import Outcome, StepOutcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import Users
from bot.domain.time_limit import TimeLimit
from bot.slack.views.changes.batch_rows import BatchRow, outcome_table
from bot.slack.views.changes.card import card
from bot.slack.views.changes.notification import SHOWN_CHARS
from bot.slack.views.changes.outcome import outcome
from bot.slack.views.mrkdwn import Blocks, format_time
from bot.slack.views.notices.back import back_notice
from bot.slack.views.notices.notice import Notice
from tests.builders import APPROVER, NOW, REQUESTER, a_change
from tests.slack.extreme_values import NAME
from tests.slack.message_checks import check, elements, shown

SEEN = Preview(
    NOW,
    total=1284,
    already=0,
    access_off=1240,
    not_activated=31,
    facts=Facts(with_access=44, in_failover=0),
)
ACCESS = Outcome("", "A-1", "2026-03-14T03:09:12Z", 1240, 1284, 1284, NOW)
FAILOVER = replace(ACCESS, api_id="A-2", access_off=0, not_activated=31, cannot_read=31)
SENT: dict[str, Any] = {
    "approvals": (Approval(APPROVER, NOW, 1, ""),),
    "decided_by": APPROVER,
    "begun_at": NOW,
    "started_at": NOW,
    "attempts": 1,
}
TWO_DAYS = TimeLimit(lasts=timedelta(hours=48))


def activate(state: State = State.AWAITING_APPROVAL, **over: Any) -> Change:
    fields = {"action": Activate(), "preview": SEEN, "preview_revision": 1, "state": state}
    return a_change(**(fields | over))


def executing(**over: Any) -> Change:
    return activate(**({"state": State.EXECUTING} | SENT | over))


def after_access(**over: Any) -> Change:
    done = executing().moved(Event.SUCCEED, outcome=ACCESS, finished_at=NOW)
    return replace(done, state=State.EXECUTING, attempts=1, **over)


def ended(event: Event, result: Outcome, **over: Any) -> Change:
    return after_access(**over).moved(event, outcome=result, finished_at=NOW)


def refused() -> Change:
    return ended(Event.FAIL, Outcome("The API does not allow this (403).", api_id="E-1"))


def lines(blocks: Blocks) -> list[str]:
    return shown(blocks).split("\n")


def carded(change: Change, name: str = "Acme GmbH") -> tuple[str, list[str]]:
    text, blocks = card(change, name, asked_by="Olga")
    check(text, blocks)
    return text, lines(blocks)


def told(change: Change, name: str = "Acme GmbH") -> tuple[str, list[str]]:
    text, blocks = outcome(change, name, None, (), asked_by="Olga")
    check(text, blocks)
    return text, lines(blocks)


def labels(blocks: Blocks) -> list[str]:
    return [one["text"]["text"] for one in elements(blocks)]


def steps(found: Iterable[str]) -> list[str]:
    return [one for one in found if one[:1] in "⚪⏳❓✅⏭🟠❌" and "*: " in one]


def test_before_the_yes_the_card_counts_both_flags_and_shows_no_step() -> None:
    text, found = carded(activate())
    assert text == "ACTIVATE · Acme GmbH (44444) · ALL 1,284 users · Olga: Exchange down · C-7K3MX"
    assert (
        "*ALL 1,284 users* may log in to the emergency webmail; then their mail goes there."
        in found
    )
    assert "Already: access on 44 · failover on 0 · will change *1,284*" in found
    assert "• not activated 31 (cannot read it yet)" in found
    assert steps(found) == []


def test_what_will_be_skipped_is_said_before_the_yes() -> None:
    seen = replace(SEEN, access_off=0, facts=Facts(with_access=1284, in_failover=0))
    assert "• Access on: nothing to do, it is skipped" in carded(activate(preview=seen))[1]


def test_a_line_for_each_step_tells_how_far_it_is() -> None:
    verified = "✅ *Access on*: 1,284 of 1,284 verified"
    assert steps(carded(executing())[1]) == [
        "⏳ *Access on*: being sent",
        "⚪ *Failover on*: not begun",
    ]
    between = executing().moved(Event.SUCCEED, outcome=ACCESS, finished_at=NOW)
    text, found = carded(between)
    assert text.startswith("EXECUTING: ACTIVATE")
    assert steps(found) == [verified, "⚪ *Failover on*: not begun"]
    assert labels(card(between, "")[1]) == ["Stop"]
    assert steps(carded(after_access())[1]) == [verified, "⏳ *Failover on*: being sent"]
    accepted = replace(after_access(), state=State.ACCEPTED, accepted_at=NOW, outcome=FAILOVER)
    assert "⏳ *Failover on*: accepted, not seen yet" in carded(accepted)[1]
    lost = replace(after_access(), state=State.UNKNOWN)
    assert "❓ *Failover on*: not known" in carded(lost)[1]


def test_the_outcome_tells_both_steps_once_and_who_cannot_read() -> None:
    text, found = told(ended(Event.SUCCEED, FAILOVER))
    assert text.startswith("APPLIED: ACTIVATE · Acme GmbH (44444) · ALL 1,284 users · Olga: ")
    assert [one.split(": ")[1] for one in steps(found)] == ["1,284 of 1,284 verified"] * 2
    assert "31 of 1,284 cannot read their mail: no password 31." in found
    assert "Mail flow itself is not tested: send one mail from outside." in found
    receipts = (
        "access on: API id A-1 at 2026-03-14T03:09:12Z · "
        "failover on: API id A-2 at 2026-03-14T03:09:12Z"
    )
    assert f"C-7K3MX · {receipts} · <@{REQUESTER}>" in found[-1]
    assert receipts in carded(ended(Event.SUCCEED, FAILOVER))[1]


def test_a_skipped_step_is_said_and_its_flag_is_not_taken_back() -> None:
    change = ended(Event.SUCCEED, FAILOVER, steps=(StepOutcome(activate().steps_left[0], NOW),))
    assert "⏭️ *Access on*: nothing to do, it was so for all of them" in told(change)[1]
    assert labels(outcome(change, "", None, ())[1])[-1] == "Back: failover off"


def test_a_step_that_is_not_verified_or_marked_by_a_person_says_so() -> None:
    unseen = ended(Event.SUCCEED, replace(FAILOVER, verifiable=False, in_state=None))
    assert "✅ *Failover on*: accepted, not verified" in steps(told(unseen)[1])[1]
    marked = replace(executing(), state=State.NEEDS_OPERATOR).moved(
        Event.SUCCEED,
        outcome=Outcome(),
        finished_at=NOW,
        settled_by=APPROVER,
        decision_reason="seen",
    )
    found = told(marked)[1]
    assert "✅ *Access on*: marked by a person" in found
    assert f"Marked as applied by <@{APPROVER}>: seen" in found


@pytest.mark.parametrize("name", ["Acme GmbH", NAME])
@pytest.mark.parametrize(
    ("change", "begins", "last"),
    [
        (refused(), "PARTLY APPLIED: access on, failover not on · ", "❌ *Failover on*: failed"),
        (
            executing(steps=after_access().steps, attempts=0, state=State.APPROVED).moved(
                Event.CANCEL, decided_by=REQUESTER, finished_at=NOW
            ),
            "PARTLY APPLIED: access on, failover not on · ",
            "⚪ *Failover on*: not begun",
        ),
        (
            ended(Event.SUCCEED_PARTLY, replace(FAILOVER, in_state=3, total=9)),
            "PARTLY APPLIED: access on, failover on for some · ",
            "🟠 *Failover on*: 3 of 9 verified",
        ),
        (
            replace(after_access(), state=State.UNKNOWN).moved(
                Event.ESCALATE, outcome=Outcome(), finished_at=NOW
            ),
            "NEEDS A PERSON: access on, failover not known · ",
            "❓ *Failover on*: not known",
        ),
        (
            replace(executing(), state=State.UNKNOWN).moved(
                Event.ESCALATE, outcome=Outcome(), finished_at=NOW
            ),
            "NEEDS A PERSON: access not known, failover not on · ",
            "⚪ *Failover on*: not begun",
        ),
    ],
)
def test_what_stopped_between_the_steps_says_what_is_on_on_a_locked_phone(
    change: Change, begins: str, last: str, name: str
) -> None:
    for text, found in (carded(change, name), told(change, name)):
        assert text.startswith(begins)
        seen = text[:SHOWN_CHARS]
        assert "(44444) · ALL 1,284 users · Ol" in seen
        assert text.endswith("C-7K3MX")
        assert steps(found)[1] == last


def test_of_named_users_the_dialog_stops_the_next_step() -> None:
    _, blocks = card(executing(), "Acme GmbH")
    [stop] = [one for one in elements(blocks) if one["action_id"] == "change_stop"]
    assert "the next step is not sent" in stop["confirm"]["text"]["text"]
    named = executing(scope=Users(("a@example.com",)))
    [stop] = [one for one in elements(card(named, "")[1]) if one["action_id"] == "change_stop"]
    assert "no further user is sent" in stop["confirm"]["text"]["text"]
    assert "change_stop" not in [one["action_id"] for one in elements(card(after_access(), "")[1])]


def test_the_row_of_a_batch_says_what_is_on() -> None:
    [table] = outcome_table([BatchRow(refused(), "Acme GmbH")])
    assert "access on, failover not on" in str(table)


def restore(state: State = State.AWAITING_APPROVAL, **over: Any) -> Change:
    fields = {
        "action": Restore(),
        "preview": Preview(NOW, total=1284, already=3),
        "preview_revision": 1,
        "time_limit": TWO_DAYS,
        "state": state,
    }
    return a_change(**(fields | over))


def test_a_restore_says_when_access_goes_off_and_that_a_yes_covers_both() -> None:
    text, found = carded(restore())
    assert text.startswith("RESTORE, access off 2 days later · Acme GmbH (44444) · ALL 1,284 users")
    assert "Olga" in text[:SHOWN_CHARS]
    assert (
        "Mail for *ALL 1,284 users* goes to the usual mail system again. Access goes off later, by the "
        "bot, for the same users." in found
    )
    at = format_time(NOW + timedelta(hours=48))
    line = f"⏱ *By itself*: access off after 2 days, if sent now {at}. Your decision covers both."
    assert line in found
    _, blocks = card(restore(), "Acme GmbH")
    assert labels(blocks)[0] == "Approve: OFF for 1,284, access off 2 days later"
    question = elements(blocks)[0]["confirm"]["text"]["text"]
    assert question.startswith("Access off by itself after 2 days; this covers both. RESTORE for ")
    assert elements(blocks)[0]["style"] == "danger"


def test_without_a_time_access_stays() -> None:
    _, found = carded(restore(time_limit=None))
    assert any("Access stays on until somebody switches it off." in one for one in found)
    assert not any("By itself" in one for one in found)


def test_the_outcome_of_a_restore_offers_access_off_now_and_keep_access() -> None:
    result = replace(FAILOVER, access_off=None, not_activated=None, cannot_read=None)
    change = restore(State.EXECUTING, **SENT).moved(Event.SUCCEED, outcome=result, finished_at=NOW)
    text, found = told(change)
    assert text.startswith("APPLIED: RESTORE · Acme GmbH (44444) · ALL 1,284 users · Olga")
    at = format_time(NOW + timedelta(hours=48))
    assert any(f"⏱ *By itself*: access off {at} · 2 days left" in one for one in found)
    _, blocks = outcome(change, "", None, ())
    assert labels(blocks) == ["Extend…", "Access off now", "Keep access"]


def test_that_access_goes_off_soon_and_that_it_does_not_are_told() -> None:
    change = restore(State.APPLIED, ends_at=NOW + timedelta(minutes=15), **SENT)
    text, blocks = back_notice(Notice(change, "back", "soon_1", "C0INCIDENT", "Acme GmbH", NOW, ""))
    check(text, blocks)
    assert text == "ACCESS OFF IN 15 min · Acme GmbH (44444) · ALL 1,284 users · C-7K3MX"
    assert "⏱ *By itself soon*: access off for *ALL 1,284 users*" in shown(blocks)
    note = "Access off is not made by itself: 3 of these users are in failover."
    given_up = replace(change, ends_at=None, end_note=note)
    text, blocks = back_notice(
        Notice(given_up, "back", "not_made_9", "C0INCIDENT", "Acme GmbH", NOW, "")
    )
    check(text, blocks)
    assert text == "NOT DONE: ACCESS OFF · Acme GmbH (44444) · ALL 1,284 users · C-7K3MX"
    assert note in shown(blocks)
    assert "type `/continuity access off 44444`" in shown(blocks)


def test_a_timed_activate_says_that_its_way_back_is_a_restore() -> None:
    limit = TimeLimit(lasts=timedelta(hours=4))
    text, found = carded(activate(time_limit=limit))
    assert text.startswith("ACTIVATE for 4 h · Acme GmbH")
    assert (
        "• the way back is a restore: failover off, later access off as the customer's rule says"
        in found
    )
