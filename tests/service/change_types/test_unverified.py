"""An API that does not tell what is set: what it accepted is told as that, and never as failed or as seen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from bot.domain.change import Change
from bot.domain.change_state import State
from bot.domain.outcome import UserStatus
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import Ambiguous, Refused
from bot.ports import UserState
from bot.service.change_types.purge_users import PurgeUsersChange
from bot.slack.views.changes.card import card
from bot.slack.views.changes.outcome import outcome
from bot.slack.views.mrkdwn import blocks_as_text
from tests.builders import CUSTOMER, a_change
from tests.fakes import ACCEPTED_IN_VAIN, not_sent
from tests.service.harness import ManualExecutor, ServiceHarness, groups, users

NO_FLAGS = {"failover": None, "access": None, "activation": None}


def mute(harness: ServiceHarness) -> None:
    """Let the API tell no flag of anybody, and count nothing by flags."""
    harness.api.add(CUSTOMER, *users("a", "b", "c").addresses, **NO_FLAGS)  # type: ignore[arg-type]
    harness.api._apply = lambda *_: None  # type: ignore[method-assign]


def counted(harness: ServiceHarness, **counts: int) -> None:
    """Let HEAD tell these numbers: ``total``, ``on``, ``off``."""

    async def count(customer: str, filters: Filters = EVERY_USER) -> int:
        if filters.failover is None:
            return counts["total"]
        return counts["on" if filters.failover else "off"]

    harness.api.count = count  # type: ignore[method-assign]


def told(change: Any) -> str:
    text, blocks = outcome(change, "", None, [])
    return f"{text}\n{blocks_as_text(blocks)}"


@pytest.mark.parametrize("scope", [None, groups("emea")])
@pytest.mark.parametrize(
    "counts",
    [
        {"total": 0, "on": 0, "off": 0},
        {"total": 3, "on": 3, "off": 3},  # filters ignored
        {"total": 3, "on": 0, "off": 0},
    ],
)
async def test_counts_that_tell_nothing_end_it_as_accepted_and_not_verified(
    harness: ServiceHarness, scope: Any, counts: dict[str, int]
) -> None:
    harness.api.add(CUSTOMER, "a@example.com", groups=frozenset({"emea"}))
    counted(harness, **counts)
    change = await harness.executed(scope)
    assert (change.state, change.is_unverified) == (State.APPLIED, True)
    assert len(harness.api.sent) == 1
    words = told(change)
    assert words.startswith("ACCEPTED, NOT VERIFIED: FAILOVER ON")
    assert "ACCEPTED BY THE API, NOT VERIFIED" in words
    assert "It cannot be verified: the API counts" in words
    assert "API id R-1 at 2026-03-14T03:10:01Z" in words
    assert "Send one mail from outside, or look into the portal." in words
    assert "Read back" not in words
    assert (await harness.details("change.applied"))[0]["verified"] is False
    assert card(change, "")[0].startswith("ACCEPTED, NOT VERIFIED")


async def test_an_answer_without_the_number_does_the_same(harness: ServiceHarness) -> None:
    async def count(customer: str, filters: Filters = EVERY_USER) -> int:
        raise Ambiguous("The continuity API told no number of users.", status=200)

    harness.api.count = count  # type: ignore[method-assign]
    change = await harness.executed()
    assert (change.state, change.is_unverified) == (State.APPLIED, True)
    assert "told no number of users" in told(change)


async def test_what_could_be_counted_before_is_waited_for(harness: ServiceHarness) -> None:
    """Counts that contradict each other while the change spreads are no reason to give up looking."""
    change = await harness.released()
    harness.api.answers = [ACCEPTED_IN_VAIN]
    harness.api.on_write = lambda _: harness.api.add(CUSTOMER, "b@example.com", failover=None)
    await harness.executor.run()
    assert await harness.state(change.id) is State.ACCEPTED


async def test_filters_that_are_ignored_are_no_proof(harness: ServiceHarness) -> None:
    """All are counted as on, and as off: whatever that is, it is not seen."""
    change = await harness.released()
    counted(harness, total=3, on=3, off=3)
    await harness.executor.run()
    assert await harness.state(change.id) is State.ACCEPTED


async def test_nobody_is_counted_and_somebody_listed_so_the_number_is_not_known(
    harness: ServiceHarness,
) -> None:
    counted(harness, total=0, on=0, off=0)
    change = await harness.previewed()
    assert change.state is State.AWAITING_APPROVAL
    assert change.preview
    assert change.preview.total is None
    assert change.preview.problem == (
        "The API counts no users here, and lists some: its counts cannot be relied on."
    )


async def test_nobody_is_counted_and_nobody_listed_so_it_is_stopped(
    harness: ServiceHarness,
) -> None:
    harness.api.held[CUSTOMER].clear()
    change = await harness.previewed()
    assert change.state is State.CANCELLED
    assert change.decision_reason.startswith(f"Customer {CUSTOMER} has no users.")


@pytest.mark.parametrize("names", ["a", "abc"])
async def test_flags_that_are_not_told_end_it_as_accepted_and_not_verified(
    harness: ServiceHarness, names: str
) -> None:
    mute(harness)
    change = await harness.executed(users(*names))
    assert (change.state, change.is_unverified) == (State.APPLIED, True)
    assert change.preview
    assert change.preview.already is None
    whose = "this user" if names == "a" else "3 of 3 users"
    assert change.preview.problem == f"The API does not tell the flag failover of {whose}."
    assert set((await harness.statuses(change.id)).values()) == {UserStatus.ACCEPTED}
    assert "this API does not tell the flag of" in told(change)
    assert "0 of" not in told(change)


async def test_another_user_than_asked_is_told_so_nothing_is_told(harness: ServiceHarness) -> None:
    sentence = "The continuity API told of another user than asked."
    harness.api.unreadable_users = {"a@example.com": Ambiguous(sentence, status=200)}
    counted(harness, total=0, on=0, off=0)
    change = await harness.executed(users("a"))
    assert (change.state, change.is_unverified) == (State.APPLIED, True)


async def switched(harness: ServiceHarness, before: int, after: int) -> Change:
    """Switch two of five users, whose flags are not told, while HEAD counts so many as on."""
    mute(harness)
    counted(harness, total=5, on=before, off=5 - before)
    change = await harness.released(users("a", "b"))
    harness.api.on_write = lambda _: counted(harness, total=5, on=after, off=5 - after)
    await harness.executor.run()
    return await harness.change(change.id)


async def later(harness: ServiceHarness, change: Change, **by: float) -> Change:
    harness.clock.advance(**by)
    await harness.executor.run()
    return await harness.change(change.id)


async def test_where_the_counts_prove_it_they_are_taken(harness: ServiceHarness) -> None:
    """One is on before, and three after."""
    change = await switched(harness, 1, 3)
    assert (change.state, change.is_unverified) == (State.APPLIED, False)


async def test_what_the_counts_may_prove_yet_is_looked_at_also_by_the_next_process(
    harness: ServiceHarness,
) -> None:
    change = await switched(harness, 1, 1)
    assert change.state is State.ACCEPTED
    assert change.outcome
    assert (change.outcome.in_state, change.outcome.sentence) == (
        None,
        "Not seen yet: this API does not tell the flag of 2 of 2 users, and counts 1 on where 3 would prove it.",
    )
    await harness.executor.kill()
    harness.executor = ManualExecutor(harness.ctx)
    counted(harness, total=5, on=2, off=3)
    change = await later(harness, change, seconds=2)
    assert change.state is State.ACCEPTED
    counted(harness, total=5, on=3, off=2)
    change = await later(harness, change, seconds=4)
    assert (change.state, change.is_unverified) == (State.APPLIED, False)
    assert set((await harness.statuses(change.id)).values()) == {UserStatus.APPLIED}
    assert len(harness.api.sent) == 2


@pytest.mark.parametrize(
    ("on", "state"), [(2, State.APPLIED), (3, State.APPLIED), (1, State.NEEDS_OPERATOR)]
)
async def test_never_proved_a_person_decides_only_where_fewer_are_on_than_were_named(
    harness: ServiceHarness, on: int, state: State
) -> None:
    """Where as many are on, they may have been on before."""
    change = await switched(harness, on, on)
    change = await later(harness, change, minutes=9.9)
    assert change.state is State.ACCEPTED
    change = await later(harness, change, minutes=0.1)
    assert (change.state, change.is_unverified) == (state, state is State.APPLIED)
    assert f"counts {on} on where {on + 2} would prove it" in told(change)
    assert "FAILED" not in told(change)
    assert "0 of 2" not in told(change)


async def test_a_count_that_fails_meanwhile_does_not_end_the_looking(
    harness: ServiceHarness,
) -> None:
    change = await switched(harness, 1, 1)
    counted(harness, total=0, on=0, off=0)
    change = await later(harness, change, seconds=2)
    assert change.state is State.ACCEPTED
    change = await later(harness, change, minutes=10)
    assert (change.state, change.is_unverified) == (State.APPLIED, True)


async def test_counts_that_another_change_may_have_moved_prove_nothing(
    harness: ServiceHarness,
) -> None:
    """Of two changes at the same time the one may be counted for the other."""
    mute(harness)
    counted(harness, total=5, on=1, off=4)
    one = await harness.released(users("a", "b"))
    await harness.executed(users("c"))
    counted(harness, total=5, on=3, off=2)
    one = await later(harness, one, seconds=2)
    assert (one.state, one.is_unverified) == (State.APPLIED, True)


async def test_a_second_try_is_not_proved_by_those_who_were_sent_in_the_first(
    harness: ServiceHarness,
) -> None:
    mute(harness)
    counted(harness, total=5, on=0, off=5)
    harness.api.answers_to = {"c@example.com": [not_sent()] * 3}
    change = await harness.executed(users("a", "b", "c"))
    assert change.state is State.APPROVED
    harness.api.on_write = lambda _: counted(
        harness, total=5, on=1, off=4
    )  # a, who was sent before
    change = await later(harness, change, seconds=5)
    assert (change.state, change.is_unverified) == (State.APPLIED, True)


async def test_a_deletion_is_not_decided_on_a_count_that_the_list_belies(
    harness: ServiceHarness,
) -> None:
    async def some(customer: str, filters: Filters = EVERY_USER) -> AsyncGenerator[UserState, None]:
        yield UserState("x@example.com", None, None, None)

    counted(harness, total=0, on=0, off=0)
    harness.api.users = some  # type: ignore[method-assign]
    change = a_change(scope=EVERY_USER)
    with pytest.raises(Refused, match="counts no users here, and lists some"):
        await PurgeUsersChange(harness.ctx, change).count()
