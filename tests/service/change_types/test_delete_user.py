"""A user who is deleted: by an admin, approved by another, and gone when the API says so."""

from __future__ import annotations

import pytest

from bot.domain.actions import DeleteUser
from bot.domain.change import Change
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.preview import Facts, UserFlags
from bot.errors import Ambiguous, Conflict, NotAllowed
from bot.service.changes import decide, resolve
from bot.service.changes.propose import propose
from bot.service.changes.propose_again import propose_again
from tests.builders import ADMIN, APPROVER, CUSTOMER, a_policy_rule
from tests.fakes import ACCEPTED_IN_VAIN, ambiguous, refusal
from tests.service.harness import ServiceHarness, actor, users

A = "a@example.com"
DELETE = f"DELETE /{CUSTOMER}/{A}"
WISH = Proposal(CUSTOMER, DeleteUser(), users("a"), "has left")


async def proposed(harness: ServiceHarness) -> Change:
    harness.api.held[CUSTOMER].setdefault(A, harness.api.held[CUSTOMER]["b@example.com"])
    harness.api.held[CUSTOMER][A].fields["displayName"] = "Jo Example"
    change, _ = await propose(harness.ctx, actor(ADMIN), WISH)
    await harness.executor.run()
    return await harness.change(change.id)


async def approved(harness: ServiceHarness) -> Change:
    change = await proposed(harness)
    return await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)


async def deleted(harness: ServiceHarness) -> Change:
    change = await approved(harness)
    await harness.executor.run()
    return await harness.change(change.id)


async def test_an_admin_proposes_another_approves_and_one_request_deletes(
    harness: ServiceHarness,
) -> None:
    change = await deleted(harness)
    assert (change.state, harness.api.sent) == (State.APPLIED, [DELETE])
    assert set(harness.api.held[CUSTOMER]) == {"b@example.com", "c@example.com"}


async def test_an_operator_may_not_propose_it(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match="admin"):
        await propose(harness.ctx, actor(), WISH)


async def test_no_row_of_the_policy_makes_it_one_persons_decision(harness: ServiceHarness) -> None:
    await harness.policy(a_policy_rule(approvals=0))
    change = await proposed(harness)
    assert (change.state, change.approvals_needed) == (State.AWAITING_APPROVAL, 1)
    with pytest.raises(NotAllowed, match="Nobody approves their own"):
        await decide.approve(harness.ctx, actor(ADMIN), change.id, change.preview_revision)


async def test_the_approver_sees_who_it_is_and_the_trail_does_not(harness: ServiceHarness) -> None:
    change = await proposed(harness)
    assert change.preview
    assert change.preview.display_name == "Jo Example"
    flags = UserFlags(failover=False, access=True, activation=True)
    assert change.preview.facts == Facts(flags=flags)
    [previewed] = await harness.details("change.previewed")
    assert "Jo" not in str(previewed)
    assert previewed["Now"] == "failover off, access on, activated"


async def test_nobody_there_stops_it_before_anybody_is_asked(harness: ServiceHarness) -> None:
    change, _ = await propose(
        harness.ctx, actor(ADMIN), Proposal(CUSTOMER, DeleteUser(), users("nobody"))
    )
    await harness.executor.run()
    assert await harness.state(change.id) is State.CANCELLED


async def test_gone_before_it_is_sent_says_so_and_sends_nothing(harness: ServiceHarness) -> None:
    change = await approved(harness)
    del harness.api.held[CUSTOMER][A]
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.outcome
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    assert "Nothing to do, nothing was sent" in change.outcome.sentence


async def test_in_failover_since_it_was_approved_he_is_not_deleted(harness: ServiceHarness) -> None:
    change = await approved(harness)
    harness.api.held[CUSTOMER][A].failover = True
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.outcome
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    words = "Nothing was sent: the user is in failover now, and the card did not show that."
    assert change.outcome.sentence == words


async def test_an_address_that_is_somebody_elses_by_now_is_not_deleted(
    harness: ServiceHarness,
) -> None:
    change = await approved(harness)
    harness.api.held[CUSTOMER][A].fields["displayName"] = "Josephine Secret"
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.outcome
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    assert (
        change.outcome.sentence
        == "Nothing was sent: the user's name is not the one on the card any more."
    )


@pytest.mark.parametrize(("landed", "sent"), [(True, 1), (False, 2)])
async def test_an_ambiguous_answer_is_read_back_and_the_same_user_is_deleted(
    harness: ServiceHarness, landed: bool, sent: int
) -> None:
    harness.api.answers = [ambiguous(landed=landed)]
    change = await deleted(harness)
    assert change.state is State.UNKNOWN
    harness.clock.advance(seconds=3)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert harness.api.sent == [DELETE] * sent


async def test_one_that_lands_late_between_two_attempts_is_applied(harness: ServiceHarness) -> None:
    harness.api.answers = [ambiguous(landed=False)]
    change = await deleted(harness)
    user = harness.api.user

    async def late(customer: str, address: str) -> object:
        try:
            return await user(customer, address)
        finally:
            harness.api.held[customer].pop(address, None)

    harness.api.user = late  # type: ignore[method-assign, assignment]
    harness.clock.advance(seconds=3)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert harness.api.sent == [DELETE]


async def test_it_fails_by_the_words_of_the_api(harness: ServiceHarness) -> None:
    harness.api.answers = [refusal("Forbidden")]
    change = await deleted(harness)
    assert change.outcome
    assert (change.state, change.outcome.sentence) == (State.FAILED, "Forbidden")
    with pytest.raises(
        Conflict, match="nothing to propose again"
    ):  # the address is typed each time
        await propose_again(harness.ctx, actor(ADMIN), change.id)


async def test_accepted_and_still_there_is_looked_at_until_he_is_gone(
    harness: ServiceHarness,
) -> None:
    harness.api.answers = [ACCEPTED_IN_VAIN]
    change = await deleted(harness)
    assert change.outcome
    assert (change.state, change.outcome.in_state, change.outcome.failed) == (State.ACCEPTED, 0, 0)
    del harness.api.held[CUSTOMER][A]
    harness.clock.advance(seconds=2)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert len(harness.api.sent) == 1


async def test_without_an_answer_whether_he_is_there_nothing_is_sent(
    harness: ServiceHarness,
) -> None:
    change = await approved(harness)
    harness.api.unreadable = Ambiguous("no answer")
    await harness.executor.run()
    change = await harness.change(change.id)
    assert change.outcome
    assert (change.state, harness.api.sent) == (State.APPROVED, [])
    words = "The API did not tell whether the user is there: no answer Nothing was sent."
    assert change.outcome.sentence == words
    harness.api.unreadable = None
    harness.clock.advance(seconds=5)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED


async def test_a_person_concludes_what_reading_back_does_not(harness: ServiceHarness) -> None:
    harness.api.answers = [ambiguous(landed=True)]
    change = await deleted(harness)
    harness.api.unreadable = Ambiguous("no answer")
    for _ in range(6):
        harness.clock.advance(seconds=61)
        await harness.executor.run()
    assert await harness.state(change.id) is State.NEEDS_OPERATOR
    with pytest.raises(NotAllowed):
        await resolve.read_back_again(harness.ctx, actor(), change.id)
    harness.api.unreadable = None
    after = await resolve.read_back_again(harness.ctx, actor(ADMIN), change.id)
    assert after.state is State.APPLIED
    with pytest.raises(Conflict):
        await resolve.give_up(harness.ctx, actor(ADMIN), change.id, "why")
