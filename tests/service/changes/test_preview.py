"""What a change would do, counted before anybody decides; or why it cannot work."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.change_state import State
from bot.domain.outcome import UserStatus
from bot.domain.preview import Facts
from bot.domain.roles import Role
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Scope
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import MessageKind
from bot.service.changes import decide
from bot.service.changes.preview import preview
from tests.builders import CUSTOMER, NOW, OTHER_CUSTOMER, REQUESTER, a_change, a_grant
from tests.service.harness import (
    ManualExecutor,
    ServiceHarness,
    actor,
    approved,
    groups,
    many,
    users,
)


async def fill(harness: ServiceHarness) -> None:
    """a is on already, b is off without access, c is off and never activated, d is off."""
    add = harness.api.add
    harness.api.held.clear()
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
    harness: ServiceHarness, scope: Scope, over: dict[str, Any], numbers: tuple[int, ...]
) -> None:
    await fill(harness)
    change = await harness.previewed(scope, **over)

    seen = change.preview
    assert seen
    assert (seen.total, seen.already, seen.access_off, seen.not_activated) == numbers
    assert (seen.taken_at, seen.problem) == (NOW, "")
    assert (change.preview_revision, change.revision) == (1, 2)
    assert await harness.details("change.previewed") == [
        dict(zip(("total", "already", "access_off", "not_activated"), numbers, strict=True))
        | {"problem": ""}
        | ({"In failover now": "1"} if over == {"flag": Flag.ACCESS, "on": False} else {})
    ]
    card = await harness.message(MessageKind.CARD, change)
    assert card
    assert card.wanted == change.revision


async def test_a_flag_that_is_not_told_is_never_off(harness: ServiceHarness) -> None:
    await fill(harness)
    harness.api.add(CUSTOMER, *users("d").addresses, failover=None, access=None, activation=None)
    seen = (await harness.previewed(users("b", "d"))).preview
    assert seen
    assert (seen.total, seen.already, seen.access_off, seen.not_activated) == (2, None, 1, 0)
    assert seen.problem == "The API does not tell the flag failover of 1 of 2 users."


async def test_named_users_are_looked_up_and_everyone_is_counted(harness: ServiceHarness) -> None:
    await fill(harness)
    await harness.previewed(users("a", "b"))
    assert sorted(harness.api.asked) == [f"GET /44444/{one}@example.com" for one in "ab"]
    harness.api.asked.clear()
    await harness.previewed(groups("emea"), on=False)
    assert {line.split()[0] for line in harness.api.asked} == {"HEAD"}
    assert all("('emea',)" in line for line in harness.api.asked)


async def test_named_users_are_looked_up_eight_at_a_time(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, *many(30).addresses)
    change = await harness.previewed(many(30))
    assert change.preview
    assert change.preview.total == 30
    assert harness.api.most_at_once == 8


async def test_nothing_is_sent_before_a_decision(harness: ServiceHarness) -> None:
    await harness.previewed()
    harness.clock.advance(minutes=29)
    await harness.executor.run()
    assert harness.api.sent == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refusal_stops_the_change_with_the_words_of_the_api(
    harness: ServiceHarness, status: int
) -> None:
    harness.api.unreadable = Refused("The continuity API says: Forbidden", status=status)
    change = await harness.previewed()

    assert (change.state, change.finished_at) == (State.CANCELLED, NOW)
    assert change.decision_reason == "The continuity API says: Forbidden"
    assert await harness.trail(change.id) == ["change.proposed", "change.stopped"]
    assert (await harness.details("change.stopped"))[0]["problem"] == change.decision_reason


@pytest.mark.parametrize(
    ("number", "named"),
    [
        (1, "1 of 2 users are known for customer 44444. Not known: u000@example.com. Not Found"),
        (
            7,
            "1 of 8 users are known for customer 44444. Not known: "
            + ", ".join(f"u00{n}@example.com" for n in range(5))
            + " and 2 more. Not Found",
        ),
    ],
)
async def test_users_that_the_api_does_not_know_are_named(
    harness: ServiceHarness, number: int, named: str
) -> None:
    change = await harness.previewed(users("a", *(f"u{n:03}" for n in range(number))))
    assert (change.state, change.decision_reason) == (State.CANCELLED, named)
    statuses = await harness.statuses(change.id)
    assert statuses == {f"u{n:03}": UserStatus.FAILED for n in range(number)}


async def test_one_user_whom_the_api_does_not_know_is_named(harness: ServiceHarness) -> None:
    change = await harness.previewed(users("x"))
    assert change.decision_reason == (
        "There is no user x@example.com for customer 44444. Not Found"
    )


async def test_a_customer_that_the_api_does_not_know_is_named(harness: ServiceHarness) -> None:
    harness.api.unreadable = Refused("The API does not know it (404).", status=404)
    change = await harness.previewed()
    assert change.decision_reason == (
        "There is no customer 44444. The API does not know it (404). You have rights for: 44444."
    )


async def test_of_what_is_pointless_the_requester_alone_is_told(harness: ServiceHarness) -> None:
    change = await harness.previewed(groups("emaa"))
    assert change.is_pointless
    assert await harness.trail(change.id) == ["change.proposed", "change.stopped"]
    for kind in (MessageKind.CARD, MessageKind.TIMELINE):
        row = await harness.message(kind, change)
        assert row
        assert row.removed, kind
    assert await harness.message(MessageKind.OUTCOME, change) is None


async def test_what_people_have_seen_and_decided_is_told_in_the_channel(
    harness: ServiceHarness,
) -> None:
    """A change that is asked again, and then finds nothing to do, is not taken away from them."""
    change = replace(await harness.previewed(), preview=None, asked_again="C-00001 has run.")
    await harness.store.write(lambda tx: tx.save_change(change.revised()))
    harness.rewritten = True
    harness.api.add(CUSTOMER, *users("a", "b", "c").addresses, failover=True)
    await harness.executor.run()

    after = await harness.change(change.id)
    assert (after.state, after.is_pointless) == (State.CANCELLED, False)
    card = await harness.message(MessageKind.CARD, after)
    assert card
    assert not card.removed
    assert await harness.message(MessageKind.OUTCOME, after)


@pytest.mark.parametrize(
    ("name", "there", "meant"),
    [
        ("EMEA", "emea", "emea"),
        ("emea", "EMEA", "EMEA"),
        ("emaa", "emea", "emea"),
        ("South West", "south-west", "south-west"),
    ],
)
async def test_a_group_that_may_be_meant_is_named_as_the_api_spells_it(
    harness: ServiceHarness, name: str, there: str, meant: str
) -> None:
    harness.api.add(CUSTOMER, "d@example.com", groups=frozenset({there, "finance"}))
    change = await harness.previewed(groups(name))
    assert change.decision_reason == (
        f"There is no group {name} for customer 44444. Did you mean {meant}?"
    )


async def test_without_a_similar_group_the_customers_are_named(harness: ServiceHarness) -> None:
    harness.api.add(CUSTOMER, "d@example.com", groups=frozenset({"finance"}))
    change = await harness.previewed(groups("emea", "apac"))
    assert change.decision_reason == (
        "No user of customer 44444 is in one of these groups: emea, apac. "
        "You have rights for: 44444."
    )


@pytest.mark.parametrize("error", [Ambiguous("No answer."), NotSent("Not reached.")])
@pytest.mark.parametrize(("scope", "total"), [(Everyone(), None), (users("a", "b"), 2)])
async def test_without_an_answer_the_number_is_not_known_and_people_decide(
    harness: ServiceHarness, error: ContinuityError, scope: Scope, total: int | None
) -> None:
    harness.api.unreadable = error
    change = await harness.previewed(scope)

    assert change.state in (State.AWAITING_APPROVAL, State.AWAITING_CONFIRMATION)
    assert change.preview_revision == 1
    seen = change.preview
    assert seen
    assert (seen.total, seen.already, seen.will_change) == (total, None, None)
    assert seen.problem == str(error)


async def test_an_api_that_hangs_is_not_waited_for(harness: ServiceHarness) -> None:
    change = await harness.propose()
    harness.api.gate.clear()
    executor = ManualExecutor(replace(harness.ctx, preview_seconds=0.02))
    await executor.run()

    seen = (await harness.change(change.id)).preview
    assert seen
    assert (seen.total, seen.problem) == (
        None,
        "The continuity API did not answer in time (0.02 s).",
    )
    assert harness.api.under_way == 0


async def test_a_customer_without_users_is_asked_about(harness: ServiceHarness) -> None:
    """The customers that the person may use are named: it may be a slip of the finger."""
    await harness.grant(
        a_grant(REQUESTER, Role.VIEWER, customer=OTHER_CUSTOMER),
        a_grant(REQUESTER, Role.VIEWER, customer="66666", expires_at=NOW + timedelta(hours=1)),
        a_grant(REQUESTER, Role.VIEWER, customer="77777", expires_at=NOW),
    )
    await harness.store.write(lambda tx: tx.name_customer(CUSTOMER, "Acme GmbH"))
    harness.api.held.clear()
    change = await harness.previewed()

    assert change.state is State.CANCELLED
    assert change.decision_reason == (
        "Customer 44444 has no users. You have rights for: 44444 Acme GmbH, 55555DE, 66666."
    )


async def test_customers_by_a_user_group_are_named_too_and_not_too_many(
    harness: ServiceHarness,
) -> None:
    harness.directory.members = {"S0ONCALL": {REQUESTER}}
    await harness.grant(
        *(a_grant("S0ONCALL", customer=f"1000{n}") for n in range(6)),
    )
    harness.api.held.clear()
    change = await harness.previewed()
    assert change.decision_reason.endswith(
        "You have rights for: 10000, 10001, 10002, 10003, 10004 and 2 more."
    )


async def test_groups_without_users_are_asked_about(harness: ServiceHarness) -> None:
    change = await harness.previewed(groups("emaa"))
    assert change.state is State.CANCELLED
    assert change.decision_reason == (
        "There is no group emaa for customer 44444. You have rights for: 44444."
    )


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Everyone(), "Nothing to do: failover is off for all 3 users already."),
        (users("a"), "Nothing to do: failover is off for this user already."),
    ],
)
async def test_nothing_to_do_stops_the_change(
    harness: ServiceHarness, scope: Scope, words: str
) -> None:
    change = await harness.previewed(scope, on=False)
    assert (change.state, change.decision_reason) == (State.CANCELLED, words)
    assert harness.api.sent == []


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
    harness: ServiceHarness, other: dict[str, Any], state: State
) -> None:
    change = await harness.propose(on=False)
    await harness.put(a_change(id="C-OTHER", **other))
    await preview(harness.ctx, change)
    assert await harness.state(change.id) is state


async def test_what_was_withdrawn_meanwhile_is_left_alone(harness: ServiceHarness) -> None:
    change = await harness.propose()
    harness.api.gate.clear()
    await harness.executor.sweep()
    cancelled = await decide.cancel(harness.ctx, actor(), change.id)
    harness.api.gate.set()
    await harness.executor.settle()
    assert await harness.change(change.id) == cancelled
    assert "change.previewed" not in await harness.trail(change.id)


async def test_a_preview_is_taken_once(harness: ServiceHarness) -> None:
    change = await harness.previewed()
    harness.api.asked.clear()
    await harness.executor.run()
    assert harness.api.asked == []
    assert await harness.change(change.id) == change


async def test_a_bug_in_the_preview_is_tried_again(harness: ServiceHarness) -> None:
    change = await harness.propose()
    harness.api.unreadable = RuntimeError("a bug")
    await harness.executor.sweep()
    await harness.executor.settle()
    assert await harness.state(change.id) is State.AWAITING_APPROVAL
    harness.api.unreadable = None
    await harness.executor.run()
    assert (await harness.change(change.id)).preview


async def test_two_previews_at_once_are_one(harness: ServiceHarness) -> None:
    """Another process may preview it as well; the first to save it wins."""
    change = await harness.propose()
    other = ManualExecutor(harness.ctx)
    await asyncio.gather(harness.executor.sweep(), other.sweep())
    await asyncio.gather(harness.executor.settle(), other.settle())
    assert (await harness.change(change.id)).preview_revision == 1
    assert (await harness.trail(change.id)).count("change.previewed") == 1


@pytest.mark.parametrize("running", [State.APPROVED, State.EXECUTING, State.UNKNOWN])
async def test_the_way_back_is_not_refused_while_the_way_there_is_under_way(
    harness: ServiceHarness, running: State
) -> None:
    """All are off at this moment, and the change that is under way is about to switch them on."""
    await harness.put(approved("C-00001", state=running, deadline=NOW + timedelta(hours=1)))
    back = await harness.propose(on=False)
    await preview(harness.ctx, back)

    back = await harness.change(back.id)
    assert back.preview
    assert (back.state, back.preview.will_change) == (State.AWAITING_APPROVAL, 0)
    assert (
        back.preview.problem
        == "C-00001 was under way when this was counted: the numbers may have changed."
    )


async def test_the_way_back_is_not_refused_after_an_ambiguous_answer(
    harness: ServiceHarness,
) -> None:
    """It may still land, and be seen later: until then off is not known to stay off."""
    await harness.put(approved("C-00001", state=State.NEEDS_OPERATOR, ambiguous_at=NOW))
    assert (await harness.previewed(on=False)).state is State.AWAITING_APPROVAL

    harness.clock.advance(minutes=9)
    assert (await harness.previewed(users("a"), on=False)).state is State.AWAITING_CONFIRMATION
    harness.clock.advance(minutes=1)
    assert (await harness.previewed(users("b"), on=False)).state is State.CANCELLED


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
    harness: ServiceHarness, other: dict[str, Any]
) -> None:
    await harness.put(approved("C-00001", **({"state": State.EXECUTING} | other)))
    back = await harness.propose(users("a"), on=False)
    await preview(harness.ctx, back)
    back = await harness.change(back.id)
    assert back.decision_reason == "Nothing to do: failover is off for this user already."


async def test_who_holds_rows_for_all_customers_is_told_so(harness: ServiceHarness) -> None:
    await harness.grant(a_grant(REQUESTER, Role.OPERATOR, customer="*"))
    harness.api.held.clear()
    assert (await harness.previewed()).decision_reason.endswith(
        "You have rights for: all customers."
    )


async def test_numbers_that_contradict_each_other_are_said(harness: ServiceHarness) -> None:
    real = harness.api.count

    async def odd(customer: str, filters: Filters = EVERY_USER) -> int:
        return 12 if filters.activation is not None else await real(customer, filters)

    harness.api.count = odd  # type: ignore[method-assign]
    change = await harness.previewed()
    assert change.state is State.AWAITING_APPROVAL
    assert change.preview
    assert change.preview.problem == (
        "The API's numbers contradict each other: 12 not activated of 3 users."
    )


@pytest.mark.parametrize("scope", [Everyone(), users("a", "b", "c")])
async def test_access_off_counts_who_would_lose_their_mail(
    harness: ServiceHarness, scope: Scope
) -> None:
    harness.api.add(CUSTOMER, "a@example.com", failover=True, access=True)
    harness.api.add(CUSTOMER, "b@example.com", failover=True, access=True)
    harness.api.add(CUSTOMER, "c@example.com", failover=False, access=True)
    off = await harness.previewed(scope, flag=Flag.ACCESS, on=False)
    assert off.preview is not None
    assert off.preview.facts == Facts(in_failover=2)
    on = await harness.previewed(scope)
    assert on.preview is not None
    assert on.preview.facts is None
