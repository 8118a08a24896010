"""What the API accepted and does not show yet: looked at for minutes, never sent again, never called failed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.actions import ImportUsers
from bot.domain.change import Change, State
from bot.domain.outcome import UserStatus
from bot.domain.scope import Everyone, FileUsers, Flag, Scope
from bot.errors import Refused
from bot.ports import MessageKind
from bot.service.changes import resolve
from bot.service.changes.preview import preview
from tests.builders import CUSTOMER, NOW, OTHER_CUSTOMER
from tests.fakes import ACCEPTED_IN_VAIN, Answer, ambiguous, refusal
from tests.service.change_types.test_import_users import a_file, imported
from tests.service.service_setup import HandExecutor, House, actor, approved, groups, many, users

NAMED = [None, users("a", "b", "c")]


async def accepted(house: House, scope: Scope | None = None, **over: Any) -> Change:
    """Return a change that the API took and does not show."""
    house.api.answers = [ACCEPTED_IN_VAIN] * 3
    change = await house.executed(scope, **over)
    assert change.state is State.ACCEPTED
    house.api.answers.clear()
    return change


async def later(house: House, change: Change, **by: float) -> Change:
    house.clock.advance(**by)
    await house.executor.run()
    return await house.change(change.id)


def show(house: House, *names: str, failover: bool = True) -> None:
    """Let the API tell the flag of these users."""
    for address in users(*names).addresses:
        house.api.held[CUSTOMER][address].failover = failover


@pytest.mark.parametrize("scope", NAMED)
async def test_seen_later_it_is_applied_and_was_sent_once(
    house: House, scope: Scope | None
) -> None:
    change = await accepted(house, scope)
    sent = [*house.api.sent]
    change = await later(house, change, seconds=2)
    assert (change.state, change.finished_at) == (State.ACCEPTED, None)
    assert change.outcome
    assert change.outcome.sentence == ""  # nobody was refused: it is not "not for every user"
    show(house, "a", "b", "c")
    change = await later(house, change, seconds=4)
    assert change.state is State.APPLIED
    assert house.api.sent == sent
    assert await house.message(MessageKind.OUTCOME, change)


async def test_the_pauses_between_two_looks_grow_to_a_minute_and_end_with_the_setting(
    house: House,
) -> None:
    house.ctx = replace(house.ctx, effect_timeout=timedelta(seconds=200))
    house.executor = HandExecutor(house.ctx)
    change, looks = await accepted(house), []
    while change.state is State.ACCEPTED:
        assert change.next_look_at
        looks.append((change.next_look_at - NOW).total_seconds())
        house.clock.at = change.next_look_at - timedelta(microseconds=1)
        assert (await later(house, change)).looks == change.looks
        change = await later(house, change, seconds=0.000001)
    assert looks == [2, 6, 14, 30, 62, 122, 182, 200]
    assert (change.state, len(house.api.sent)) == (State.NEEDS_OPERATOR, 1)
    assert await house.message(MessageKind.OUTCOME, change)


@pytest.mark.parametrize("scope", NAMED)
async def test_ten_minutes_later_a_person_decides(house: House, scope: Scope | None) -> None:
    change = await accepted(house, scope)
    sent = [*house.api.sent]
    change = await later(house, change, minutes=9.9)
    assert change.state is State.ACCEPTED
    change = await later(house, change, minutes=0.1)
    assert change.state is State.NEEDS_OPERATOR
    assert house.api.sent == sent
    assert change.outcome
    assert change.outcome.sentence.startswith(
        "The API accepted it, and it was not seen within 600 s."
    )
    assert (change.outcome.in_state, change.outcome.total) == (0, 3)


async def test_looked_at_later_by_a_person_what_is_seen_then_is_applied(house: House) -> None:
    change = await accepted(house)
    await later(house, change, minutes=10)
    change = await resolve.read_back_again(house.ctx, actor(), change.id)
    assert change.state is State.NEEDS_OPERATOR
    show(house, "a", "b", "c")
    change = await resolve.read_back_again(house.ctx, actor(), change.id)
    assert (change.state, len(house.api.sent)) == (State.APPLIED, 1)


@pytest.mark.parametrize("scope", NAMED)
async def test_tried_again_by_a_person_it_is_sent_to_those_who_are_not_seen(
    house: House, scope: Scope | None
) -> None:
    change = await accepted(house, scope)
    show(house, "b")
    change = await later(house, change, minutes=10)
    house.api.sent.clear()
    await resolve.retry(house.ctx, actor(), change.id, "again")
    change = await later(house, change)
    assert change.state is State.APPLIED
    assert [line.split("/")[2] for line in house.api.sent] == (
        ["a@example.com", "c@example.com"] if scope else ["failover"]
    )


@pytest.mark.parametrize("answer", [refusal(), ambiguous(landed=False)])
async def test_a_no_to_the_second_try_does_not_make_it_failed(house: House, answer: Answer) -> None:
    """The first was accepted, and may show yet."""
    change = await accepted(house)
    await later(house, change, minutes=10)
    await resolve.retry(house.ctx, actor(), change.id, "again")
    house.api.answers = [answer] * 9
    change = await later(house, change)
    for _ in range(9):
        change = await later(house, change, minutes=1)
    assert change.state is State.NEEDS_OPERATOR


@pytest.mark.parametrize("scope", NAMED)
async def test_killed_right_after_the_answer_it_is_looked_at_and_not_sent_again(
    house: House, scope: Scope | None
) -> None:
    change = await house.released(scope)
    house.api.answers = [ACCEPTED_IN_VAIN] * 3
    sends = 3 if scope else 1

    looked = asyncio.Event()

    def hang(_: float) -> None:
        house.api.gate.clear()
        looked.set()

    house.clock.on_sleep = hang  # between the first look and the second
    await house.executor.sweep()
    await looked.wait()
    await house.executor.kill()
    house.api.gate.set()
    house.api.answers.clear()
    house.clock.on_sleep = lambda _: None

    house.executor = HandExecutor(house.ctx)
    change = await later(house, change, minutes=2)
    assert (change.state, len(house.api.sent)) == (State.ACCEPTED, sends)
    assert change.outcome
    assert change.outcome.api_id == f"R-{sends}"
    show(house, "a", "b", "c")
    change = await later(house, change, seconds=60)
    assert (change.state, len(house.api.sent)) == (State.APPLIED, sends)


async def test_killed_between_two_of_many_those_who_were_taken_are_not_sent_again(
    house: House,
) -> None:
    house.api.add(CUSTOMER, *many(20).addresses)
    change = await house.released(many(20))
    house.api.answers = [ACCEPTED_IN_VAIN] * 8
    house.api.on_write = lambda _: house.api.gate.clear() if len(house.api.sent) > 8 else None
    await house.executor.sweep()
    await house.api.until_sent(9)
    await house.executor.kill()
    house.api.gate.set()
    house.api.on_write = lambda _: None
    house.api.sent.clear()
    change = await later(house, change, seconds=1)
    assert change.state is State.ACCEPTED
    assert sorted(house.api.sent) == [
        f"PUT /44444/u{n:03}@example.com/failover" for n in range(8, 20)
    ]


async def test_what_every_look_shows_is_on_the_card_and_what_is_news_is_in_the_trail(
    house: House,
) -> None:
    change = await accepted(house)
    revision = change.revision
    change = await later(house, change, seconds=2)
    assert change.revision == revision + 1
    assert change.outcome
    assert change.outcome.read_back_at == house.clock.at
    show(house, "a")
    change = await later(house, change, seconds=4)
    assert change.outcome
    assert change.outcome.in_state == 1
    assert (await house.trail(change.id)).count("change.accepted") == 2
    card = await house.message(MessageKind.CARD, change)
    assert card
    assert card.wanted == change.revision


async def test_whom_the_api_does_not_know_twice_in_a_row_has_failed(house: House) -> None:
    change = await house.released(users("a", "b"))
    house.api.answers_to = {"a@example.com": [ACCEPTED_IN_VAIN]}
    house.api.unreadable_users = {"b@example.com": Refused("Not Found", status=404)}
    change = await later(house, change)
    assert change.state is State.ACCEPTED
    assert await house.statuses(change.id) == {"a": UserStatus.ACCEPTED, "b": UserStatus.FAILED}
    assert change.outcome
    assert change.outcome.sentence == "Not for every user."
    show(house, "a")
    change = await later(house, change, seconds=2)
    assert change.state is State.PARTIAL


# --- what others wait for -------------------------------------------------------------------------


def ahead(**over: Any) -> Change:
    """Return `failover on` for everyone, which the API took just now and does not show."""
    fields: dict[str, Any] = {"state": State.ACCEPTED, "accepted_at": NOW}
    return approved("C-AHEAD", **(fields | over))


@pytest.mark.parametrize("scope", [Everyone(), groups("emea"), users("a")])
async def test_an_opposite_change_waits_and_says_for_what_and_how_long(
    house: House, scope: Scope
) -> None:
    await house.put(ahead(), approved("C-AFTER", scope, on=False))
    assert await house.claim() == []
    after = await house.change("C-AFTER")
    assert (after.waits_for, after.waits_until) == ("C-AHEAD", None)
    assert after.waits_at_most == NOW + timedelta(minutes=10)


@pytest.mark.parametrize("state", [State.APPLIED, State.FAILED, State.NEEDS_OPERATOR])
async def test_once_it_has_ended_the_opposite_is_free_to_go(house: House, state: State) -> None:
    await house.put(ahead(state=state), approved("C-AFTER", on=False))
    assert await house.claim() == ["C-AFTER"]


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
    house: House, scope: Scope, over: dict[str, Any]
) -> None:
    await house.put(ahead(scope=scope, **over), approved("C-AFTER", users("a"), on=False))
    assert await house.claim() == ["C-AFTER"]


async def test_an_opposite_change_is_not_called_pointless_while_it_is_not_seen(
    house: House,
) -> None:
    """All are off at this moment, and the API has taken that they will be on."""
    there = await accepted(house)
    back = await house.propose(on=False)
    await preview(house.ctx, back)
    back = await house.change(back.id)
    assert back.state is State.AWAITING_APPROVAL
    assert back.preview
    assert back.preview.problem == f"{there.id} is under way and may still change this."


async def test_an_import_is_not_called_pointless_while_another_is_not_seen(house: House) -> None:
    """The file holds what was there before the other import, and its effect is not seen yet."""
    house.api.held[CUSTOMER]["a@example.com"].fields["displayName"] = "Jo"
    over = {"scope": FileUsers(1, "f00d"), "action": ImportUsers("new.csv")}
    await house.put(ahead(**over))
    change = await imported(house, a_file(["a"], display="Jo"))
    assert change.preview
    assert (change.preview.will_change, change.state) == (0, State.AWAITING_APPROVAL)
    assert change.preview.problem == "C-AHEAD is under way and may still change this."


async def test_nor_once_a_person_has_to_decide_what_became_of_it(house: House) -> None:
    there = await accepted(house)
    await later(house, there, minutes=10)
    house.clock.advance(minutes=20)
    assert (await house.previewed(on=False)).state is State.AWAITING_APPROVAL


async def test_the_way_back_runs_once_the_way_there_is_seen(house: House) -> None:
    there = await accepted(house)
    back = await house.released(on=False)
    back = await later(house, back, seconds=2)
    assert (back.state, back.waits_for) == (State.APPROVED, there.id)
    show(house, "a", "b", "c")
    back = await later(house, back, seconds=4)
    await house.executor.run()
    assert await house.state(there.id) is State.APPLIED
    assert await house.state(back.id) is State.APPLIED
    assert [line.partition(" ")[0] for line in house.api.sent] == ["PUT", "DELETE"]
    assert not any(user.failover for user in house.api.held[CUSTOMER].values())
