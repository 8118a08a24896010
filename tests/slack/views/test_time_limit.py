"""What is told of a change that the bot takes back: before the yes, while it is on, and afterwards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.actions import MoveEnd
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.preview import Preview
from bot.domain.scope import Flag, Groups
from bot.domain.time_limit import TimeLimit
from bot.slack.views.changes.card import card
from bot.slack.views.changes.outcome import outcome
from bot.slack.views.modals.extend import ExtendModal
from bot.slack.views.mrkdwn import Blocks, format_time
from bot.slack.views.notices.back import back_notice
from bot.slack.views.notices.notice import Notice
from tests.builders import NOW, a_change, a_finished_change
from tests.slack.message_checks import check, elements, shown

COUNTED = Preview(NOW, total=1284, already=0, access_off=0, not_activated=0)
TWO_HOURS = TimeLimit(lasts=timedelta(hours=2), zone="Europe/Berlin")
SIX = datetime(2026, 3, 14, 5, 0, tzinfo=UTC)
UNTIL_SIX = TimeLimit(until=SIX, zone="Europe/Berlin")
ENDS = NOW + timedelta(hours=2)


def noticed(change: Change, detail: str, name: str, now: datetime) -> tuple[str, Blocks]:
    return back_notice(Notice(change, "back", detail, "C0INCIDENT", name, now, ""))


def told(limit: TimeLimit, **over: object) -> str:
    change = a_change(time_limit=limit, preview=COUNTED, preview_revision=1, **over)
    return shown(card(change, "Acme GmbH")[1])


def test_the_card_says_when_how_long_and_that_a_yes_covers_both() -> None:
    assert (
        f"⏱ *Back by itself*: failover off after 2 h, if sent now {format_time(ENDS)}. "
        "Your decision covers both ways." in told(TWO_HOURS)
    )
    assert (
        f"⏱ *Back by itself*: failover off {format_time(SIX)}, after 1 h 56 min. "
        "Your decision covers both ways." in told(UNTIL_SIX)
    )


def test_off_for_a_time_goes_on_again() -> None:
    assert "*Back by itself*: access on after 2 h" in told(TWO_HOURS, flag=Flag.ACCESS, on=False)


def test_the_card_says_that_users_who_were_so_before_are_switched_back_too() -> None:
    seen = Preview(NOW, total=100, already=40, access_off=0, not_activated=0)
    change = a_change(time_limit=TWO_HOURS, preview=seen, preview_revision=1)
    assert "• back is for all 100, also for the 40 who are on now" in shown(card(change, "")[1])


@pytest.mark.parametrize(
    ("limit", "label", "covers"),
    [
        (
            TWO_HOURS,
            "Approve: ON for 1,284, for 2 h",
            "Back by itself after 2 h; this covers both ways. FAILOVER ON for Acme",
        ),
        (
            UNTIL_SIX,
            "Approve: ON for 1,284, until 06:00 CET",
            "Back by itself at 2026-03-14 06:00 CET; this covers both ways. FAILOVER ON for Acme",
        ),
    ],
)
def test_the_button_and_its_dialog_say_it(limit: TimeLimit, label: str, covers: str) -> None:
    change = a_change(time_limit=limit, preview=COUNTED, preview_revision=1)
    [approve, *_] = elements(card(change, "Acme GmbH")[1])
    assert approve["text"]["text"] == label
    assert approve["confirm"]["text"]["text"].startswith(covers)
    assert approve["confirm"]["title"]["text"] == "Approve: FAILOVER ON?"


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (TWO_HOURS, "FAILOVER ON for 2 h · Acme GmbH (44444) · ALL 1,284 users · U0OPERATOR: Exch"),
        (
            UNTIL_SIX,
            "FAILOVER ON until 06:00 CET · Acme GmbH (44444) · ALL 1,284 users · U0OPERATO",
        ),
    ],
)
def test_a_locked_phone_shows_for_how_long(limit: TimeLimit, text: str) -> None:
    change = a_change(time_limit=limit, preview=COUNTED, preview_revision=1)
    assert card(change, "Acme GmbH")[0][:100].startswith(text)


def test_while_it_is_on_the_outcome_counts_down_and_offers_the_way_back() -> None:
    change = a_finished_change(
        time_limit=TWO_HOURS, ends_at=ENDS, decision_reason="", settled_by=None, terminal=None
    )
    text, blocks = outcome(
        change, "Acme GmbH", None, (), now=ENDS - timedelta(minutes=89, seconds=2)
    )
    check(text, blocks)
    assert (
        f"*Back by itself*: failover off {format_time(ENDS)} · 1 h 30 min left at <!date^"
        in shown(blocks)
    )
    assert "Back now: failover off" in [one["text"]["text"] for one in elements(blocks)]
    assert f"*Back by itself*: failover off {format_time(ENDS)}" in shown(card(change, "")[1])


def test_afterwards_outcome_and_card_say_what_became_of_it() -> None:
    note = "C-0000B FAILOVER OFF is its way back."
    change = a_finished_change(time_limit=TWO_HOURS, end_note=note)
    assert note in shown(outcome(change, "", None, ())[1])
    assert note in shown(card(change, "")[1])
    assert "Back now" not in str(outcome(change, "", None, ())[1])


@pytest.mark.parametrize("state", [State.GIVEN_UP, State.NEEDS_OPERATOR])
def test_where_it_is_not_known_what_is_set_there_is_no_way_back(state: State) -> None:
    change = a_finished_change(time_limit=TWO_HOURS, state=state)
    assert "Nothing is taken back by itself: what is set is not known." in shown(
        outcome(change, "", None, ())[1]
    )


def test_a_way_back_says_whose_it_is() -> None:
    back = a_finished_change(id="C-0000B", on=False, back_of="C-7K3MX", reason="x")
    assert "Way back of C-7K3MX, made by the bot as it was decided with it." in shown(
        outcome(back, "", None, ())[1]
    )
    assert "by the bot" in shown(card(back, "")[1])


def test_soon_is_told_with_how_long_for_whom_and_the_way_back() -> None:
    change = a_finished_change(time_limit=TWO_HOURS, ends_at=ENDS, scope=Groups(("emea",)))
    now = ENDS - timedelta(minutes=15)
    text, blocks = noticed(change, "soon_202603140504", "Acme GmbH", now)
    check(text, blocks)
    assert text == ("FAILOVER OFF IN 15 min · Acme GmbH (44444) · 1,284 users in emea · C-7K3MX")
    assert len(text) <= 100
    assert (
        f"*Back by itself soon*: failover off for *1,284 users* in emea {format_time(ENDS)}."
        in (shown(blocks))
    )
    assert "Back now: failover off" in [one["text"]["text"] for one in elements(blocks)]


def test_not_done_is_told_with_why_and_what_to_type() -> None:
    note = "Failover off is not made by itself: C-0000N FAILOVER ON is newer."
    change = a_finished_change(time_limit=TWO_HOURS, end_note=note, scope=Groups(("emea",)))
    text, blocks = noticed(change, "not_made_7", "Acme GmbH", ENDS)
    check(text, blocks)
    assert text == "NOT DONE: FAILOVER OFF · Acme GmbH (44444) · 1,284 users in emea · C-7K3MX"
    assert note in shown(blocks)
    assert "type `/continuity failover off 44444 --group emea`" in shown(blocks)


def test_the_longest_names_fit_a_phone() -> None:
    change = a_finished_change(time_limit=TWO_HOURS, ends_at=ENDS, scope=Groups(("g" * 100,)))
    for detail in ("soon_1", "not_made_1"):
        text, blocks = noticed(change, detail, "N" * 80, NOW)
        check(text, blocks)
        assert len(text) <= 100
        assert text.endswith("C-7K3MX")


def test_another_end_says_until_when_how_much_longer_and_what_held_before() -> None:
    action = MoveEnd("C-7K3MX", Flag.FAILOVER, True, SIX, SIX + timedelta(hours=2), "Europe/Berlin")
    change = a_change(id="C-0000E", action=action, preview=COUNTED, preview_revision=1)
    text, blocks = card(change, "Acme GmbH")
    check(text, blocks)
    assert text.startswith(
        "EXTEND FAILOVER ON until 08:00 CET · Acme GmbH (44444) · ALL 1,284 users"
    )
    told = shown(blocks)
    later = format_time(SIX + timedelta(hours=2))
    assert (
        f"Failover on for *ALL 1,284 users* stays until {later}; then the bot takes it back."
        in told
    )
    assert f"Until now C-7K3MX ends {format_time(SIX)}.\nThat is *2 h* longer." in told
    assert elements(blocks)[0]["text"]["text"] == "Approve: ON until 08:00 CET for 1,284"


def test_that_it_stays_is_told_as_what_it_is() -> None:
    change = a_change(
        id="C-0000E",
        action=MoveEnd("C-7K3MX", Flag.ACCESS, False, SIX),
        preview=COUNTED,
        preview_revision=1,
    )
    text, blocks = card(change, "")
    check(text, blocks)
    assert text.startswith("KEEP ACCESS OFF · 44444 · ALL 1,284 users")
    assert "stays until somebody takes it back. *The bot does not.*" in shown(blocks)
    assert elements(blocks)[0]["text"]["text"] == "Approve: OFF for good for 1,284"


def test_while_it_is_on_three_buttons_stand_below() -> None:
    change = a_finished_change(time_limit=TWO_HOURS, ends_at=ENDS, outcome=None)
    labels = [one["text"]["text"] for one in elements(outcome(change, "", None, (), now=NOW)[1])]
    assert labels == ["Extend…", "Back now: failover off", "Keep"]


def test_the_form_asks_by_how_long_and_refuses_what_is_none() -> None:
    view = ExtendModal("C-7K3MX", "C0INCIDENT", "FAILOVER ON for 44444.").build()
    values: dict[str, dict[str, dict[str, str]]] = {
        "by": {"by": {"type": "plain_text_input", "value": "soon"}},
        "reason": {"reason": {}},
    }
    filled = view | {"state": {"values": values}}
    assert "is no time" in ExtendModal.errors(filled)["by"]
    values["by"]["by"]["value"] = "30m"
    assert ExtendModal.errors(filled) == {}
    asked = ExtendModal.parse(filled)
    assert (asked.about, asked.values, asked.text) == ("C-7K3MX", {"by": "30m"}, "")
