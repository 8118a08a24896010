"""What the form of a user offers: the values of the customer's first users, and the zones."""

from __future__ import annotations

import zoneinfo

import pytest

from bot.errors import NotSent
from bot.service.queries import field_choices as module
from bot.service.queries.field_choices import MAX_USERS_READ, field_choices
from tests.builders import CUSTOMER
from tests.fakes import FakeUser
from tests.service.harness import ServiceHarness


def hold(harness: ServiceHarness, *languages: object) -> None:
    """Hold a user for each language, all in one time zone."""
    harness.api.held[CUSTOMER] = {}
    for number, language in enumerate(languages):
        user = FakeUser(False, False, False, frozenset())
        user.fields.update(language=language, timezone="W. Europe Standard Time")
        harness.api.held[CUSTOMER][f"u{number:04}@example.com"] = user


async def test_values_in_use_are_told_once_each(harness: ServiceHarness) -> None:
    hold(harness, "en_GB", "de_DE", "en_GB", None, " ", 7)
    found = await field_choices(harness.ctx, CUSTOMER)
    assert found.told == {
        "language": ["de_DE", "en_GB"],
        "timezone": ["W. Europe Standard Time"],
    }
    assert len(harness.api.asked) == 1


async def test_the_first_users_are_enough(harness: ServiceHarness) -> None:
    hold(harness, *["en_GB"] * MAX_USERS_READ, "fr_FR")
    assert (await field_choices(harness.ctx, CUSTOMER)).told["language"] == ["en_GB"]


@pytest.mark.skipif(not zoneinfo.available_timezones(), reason="the machine has no tz database")
async def test_zones_are_those_of_a_place_and_utc(harness: ServiceHarness) -> None:
    zones = (await field_choices(harness.ctx, CUSTOMER)).zones
    assert {"Europe/Berlin", "America/Argentina/Ushuaia", "UTC"} <= {*zones}
    assert not {"Factory", "localtime", "Etc/GMT+5", "US/Eastern"} & {*zones}


async def test_an_api_that_refuses_costs_the_form_nothing(harness: ServiceHarness) -> None:
    harness.api.unreadable = NotSent("The API does not answer.")
    found = await field_choices(harness.ctx, CUSTOMER)
    assert found.told == {"language": [], "timezone": []}
    assert "UTC" in found.zones


async def test_an_api_that_is_silent_costs_the_form_a_second_at_most(
    harness: ServiceHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SECONDS", 0.01)
    harness.api.gate.clear()
    assert (await field_choices(harness.ctx, CUSTOMER)).told["language"] == []
