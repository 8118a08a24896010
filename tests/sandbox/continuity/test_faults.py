"""The simulated continuity API gone wrong, as bare httpx sees it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from sandbox.continuity import ContinuitySandbox
from tests.sandbox.conftest import AUTH


@pytest.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox() as sandbox:
        sandbox.add_customer("44444", 5)
        yield sandbox


def in_failover(api: ContinuitySandbox) -> int:
    return sum(user.failover for user in api.customers["44444"].values())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504])
async def test_every_documented_error_comes_with_the_documented_body(
    api: ContinuitySandbox, http: httpx.AsyncClient, status: int
) -> None:
    api.fail(kind=status, message="as told", retry_after=3, times=2)
    answer = await http.put("44444/failover")
    assert answer.status_code == status
    told = answer.json()
    assert told.keys() == {"id", "timestamp", "status", "message"}
    assert (told["status"], told["message"]) == (status, "as told")
    assert answer.headers["Retry-After"] == "3"
    head = await http.head("44444")
    assert (head.status_code, head.content) == (status, b"")
    assert in_failover(api) == 0
    assert (await http.put("44444/failover")).status_code == 200


@pytest.mark.parametrize(("applied", "count"), [(False, 0), (True, 5)])
async def test_an_error_may_come_after_the_change(
    api: ContinuitySandbox, http: httpx.AsyncClient, applied: bool, count: int
) -> None:
    api.fail(kind=500, applied=applied)
    assert (await http.put("44444/failover")).json()["message"] == "Internal Server Error"
    assert in_failover(api) == count


@pytest.mark.parametrize(
    ("kind", "applied", "content_type"),
    [
        ("html", False, "text/html"),
        ("wrong_json", True, "application/json"),
        ("broken_json", True, "application/json"),
    ],
)
async def test_a_200_may_hold_nonsense(
    api: ContinuitySandbox,
    http: httpx.AsyncClient,
    kind: str,
    applied: bool,
    content_type: str,
) -> None:
    api.fail(kind=kind, times=2)
    answer = await http.put("44444/failover")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith(content_type)
    head = await http.head("44444")
    assert head.headers.get("User-Count") in {None, "many", "-1"}
    assert in_failover(api) == (5 if applied else 0)
    if kind == "broken_json":
        with pytest.raises(json.JSONDecodeError):
            answer.json()
    elif kind == "wrong_json":
        assert answer.json() == {"items": [1, 2]}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"user": {"user": "x@example.com"}}, b'{"user": {"user": "x@example.com"}}'),
        (b"\xff\xfe", b"\xff\xfe"),
        (None, b""),
    ],
)
async def test_any_answer_can_be_given(
    api: ContinuitySandbox, http: httpx.AsyncClient, body: Any, told: bytes
) -> None:
    api.fail(kind="answer", status=302, headers={"Location": "/other"}, body=body, times=2)
    answer = await http.get("44444")
    assert (answer.status_code, answer.headers["Location"], answer.content) == (302, "/other", told)
    assert (await http.head("44444")).status_code == 302


async def test_half_an_answer_to_a_head_is_a_broken_connection(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.fail(kind="half_body")
    with pytest.raises(httpx.TransportError):
        await http.head("44444")


async def test_a_delay_is_waited_for_and_then_all_is_well(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.latency = 0.05
    api.fail(kind="delay", seconds=0.05)
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert (await http.put("44444/failover")).status_code == 200
    assert loop.time() - started >= 0.1


async def test_a_fault_waits_until_its_event_is_set(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    answered = asyncio.Event()
    fault = api.fail(kind="delay", method="PUT", until=answered)
    putting = asyncio.create_task(http.put("44444/failover"))
    await api.wait_for(lambda: fault.hits)
    assert (await http.head("44444")).status_code == 200
    assert in_failover(api) == 0
    answered.set()
    assert (await putting).status_code == 200
    assert in_failover(api) == 5


async def test_a_fault_hits_only_what_it_is_ordered_for_and_the_newest_goes_first(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    everything = api.fail(kind=500, times=None)
    puts = api.fail(kind=409, method="put", path="/failover$", times=None)
    assert (await http.put("44444/failover")).status_code == 409
    assert (await http.delete("44444/failover")).status_code == 500
    assert (await http.put("44444/access")).status_code == 500
    assert (everything.hits, puts.hits) == (2, 1)


async def test_what_hangs_is_cut_when_the_sandbox_ends() -> None:
    async with ContinuitySandbox() as api:
        api.add_customer("44444", 1)
        api.fail(kind="hang")
        api.fail(kind="delay", seconds=30, path="access")
        async with httpx.AsyncClient(base_url=api.url, auth=AUTH, trust_env=False) as http:
            calls = [
                asyncio.create_task(http.put(f"44444/{flag}")) for flag in ("failover", "access")
            ]
            await api.wait_for(lambda: len(api.requests) == 2)
            await api.stop()
            async with asyncio.timeout(30):
                ended = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(error, httpx.TransportError) for error in ended)


async def test_waiting_in_vain_ends(api: ContinuitySandbox) -> None:
    with pytest.raises(TimeoutError):
        await api.wait_for(lambda: False, timeout=0.01)


@pytest.mark.parametrize("kind", ["reset_in_body", "half_body", "short_length", "long_length"])
async def test_an_answer_that_is_cut_or_told_wrongly_cannot_be_read(
    api: ContinuitySandbox, http: httpx.AsyncClient, kind: str
) -> None:
    http.timeout = httpx.Timeout(0.2)
    api.fail(kind=kind)
    with pytest.raises((httpx.TransportError, json.JSONDecodeError)):
        (await http.put("44444/failover")).json()
    assert in_failover(api) == 5
    assert (await http.put("44444/failover")).json()["affectedUsers"] == 5


async def test_a_reset_after_the_answer_spoils_neither_it_nor_the_next(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.fail(kind="reset_after_body")
    for _ in range(2):
        assert (await http.put("44444/failover")).json()["affectedUsers"] == 5


async def test_a_wrong_length_is_nothing_to_a_head(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    for kind in ("short_length", "long_length"):
        api.fail(kind=kind)
        assert (await http.head("44444")).headers["User-Count"] == "5"


async def test_a_write_may_land_after_its_connection_was_reset(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.fail(kind="reset_then_apply", seconds=0.05)
    with pytest.raises(httpx.TransportError):
        await http.put("44444/failover")
    assert in_failover(api) == 0
    await api.wait_for(lambda: in_failover(api) == 5)


async def test_an_answer_may_drip_in(api: ContinuitySandbox, http: httpx.AsyncClient) -> None:
    api.fail(kind="drip", seconds=0.002)
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert (await http.put("44444/failover")).json()["affectedUsers"] == 5
    assert loop.time() - started > 0.2
