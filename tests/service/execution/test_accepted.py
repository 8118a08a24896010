"""What the API accepted and does not show yet: looked at for minutes, never sent again, never called failed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import ImportUsers
from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import UserStatus
from bot.domain.scope import Everyone, FileUsers, Flag, Scope
from bot.errors import Refused
from bot.ports import MessageKind
from bot.service.changes import resolve
from bot.service.changes.preview import preview
from tests.builders import CUSTOMER, NOW, OTHER_CUSTOMER
from tests.fakes import ACCEPTED_IN_VAIN, Answer, ambiguous, refusal
from tests.service.change_types.test_import_users import a_file, imported
from tests.service.harness import (
    ManualExecutor,
    ServiceHarness,
    actor,
    approved,
    groups,
    many,
    users,
)

NAMED = [None, users("a", "b", "c")]


async def accepted(harness: ServiceHarness, scope: Scope | None = None, **over: Any) -> Change:
    """Return a change that the API took and does not show."""
    harness.api.answers = [ACCEPTED_IN_VAIN] * 3
    change = await harness.executed(scope, **over)
    assert change.state is State.ACCEPTED
    harness.api.answers.clear()
    return change


async def later(harness: ServiceHarness, change: Change, **by: float) -> Change:
    harness.clock.advance(**by)
    await harness.executor.run()
    return await harness.change(change.id)


def show(harness: ServiceHarness, *names: str, failover: bool = True) -> None:
    """Let the API tell the flag of these users."""
    for address in users(*names).addresses:
        harness.api.held[CUSTOMER][address].failover = failover


@pytest.mark.parametrize("scope", NAMED)
async def test_seen_later_it_is_applied_and_was_sent_once(
    harness: ServiceHarness, scope: Scope | None
) -> None:
    change = await accepted(harness, scope)
    sent = [*harness.api.sent]
    change = await later(harness, change, seconds=2)
    assert (change.state, change.finished_at) == (State.ACCEPTED, None)
    assert change.outcome
    assert change.outcome.sentence == ""  # nobody was refused: it is not "not for every user"
    show(harness, "a", "b", "c")
    change = await later(harness, change, seconds=4)
    assert change.state is State.APPLIED
    assert harness.api.sent == sent
    assert await harness.message(MessageKind.OUTCOME, change)


async def test_the_pauses_between_two_looks_grow_to_a_minute_and_end_with_the_setting(
    harness: ServiceHarness,
) -> None:
    harness.ctx = replace(harness.ctx, effect_timeout=timedelta(seconds=200))
    harness.executor = ManualExecutor(harness.ctx)
    change, looks = await accepted(harness), []
    while change.state is State.ACCEPTED:
        assert change.next_look_at
        looks.append((change.next_look_at - NOW).total_seconds())
        harness.clock.at = change.next_look_at - timedelta(microseconds=1)
        assert (await later(harness, change)).looks == change.looks
        change = await later(harness, change, seconds=0.000001)
    assert looks == [2, 6, 14, 30, 62, 122, 182, 200]
    assert (change.state, len(harness.api.sent)) == (State.NEEDS_OPERATOR, 1)
    assert await harness.message(MessageKind.OUTCOME, change)


@pytest.mark.parametrize("scope", NAMED)
async def test_ten_minutes_later_a_person_decides(
    harness: ServiceHarness, scope: Scope | None
) -> None:
    change = await accepted(harness, scope)
    sent = [*harness.api.sent]
    change = await later(harness, change, minutes=9.9)
    assert change.state is State.ACCEPTED
    change = await later(harness, change, minutes=0.1)
    assert change.state is State.NEEDS_OPERATOR
    assert harness.api.sent == sent
    assert change.outcome
    assert change.outcome.sentence.startswith(
        "The API accepted it, and it was not seen within 600 s."
    )
    assert (change.outcome.in_state, change.outcome.total) == (0, 3)


async def test_looked_at_later_by_a_person_what_is_seen_then_is_applied(
    harness: ServiceHarness,
) -> None:
    change = await accepted(harness)
    await later(harness, change, minutes=10)
    change = await resolve.read_back_again(harness.ctx, actor(), change.id)
    assert change.state is State.NEEDS_OPERATOR
    show(harness, "a", "b", "c")
    change = await resolve.read_back_again(harness.ctx, actor(), change.id)
    assert (change.state, len(harness.api.sent)) == (State.APPLIED, 1)


@pytest.mark.parametrize("scope", NAMED)
async def test_tried_again_by_a_person_it_is_sent_to_those_who_are_not_seen(
    harness: ServiceHarness, scope: Scope | None
) -> None:
    change = await accepted(harness, scope)
    show(harness, "b")
    change = await later(harness, change, minutes=10)
    harness.api.sent.clear()
    await resolve.retry(harness.ctx, actor(), change.id, "again")
    change = await later(harness, change)
    assert change.state is State.APPLIED
    assert [line.split("/")[2] for line in harness.api.sent] == (
        ["a@example.com", "c@example.com"] if scope else ["failover"]
    )


@pytest.mark.parametrize("answer", [refusal(), ambiguous(landed=False)])
async def test_a_no_to_the_second_try_does_not_make_it_failed(
    harness: ServiceHarness, answer: Answer
) -> None:
    """The first was accepted, and may show yet."""
    change = await accepted(harness)
    await later(harness, change, minutes=10)
    await resolve.retry(harness.ctx, actor(), change.id, "again")
    harness.api.answers = [answer] * 9
    change = await later(harness, change)
    for _ in range(9):
        change = await later(harness, change, minutes=1)
    assert change.state is State.NEEDS_OPERATOR


@pytest.mark.parametrize("scope", NAMED)
async def test_killed_right_after_the_answer_it_is_looked_at_and_not_sent_again(
    harness: ServiceHarness, scope: Scope | None
) -> None:
    change = await harness.released(scope)
    harness.api.answers = [ACCEPTED_IN_VAIN] * 3
    sends = 3 if scope else 1

    looked = asyncio.Event()

    def hang(_: float) -> None:
        harness.api.gate.clear()
        looked.set()

    harness.clock.on_sleep = hang  # between the first look and the second
    await harness.executor.sweep()
    await looked.wait()
    await harness.executor.kill()
    harness.api.gate.set()
    harness.api.answers.clear()
    harness.clock.on_sleep = lambda _: None

    harness.executor = ManualExecutor(harness.ctx)
    change = await later(harness, change, minutes=2)
    assert (change.state, len(harness.api.sent)) == (State.ACCEPTED, sends)
    assert change.outcome
    assert change.outcome.api_id == f"R-{sends}"
    show(harness, "a", "b", "c")
    change = await later(harness, change, seconds=60)
    assert (change.state, len(harness.api.sent)) == (State.APPLIED, sends)


async def test_killed_between_two_of_many_those_who_were_taken_are_not_sent_again(
    harness: ServiceHarness,
) -> None:
    harness.api.add(CUSTOMER, *many(20).addresses)
    change = await harness.released(many(20))
    harness.api.answers = [ACCEPTED_IN_VAIN] * 8
    harness.api.on_write = lambda _: harness.api.gate.clear() if len(harness.api.sent) > 8 else None
    await harness.executor.sweep()
    await harness.api.until_sent(9)
    await harness.executor.kill()
    harness.api.gate.set()
    harness.api.on_write = lambda _: None
    harness.api.sent.clear()
    change = await later(harness, change, seconds=1)
    assert change.state is State.ACCEPTED
    assert sorted(harness.api.sent) == [
        f"PUT /44444/u{n:03}@example.com/failover" for n in range(8, 20)
    ]


async def test_what_every_look_shows_is_on_the_card_and_what_is_news_is_in_the_trail(
    harness: ServiceHarness,
) -> None:
    change = await accepted(harness)
    revision = change.revision
    change = await later(harness, change, seconds=2)
    assert change.revision == revision + 1
    assert change.outcome
    assert change.outcome.read_back_at == harness.clock.at
    show(harness, "a")
    change = await later(harness, change, seconds=4)
    assert change.outcome
    assert change.outcome.in_state == 1
    assert (await harness.trail(change.id)).count("change.accepted") == 2
    card = await harness.message(MessageKind.CARD, change)
    assert card
    assert card.wanted == change.revision


async def test_whom_the_api_does_not_know_twice_in_a_row_has_failed(
    harness: ServiceHarness,
) -> None:
    change = await harness.released(users("a", "b"))
    harness.api.answers_to = {"a@example.com": [ACCEPTED_IN_VAIN]}
    harness.api.unreadable_users = {"b@example.com": Refused("Not Found", status=404)}
    change = await later(harness, change)
    assert change.state is State.ACCEPTED
    assert await harness.statuses(change.id) == {"a": UserStatus.ACCEPTED, "b": UserStatus.FAILED}
    assert change.outcome
    assert change.outcome.sentence == "Not for every user."
    show(harness, "a")
    change = await later(harness, change, seconds=2)
    assert change.state is State.PARTIAL


# --- what others wait for -------------------------------------------------------------------------


def ahead(**over: Any) -> Change:
    """Return `failover on` for everyone, which the API took just now and does not show."""
    fields: dict[str, Any] = {"state": State.ACCEPTED, "accepted_at": NOW}
    return approved("C-AHEAD", **(fields | over))


@pytest.mark.parametrize("scope", [Everyone(), groups("emea"), users("a")])
async def test_an_opposite_change_waits_and_says_for_what_and_how_long(
    harness: ServiceHarness, scope: Scope
) -> None:
    await harness.put(ahead(), approved("C-AFTER", scope, on=False))
    assert await harness.claim() == []
    after = await harness.change("C-AFTER")
    assert (after.waits_for, after.waits_until) == ("C-AHEAD", None)
    assert after.waits_at_most == NOW + timedelta(minutes=10)


@pytest.mark.parametrize("state", [State.APPLIED, State.FAILED, State.NEEDS_OPERATOR])
async def test_once_it_has_ended_the_opposite_is_free_to_go(
    harness: ServiceHarness, state: State
) -> None:
    await harness.put(ahead(state=state), approved("C-AFTER", on=False))
    assert await harness.claim() == ["C-AFTER"]


@pytest.mark.parametrize(
    ("scope", "over"),
    [
        (Everyone(), {"on": False}),  # the same direction
        (Everyone(), {"flag": Flag.ACCESS}),
        (Everyone(), {"customer": OTHER_CUSTOMER}),
        (users("b"), {}),
    ],
)
async def test_what_cannot_undo_it_does_not_wait(
    harness: ServiceHarness, scope: Scope, over: dict[str, Any]
) -> None:
    await harness.put(ahead(scope=scope, **over), approved("C-AFTER", users("a"), on=False))
    assert await harness.claim() == ["C-AFTER"]


async def test_an_opposite_change_is_not_called_pointless_while_it_is_not_seen(
    harness: ServiceHarness,
) -> None:
    """All are off at this moment, and the API has taken that they will be on."""
    there = await accepted(harness)
    back = await harness.propose(on=False)
    await preview(harness.ctx, back)
    back = await harness.change(back.id)
    assert back.state is State.AWAITING_APPROVAL
    assert back.preview
    assert (
        back.preview.problem
        == f"{there.id} was under way when this was counted: the numbers may have changed."
    )


async def test_an_import_is_not_called_pointless_while_another_is_not_seen(
    harness: ServiceHarness,
) -> None:
    """The file holds what was there before the other import, and its effect is not seen yet."""
    harness.api.held[CUSTOMER]["a@example.com"].fields["displayName"] = "Jo"
    over = {"scope": FileUsers(1, "f00d"), "action": ImportUsers("new.csv")}
    await harness.put(ahead(**over))
    change = await imported(harness, a_file(["a"], display="Jo"))
    assert change.preview
    assert (change.preview.will_change, change.state) == (0, State.AWAITING_APPROVAL)
    assert (
        change.preview.problem
        == "C-AHEAD was under way when this was counted: the numbers may have changed."
    )


async def test_nor_once_a_person_has_to_decide_what_became_of_it(harness: ServiceHarness) -> None:
    there = await accepted(harness)
    await later(harness, there, minutes=10)
    harness.clock.advance(minutes=20)
    assert (await harness.previewed(on=False)).state is State.AWAITING_APPROVAL


async def test_the_way_back_runs_once_the_way_there_is_seen(harness: ServiceHarness) -> None:
    there = await accepted(harness)
    back = await harness.released(on=False)
    back = await later(harness, back, seconds=2)
    assert (back.state, back.waits_for) == (State.APPROVED, there.id)
    show(harness, "a", "b", "c")
    back = await later(harness, back, seconds=4)
    await harness.executor.run()
    assert await harness.state(there.id) is State.APPLIED
    assert await harness.state(back.id) is State.APPLIED
    assert [line.partition(" ")[0] for line in harness.api.sent] == ["PUT", "DELETE"]
    assert not any(user.failover for user in harness.api.held[CUSTOMER].values())
