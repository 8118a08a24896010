"""Passwords: off unless allowed, one call, recorded before and after, and nothing of them is kept."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.actor import Actor
from bot.domain.password import check_password, check_token
from bot.domain.roles import Role
from bot.domain.secret import Secret
from bot.errors import (
    Ambiguous,
    ContinuityError,
    InvalidInput,
    LeaseLost,
    NotAllowed,
    NotSent,
    Refused,
    StoreUnusable,
)
from bot.service.changes.password import NOT_KNOWN, OFF, set_password
from bot.service.replicas.lease import NOT_TAKEN_OVER
from tests.builders import (
    ADMIN,
    APPROVER,
    CHANNEL,
    CUSTOMER,
    OTHER_CUSTOMER,
    REQUESTER,
    a_grant,
    a_subject,
)
from tests.fakes import Answer, ambiguous, not_sent, refusal
from tests.service.harness import ServiceHarness, actor

JO = "a@example.com"
TOKEN, PASSWORD = Secret("token-1"), Secret("Correct1Horse")


@pytest.fixture
def allowed(harness: ServiceHarness) -> ServiceHarness:
    harness.allow_passwords()
    harness.api.tokens["token-1"] = JO
    return harness


async def put(harness: ServiceHarness, who: Actor | None = None) -> None:
    await set_password(harness.ctx, who or actor(ADMIN), JO, TOKEN, PASSWORD)


async def kept(harness: ServiceHarness) -> str:
    return repr(await harness.entries())


async def test_it_is_off_by_default_and_says_what_to_prefer(harness: ServiceHarness) -> None:
    with pytest.raises(NotAllowed, match="ALLOW_PASSWORD_COMMAND"):
        await put(harness)
    assert await harness.refusals() == [OFF]
    assert harness.api.sent == []


async def test_an_admin_sets_it_and_the_trail_says_so_without_it(allowed: ServiceHarness) -> None:
    await put(allowed)
    assert allowed.api.passwords == {JO: PASSWORD.reveal()}
    assert (await allowed.trail())[-2:] == ["password.asked", "password.set"]
    [intent] = await allowed.details("password.asked")
    assert intent["requests"] == [f"PUT /{JO}/password"]
    assert ADMIN in intent["rows"]
    [done] = await allowed.details("password.set")
    assert done == {"user": JO, "api_id": "R-1", "api_timestamp": "2026-03-14T03:10:01Z"}
    for secret in (TOKEN, PASSWORD):
        assert secret.reveal() not in await kept(allowed)


@pytest.mark.parametrize("user", [REQUESTER, APPROVER, "U0STRANGER"])
async def test_nobody_but_an_admin_sets_one(allowed: ServiceHarness, user: str) -> None:
    with pytest.raises(NotAllowed, match="Only an admin"):
        await put(allowed, actor(user))
    assert allowed.api.sent == []


async def test_it_has_to_be_an_incident_channel_of_a_customer_of_his(
    allowed: ServiceHarness,
) -> None:
    await allowed.grant(
        a_grant("U0OTHER", Role.ADMIN, customer=OTHER_CUSTOMER),
        a_grant("C0QUIET", Role.INCIDENT, customer=OTHER_CUSTOMER),
    )
    for who in (actor(ADMIN, "C0QUIET"), actor(ADMIN, "C0NOWHERE"), actor("U0OTHER", CHANNEL)):
        with pytest.raises(NotAllowed, match="Only an admin"):
            await put(allowed, who)
    await put(allowed, actor("U0OTHER", "C0QUIET"))


async def test_an_admin_of_all_customers_needs_a_channel_too(allowed: ServiceHarness) -> None:
    await allowed.grant(a_grant("U0ALL", Role.ADMIN, customer="*"))
    await put(allowed, actor("U0ALL", CHANNEL))


async def test_a_right_that_is_taken_away_in_the_last_moment_counts(
    allowed: ServiceHarness,
) -> None:
    allowed.store.meanwhile.append(
        lambda tx: tx.remove_grant(a_subject(ADMIN), Role.ADMIN, CUSTOMER)
    )
    with pytest.raises(NotAllowed):
        await put(allowed)
    assert allowed.api.sent == []


@pytest.mark.parametrize(
    ("answer", "error", "kind"),
    [
        (refusal("wrong token"), Refused, "password.failed"),
        (not_sent(), NotSent, "password.failed"),
        (Answer(Refused("Which customer?"), effect=False), Refused, "password.failed"),
        (ambiguous(landed=True), Ambiguous, "password.unknown"),
        (ambiguous(landed=False), Ambiguous, "password.unknown"),
    ],
)
async def test_what_went_wrong_is_recorded_and_nothing_is_sent_twice(
    allowed: ServiceHarness, answer: Any, error: type[ContinuityError], kind: str
) -> None:
    allowed.api.answers = [answer]
    with pytest.raises(error) as caught:
        await put(allowed)
    assert (await allowed.trail())[-2:] == ["password.asked", kind]
    assert len(allowed.api.sent) == 1
    if error is Ambiguous:
        assert str(caught.value) == NOT_KNOWN.format(JO)
    else:
        assert str(caught.value).startswith(f"The password of {JO} was not set. ")
        answered = caught.value.status is not None
        assert ("ask for a new one" in str(caught.value)) is answered


async def test_a_database_that_fails_afterwards_hides_from_nobody_that_it_was_set(
    allowed: ServiceHarness,
) -> None:
    allowed.api.on_write = lambda _: allowed.store.errors.append(StoreUnusable("The disk is full."))
    with pytest.raises(StoreUnusable) as caught:
        await put(allowed)
    words = f"The password of {JO} was set, and only that could not be recorded: The disk is full."
    assert str(caught.value) == words


async def test_nor_that_it_is_not_known(allowed: ServiceHarness) -> None:
    allowed.api.answers = [ambiguous(landed=True)]
    allowed.api.on_write = lambda _: allowed.store.errors.append(StoreUnusable("The disk is full."))
    with pytest.raises(Ambiguous, match="It is not known"):
        await put(allowed)


async def test_a_lease_that_is_lost_before_it_is_told_and_nothing_is_sent(
    allowed: ServiceHarness,
) -> None:
    allowed.store.errors.append(LeaseLost("It lost its lease."))
    with pytest.raises(LeaseLost) as caught:
        await put(allowed)
    assert str(caught.value) == f"The password of {JO} was not set. {NOT_TAKEN_OVER}"
    assert allowed.api.sent == []


async def test_a_lease_that_is_lost_meanwhile_hides_the_end_from_nobody(
    allowed: ServiceHarness,
) -> None:
    """It has another one in a moment, and records it then."""
    lost = [LeaseLost("It lost its lease.")] * 3
    allowed.api.on_write = lambda _: allowed.store.errors.extend(lost)
    await put(allowed)
    assert (await allowed.trail())[-2:] == ["password.asked", "password.set"]
    assert len(allowed.api.sent) == 1


@pytest.mark.parametrize("good", ["a" * 8, "Z9@$!%*?&", "x" * 256])
def test_the_documented_rule_takes(good: str) -> None:
    assert check_password(good) == good


@pytest.mark.parametrize("bad", ["", "a" * 7, "x" * 257, "with space", "ümlaut123", "abcdefgh\n"])
def test_the_documented_rule_refuses_and_repeats_nothing(bad: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_password(bad)
    assert not bad or bad not in str(caught.value)


def test_a_token_is_one_word() -> None:
    assert check_token(" hXE-F8 ") == "hXE-F8"
    for bad in ("", "  ", "two words", "a\nb", "a\u200bb"):
        with pytest.raises(InvalidInput):
            check_token(bad)
