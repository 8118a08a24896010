"""The looks at the API: whom, how often, and what is noted of them."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import MutableMapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.api_health import ApiAccount, ApiFault, ApiHealth
from bot.domain.roles import Role
from bot.errors import Ambiguous, Refused, StoreBusy
from bot.service.access.customer_names import known_customers
from bot.service.context import Context
from bot.service.monitoring.api_watch import (
    MIN_PAUSE_SECONDS,
    ROUND_SECONDS,
    SOON_SECONDS,
    ApiWatch,
)
from tests.builders import CUSTOMER, NOW, a_grant
from tests.service.harness import ServiceHarness

WHOLE, OWN = ApiAccount("CONTINUITY_PASSWORD", "api.example"), ApiAccount("[55555] in X", "other")


def account_of(customer: str) -> ApiAccount | None:
    return {"55555": OWN, "66666": None}.get(customer, WHOLE)


@pytest.fixture
def ctx(harness: ServiceHarness) -> Context:
    return replace(harness.ctx, api_health=ApiHealth(account_of))


class Looks:
    """The watch, and whom it looked at: customer and seconds since the beginning."""

    def __init__(self, ctx: Context, harness: ServiceHarness, *configured: str) -> None:
        self.found: list[str] = []
        self.watch = ApiWatch(ctx, configured, self.found.append)
        self.harness = harness

    async def during(self, seconds: float) -> list[tuple[str, float]]:
        """Look for so long; a pause is over at once."""
        clock, seen = self.harness.clock, list[tuple[str, float]]()
        end = clock.now() + timedelta(seconds=seconds)
        while clock.now() < end:
            before = len(self.harness.api.asked)
            pause = await self.watch.look()
            asked = self.harness.api.asked[before:]
            assert len(asked) <= 1
            at = (clock.now() - NOW).total_seconds()
            seen += [(line.split()[1].removeprefix("/"), at) for line in asked]
            clock.advance(seconds=pause)
        return seen


async def test_one_customer_is_looked_at_every_five_minutes(
    harness: ServiceHarness, ctx: Context
) -> None:
    looks = Looks(ctx, harness)
    assert await looks.during(900) == [(CUSTOMER, 0), (CUSTOMER, 300), (CUSTOMER, 600)]
    assert harness.api.asked[0].startswith("HEAD /44444 ()")
    assert looks.found == ["ok"] * 3


async def test_customers_share_the_time_evenly_and_each_account_is_looked_at(
    harness: ServiceHarness, ctx: Context
) -> None:
    """44444 is granted, 44445 is named; 66666 has no account and is never asked for."""
    await harness.store.write(lambda tx: tx.name_customer("44445", "Beta"))
    seen = await Looks(ctx, harness, "55555", "66666").during(3000)
    counts = Counter(customer for customer, _ in seen)
    assert counts.keys() == {"44444", "44445", "55555"}
    assert max(counts.values()) - min(counts.values()) <= 1
    assert counts["55555"] == 10


async def test_the_simulated_api_of_a_drill_is_not_looked_at(
    harness: ServiceHarness, ctx: Context
) -> None:
    drilled = replace(ctx, is_drill=lambda customer: customer == "55555")
    seen = await Looks(drilled, harness, CUSTOMER, "55555").during(ROUND_SECONDS)
    assert {customer for customer, _ in seen} == {CUSTOMER}


async def test_a_thousand_customers_are_three_requests_a_minute(
    harness: ServiceHarness, ctx: Context
) -> None:
    looks = Looks(ctx, harness, "55555", *(str(number) for number in range(10_000, 11_000)))
    seen = await looks.during(1200)
    times = [at for _, at in seen]
    assert min(b - a for a, b in itertools.pairwise(times)) == MIN_PAUSE_SECONDS
    assert len(seen) == 60
    own = [at for customer, at in seen if customer == "55555"]
    assert all(b - a <= ROUND_SECONDS + MIN_PAUSE_SECONDS for a, b in itertools.pairwise(own))
    assert len({customer for customer, _ in seen}) == 60 - len(own) + 1


async def test_an_api_that_does_not_answer_is_looked_at_every_minute(
    harness: ServiceHarness, ctx: Context, logs: list[MutableMapping[str, Any]]
) -> None:
    looks = Looks(ctx, harness)
    harness.api.uncounted = Ambiguous("The continuity API answered 503.", status=503)
    assert [at for _, at in await looks.during(180)] == [0, 60, 120]
    [found] = ctx.api_health.faults()
    assert (found.fault, found.seen_at - found.since) == (
        ApiFault.NO_ANSWER,
        timedelta(seconds=2 * SOON_SECONDS),
    )
    told = [one for one in logs if one["event"] == "api.look"]
    assert [(one["customer"], one["fault"]) for one in told] == [(CUSTOMER, "no_answer")] * 3
    harness.api.uncounted = None
    assert [at for _, at in await looks.during(600)] == [180, 480]
    assert ctx.api_health.faults() == []
    assert looks.found == ["no_answer"] * 3 + ["ok"] * 2


async def test_a_wrong_password_is_noted_for_its_account(
    harness: ServiceHarness, ctx: Context
) -> None:
    harness.api.uncounted = Refused("The continuity API does not accept it (401).", status=401)
    await Looks(ctx, harness).during(300)
    [found] = ctx.api_health.faults()
    assert (found.fault, found.subject) == (ApiFault.PASSWORD, "CONTINUITY_PASSWORD")


async def test_a_count_that_hangs_is_no_answer(
    harness: ServiceHarness, ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.service.monitoring.api_watch.MAX_LOOK_SECONDS", 0.01)
    harness.api.gate.clear()
    looks = Looks(ctx, harness)
    assert await looks.watch.look() == SOON_SECONDS
    assert looks.found == ["no_answer"]


async def test_without_a_customer_nothing_is_asked(harness: ServiceHarness, ctx: Context) -> None:
    nobody = replace(ctx, api_health=ApiHealth())
    assert await ApiWatch(nobody, [], print).look() == ROUND_SECONDS
    assert harness.api.asked == []


async def test_rows_that_have_expired_and_those_for_all_customers_name_none(
    harness: ServiceHarness,
) -> None:
    await harness.grant(
        a_grant("U0X", Role.VIEWER, customer="77777", expires_at=NOW),
        a_grant("U0X", Role.VIEWER, customer="*"),
    )
    assert await harness.look(lambda tx: known_customers(tx, NOW)) == {CUSTOMER}


async def test_it_begins_a_minute_after_the_start_and_no_failure_ends_it(
    harness: ServiceHarness, ctx: Context, logs: list[MutableMapping[str, Any]]
) -> None:
    async def busy(_: object) -> None:
        raise StoreBusy("The database is held by another process.")

    read, harness.store.read = harness.store.read, busy  # type: ignore[method-assign,assignment]  # the store is silent
    slept = asyncio.Event()

    def on_sleep(_: float) -> None:
        if len(harness.clock.slept) == 2:
            harness.store.read = read  # type: ignore[method-assign]
        if len(harness.clock.slept) == 3:
            slept.set()

    harness.clock.on_sleep = on_sleep
    async with ApiWatch(ctx, [], print), asyncio.timeout(30):
        await slept.wait()
    assert harness.clock.slept[:3] == [SOON_SECONDS, ROUND_SECONDS, ROUND_SECONDS]
    assert [one["event"] for one in logs if "why" in one] == ["api.look_failed"]
    assert len(harness.api.asked) >= 1


async def test_nothing_is_asked_while_no_request_may_be_sent(
    harness: ServiceHarness, ctx: Context
) -> None:
    """As by a replica whose lease is short: that is no silence of the API."""
    asked = asyncio.Event()

    def may_look() -> bool:
        asked.set()
        return False

    async with ApiWatch(ctx, [CUSTOMER], print, may_look), asyncio.timeout(30):
        await asked.wait()
        await asyncio.sleep(0.05)
    assert harness.api.asked == []
