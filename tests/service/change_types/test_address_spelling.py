"""Addresses in other capitals than the API's, whose paths may mind them: the fake's do."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.actions import DeleteUser, MakeToken
from bot.domain.change import Change
from bot.domain.change_request import Proposal
from bot.domain.change_state import State
from bot.domain.limits import MAX_TYPED_USERS
from bot.domain.outcome import UserStatus
from bot.domain.preview import Facts, Preview
from bot.domain.scope import Users
from bot.domain.secret import Secret
from bot.errors import Ambiguous, InvalidInput
from bot.service.change_types.attempt import address_spelling
from bot.service.changes import decide, password
from bot.service.changes.propose import propose
from bot.service.queries.show_user import show_user
from tests.builders import ADMIN, APPROVER, CUSTOMER, NOW
from tests.fakes import ambiguous
from tests.service.change_types import test_edit_user, test_import_users, test_purge_users
from tests.service.harness import ServiceHarness, actor, approved

TYPED, TOLD = "JO@Example.com", "Jo@example.COM"
NOBODY = "nobody@example.com"


def held(harness: ServiceHarness, *addresses: str, failover: bool = False) -> None:
    """The API holds these users, in its own spelling."""
    harness.api.add(CUSTOMER, *addresses, failover=failover)


async def at(harness: ServiceHarness, change: Change) -> tuple[State, Users]:
    current = await harness.change(change.id)
    assert isinstance(current.scope, Users)
    return current.state, current.scope


async def test_a_named_user_is_switched_by_the_apis_own_spelling(harness: ServiceHarness) -> None:
    held(harness, TOLD)
    change = await harness.executed(Users((TYPED, "a@example.com")))
    assert change.state is State.APPLIED
    assert change.scope == Users((TOLD, "a@example.com"))
    assert harness.api.sent == [
        f"PUT /44444/{TOLD}/failover",
        "PUT /44444/a@example.com/failover",
    ]
    [previewed] = await harness.details("change.previewed")
    assert previewed["spelled"] == [f"{TYPED} is {TOLD} at the API"]
    [executing] = await harness.details("change.executing")
    assert executing["requests"] == harness.api.sent


async def test_many_of_a_file_are_too_and_their_list_is_read_once(harness: ServiceHarness) -> None:
    """550 users of a directory's export were previewed, approved, and all answered 404."""
    many = [f"User{one:04}@Example.com" for one in range(MAX_TYPED_USERS + 50)]
    held(harness, *(address.lower() for address in many))
    change = await harness.executed(Users(tuple(many)))
    assert change.state is State.APPLIED
    assert {*harness.api.sent} == {f"PUT /44444/{one.lower()}/failover" for one in many}
    assert all(f"GET /44444/{one}" not in harness.api.asked for one in many)


async def test_whom_the_api_does_not_know_in_any_capitals_stops_it(harness: ServiceHarness) -> None:
    held(harness, TOLD)
    change = await harness.previewed(Users((TYPED, NOBODY)))
    assert change.state is State.CANCELLED
    assert change.decision_reason == (
        f"1 of 2 users are known for customer {CUSTOMER}. Not known: {NOBODY}. Not Found"
    )


async def test_the_same_wish_in_other_capitals_is_the_same_change(harness: ServiceHarness) -> None:
    held(harness, TOLD)
    first = await harness.previewed(Users((TYPED,)))
    assert (await harness.propose(Users((TYPED,)))).id == first.id


async def test_a_long_list_is_not_read_for_a_few(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address_spelling, "MAX_LISTED_USERS", 3)
    held(harness, TOLD)
    change = await harness.previewed(Users((TYPED,)))
    assert change.state is State.CANCELLED
    assert change.decision_reason == (
        f"There is no user {TYPED} for customer {CUSTOMER}. Not Found Whether it has other capitals at the API was not looked up; "
        "try its exact spelling."
    )
    assert f"GET /{CUSTOMER}" not in harness.api.asked


async def test_of_two_whom_capitals_tell_apart_the_exact_one_is_meant(
    harness: ServiceHarness,
) -> None:
    held(harness, TOLD, TYPED)
    change = await harness.executed(Users((TYPED,)))
    assert (change.state, harness.api.sent) == (State.APPLIED, [f"PUT /44444/{TYPED}/failover"])


async def test_of_two_others_neither_is_taken(harness: ServiceHarness) -> None:
    held(harness, TOLD, "jo@example.com")
    change = await harness.previewed(Users((TYPED,)))
    assert change.state is State.CANCELLED
    assert "give the exact spelling" in change.decision_reason
    many = Users((TYPED, *(f"u{one}@example.com" for one in range(MAX_TYPED_USERS))))
    assert "give the exact spelling" in (await harness.previewed(many)).decision_reason


async def test_what_could_not_be_previewed_is_looked_at_before_it_is_sent(
    harness: ServiceHarness,
) -> None:
    held(harness, TOLD)
    harness.api.unreadable = Ambiguous("no answer")
    change = await harness.released(Users((TYPED,)))
    harness.api.unreadable = None
    await harness.executor.run()
    assert await at(harness, change) == (State.APPLIED, Users((TOLD,)))
    assert harness.api.sent == [f"PUT /44444/{TOLD}/failover"]


@pytest.mark.parametrize("silent", [False, True])
async def test_an_edit_writes_nobody_a_second_time(harness: ServiceHarness, silent: bool) -> None:
    held(harness, TOLD)
    harness.api.held[CUSTOMER][TOLD].fields["displayName"] = "Jo"
    harness.api.unreadable = Ambiguous("no answer") if silent else None
    change, _ = await propose(
        harness.ctx, actor(), Proposal(CUSTOMER, test_edit_user.RENAME, Users((TYPED,)), "moved")
    )
    await harness.executor.run()
    change = await harness.change(change.id)
    await decide.confirm(harness.ctx, actor(), change.id, change.preview_revision)
    harness.api.unreadable = None
    await harness.executor.run()
    assert await at(harness, change) == (State.APPLIED, Users((TYPED if silent else TOLD,)))
    assert harness.api.sent == [f"PUT /{CUSTOMER}/{TOLD}"]


async def deletion(harness: ServiceHarness) -> Change:
    change, _ = await propose(
        harness.ctx,
        actor(ADMIN),
        Proposal(CUSTOMER, DeleteUser(), Users((TYPED,)), "left"),
    )
    await harness.executor.run()
    change = await harness.change(change.id)
    await decide.approve(harness.ctx, actor(APPROVER), change.id, change.preview_revision)
    return change


@pytest.mark.parametrize("silent", [False, True])
async def test_a_deletion_is_read_back_by_the_spelling_it_was_sent_with(
    harness: ServiceHarness, silent: bool
) -> None:
    """Else a 404 for the typed spelling would tell that a user is gone who is there."""
    held(harness, TOLD)
    harness.api.unreadable = Ambiguous("no answer") if silent else None
    change = await deletion(harness)
    harness.api.unreadable = None
    harness.api.answers = [ambiguous(landed=False)]
    await harness.executor.run()
    harness.clock.advance(seconds=2)
    await harness.executor.run()
    assert await at(harness, change) == (State.APPLIED, Users((TOLD,)))
    assert harness.api.sent == [f"DELETE /{CUSTOMER}/{TOLD}"] * 2
    assert TOLD not in harness.api.held[CUSTOMER]


async def test_a_deletion_whose_spelling_changed_since_the_preview_is_not_sent(
    harness: ServiceHarness,
) -> None:
    held(harness, TOLD)
    seen = Preview(NOW, total=1, already=0)
    change = approved(
        "C-00001", Users((TYPED,)), action=DeleteUser(), preview=seen, requester=ADMIN
    )
    await harness.put(change)
    await harness.executor.run()
    change = await harness.change(change.id)
    assert (change.state, harness.api.sent) == (State.FAILED, [])
    assert change.outcome
    assert change.outcome.sentence == (
        f"Nothing was sent: the API spells the address {TOLD}. Propose it again."
    )


async def test_a_token_is_asked_for_by_the_apis_spelling_and_the_password_set_by_it(
    harness: ServiceHarness,
) -> None:
    held(harness, TOLD)
    harness.allow_passwords()
    request = Proposal(CUSTOMER, MakeToken(notify=True), Users((TYPED,)), "new")
    change, _ = await propose(harness.ctx, actor(ADMIN), request)
    await harness.executor.run()
    change = await harness.change(change.id)
    await decide.confirm(harness.ctx, actor(ADMIN), change.id, change.preview_revision)
    await harness.executor.run()
    assert await at(harness, change) == (State.APPLIED, Users((TOLD,)))
    [token] = harness.api.tokens
    await password.set_password(harness.ctx, actor(ADMIN), TYPED, Secret(token), Secret("Passw0rd"))
    assert {*harness.api.passwords} == {TOLD}


async def test_a_user_is_shown_however_he_is_typed(harness: ServiceHarness) -> None:
    held(harness, TOLD)
    shown = await show_user(harness.ctx, actor(), CUSTOMER, TYPED)
    assert shown.user.address == TOLD
    assert shown.user.fields["user"] == TOLD
    with pytest.raises(InvalidInput, match="has no user"):
        await show_user(harness.ctx, actor(), CUSTOMER, NOBODY)


async def test_an_import_makes_nobody_a_second_time(harness: ServiceHarness) -> None:
    """Three users in other capitals became three second users."""
    held(harness, "a@Example.com", "b@Example.com", "c@Example.com", failover=True)
    for one in users_of(harness):
        if one in {f"{name}@example.com" for name in "abc"}:
            del harness.api.held[CUSTOMER][one]
    change = await test_import_users.executed(
        harness, test_import_users.a_file(["a", "b", "c", "x"])
    )
    assert change.state is State.APPLIED
    assert change.preview
    assert change.preview.facts == Facts(new=1, changed=3, unchanged=0, skipped=0)
    assert users_of(harness) == [*(f"{one}@Example.com" for one in "abc"), "x@example.com"]
    rows = await harness.look(lambda tx: tx.count_user_outcomes(change.id))
    assert rows[UserStatus.APPLIED] == 4


async def test_the_first_user_of_an_import_is_looked_at_by_the_apis_spelling(
    harness: ServiceHarness,
) -> None:
    """Whether an update resets flags is seen by this user: a 404 would have hidden it."""
    harness.api.held[CUSTOMER].clear()
    held(harness, "a@Example.com", "b@Example.com", failover=True)
    real = harness.api.update_users

    async def resetting(customer: str, users: Any) -> Any:
        for one in users:
            harness.api.held[CUSTOMER][one["user"]].failover = False
        return await real(customer, users)

    harness.api.update_users = resetting  # type: ignore[method-assign]
    change = await test_import_users.executed(harness, test_import_users.a_file(["a", "b"]))
    assert change.state is State.PARTIAL
    assert harness.api.held[CUSTOMER]["b@Example.com"].failover is True


def users_of(harness: ServiceHarness) -> list[str]:
    return [*harness.api.held[CUSTOMER]]


async def test_a_purge_looks_for_nobody_in_other_capitals(harness: ServiceHarness) -> None:
    """Whoever was deleted is gone, were there another of the same name; and no list is read for it."""
    test_purge_users.add_left(harness, 2)
    harness.api.answers = [ambiguous(landed=True)]
    change = await test_purge_users.purged(harness)
    held(harness, "U000@example.com")
    harness.api.asked.clear()
    harness.clock.advance(seconds=3)
    await harness.executor.run()
    assert await harness.state(change.id) is State.APPLIED
    assert f"GET /{CUSTOMER}" not in harness.api.asked
