"""The headers of cards and outcomes: the state and the direction are seen before they are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.actions import Action, DeleteUser, ImportUsers, PurgeUsers
from bot.domain.audit.chain import hash_entry
from bot.domain.change_state import ENDED, State
from bot.domain.scope import Flag
from bot.slack.views.changes.card import card
from bot.slack.views.changes.headings import card_header, outcome_header
from bot.slack.views.changes.outcome import outcome
from bot.slack.views.mrkdwn import Blocks, blocks_as_text
from bot.slack.views.texts.states import ACTION_EMOJI, EMOJI
from bot.terminal.mrkdwn import plain, words
from tests.builders import a_change, a_finished_change, a_record

ASKED_AGAIN = hash_entry(1, a_record("change.asked_again"), "0" * 64)


def header(blocks: Blocks) -> str:
    assert blocks[0]["type"] == "header"
    return str(blocks[0]["text"]["text"])


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.AWAITING_APPROVAL, "🟡 WAITING · FAILOVER ON 📨"),
        (State.AWAITING_CONFIRMATION, "🟡 WAITING · FAILOVER ON 📨"),
        (State.APPROVED, "🔵 APPROVED · FAILOVER ON 📨"),
        (State.EXECUTING, "⏳ EXECUTING · FAILOVER ON 📨"),
        (State.ACCEPTED, "⏳ ACCEPTED, NOT YET SEEN · FAILOVER ON 📨"),
        (State.UNKNOWN, "❓ NOT KNOWN · FAILOVER ON 📨"),
        (State.NEEDS_OPERATOR, "🆘 NEEDS A PERSON · FAILOVER ON 📨"),
        (State.APPLIED, "Ended: APPLIED · FAILOVER ON 📨"),
        (State.DENIED, "Ended: DENIED · FAILOVER ON 📨"),
        (State.GIVEN_UP, "Ended: GIVEN UP, NOT KNOWN · FAILOVER ON 📨"),
    ],
)
def test_a_card_begins_with_its_state_and_a_quiet_one_has_ended(
    state: State, expected: str
) -> None:
    assert header(card(a_change(state=state), "Acme GmbH")[1]) == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.APPLIED, "✅ APPLIED · FAILOVER ON 📨"),
        (State.PARTIAL, "🟠 PARTLY APPLIED · FAILOVER ON 📨"),
        (State.FAILED, "❌ FAILED · FAILOVER ON 📨"),
        (State.DENIED, "⛔ DENIED · FAILOVER ON 📨"),
        (State.CANCELLED, "🚫 CANCELLED · FAILOVER ON 📨"),
        (State.EXPIRED, "⌛ EXPIRED · FAILOVER ON 📨"),
        (State.NEEDS_OPERATOR, "🆘 NOT KNOWN, NEEDS A PERSON · FAILOVER ON 📨"),
        (State.GIVEN_UP, "❓ GIVEN UP, NOT KNOWN · FAILOVER ON 📨"),
        (State.AWAITING_APPROVAL, "🔁 ASKED AGAIN · FAILOVER ON 📨"),
        (State.APPROVED, "🔁 TRIED AGAIN · FAILOVER ON 📨"),
    ],
)
def test_an_outcome_begins_with_how_it_ended(state: State, expected: str) -> None:
    assert header(outcome(a_change(state=state), "Acme GmbH", None, ())[1]) == expected


def test_an_outcome_that_was_decided_since_says_that_it_was_asked_again() -> None:
    running = a_change(state=State.EXECUTING)
    told = header(outcome(running, "Acme GmbH", ASKED_AGAIN, ())[1])
    assert told == "🔁 ASKED AGAIN · FAILOVER ON 📨"


def test_what_was_not_verified_is_not_green() -> None:
    unsure = a_finished_change(settled_by=None)
    assert unsure.outcome is not None
    unsure = replace(unsure, outcome=replace(unsure.outcome, verifiable=False))
    told = outcome_header(unsure, asked_again=False)["text"]["text"]
    assert told == "🟠 ACCEPTED BY THE API, NOT VERIFIED · FAILOVER ON 📨"


@pytest.mark.parametrize("state", State)
def test_card_and_outcome_never_have_the_same_heading(state: State) -> None:
    change = a_change(state=state)
    assert card_header(change) != outcome_header(change, asked_again=False)
    assert (EMOJI[state] in str(card_header(change))) == (state not in ENDED)


@pytest.mark.parametrize(
    ("over", "symbol"),
    [
        ({"flag": Flag.FAILOVER, "on": True}, "📨"),
        ({"flag": Flag.FAILOVER, "on": False}, "🔙"),
        ({"flag": Flag.ACCESS, "on": True}, "🔓"),
        ({"flag": Flag.ACCESS, "on": False}, "🔒"),
        ({"action": DeleteUser()}, "🧨"),
        ({"action": PurgeUsers()}, "🧨"),
    ],
)
def test_each_direction_and_each_deletion_has_its_own_symbol(
    over: dict[str, Any], symbol: str
) -> None:
    assert header([card_header(a_change(**over))]).endswith(f" {symbol}")


def test_another_action_has_none() -> None:
    action: Action = ImportUsers("users.csv")
    told = header([card_header(a_change(action=action))])
    assert told == "🟡 WAITING · IMPORT USERS"
    assert not any(symbol in told for symbol in ACTION_EMOJI.values())


def test_the_header_stands_first_where_there_are_no_blocks() -> None:
    blocks = card(a_change(), "Acme & Sons")[1]
    assert blocks_as_text(blocks).startswith(
        "*🟡 WAITING · FAILOVER ON 📨*\n*Acme &amp; Sons (44444)*"
    )
    told = plain(words(blocks, buttons=False))
    assert told.startswith("🟡 WAITING · FAILOVER ON 📨\nAcme & Sons (44444)\n")
