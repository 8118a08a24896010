"""Addresses in other capitals than the API's, whose paths may mind them: the fake's do."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.actions import DeleteUser, MakeToken
from bot.domain.change import Change, State
from bot.domain.change_request import Proposal
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
from tests.service.service_setup import House, actor, approved

TYPED, TOLD = "JO@Example.com", "Jo@example.COM"
NOBODY = "nobody@example.com"


def held(house: House, *addresses: str, failover: bool = False) -> None:
    """The API holds these users, in its own spelling."""
    house.api.add(CUSTOMER, *addresses, failover=failover)


async def at(house: House, change: Change) -> tuple[State, Users]:
    current = await house.change(change.id)
    assert isinstance(current.scope, Users)
    return current.state, current.scope


async def test_a_named_user_is_switched_by_the_apis_own_spelling(house: House) -> None:
    held(house, TOLD)
    change = await house.executed(Users((TYPED, "a@example.com")))
    assert change.state is State.APPLIED
    assert change.scope == Users((TOLD, "a@example.com"))
    assert house.api.sent == [
        f"PUT /44444/{TOLD}/failover",
        "PUT /44444/a@example.com/failover",
    ]
    [previewed] = await house.details("change.previewed")
    assert previewed["spelled"] == [f"{TYPED} is {TOLD} at the API"]
    [executing] = await house.details("change.executing")
    assert executing["requests"] == house.api.sent


async def test_many_of_a_file_are_too_and_their_list_is_read_once(house: House) -> None:
    """550 users of a directory's export were previewed, approved, and all answered 404."""
    many = [f"User{one:04}@Example.com" for one in range(MAX_TYPED_USERS + 50)]
    held(house, *(address.lower() for address in many))
    change = await house.executed(Users(tuple(many)))
    assert change.state is State.APPLIED
    assert {*house.api.sent} == {f"PUT /44444/{one.lower()}/failover" for one in many}
    assert all(f"GET /44444/{one}" not in house.api.asked for one in many)


async def test_whom_the_api_does_not_know_in_any_capitals_stops_it(house: House) -> None:
    held(house, TOLD)
    change = await house.previewed(Users((TYPED, NOBODY)))
    assert change.state is State.CANCELLED
    assert change.decision_reason == f"{NOBODY}: Not Found"


async def test_the_same_wish_in_other_capitals_is_the_same_change(house: House) -> None:
    held(house, TOLD)
    first = await house.previewed(Users((TYPED,)))
    assert (await house.propose(Users((TYPED,)))).id == first.id


async def test_a_long_list_is_not_read_for_a_few(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address_spelling, "MAX_LISTED_USERS", 3)
    held(house, TOLD)
    change = await house.previewed(Users((TYPED,)))
    assert change.state is State.CANCELLED
    assert change.decision_reason == (
        f"{TYPED}: Not Found Whether it has other capitals at the API was not looked up; "
        "try its exact spelling."
    )
    assert f"GET /{CUSTOMER}" not in house.api.asked


async def test_of_two_whom_capitals_tell_apart_the_exact_one_is_meant(house: House) -> None:
    held(house, TOLD, TYPED)
    change = await house.executed(Users((TYPED,)))
    assert (change.state, house.api.sent) == (State.APPLIED, [f"PUT /44444/{TYPED}/failover"])


async def test_of_two_others_neither_is_taken(house: House) -> None:
    held(house, TOLD, "jo@example.com")
    change = await house.previewed(Users((TYPED,)))
    assert change.state is State.CANCELLED
    assert "give the exact spelling" in change.decision_reason
    many = Users((TYPED, *(f"u{one}@example.com" for one in range(MAX_TYPED_USERS))))
    assert "give the exact spelling" in (await house.previewed(many)).decision_reason


async def test_what_could_not_be_previewed_is_looked_at_before_it_is_sent(house: House) -> None:
    held(house, TOLD)
    house.api.unreadable = Ambiguous("no answer")
    change = await house.released(Users((TYPED,)))
    house.api.unreadable = None
    await house.executor.run()
    assert await at(house, change) == (State.APPLIED, Users((TOLD,)))
    assert house.api.sent == [f"PUT /44444/{TOLD}/failover"]


@pytest.mark.parametrize("silent", [False, True])
async def test_an_edit_writes_nobody_a_second_time(house: House, silent: bool) -> None:
    held(house, TOLD)
    house.api.held[CUSTOMER][TOLD].fields["displayName"] = "Jo"
    house.api.unreadable = Ambiguous("no answer") if silent else None
    change, _ = await propose(
        house.ctx, actor(), Proposal(CUSTOMER, test_edit_user.RENAME, Users((TYPED,)), "moved")
    )
    await house.executor.run()
    change = await house.change(change.id)
    await decide.confirm(house.ctx, actor(), change.id, change.preview_revision)
    house.api.unreadable = None
    await house.executor.run()
    assert await at(house, change) == (State.APPLIED, Users((TYPED if silent else TOLD,)))
    assert house.api.sent == [f"PUT /{CUSTOMER}/{TOLD}"]


async def deletion(house: House) -> Change:
    change, _ = await propose(
        house.ctx,
        actor(ADMIN),
        Proposal(CUSTOMER, DeleteUser(), Users((TYPED,)), "left"),
    )
    await house.executor.run()
    change = await house.change(change.id)
    await decide.approve(house.ctx, actor(APPROVER), change.id, change.preview_revision)
    return change


@pytest.mark.parametrize("silent", [False, True])
async def test_a_deletion_is_read_back_by_the_spelling_it_was_sent_with(
    house: House, silent: bool
) -> None:
    """Else a 404 for the typed spelling would tell that a user is gone who is there."""
    held(house, TOLD)
    house.api.unreadable = Ambiguous("no answer") if silent else None
    change = await deletion(house)
    house.api.unreadable = None
    house.api.answers = [ambiguous(landed=False)]
    await house.executor.run()
    house.clock.advance(seconds=2)
    await house.executor.run()
    assert await at(house, change) == (State.APPLIED, Users((TOLD,)))
    assert house.api.sent == [f"DELETE /{CUSTOMER}/{TOLD}"] * 2
    assert TOLD not in house.api.held[CUSTOMER]


async def test_a_deletion_whose_spelling_changed_since_the_preview_is_not_sent(
    house: House,
) -> None:
    held(house, TOLD)
    seen = Preview(NOW, total=1, already=0)
    change = approved(
        "C-00001", Users((TYPED,)), action=DeleteUser(), preview=seen, requester=ADMIN
    )
    await house.put(change)
    await house.executor.run()
    change = await house.change(change.id)
    assert (change.state, house.api.sent) == (State.FAILED, [])
    assert change.outcome
    assert change.outcome.sentence == (
        f"Nothing was sent: the API spells the address {TOLD}. Propose it again."
    )


async def test_a_token_is_asked_for_by_the_apis_spelling_and_the_password_set_by_it(
    house: House,
) -> None:
    held(house, TOLD)
    house.allow_passwords()
    request = Proposal(CUSTOMER, MakeToken(notify=True), Users((TYPED,)), "new")
    change, _ = await propose(house.ctx, actor(ADMIN), request)
    await house.executor.run()
    change = await house.change(change.id)
    await decide.confirm(house.ctx, actor(ADMIN), change.id, change.preview_revision)
    await house.executor.run()
    assert await at(house, change) == (State.APPLIED, Users((TOLD,)))
    [token] = house.api.tokens
    await password.set_password(house.ctx, actor(ADMIN), TYPED, Secret(token), Secret("Passw0rd"))
    assert {*house.api.passwords} == {TOLD}


async def test_a_user_is_shown_however_he_is_typed(house: House) -> None:
    held(house, TOLD)
    shown = await show_user(house.ctx, actor(), CUSTOMER, TYPED)
    assert shown.user.address == TOLD
    assert shown.user.fields["user"] == TOLD
    with pytest.raises(InvalidInput, match="has no user"):
        await show_user(house.ctx, actor(), CUSTOMER, NOBODY)


async def test_an_import_makes_nobody_a_second_time(house: House) -> None:
    """Three users in other capitals became three second users."""
    held(house, "a@Example.com", "b@Example.com", "c@Example.com", failover=True)
    for one in users_of(house):
        if one in {f"{name}@example.com" for name in "abc"}:
            del house.api.held[CUSTOMER][one]
    change = await test_import_users.executed(house, test_import_users.a_file(["a", "b", "c", "x"]))
    assert change.state is State.APPLIED
    assert change.preview
    assert change.preview.facts == Facts(new=1, changed=3, unchanged=0, skipped=0)
    assert users_of(house) == [*(f"{one}@Example.com" for one in "abc"), "x@example.com"]
    rows = await house.look(lambda tx: tx.count_user_outcomes(change.id))
    assert rows[UserStatus.APPLIED] == 4


async def test_the_first_user_of_an_import_is_looked_at_by_the_apis_spelling(house: House) -> None:
    """Whether an update resets flags is seen by this user: a 404 would have hidden it."""
    house.api.held[CUSTOMER].clear()
    held(house, "a@Example.com", "b@Example.com", failover=True)
    real = house.api.update_users

    async def resetting(customer: str, users: Any) -> Any:
        for one in users:
            house.api.held[CUSTOMER][one["user"]].failover = False
        return await real(customer, users)

    house.api.update_users = resetting  # type: ignore[method-assign]
    change = await test_import_users.executed(house, test_import_users.a_file(["a", "b"]))
    assert change.state is State.PARTIAL
    assert house.api.held[CUSTOMER]["b@Example.com"].failover is True


def users_of(house: House) -> list[str]:
    return [*house.api.held[CUSTOMER]]


async def test_a_purge_looks_for_nobody_in_other_capitals(house: House) -> None:
    """Whoever was deleted is gone, were there another of the same name; and no list is read for it."""
    test_purge_users.add_left(house, 2)
    house.api.answers = [ambiguous(landed=True)]
    change = await test_purge_users.purged(house)
    held(house, "U000@example.com")
    house.api.asked.clear()
    house.clock.advance(seconds=3)
    await house.executor.run()
    assert await house.state(change.id) is State.APPLIED
    assert f"GET /{CUSTOMER}" not in house.api.asked
