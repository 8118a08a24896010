"""Buttons and their dialogs: what is decided stands in each of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings

from bot.domain.actions import DeleteUser, EditUser, ImportUsers, MakeToken, PurgeUsers
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.mail_user import FieldChange
from bot.domain.outcome import Outcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import FileUsers, Filters, Flag, Groups, Users
from bot.slack.features import FEATURES
from bot.slack.views.changes.buttons import buttons, outcome_buttons
from bot.slack.views.changes.scope import question
from bot.slack.views.modals.reason import QUESTIONS
from tests.builders import APPROVER, NOW, a_change
from tests.slack.extreme_values import CHANGE, CUSTOMER_NAME, NAME, table

COUNTED = Preview(NOW, total=1284, already=0)
UNCOUNTED = Preview(NOW, problem="no answer")
OFFERED = {
    State.AWAITING_CONFIRMATION: ["change_confirm", "change_cancel"],
    State.AWAITING_APPROVAL: ["change_approve", "change_deny", "change_emergency", "change_cancel"],
    State.APPROVED: ["change_cancel"],
    State.PARTIAL: ["change_again"],
    State.FAILED: ["change_again"],
    State.EXPIRED: ["change_again"],
    State.GIVEN_UP: ["change_again"],
    State.NEEDS_OPERATOR: ["change_look", "change_retry", "change_mark", "change_give_up"],
}
# A form follows: a dialog before it would be a second confirmation.
OPEN_A_FORM = {"change_deny", "change_emergency", "change_retry", "change_mark", "change_give_up"}


def of(change: Change, name: str = "Acme GmbH") -> dict[str, dict[str, Any]]:
    return {one["action_id"]: one for one in buttons(change, name)}


def dialog(change: Change, action: str, name: str = "Acme GmbH") -> str:
    confirm = of(change, name)[action]["confirm"]
    return f"{confirm['title']['text']}\n{confirm['text']['text']}"


@pytest.mark.parametrize("state", State)
def test_each_state_offers_its_own_buttons(state: State) -> None:
    offered = list(of(a_change(state=state, preview=COUNTED)))
    assert offered == OFFERED.get(state, [])


def test_every_button_that_is_offered_is_one_that_is_counted_by_its_name() -> None:
    offered = {action for _, change in table() for action in of(change)}
    offered |= {one["action_id"] for _, change in table() for one in outcome_buttons(change)}
    # These stand below replies, in forms and the Home tab, or on the card in a direct message.
    others = (
        "user_",
        "again_",
        "refusal_",
        "report_",
        "home_",
        "form_",
        "admin_",
        "batch_",
        "change_propose_rest",
        "change_looking",
        "form_",
        "review_",  # of emergencies: test_emergency.py
        "notice_",  # of activations: test_notice.py
    )
    assert offered == {one for one in FEATURES.actions if not one.startswith(others)}


def test_named_users_under_way_can_be_stopped_once() -> None:
    scope = Users(("jo@example.com", "al@example.com"))
    running = a_change(state=State.EXECUTING, scope=scope)
    assert list(of(running)) == ["change_stop"]
    assert of(a_change(state=State.EXECUTING, scope=scope, stopped_by=APPROVER)) == {}
    assert dialog(running, "change_stop").endswith(
        "FAILOVER ON for Acme GmbH (44444), 2 named users."
    )


def test_nothing_is_decided_before_it_is_counted() -> None:
    for state in (State.AWAITING_CONFIRMATION, State.AWAITING_APPROVAL):
        assert list(of(a_change(state=state))) == ["change_cancel"]


@pytest.mark.parametrize("name", ["", "Acme GmbH", NAME, "&" * 80])
def test_every_dialog_names_direction_flag_customer_and_how_many(name: str) -> None:
    for words, change in table():
        for action, button in of(change, name).items():
            if action in OPEN_A_FORM:
                continue
            told = dialog(change, action, name)
            assert change.action.title in told, words
            assert (f"{name} (44444DE)" if name else "44444DE") in told, words
            many = re.search(
                r"number not known, this is the whole customer\.|ALL [\d,]+ users|"
                r"(number not known, all|[\d,]+) users in (\d+ groups|emea)|"
                r"[\d,]+ (of [\d,]+ )?named users|000&+@d+…",
                told,
            )
            assert many, f"{words}: {told}"
            assert button["confirm"]["deny"]["text"] == "Cancel"


def test_a_button_has_a_dialog_unless_a_form_follows() -> None:
    for _, change in table():
        for action, button in of(change).items():
            assert ("confirm" in button) == (action not in OPEN_A_FORM)
            assert button["text"]["text"].endswith("…") or action not in OPEN_A_FORM
    assert {*QUESTIONS} - {"review_object"} == OPEN_A_FORM - {"change_emergency"}


@settings(max_examples=150, deadline=None)
@given(CHANGE, CUSTOMER_NAME)
def test_the_value_is_change_and_preview_revision_and_nothing_else(
    change: Change, name: str
) -> None:
    for button in buttons(change, name):
        assert button["value"] == f"{change.id} {change.preview_revision}"
        assert len(button["text"]["text"]) <= 75
        assert button["text"]["type"] == "plain_text"
        if confirm := button.get("confirm"):
            assert len(confirm["title"]["text"]) <= 100
            assert len(confirm["text"]["text"]) <= 300
            assert len(confirm["confirm"]["text"]) <= 30
            assert confirm["text"]["type"] == "plain_text"


def test_a_dialog_that_is_too_long_shows_that_it_was_cut() -> None:
    change = a_change(state=State.APPROVED)
    told = of(change, "N" * 400)["change_cancel"]["confirm"]["text"]["text"]
    assert len(told) == 300
    assert told.endswith("…")


def test_the_decision_says_how_many_on_the_button_itself() -> None:
    def label(**over: Any) -> str:
        return str(next(iter(of(a_change(**over)).values()))["text"]["text"])

    waits = State.AWAITING_CONFIRMATION
    groups = Groups(("emea", "germany"))
    assert label(preview=COUNTED) == "Approve: ON for 1,284"
    assert label(preview=COUNTED, state=waits, on=False) == "Confirm: OFF for 1,284"
    assert label(preview=UNCOUNTED) == "Approve: ON for ALL"
    assert label(preview=UNCOUNTED, scope=groups) == "Approve: ON for these groups"
    assert label(preview=UNCOUNTED, scope=Users(("jo@example.com",))) == "Approve: ON for 1"


def test_the_question_is_asked_in_plain_words() -> None:
    groups = Groups(("emea", "germany"))
    assert question(a_change(), "Acme GmbH") == (
        "FAILOVER ON for Acme GmbH (44444): number not known, this is the whole customer."
    )
    assert question(a_change(preview=COUNTED), "") == "FAILOVER ON for 44444, ALL 1,284 users."
    assert question(a_change(scope=groups, preview=COUNTED), "").endswith(
        "1,284 users in 2 groups."
    )
    assert question(a_change(scope=groups), "").endswith("number not known, all users in 2 groups.")
    assert question(a_change(scope=Users(("jo@example.com",))), "").endswith(", jo@example.com.")


def test_proposing_the_rest_again_counts_the_rest() -> None:
    scope = Users(tuple(f"jo{number}@example.com" for number in range(12)))
    some = a_change(state=State.PARTIAL, scope=scope, outcome=Outcome(total=12, failed=3))
    assert of(some)["change_again"]["text"]["text"] == "Propose the rest again"
    assert "3 of 12 named users" in dialog(some, "change_again")
    none = a_change(state=State.FAILED, scope=scope, outcome=Outcome(total=12, failed=12))
    assert "12 named users" in dialog(none, "change_again")
    assert "of 12" not in dialog(none, "change_again")


def test_a_whole_customer_that_was_partly_applied_is_proposed_again_as_a_whole() -> None:
    change = a_change(state=State.PARTIAL, preview=COUNTED, outcome=Outcome(total=1284))
    assert of(change)["change_again"]["text"]["text"] == "Propose again"
    assert "ALL 1,284 users" in dialog(change, "change_again")


@pytest.mark.parametrize(
    ("action", "title"),
    [
        ("change_approve", "Approve: FAILOVER OFF?"),
        ("change_cancel", "Withdraw: FAILOVER OFF?"),
    ],
)
def test_the_title_of_a_dialog_says_what_is_done_to_which_direction(
    action: str, title: str
) -> None:
    change = a_change(on=False, preview=COUNTED)
    assert of(change)[action]["confirm"]["title"]["text"] == title


USERS = Users(("jo@example.com",))
STYLES = [
    ({"flag": Flag.FAILOVER, "on": True}, Preview(NOW, 9, 0), "primary"),
    ({"flag": Flag.ACCESS, "on": True}, Preview(NOW, 9, 0), "primary"),
    ({"action": EditUser((FieldChange("displayName", "a", "b"),)), "scope": USERS}, Preview(NOW, 1, 0), "primary"),
    ({"flag": Flag.FAILOVER, "on": False}, Preview(NOW, 9, 0), "danger"),
    ({"flag": Flag.ACCESS, "on": False}, Preview(NOW, 9, 0, facts=Facts(in_failover=3)), "danger"),
    ({"flag": Flag.ACCESS, "on": False}, Preview(NOW, 9, 0), "danger"),
    ({"flag": Flag.ACCESS, "on": False}, Preview(NOW, 9, 0, facts=Facts(in_failover=0)), None),
    ({"action": DeleteUser(), "scope": USERS}, Preview(NOW, 1, 0), "danger"),
    ({"action": PurgeUsers(), "scope": Filters(("left",))}, Preview(NOW, 9, 0), "danger"),
    ({"action": ImportUsers("users.csv"), "scope": FileUsers(9, "0")}, Preview(NOW, 9, 0), None),
    ({"action": MakeToken(notify=True), "scope": USERS}, Preview(NOW, 1, 0), None),
]  # fmt: skip


@pytest.mark.parametrize(("over", "preview", "style"), STYLES)
@pytest.mark.parametrize("action", ["change_confirm", "change_approve"])
def test_what_takes_something_away_is_red_and_what_cannot_be_taken_back_never_green(
    over: dict[str, Any], preview: Preview, style: str | None, action: str
) -> None:
    state = State.AWAITING_CONFIRMATION if "confirm" in action else State.AWAITING_APPROVAL
    button = of(a_change(**over, preview=preview, state=state))[action]
    assert (button.get("style"), button["confirm"].get("style")) == (style, style)


@pytest.mark.parametrize("action", ["change_deny", "change_cancel"])
def test_what_leaves_everything_as_it_is_has_no_colour(action: str) -> None:
    assert "style" not in of(a_change(preview=COUNTED, on=False))[action]
    assert "style" not in of(a_change(preview=COUNTED, on=False))["change_cancel"]["confirm"]


def test_it_is_not_proposed_again_where_a_later_change_makes_that_pointless() -> None:
    change = a_change(state=State.FAILED, preview=COUNTED)
    assert buttons(change, "Acme GmbH", again=False) == []
