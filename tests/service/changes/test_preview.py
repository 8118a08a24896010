"""What a change would do, counted before anybody decides; or why it cannot work."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change import State
from bot.domain.roles import Role
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Scope
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import MessageKind
from bot.service.changes import decide
from bot.service.changes.preview import preview
from tests.builders import CUSTOMER, NOW, OTHER_CUSTOMER, REQUESTER, a_change, a_grant
from tests.service.service_setup import HandExecutor, House, actor, approved, groups, many, users


async def fill(house: House) -> None:
    """a is on already, b is off without access, c is off and never activated, d is off."""
    add = house.api.add
    house.api.held.clear()
    add(CUSTOMER, "a@example.com", failover=True, groups=frozenset({"emea"}))
    add(CUSTOMER, "b@example.com", access=False, groups=frozenset({"emea"}))
    add(CUSTOMER, "c@example.com", access=False, activation=False)
    add(CUSTOMER, "d@example.com")


@pytest.mark.parametrize(
    ("scope", "over", "numbers"),
    [
        (Everyone(), {}, (4, 1, 2, 1)),
        (Everyone(), {"on": False}, (4, 3, 2, 1)),
        (Everyone(), {"flag": Flag.ACCESS}, (4, 2, 2, 1)),
        (Everyone(), {"flag": Flag.ACCESS, "on": False}, (4, 2, 2, 1)),
        (groups("emea"), {}, (2, 1, 1, 0)),
        (users("a", "b", "c"), {}, (3, 1, 2, 1)),
        (users("a", "c"), {"on": False}, (2, 1, 1, 1)),
    ],
)
async def test_what_would_happen_is_counted(
    house: House, scope: Scope, over: dict[str, Any], numbers: tuple[int, ...]
) -> None:
    await fill(house)
    change = await house.previewed(scope, **over)

    seen = change.preview
    assert seen
    assert (seen.total, seen.already, seen.access_off, seen.not_activated) == numbers
    assert (seen.taken_at, seen.problem) == (NOW, "")
    assert (change.preview_revision, change.revision) == (1, 2)
    assert await house.details("change.previewed") == [
        dict(zip(("total", "already", "access_off", "not_activated"), numbers, strict=True))
        | {"problem": ""}
    ]
    card = await house.message(MessageKind.CARD, change)
    assert card
    assert card.wanted == change.revision


async def test_a_flag_that_is_not_told_is_never_off(house: House) -> None:
    await fill(house)
    house.api.add(CUSTOMER, *users("d").addresses, failover=None, access=None, activation=None)
    seen = (await house.previewed(users("b", "d"))).preview
    assert seen
    assert (seen.total, seen.already, seen.access_off, seen.not_activated) == (2, None, 1, 0)
    assert seen.problem == "The API does not tell the flag failover of 1 of 2 users."


async def test_named_users_are_looked_up_and_everyone_is_counted(house: House) -> None:
    await fill(house)
    await house.previewed(users("a", "b"))
    assert sorted(house.api.asked) == [f"GET /44444/{one}@example.com" for one in "ab"]
    house.api.asked.clear()
    await house.previewed(groups("emea"), on=False)
    assert {line.split()[0] for line in house.api.asked} == {"HEAD"}
    assert all("('emea',)" in line for line in house.api.asked)


async def test_named_users_are_looked_up_eight_at_a_time(house: House) -> None:
    house.api.add(CUSTOMER, *many(30).addresses)
    change = await house.previewed(many(30))
    assert change.preview
    assert change.preview.total == 30
    assert house.api.most_at_once == 8


async def test_nothing_is_sent_before_a_decision(house: House) -> None:
    await house.previewed()
    house.clock.advance(minutes=29)
    await house.executor.run()
    assert house.api.sent == []


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_refusal_stops_the_change_with_the_words_of_the_api(
    house: House, status: int
) -> None:
    house.api.unreadable = Refused("The continuity API says: Forbidden", status=status)
    change = await house.previewed()

    assert (change.state, change.finished_at) == (State.CANCELLED, NOW)
    assert change.decision_reason == "The continuity API says: Forbidden"
    assert await house.trail(change.id) == ["change.proposed", "change.stopped"]
    assert (await house.details("change.stopped"))[0]["problem"] == change.decision_reason


@pytest.mark.parametrize(
    ("number", "named"),
    [
        (1, "u000@example.com: Not Found"),
        (
            7,
            ", ".join(f"u00{n}@example.com" for n in range(5)) + " and 2 more: Not Found",
        ),
    ],
)
async def test_users_that_the_api_does_not_know_are_named(
    house: House, number: int, named: str
) -> None:
    change = await house.previewed(users("a", *(f"u{n:03}" for n in range(number))))
    assert (change.state, change.decision_reason) == (State.CANCELLED, named)


@pytest.mark.parametrize("error", [Ambiguous("No answer."), NotSent("Not reached.")])
@pytest.mark.parametrize(("scope", "total"), [(Everyone(), None), (users("a", "b"), 2)])
async def test_without_an_answer_the_number_is_not_known_and_people_decide(
    house: House, error: ContinuityError, scope: Scope, total: int | None
) -> None:
    house.api.unreadable = error
    change = await house.previewed(scope)

    assert change.state in (State.AWAITING_APPROVAL, State.AWAITING_CONFIRMATION)
    assert change.preview_revision == 1
    seen = change.preview
    assert seen
    assert (seen.total, seen.already, seen.will_change) == (total, None, None)
    assert seen.problem == str(error)


async def test_an_api_that_hangs_is_not_waited_for(house: House) -> None:
    change = await house.propose()
    house.api.gate.clear()
    executor = HandExecutor(replace(house.ctx, preview_seconds=0.02))
    await executor.run()

    seen = (await house.change(change.id)).preview
    assert seen
    assert (seen.total, seen.problem) == (
        None,
        "The continuity API did not answer in time (0.02 s).",
    )
    assert house.api.under_way == 0


async def test_a_customer_without_users_is_asked_about(house: House) -> None:
    """The customers that the person may use are named: it may be a slip of the finger."""
    await house.grant(
        a_grant(REQUESTER, Role.VIEWER, customer=OTHER_CUSTOMER),
        a_grant(REQUESTER, Role.VIEWER, customer="66666", expires_at=NOW + timedelta(hours=1)),
        a_grant(REQUESTER, Role.VIEWER, customer="77777", expires_at=NOW),
    )
    await house.store.write(lambda tx: tx.name_customer(CUSTOMER, "Acme GmbH"))
    house.api.held.clear()
    change = await house.previewed()

    assert change.state is State.CANCELLED
    assert change.decision_reason == (
        "No users; wrong number? You have rights for: 44444 Acme GmbH, 55555DE, 66666."
    )


async def test_customers_by_a_user_group_are_named_too_and_not_too_many(house: House) -> None:
    house.directory.members = {"S0ONCALL": {REQUESTER}}
    await house.grant(
        *(a_grant("S0ONCALL", customer=f"1000{n}") for n in range(6)),
    )
    house.api.held.clear()
    change = await house.previewed()
    assert change.decision_reason.endswith(
        "You have rights for: 10000, 10001, 10002, 10003, 10004 and 2 more."
    )


async def test_groups_without_users_are_asked_about(house: House) -> None:
    change = await house.previewed(groups("emaa"))
    assert change.state is State.CANCELLED
    assert change.decision_reason.startswith("No users in these groups; wrong name or number?")


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Everyone(), "Nothing to do: all 3 are off already."),
        (users("a"), "Nothing to do: this user is off already."),
    ],
)
async def test_nothing_to_do_stops_the_change(house: House, scope: Scope, words: str) -> None:
    change = await house.previewed(scope, on=False)
    assert (change.state, change.decision_reason) == (State.CANCELLED, words)
    assert house.api.sent == []


@pytest.mark.parametrize(
    ("other", "state"),
    [
        ({"state": State.UNKNOWN}, State.AWAITING_APPROVAL),
        ({"state": State.EXECUTING, "scope": users("a", "z")}, State.AWAITING_APPROVAL),
        ({"state": State.APPROVED, "waits_for": "C-00001"}, State.AWAITING_APPROVAL),
        ({"state": State.NEEDS_OPERATOR, "ambiguous_at": NOW}, State.AWAITING_APPROVAL),
        ({"state": State.APPLIED, "ambiguous_at": NOW}, State.AWAITING_APPROVAL),
        ({"state": State.APPLIED, "ambiguous_at": NOW - timedelta(seconds=61)}, State.CANCELLED),
        ({"state": State.UNKNOWN, "on": False}, State.CANCELLED),
        ({"state": State.UNKNOWN, "flag": Flag.ACCESS}, State.CANCELLED),
        ({"state": State.UNKNOWN, "customer": OTHER_CUSTOMER}, State.CANCELLED),
        ({"state": State.AWAITING_APPROVAL}, State.CANCELLED),
    ],
)
async def test_nothing_to_do_is_not_said_while_the_opposite_may_still_come(
    house: House, other: dict[str, Any], state: State
) -> None:
    change = await house.propose(on=False)
    await house.put(a_change(id="C-OTHER", **other))
    await preview(house.ctx, change)
    assert await house.state(change.id) is state


async def test_what_was_withdrawn_meanwhile_is_left_alone(house: House) -> None:
    change = await house.propose()
    house.api.gate.clear()
    await house.executor.sweep()
    cancelled = await decide.cancel(house.ctx, actor(), change.id)
    house.api.gate.set()
    await house.executor.settle()
    assert await house.change(change.id) == cancelled
    assert "change.previewed" not in await house.trail(change.id)


async def test_a_preview_is_taken_once(house: House) -> None:
    change = await house.previewed()
    house.api.asked.clear()
    await house.executor.run()
    assert house.api.asked == []
    assert await house.change(change.id) == change


async def test_a_bug_in_the_preview_is_tried_again(house: House) -> None:
    change = await house.propose()
    house.api.unreadable = RuntimeError("a bug")
    await house.executor.sweep()
    await house.executor.settle()
    assert await house.state(change.id) is State.AWAITING_APPROVAL
    house.api.unreadable = None
    await house.executor.run()
    assert (await house.change(change.id)).preview


async def test_two_previews_at_once_are_one(house: House) -> None:
    """Another process may preview it as well; the first to save it wins."""
    change = await house.propose()
    other = HandExecutor(house.ctx)
    await asyncio.gather(house.executor.sweep(), other.sweep())
    await asyncio.gather(house.executor.settle(), other.settle())
    assert (await house.change(change.id)).preview_revision == 1
    assert (await house.trail(change.id)).count("change.previewed") == 1


@pytest.mark.parametrize("running", [State.APPROVED, State.EXECUTING, State.UNKNOWN])
async def test_the_way_back_is_not_refused_while_the_way_there_is_under_way(
    house: House, running: State
) -> None:
    """All are off at this moment, and the change that is under way is about to switch them on."""
    await house.put(approved("C-00001", state=running, deadline=NOW + timedelta(hours=1)))
    back = await house.propose(on=False)
    await preview(house.ctx, back)

    back = await house.change(back.id)
    assert back.preview
    assert (back.state, back.preview.will_change) == (State.AWAITING_APPROVAL, 0)
    assert back.preview.problem == "C-00001 is under way and may still change this."


async def test_the_way_back_is_not_refused_after_an_ambiguous_answer(house: House) -> None:
    """It may still land, and be seen later: until then off is not known to stay off."""
    await house.put(approved("C-00001", state=State.NEEDS_OPERATOR, ambiguous_at=NOW))
    assert (await house.previewed(on=False)).state is State.AWAITING_APPROVAL

    house.clock.advance(minutes=9)
    assert (await house.previewed(users("a"), on=False)).state is State.AWAITING_CONFIRMATION
    house.clock.advance(minutes=1)
    assert (await house.previewed(users("b"), on=False)).state is State.CANCELLED


@pytest.mark.parametrize(
    "other",
    [
        {"on": False},
        {"flag": Flag.ACCESS},
        {"scope": users("b")},
        {"customer": OTHER_CUSTOMER},
        {"state": State.APPLIED},
    ],
)
async def test_nothing_to_do_is_told_where_nothing_opposite_is_under_way(
    house: House, other: dict[str, Any]
) -> None:
    await house.put(approved("C-00001", **({"state": State.EXECUTING} | other)))
    back = await house.propose(users("a"), on=False)
    await preview(house.ctx, back)
    back = await house.change(back.id)
    assert back.decision_reason == "Nothing to do: this user is off already."


async def test_who_holds_rows_for_all_customers_is_told_so(house: House) -> None:
    await house.grant(a_grant(REQUESTER, Role.OPERATOR, customer="*"))
    house.api.held.clear()
    assert (await house.previewed()).decision_reason.endswith("You have rights for: all customers.")


async def test_numbers_that_contradict_each_other_are_said(house: House) -> None:
    real = house.api.count

    async def odd(customer: str, filters: Filters = EVERY_USER) -> int:
        return 12 if filters.activation is not None else await real(customer, filters)

    house.api.count = odd  # type: ignore[method-assign]
    change = await house.previewed()
    assert change.state is State.AWAITING_APPROVAL
    assert change.preview
    assert change.preview.problem == (
        "The API's numbers contradict each other: 12 not activated of 3 users."
    )
