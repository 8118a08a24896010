"""What the looks at the API tell of an account, a customer and a host."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bot.domain.api_health import ApiAccount, ApiFault, ApiHealth, StandingFault, fault_of
from bot.errors import Ambiguous, NotSent, Refused
from tests.builders import NOW

OWN, SHARED = ApiAccount("[1] in X", "one.example"), ApiAccount("USER", "api.example")


@pytest.fixture
def health() -> ApiHealth:
    accounts = {"1": OWN, "2": SHARED, "3": SHARED}
    return ApiHealth(accounts.get)


def at(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (Refused("", status=401), ApiFault.PASSWORD),
        (Refused("", status=403), ApiFault.NOT_ALLOWED),
        (Refused("", status=404), ApiFault.UNKNOWN_CUSTOMER),
        (NotSent("", status=429), None),
        (NotSent(""), ApiFault.NO_ANSWER),
        (Ambiguous(""), ApiFault.NO_ANSWER),
        (Ambiguous("", status=503), ApiFault.NO_ANSWER),
        (Refused("", status=302), ApiFault.NO_ANSWER),
    ],
)
def test_what_an_answer_means(error: Refused, fault: ApiFault | None) -> None:
    assert fault_of(error) is fault


def test_a_wrong_password_is_of_every_customer_of_the_account(health: ApiHealth) -> None:
    health.looked("2", ApiFault.PASSWORD, at(0))
    health.looked("3", ApiFault.PASSWORD, at(5))
    told = StandingFault(ApiFault.PASSWORD, "USER", at(0), at(5))
    assert health.faults() == [told]
    assert (health.fault_for("2"), health.fault_for("3")) == (told, told)
    assert health.fault_for("1") is None
    health.looked("3", ApiFault.NOT_ALLOWED, at(6))  # the password is right by now
    assert health.fault_for("2") is None
    assert health.faults() == [StandingFault(ApiFault.NOT_ALLOWED, "3", at(6), at(6))]


def test_what_is_of_a_customer_stays_until_that_customer_is_looked_at(health: ApiHealth) -> None:
    health.looked("2", ApiFault.UNKNOWN_CUSTOMER, at(0))
    health.looked("3", None, at(1))
    assert [one.subject for one in health.faults()] == ["2"]
    health.looked("2", ApiFault.NOT_ALLOWED, at(2))
    assert [one.fault for one in health.faults()] == [ApiFault.NOT_ALLOWED]
    health.looked("2", None, at(3))
    assert health.faults() == []


def test_a_silence_hides_what_was_found_before_and_ends_with_any_answer(health: ApiHealth) -> None:
    health.looked("2", ApiFault.NOT_ALLOWED, at(0))
    health.looked("3", ApiFault.NO_ANSWER, at(1))
    health.looked("2", ApiFault.NO_ANSWER, at(2))
    silent = StandingFault(ApiFault.NO_ANSWER, "api.example", at(1), at(2))
    assert health.fault_for("2") == silent
    assert len(health.faults()) == 2
    health.looked("3", ApiFault.UNKNOWN_CUSTOMER, at(3))
    assert silent not in health.faults()
    found = health.fault_for("2")
    assert found is not None
    assert found.fault is ApiFault.NOT_ALLOWED


def test_a_customer_without_an_account_is_nobody_s_fault(health: ApiHealth) -> None:
    health.looked("9", ApiFault.PASSWORD, at(0))
    assert health.faults() == []
    assert health.fault_for("9") is None
