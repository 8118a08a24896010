"""The simulated API of a rehearsal, as bare httpx sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.continuity import ContinuitySandbox, RehearsalApi
from sandbox.continuity.model import example_users
from sandbox.continuity.scenarios import DOWN_SECONDS, SCENARIOS
from tests.sandbox.conftest import Clock

CUSTOMER, OTHER = "44444", "10101"


@pytest.fixture
async def api(clock: Clock) -> AsyncIterator[RehearsalApi]:
    seed = {number: [*example_users(number, 6, {}).values()] for number in (CUSTOMER, OTHER)}
    async with RehearsalApi(seed, clock=clock) as api:
        yield api


async def play(http: httpx.AsyncClient, scenario: str, drill: str = "D-1") -> httpx.Response:
    return await http.put(f"simulation/{CUSTOMER}", json={"scenario": scenario, "id": drill})


async def test_it_says_what_it_is_without_an_account_and_no_other_one_does(
    api: RehearsalApi,
) -> None:
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as stranger:
        answer = await stranger.get("simulation")
        assert (answer.status_code, answer.json()) == (200, {"simulation": "continuity"})
        assert (await stranger.put(f"simulation/{CUSTOMER}", json={})).status_code == 401
        assert (await stranger.delete(f"simulation/{CUSTOMER}")).status_code == 401
    async with ContinuitySandbox() as real, httpx.AsyncClient(trust_env=False) as stranger:
        assert (await stranger.get(f"{real.url}simulation")).status_code == 401


@pytest.mark.parametrize("body", [{}, {"scenario": "flood", "id": "D-1"}, {"scenario": "slow"}])
async def test_a_scenario_that_is_not_known_changes_nothing(
    api: RehearsalApi, http: httpx.AsyncClient, body: dict[str, str]
) -> None:
    answer = await http.put(f"simulation/{CUSTOMER}", json=body)
    assert (answer.status_code, api.faults, api.playing) == (400, [], {})
    assert all(name in answer.json()["message"] for name in SCENARIOS)
    assert (await http.put("simulation/99999", json=body)).status_code == 404


async def test_lost_loses_the_answer_of_the_first_write_of_its_customer_alone(
    api: RehearsalApi, http: httpx.AsyncClient
) -> None:
    await play(http, "lost")
    assert (await http.delete(f"{OTHER}/failover")).status_code == 200
    assert (await http.head(CUSTOMER)).status_code == 200
    with pytest.raises(httpx.TransportError):
        await http.put(f"{CUSTOMER}/failover")
    assert all(user.failover for user in api.customers[CUSTOMER].values())
    assert (await http.put(f"{CUSTOMER}/failover")).status_code == 200


async def test_down_refuses_everything_for_its_time(
    api: RehearsalApi, http: httpx.AsyncClient, clock: Clock
) -> None:
    await play(http, "down")
    assert (await http.head(CUSTOMER)).status_code == 503
    assert (await http.put(f"{CUSTOMER}/failover")).status_code == 503
    assert (await http.head(OTHER)).status_code == 200
    clock.now += DOWN_SECONDS
    assert (await http.put(f"{CUSTOMER}/failover")).status_code == 200


async def test_partly_leaves_each_third_user_out_of_the_first_write(
    api: RehearsalApi, http: httpx.AsyncClient
) -> None:
    await play(http, "partly")
    assert (await http.put(f"{CUSTOMER}/failover")).json()["affectedUsers"] == 4
    assert (await http.put(f"{CUSTOMER}/failover")).json()["affectedUsers"] == 6
    await play(http, "partly", "D-2")
    first = f"{CUSTOMER}/user0001@example.com/failover"
    assert (await http.put(first)).status_code == 409
    assert (await http.put(first)).status_code == 200


async def test_slow_delays_each_answer(api: RehearsalApi, http: httpx.AsyncClient) -> None:
    await play(http, "slow")
    (fault,) = api.faults
    assert (fault.kind, fault.times) == ("delay", None)
    fault.seconds = 0.0
    assert (await http.put(f"{CUSTOMER}/failover")).status_code == 200
    assert fault.hits == 1


async def test_the_end_takes_the_faults_away_and_brings_the_users_back(
    api: RehearsalApi, http: httpx.AsyncClient
) -> None:
    await http.put(f"{OTHER}/failover")
    await play(http, "slow")
    await http.delete(f"simulation/{CUSTOMER}?id=D-0")  # of another drill
    assert api.playing == {CUSTOMER: "D-1"}
    api.faults[0].seconds = 0.0
    await http.put(f"{CUSTOMER}/failover")
    await play(http, "down")  # the same drill again, as after a kill
    assert [fault.kind for fault in api.faults] == ["delay"]
    assert any(user.failover for user in api.customers[CUSTOMER].values())
    await http.delete(f"simulation/{CUSTOMER}?id=D-1")
    assert (api.faults, api.playing) == ([], {})
    assert not any(user.failover for user in api.customers[CUSTOMER].values())
    assert all(user.failover for user in api.customers[OTHER].values())
