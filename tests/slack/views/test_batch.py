"""Card and outcome of several customers: what they tell, within Slack's limits, on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.batch import summary, to_repeat
from bot.domain.change_state import AWAITING, State
from bot.domain.limits import MAX_BATCH_CUSTOMERS
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import Everyone, Groups
from bot.slack.views.changes.batch import batch_card, batch_outcome
from bot.slack.views.changes.batch_rows import BatchRow
from bot.slack.views.changes.notification import SHOWN_CHARS
from bot.slack.views.mrkdwn import Blocks, blocks_as_text
from bot.slack.views.table import without_tables
from tests.builders import APPROVER, NOW, a_change
from tests.slack.extreme_values import AMPERSANDS, NAME, SENTENCE, in_state
from tests.slack.message_checks import check, elements, inert, shown

COUNTED = Preview(NOW, total=1_284, already=7, access_off=120, not_activated=31)


def rows(*states: State, name: str = "Acme GmbH", **over: Any) -> list[BatchRow]:
    """A row for each state, of the customers 10000, 10001, …"""
    found = []
    for number, state in enumerate(states):
        fields = {"id": f"C-{number:05}", "customer": f"{10000 + number}", "batch": "C-00000"}
        change = a_change(state=state, preview=COUNTED, preview_revision=1, **(fields | over))
        found.append(BatchRow(change, name))
    return found


def card(found: Sequence[BatchRow], **over: Any) -> tuple[str, Blocks]:
    members = [row.change for row in found]
    fields: dict[str, Any] = {
        "repeat": len(to_repeat(members)),
        "asked_by": "Olga",
        "warning": "",
        "reached": (),
    }
    return batch_card(summary(members), found, **(fields | over))


def outcome(found: Sequence[BatchRow]) -> tuple[str, Blocks]:
    members = [row.change for row in found]
    repeat = len(to_repeat(members))
    batch = summary(members)
    return batch_outcome(batch, found, None, repeat=repeat, asked_by="Olga", delayed=None, now=NOW)


def lines(blocks: Blocks) -> list[str]:
    """The rows of the table as lines."""
    sections = [one for one in without_tables(blocks) if one["type"] == "section"]
    text = "\n".join(one["text"]["text"] for one in sections)
    return [line for line in text.split("\n") if line.startswith("• ")]


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("name", ["", NAME, AMPERSANDS])
@pytest.mark.parametrize(
    "scope", [Everyone(), Groups(tuple(f"{n:02}" + "&" * 126 for n in range(16)))]
)
def test_the_most_customers_at_their_largest_are_taken_by_slack(
    state: State, name: str, scope: Everyone | Groups
) -> None:
    number = MAX_BATCH_CUSTOMERS
    one = in_state(state, scope, replace(COUNTED, problem=SENTENCE))
    found = [
        BatchRow(
            replace(one, id=f"C-{n:05}", customer=f"{10000 + n}DE", batch="C-00000"), name, one
        )
        for n in range(number)
    ]
    first = replace(found[0].change, remarks=tuple(["Left out: 60606. " + SENTENCE[:200]] * number))
    found[0] = replace(found[0], change=first)
    for text, blocks in (card(found), outcome(found)):
        check(text, without_tables(blocks))
        check(text, blocks)
        inert(blocks_as_text(without_tables(blocks)))
        asks_again = state in AWAITING and "ASKED AGAIN" in shown(blocks)
        assert asks_again or len(lines(blocks)) >= number


def test_the_card_names_how_many_customers_and_users_and_a_row_for_each() -> None:
    _, blocks = card(rows(*[State.AWAITING_APPROVAL] * 12))
    told = shown(blocks)
    assert "*12 customers*" in told
    assert "Mail for *ALL 15,408 users* goes to the emergency webmail." in told
    assert "Already on 84 · will change *15,324*" in told
    assert lines(blocks)[-12] == (
        "• 🟡 Acme GmbH (10000) · 1,284 · will change 1,277 · already 7 · access off 120 · not activated 31 · C-00000"
    )
    approve = next(one for one in elements(blocks) if one["action_id"] == "change_approve")
    assert approve["text"]["text"] == "Approve: ON for 15,408"
    assert approve["confirm"]["text"]["text"] == "FAILOVER ON for 12 customers, ALL 15,408 users."
    assert approve["value"] == "C-00000 12"


def test_a_phone_shows_what_it_is_for_how_many_and_who_asks() -> None:
    text, _ = card(rows(*[State.AWAITING_APPROVAL] * 12))
    assert text == ("FAILOVER ON · 12 customers · ALL 15,408 users · Olga: Exchange down · C-00000")
    assert len(text) <= SHOWN_CHARS
    text, _ = outcome(rows(*[State.APPLIED] * 10, State.FAILED, State.FAILED))
    assert text.startswith("PARTLY APPLIED: FAILOVER ON · 12 customers · ALL 15,408 users · Olga")
    assert len(text) <= SHOWN_CHARS


def test_no_line_needs_more_than_a_phone_has() -> None:
    """At 390 px a message is some 45 characters wide: a row takes three lines at most."""
    _, blocks = card(rows(*[State.AWAITING_APPROVAL] * 2))
    assert all(len(line) <= 3 * 45 for line in lines(blocks))
    header = next(one for one in blocks if one["type"] == "header")
    assert len(header["text"]["text"]) <= 45
    assert all(len(one["text"]["text"]) <= 45 for one in elements(blocks))


def test_while_it_runs_those_that_have_not_begun_can_be_stopped() -> None:
    _, blocks = card(rows(State.APPLIED, State.EXECUTING, State.APPROVED, State.APPROVED))
    (stop,) = elements(blocks)
    assert (stop["action_id"], stop["text"]["text"]) == ("change_stop", "Stop: 2 have not begun")
    assert "no further customer is sent" in stop["confirm"]["text"]["text"]


def test_once_stopped_it_says_by_whom_and_how_many_had_not_begun() -> None:
    found = rows(State.APPLIED, State.EXECUTING, State.CANCELLED, State.CANCELLED)
    sent = replace(found[0].change, attempts=1)
    stopped = [replace(row, change=replace(row.change, decided_by=APPROVER)) for row in found[2:]]
    _, blocks = card([replace(found[0], change=sent), found[1], *stopped])
    assert f"*Stopped by <@{APPROVER}>*: 2 customers had not begun." in shown(blocks)
    assert elements(blocks) == []


def test_the_outcome_has_what_became_of_each_and_what_the_api_told() -> None:
    found = rows(State.APPLIED, State.FAILED)
    told = Outcome(api_id="R-1", api_timestamp="2026-03-14T03:09:00Z", total=3, in_state=3)
    refused = Outcome(api_id="E-2", api_timestamp="2026-03-14T03:09:01Z", sentence="Forbidden")
    found = [
        replace(row, change=replace(row.change, outcome=result, attempts=1))
        for row, result in zip(found, (told, refused), strict=True)
    ]
    _, blocks = outcome(found)
    assert "*1 applied, 1 failed.*" in shown(blocks)
    assert lines(blocks) == [
        "• ✅ Acme GmbH (10000) · applied · 3 of 3 · R-1 2026-03-14T03:09:00Z · C-00000",
        "• ❌ Acme GmbH (10001) · failed · Forbidden · E-2 2026-03-14T03:09:01Z · C-00001",
    ]
    offered = {one["action_id"]: one["text"]["text"] for one in elements(blocks)}
    assert offered == {
        "batch_again": "Propose again for 1 customer",
        "change_back": "Back: failover off",
    }


def test_an_open_opposite_stands_in_the_row() -> None:
    found = rows(State.AWAITING_APPROVAL, State.AWAITING_APPROVAL)
    other = a_change(id="C-9AAAA", on=False)
    _, blocks = card([found[0], replace(found[1], opposite=other)])
    assert "⚠️ C-9AAAA FAILOVER OFF is open, too" in lines(blocks)[-1]


def test_the_state_of_all_is_what_a_person_has_to_do_first() -> None:
    def state(*states: State) -> State:
        return summary([row.change for row in rows(*states)]).state

    assert state(State.APPLIED, State.AWAITING_APPROVAL) in AWAITING
    assert state(State.APPLIED, State.APPROVED) is State.EXECUTING
    assert state(State.APPLIED, State.UNKNOWN) is State.EXECUTING
    assert state(State.APPROVED, State.APPROVED) is State.APPROVED
    assert state(State.APPLIED, State.NEEDS_OPERATOR) is State.NEEDS_OPERATOR
    assert state(State.APPLIED, State.FAILED) is State.PARTIAL
    assert state(State.FAILED, State.EXPIRED) is State.FAILED
    assert state(State.APPLIED, State.APPLIED) is State.APPLIED
