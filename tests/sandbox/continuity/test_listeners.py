"""Whoever watches the API is told of a request when it arrives and when it is answered or cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from sandbox.continuity import ContinuitySandbox, DocumentationMock, Request

AUTH = ("continuity", "sandbox-password")


@pytest.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox() as sandbox:
        sandbox.add_customer("44444", 3)
        yield sandbox


@pytest.fixture
def told(api: ContinuitySandbox) -> list[Request]:
    told: list[Request] = []
    api.on_request.append(lambda request: told.append(replace(request)))
    return told


@pytest.fixture
async def http(api: ContinuitySandbox) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=api.url, auth=AUTH, trust_env=False) as client:
        yield client


async def test_a_request_is_told_at_its_arrival_and_when_it_is_answered(
    http: httpx.AsyncClient, told: list[Request]
) -> None:
    await http.put("44444/failover")
    await http.get("44444")
    assert [(r.number, r.status, r.applied) for r in told] == [
        (1, None, False),
        (1, 200, True),
        (2, None, False),
        (2, 200, True),
    ]
    assert told[0].milliseconds is None
    assert told[1].milliseconds is not None
    assert told[1].milliseconds > 0
    assert [r.fault for r in told] == [""] * 4


async def test_the_time_holds_what_the_api_waits(
    api: ContinuitySandbox, http: httpx.AsyncClient, told: list[Request]
) -> None:
    api.latency = 0.02
    await http.get("44444")
    assert told[-1].milliseconds is not None
    assert told[-1].milliseconds >= 20


@pytest.mark.parametrize(
    ("kind", "status", "applied"), [("reset_before", None, False), ("reset_after", None, True)]
)
async def test_a_cut_request_ends_without_a_status(
    api: ContinuitySandbox,
    http: httpx.AsyncClient,
    told: list[Request],
    kind: str,
    status: int | None,
    applied: bool,
) -> None:
    api.fail(kind=kind)
    with pytest.raises(httpx.TransportError):
        await http.put("44444/failover")
    await api.wait_for(lambda: len(told) == 2)
    assert (told[1].fault, told[1].status, told[1].applied) == (kind, status, applied)
    assert told[1].milliseconds is not None


async def test_an_error_names_its_status_as_the_fault(
    api: ContinuitySandbox, http: httpx.AsyncClient, told: list[Request]
) -> None:
    api.fail(kind=503)
    await http.put("44444/failover")
    assert (told[1].fault, told[1].status) == ("503", 503)


async def test_a_hanging_request_ends_when_the_client_gives_up(
    api: ContinuitySandbox, http: httpx.AsyncClient, told: list[Request]
) -> None:
    api.fail(kind="hang")
    with pytest.raises(httpx.ReadTimeout):
        await http.put("44444/failover", timeout=0.05)
    await api.wait_for(lambda: len(told) == 2)
    assert (told[1].fault, told[1].status, told[1].applied) == ("hang", None, False)


async def test_a_hanging_request_ends_when_the_api_stops(
    api: ContinuitySandbox, http: httpx.AsyncClient, told: list[Request]
) -> None:
    api.fail(kind="hang")
    asking = http.put("44444/failover", timeout=30)
    task = asyncio.ensure_future(asking)
    await api.wait_for(lambda: told and api.faults[0].hits)
    await api.stop()
    with pytest.raises(httpx.TransportError):
        await task
    assert told[1].milliseconds is not None


async def test_the_documentation_mock_tells_too() -> None:
    told: list[int] = []
    async with DocumentationMock() as mock:
        mock.on_request.append(lambda request: told.append(request.number))
        async with httpx.AsyncClient(base_url=mock.url, trust_env=False) as client:
            await client.get("44444")
    assert told == [1, 1]
