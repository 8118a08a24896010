"""A drill reaches a simulated API alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

from bot.continuity.client import ContinuityClient
from bot.continuity.rehearsal import CONTROL, IDENTITY, NOT_SIMULATED, NOT_THERE
from bot.credentials import Account
from bot.domain.scope import EVERY_USER, Everyone, Flag
from bot.domain.secret import Secret
from bot.errors import NotSent, Refused
from sandbox.continuity import ContinuitySandbox, DocumentationMock, RehearsalApi, rehearsal
from sandbox.continuity.model import example_users

CUSTOMER, REAL = "44444", "10101"


def client_for(api: ContinuitySandbox | DocumentationMock, url: str = "") -> ContinuityClient:
    password = SecretStr(api.password)
    accounts = {
        CUSTOMER: Account(url or api.url, api.username, password, drill=True),
        REAL: Account(api.url, api.username, password),
    }
    return ContinuityClient("https://api.example.com/v2/", accounts=accounts, read_wait=0.0)


@pytest.fixture
async def api() -> AsyncIterator[RehearsalApi]:
    async with RehearsalApi({CUSTOMER: [*example_users(CUSTOMER, 3, {}).values()]}) as api:
        yield api


def test_both_sides_mean_the_same_path_and_answer() -> None:
    assert (CONTROL, IDENTITY) == (rehearsal.CONTROL, rehearsal.IDENTITY)


async def test_each_request_of_a_drill_first_asks_whether_it_is_simulated(
    api: RehearsalApi,
) -> None:
    async with client_for(api) as client:
        assert await client.count(CUSTOMER) == 3
        await client.set_flag(CUSTOMER, Flag.FAILOVER, True, Everyone())
        assert len([user async for user in client.users(CUSTOMER, EVERY_USER)]) == 3
    asked = [one.path for one in api.requests]
    assert asked[::2] == ["/simulation"] * 3
    assert asked[1::2] == ["/44444", "/44444/failover", "/44444"]


@pytest.mark.parametrize("kind", [ContinuitySandbox, DocumentationMock])
async def test_at_an_api_that_is_not_simulated_nothing_is_sent(
    kind: type[ContinuitySandbox | DocumentationMock],
) -> None:
    async with kind() as real, client_for(real) as client:
        with pytest.raises(Refused, match=NOT_SIMULATED):
            await client.count(CUSTOMER)
        with pytest.raises(Refused, match=NOT_SIMULATED):
            await client.set_flag(CUSTOMER, Flag.FAILOVER, True, Everyone())
        with pytest.raises(Refused, match=NOT_SIMULATED):
            await client.set_password(
                "a@example.com", Secret("t"), Secret("Passw0rd"), customer=CUSTOMER
            )
        assert {one.path for one in real.requests} == {"/simulation"}


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={}),
        httpx.Response(200, json={**IDENTITY, "id": "1"}),
        httpx.Response(302, headers={"Location": "http://127.0.0.1/simulation"}),
        httpx.Response(200, content=b'{"simulation": "continuity"' + b" " * 2000 + b"}"),
        httpx.Response(403, json=IDENTITY),
    ],
)
async def test_no_other_answer_is_taken_for_it(answer: httpx.Response) -> None:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    account = Account("https://api.example.com/v2/", "user", SecretStr("secret"), drill=True)
    transport = httpx.MockTransport(handle)
    async with ContinuityClient(
        account.url, accounts={CUSTOMER: account}, transport=transport
    ) as c:
        with pytest.raises(Refused, match=NOT_SIMULATED):
            await c.set_flag(CUSTOMER, Flag.FAILOVER, True, Everyone())
    assert [str(one.url) for one in seen] == ["https://api.example.com/v2/simulation"]
    assert "authorization" not in seen[0].headers


async def test_without_a_sandbox_it_is_known_that_nothing_was_sent() -> None:
    async with RehearsalApi({}) as api:
        url = api.url
    async with client_for(api, url) as client:
        with pytest.raises(NotSent, match=NOT_THERE):
            await client.set_flag(CUSTOMER, Flag.FAILOVER, True, Everyone())


async def test_a_scenario_is_played_and_ended_and_may_be_asked_for_twice(
    api: RehearsalApi,
) -> None:
    async with client_for(api) as client:
        for _ in range(2):
            await client.rehearse(CUSTOMER, "D-1", "slow")
            assert (api.playing, len(api.faults)) == ({CUSTOMER: "D-1"}, 1)
        for _ in range(2):
            await client.rehearse(CUSTOMER, "D-1", "")
            assert (api.playing, len(api.faults)) == ({}, 0)
        await client.rehearse(CUSTOMER, "D-1", "slow")  # it came late: the drill is over
        assert api.playing == {}


async def test_for_a_real_customer_none_is_played(api: RehearsalApi) -> None:
    async with client_for(api) as client:
        with pytest.raises(Refused, match="Customer 10101 is not marked `drill = true`"):
            await client.rehearse(REAL, "D-1", "slow")
        assert api.requests == []
    async with ContinuitySandbox() as real, client_for(real) as client:
        with pytest.raises(Refused, match=NOT_SIMULATED):
            await client.rehearse(CUSTOMER, "D-1", "slow")
        assert {one.path for one in real.requests} == {"/simulation"}
