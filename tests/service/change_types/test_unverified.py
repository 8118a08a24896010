"""An API that does not tell what is set: what it accepted is told as that, and never as failed or as seen."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from bot.domain.change import Change, State
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
from tests.service.service_setup import HandExecutor, House, groups, users

NO_FLAGS = {"failover": None, "access": None, "activation": None}


def mute(house: House) -> None:
    """Let the API tell no flag of anybody, and count nothing by flags."""
    house.api.add(CUSTOMER, *users("a", "b", "c").addresses, **NO_FLAGS)  # type: ignore[arg-type]
    house.api._apply = lambda *_: None  # type: ignore[method-assign]


def counted(house: House, **counts: int) -> None:
    """Let HEAD tell these numbers: ``total``, ``on``, ``off``."""

    async def count(customer: str, filters: Filters = EVERY_USER) -> int:
        if filters.failover is None:
            return counts["total"]
        return counts["on" if filters.failover else "off"]

    house.api.count = count  # type: ignore[method-assign]


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
    house: House, scope: Any, counts: dict[str, int]
) -> None:
    house.api.add(CUSTOMER, "a@example.com", groups=frozenset({"emea"}))
    counted(house, **counts)
    change = await house.executed(scope)
    assert (change.state, change.is_unverified) == (State.APPLIED, True)
    assert len(house.api.sent) == 1
    words = told(change)
    assert words.startswith("ACCEPTED BY THE API, NOT VERIFIED · FAILOVER ON")
    assert "It cannot be verified: the API counts" in words
    assert "API id R-1 at 2026-03-14T03:10:01Z" in words
    assert "Send one mail from outside, or look into the portal." in words
    assert "Read back" not in words
    assert (await house.details("change.applied"))[0]["verified"] is False
    assert card(change, "")[0].startswith("ACCEPTED BY THE API, NOT VERIFIED")


async def test_an_answer_without_the_number_does_the_same(house: House) -> None:
    async def count(customer: str, filters: Filters = EVERY_USER) -> int:
        raise Ambiguous("The continuity API told no number of users.", status=200)

    house.api.count = count  # type: ignore[method-assign]
    change = await house.executed()
    assert (change.state, change.is_unverified) == (State.APPLIED, True)
    assert "told no number of users" in told(change)


async def test_what_could_be_counted_before_is_waited_for(house: House) -> None:
    """Counts that contradict each other while the change spreads are no reason to give up looking."""
    change = await house.released()
    house.api.answers = [ACCEPTED_IN_VAIN]
    house.api.on_write = lambda _: house.api.add(CUSTOMER, "b@example.com", failover=None)
    await house.executor.run()
    assert await house.state(change.id) is State.ACCEPTED


async def test_filters_that_are_ignored_are_no_proof(house: House) -> None:
    """All are counted as on, and as off: whatever that is, it is not seen."""
    change = await house.released()
    counted(house, total=3, on=3, off=3)
    await house.executor.run()
    assert await house.state(change.id) is State.ACCEPTED


async def test_nobody_is_counted_and_somebody_listed_so_the_number_is_not_known(
    house: House,
) -> None:
    counted(house, total=0, on=0, off=0)
    change = await house.previewed()
    assert change.state is State.AWAITING_APPROVAL
    assert change.preview
    assert change.preview.total is None
    assert change.preview.problem == (
        "The API counts no users here, and lists some: its counts cannot be relied on."
    )


async def test_nobody_is_counted_and_nobody_listed_so_it_is_stopped(house: House) -> None:
    house.api.held[CUSTOMER].clear()
    change = await house.previewed()
    assert change.state is State.CANCELLED
    assert change.decision_reason.startswith("No users; wrong number?")


@pytest.mark.parametrize("names", ["a", "abc"])
async def test_flags_that_are_not_told_end_it_as_accepted_and_not_verified(
    house: House, names: str
) -> None:
    mute(house)
    change = await house.executed(users(*names))
    assert (change.state, change.is_unverified) == (State.APPLIED, True)
    assert change.preview
    assert change.preview.already is None
    whose = "this user" if names == "a" else "3 of 3 users"
    assert change.preview.problem == f"The API does not tell the flag failover of {whose}."
    assert set((await house.statuses(change.id)).values()) == {UserStatus.ACCEPTED}
    assert "this API does not tell the flag of" in told(change)
    assert "0 of" not in told(change)


async def test_another_user_than_asked_is_told_so_nothing_is_told(house: House) -> None:
    sentence = "The continuity API told of another user than asked."
    house.api.unreadable_users = {"a@example.com": Ambiguous(sentence, status=200)}
    counted(house, total=0, on=0, off=0)
    change = await house.executed(users("a"))
    assert (change.state, change.is_unverified) == (State.APPLIED, True)


async def switched(house: House, before: int, after: int) -> Change:
    """Switch two of five users, whose flags are not told, while HEAD counts so many as on."""
    mute(house)
    counted(house, total=5, on=before, off=5 - before)
    change = await house.released(users("a", "b"))
    house.api.on_write = lambda _: counted(house, total=5, on=after, off=5 - after)
    await house.executor.run()
    return await house.change(change.id)


async def later(house: House, change: Change, **by: float) -> Change:
    house.clock.advance(**by)
    await house.executor.run()
    return await house.change(change.id)


async def test_where_the_counts_prove_it_they_are_taken(house: House) -> None:
    """One is on before, and three after."""
    change = await switched(house, 1, 3)
    assert (change.state, change.is_unverified) == (State.APPLIED, False)


async def test_what_the_counts_may_prove_yet_is_looked_at_also_by_the_next_process(
    house: House,
) -> None:
    change = await switched(house, 1, 1)
    assert change.state is State.ACCEPTED
    assert change.outcome
    assert (change.outcome.in_state, change.outcome.sentence) == (
        None,
        "Not seen yet: this API does not tell the flag of 2 of 2 users, and counts 1 on where 3 would prove it.",
    )
    await house.executor.kill()
    house.executor = HandExecutor(house.ctx)
    counted(house, total=5, on=2, off=3)
    change = await later(house, change, seconds=2)
    assert change.state is State.ACCEPTED
    counted(house, total=5, on=3, off=2)
    change = await later(house, change, seconds=4)
    assert (change.state, change.is_unverified) == (State.APPLIED, False)
    assert set((await house.statuses(change.id)).values()) == {UserStatus.APPLIED}
    assert len(house.api.sent) == 2


@pytest.mark.parametrize(
    ("on", "state"), [(2, State.APPLIED), (3, State.APPLIED), (1, State.NEEDS_OPERATOR)]
)
async def test_never_proved_a_person_decides_only_where_fewer_are_on_than_were_named(
    house: House, on: int, state: State
) -> None:
    """Where as many are on, they may have been on before."""
    change = await switched(house, on, on)
    change = await later(house, change, minutes=9.9)
    assert change.state is State.ACCEPTED
    change = await later(house, change, minutes=0.1)
    assert (change.state, change.is_unverified) == (state, state is State.APPLIED)
    assert f"counts {on} on where {on + 2} would prove it" in told(change)
    assert "FAILED" not in told(change)
    assert "0 of 2" not in told(change)


async def test_a_count_that_fails_meanwhile_does_not_end_the_looking(house: House) -> None:
    change = await switched(house, 1, 1)
    counted(house, total=0, on=0, off=0)
    change = await later(house, change, seconds=2)
    assert change.state is State.ACCEPTED
    change = await later(house, change, minutes=10)
    assert (change.state, change.is_unverified) == (State.APPLIED, True)


async def test_counts_that_another_change_may_have_moved_prove_nothing(house: House) -> None:
    """Of two changes at the same time the one may be counted for the other."""
    mute(house)
    counted(house, total=5, on=1, off=4)
    one = await house.released(users("a", "b"))
    await house.executed(users("c"))
    counted(house, total=5, on=3, off=2)
    one = await later(house, one, seconds=2)
    assert (one.state, one.is_unverified) == (State.APPLIED, True)


async def test_a_second_try_is_not_proved_by_those_who_were_sent_in_the_first(house: House) -> None:
    mute(house)
    counted(house, total=5, on=0, off=5)
    house.api.answers_to = {"c@example.com": [not_sent()] * 3}
    change = await house.executed(users("a", "b", "c"))
    assert change.state is State.APPROVED
    house.api.on_write = lambda _: counted(house, total=5, on=1, off=4)  # a, who was sent before
    change = await later(house, change, seconds=5)
    assert (change.state, change.is_unverified) == (State.APPLIED, True)


async def test_a_deletion_is_not_decided_on_a_count_that_the_list_belies(house: House) -> None:
    async def some(customer: str, filters: Filters = EVERY_USER) -> AsyncGenerator[UserState, None]:
        yield UserState("x@example.com", None, None, None)

    counted(house, total=0, on=0, off=0)
    house.api.users = some  # type: ignore[method-assign]
    change = a_change(scope=EVERY_USER)
    with pytest.raises(Refused, match="counts no users here, and lists some"):
        await PurgeUsersChange(house.ctx, change).count()
