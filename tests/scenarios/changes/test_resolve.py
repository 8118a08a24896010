"""A change that needs a person: its buttons, the reason that is asked for, and what the channel is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.change import Approval, Change
from bot.domain.change_state import State
from bot.domain.outcome import Outcome
from bot.ports import MessageKind, Transaction
from sandbox.slack import Message
from tests.builders import a_change
from tests.fixtures import direct_store
from tests.fixtures.audited_rows import put_change
from tests.scenarios.conftest import APPROVER, CUSTOMER, OPERATOR, STRANGER, Scenario, said


async def write(scenario: Scenario, change: Change, *kinds: MessageKind) -> None:
    """Write a change as an earlier run left it, from another process' point of view."""

    def step(tx: Transaction) -> None:
        put_change(tx, change)
        for kind in {MessageKind.CARD, MessageKind.TIMELINE, *kinds}:
            tx.enqueue_message(kind, change)

    await direct_store.write(scenario.settings.database, step)


def lost(**over: object) -> Change:
    """A change of the whole customer that three attempts and their read-backs did not settle."""
    now = datetime.now(UTC)
    fields = {
        "state": State.NEEDS_OPERATOR,
        "approvals": (Approval(APPROVER, now - timedelta(minutes=5), 0, "approver 44444"),),
        "attempts": 3,
        "begun_at": now - timedelta(minutes=5),
        "started_at": now - timedelta(minutes=4),
        "created_at": now - timedelta(minutes=6),
        "finished_at": now,
        "decided_at": now - timedelta(minutes=5),
        "decided_by": APPROVER,
        "outcome": Outcome(sentence="Not read back: no answer"),
    }
    return a_change(**(fields | over))


async def submit(scenario: Scenario, reason: str, *, user: str = OPERATOR) -> None:
    view = await scenario.slack.wait_for(lambda slack: next(iter(slack.views.values()), None))
    await scenario.slack.submit(user, view.id, {"reason": {"reason": reason}})


@pytest.fixture
async def card(scenario: Scenario) -> Message:
    await write(scenario, lost(), MessageKind.CARD)
    return await scenario.card("change_look")


async def test_the_card_offers_what_a_person_can_do_and_says_that_one_has_to(
    scenario: Scenario, card: Message
) -> None:
    assert list(scenario.slack.buttons(card)) == [
        "change_look",
        "change_retry",
        "change_mark",
        "change_give_up",
    ]
    assert "somebody has to look" in said(card)


async def test_reading_back_concludes_it_where_it_is_set_and_sends_nothing(
    scenario: Scenario, card: Message
) -> None:
    for user in scenario.continuity.customers[CUSTOMER].values():
        user.failover = True
    await scenario.press("change_look", user=OPERATOR, card=card)
    await scenario.outcome("20 of 20 in failover")
    assert scenario.writes() == []


async def test_who_has_it_read_back_is_told_what_was_found_and_so_is_the_card(
    scenario: Scenario, card: Message
) -> None:
    """An approver may press it, too: nothing is sent."""
    await scenario.press("change_look", user=APPROVER, card=card)
    told = await scenario.told("20 of 20 still OFF. It was not applied.", user=APPROVER)
    assert told.startswith("Looked <!date^")
    await scenario.slack.wait_for(lambda _: told in said(card))
    assert "change_look" in scenario.slack.buttons(card)
    assert scenario.writes() == []


async def test_trying_again_asks_why_and_sends_it_once(scenario: Scenario, card: Message) -> None:
    await scenario.press("change_retry", user=OPERATOR, card=card)
    await submit(scenario, "the API is back")
    done = await scenario.outcome("20 of 20 in failover")
    assert "Tried again: the API is back" in said(done)
    assert scenario.writes() == [f"PUT /{CUSTOMER}/failover"]


async def test_marking_it_applied_posts_who_says_so_and_why(
    scenario: Scenario, card: Message
) -> None:
    await scenario.press("change_mark", user=OPERATOR, card=card)
    await submit(scenario, "seen in the portal <!channel>")
    outcome = await scenario.card("change_back")
    told = said(outcome)
    assert f"Marked as applied by <@{OPERATOR}>: seen in the portal &lt;!channel&gt;" in told
    assert "audit " in told
    assert scenario.writes() == []
    await scenario.press("change_back", user=OPERATOR, card=outcome)
    await scenario.told("failover is off for all 20 users already")


async def test_giving_up_says_that_it_stays_unknown(scenario: Scenario, card: Message) -> None:
    await scenario.press("change_give_up", user=OPERATOR, card=card)
    await submit(scenario, "support looks into it")
    told = said(await scenario.card("change_back"))
    assert "GIVEN UP, NOT KNOWN" in told
    assert f"Given up by <@{OPERATOR}>: support looks into it" in told


@pytest.mark.parametrize(
    ("action", "user"),
    [
        ("change_look", STRANGER),
        *((one, who) for one in ("change_retry", "change_mark", "change_give_up") for who in (APPROVER, STRANGER)),
    ],
)  # fmt: skip
async def test_who_may_not_propose_is_told_so_and_no_form_opens(
    scenario: Scenario, card: Message, action: str, user: str
) -> None:
    await scenario.press(action, user=user, card=card)
    await scenario.told("needs the role operator or admin", user=user)
    assert not scenario.slack.views
    assert await scenario.card("change_look")


async def test_an_outcome_that_comes_late_says_so_and_tells_the_true_time(
    scenario: Scenario,
) -> None:
    ended = datetime.now(UTC) - timedelta(hours=1)
    change = lost(state=State.APPLIED, finished_at=ended)
    await write(scenario, change, MessageKind.CARD, MessageKind.OUTCOME)
    told = said(await scenario.outcome("Late:"))
    assert f"<!date^{int(ended.timestamp())}^" in told


async def test_asked_again_is_a_message_of_its_own_and_names_whose_yes_it_was(
    scenario: Scenario,
) -> None:
    await scenario.type(f"failover on {CUSTOMER}")
    card = await scenario.card("change_approve")
    users = scenario.continuity.customers[CUSTOMER]
    for address in list(users)[:5]:
        del users[address]
    await scenario.press("change_approve", user=APPROVER, card=card)
    told = said(await scenario.outcome("decide on its card"))
    assert "20 users when it was decided, 15 now." in told
    assert f"<@{APPROVER}>, please decide again." in told
    assert scenario.writes() == []
    await scenario.slack.wait_for(lambda _: "ALL 15 users" in said(card))
    await scenario.press("change_approve", user=APPROVER, card=card)
    await scenario.outcome("15 of 15 in failover")
