"""Listeners of the simulated API: each request when it arrives, and when it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.continuity import ContinuitySandbox, DocumentationMock, Request

Seen = list[tuple[int, str, int | None, bool]]


@pytest.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox() as sandbox:
        sandbox.add_customer("44444", 5)
        yield sandbox


@pytest.fixture
def seen(api: ContinuitySandbox) -> Seen:
    found: Seen = []

    def listen(request: Request) -> None:
        found.append((request.number, request.fault, request.status, request.applied))

    api.on_request.append(listen)
    return found


async def test_a_request_is_told_when_it_arrives_and_when_it_is_answered(
    api: ContinuitySandbox, http: httpx.AsyncClient, seen: Seen
) -> None:
    await http.put("44444/failover")
    assert seen == [(1, "", None, False), (1, "", 200, True)]
    milliseconds = api.requests[0].milliseconds
    assert milliseconds is not None
    assert 0 < milliseconds < 30_000


async def test_a_lost_answer_ends_without_a_status_and_names_the_fault(
    api: ContinuitySandbox, http: httpx.AsyncClient, seen: Seen
) -> None:
    api.fail(kind="reset_after")
    with pytest.raises(httpx.TransportError):
        await http.put("44444/failover")
    await api.wait_for(lambda: len(seen) == 2)
    assert seen == [(1, "", None, False), (1, "reset_after", None, True)]


async def test_a_refused_request_is_not_applied(
    api: ContinuitySandbox, http: httpx.AsyncClient, seen: Seen
) -> None:
    api.fail(kind=500)
    await http.put("44444/failover")
    assert seen == [(1, "", None, False), (1, "500", 500, False)]


async def test_a_hanging_request_ends_when_its_client_goes_away(
    api: ContinuitySandbox, http: httpx.AsyncClient, seen: Seen
) -> None:
    api.fail(kind="hang")
    with pytest.raises(httpx.ReadTimeout):
        await http.put("44444/failover", timeout=0.2)
    await api.wait_for(lambda: len(seen) == 2)
    assert seen == [(1, "", None, False), (1, "hang", None, False)]


async def test_a_hanging_request_ends_when_the_api_stops(
    api: ContinuitySandbox, http: httpx.AsyncClient, seen: Seen
) -> None:
    api.fail(kind="hang")
    asking = asyncio.ensure_future(http.put("44444/failover"))
    await api.wait_for(lambda: api.faults[0].hits)
    await api.stop()
    with pytest.raises(httpx.TransportError):
        await asking
    assert seen == [(1, "", None, False), (1, "hang", None, False)]


async def test_the_time_holds_what_the_api_waits(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.latency = 0.02
    await http.get("44444")
    milliseconds = api.requests[0].milliseconds
    assert milliseconds is not None
    assert milliseconds >= 20


async def test_numbers_go_on_when_the_list_is_cleared(
    api: ContinuitySandbox, http: httpx.AsyncClient, seen: Seen
) -> None:
    await http.get("44444")
    api.requests.clear()
    await http.get("44444")
    assert [number for number, *_ in seen] == [1, 1, 2, 2]


async def test_the_documentation_mock_tells_too() -> None:
    told: list[int] = []
    async with DocumentationMock() as mock:
        mock.on_request.append(lambda request: told.append(request.number))
        async with httpx.AsyncClient(base_url=mock.url, trust_env=False) as client:
            await client.get("44444")
    assert told == [1, 1]
