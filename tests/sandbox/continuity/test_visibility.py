"""The simulated API may show a write later than it accepts it, leave fields out, or know its examples alone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from sandbox.continuity import ContinuitySandbox, DocumentationMock

CUSTOMER = "44444"
USER = f"{CUSTOMER}/user0001@example.com"


@pytest.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox(clock=lambda: now[0]) as made:
        made.add_customer(CUSTOMER, users=3)
        yield made


now = [1_000_000.0]


def client(api: ContinuitySandbox | DocumentationMock) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=api.url, auth=(api.username, api.password))


async def in_failover(web: httpx.AsyncClient) -> tuple[str, bool]:
    """What HEAD counts, and what GET tells of one of them."""
    head = await web.head(CUSTOMER, params={"failover": "true"})
    user = (await web.get(USER)).json()["user"]
    return head.headers["User-Count"], user["failover"]


async def test_a_write_is_accepted_at_once_and_shown_after_the_delay(
    api: ContinuitySandbox,
) -> None:
    api.delay(20)
    async with client(api) as web:
        answer = (await web.put(f"{CUSTOMER}/failover")).json()
        assert answer["affectedUsers"] == 3
        now[0] += 19
        assert await in_failover(web) == ("0", False)
        await web.delete(f"{USER}/failover")
        now[0] += 1
        assert await in_failover(web) == ("3", True)  # the first is shown, the second is not
        now[0] += 19
        assert await in_failover(web) == ("2", False)


async def test_held_back_for_ever_it_is_shown_when_it_is_released(api: ContinuitySandbox) -> None:
    api.delay(float("inf"))
    async with client(api) as web:
        await web.put(f"{CUSTOMER}/failover")
        now[0] += 1e6
        assert await in_failover(web) == ("0", False)
        api.release()
        assert await in_failover(web) == ("3", True)


async def test_fields_may_be_left_out(api: ContinuitySandbox) -> None:
    api.leave_out("failover", "access", "affectedUsers")
    async with client(api) as web:
        assert {*(await web.put(f"{CUSTOMER}/failover")).json()} == {"id", "timestamp"}
        assert not {"failover", "access"} & {*(await web.get(USER)).json()["user"]}
        assert "failover" not in (await web.get(CUSTOMER)).json()["users"][0]


@pytest.mark.parametrize(("count", "header"), [(0, "0"), (None, None)])
async def test_the_mock_answers_examples_and_keeps_nothing(
    count: int | None, header: str | None
) -> None:
    async with DocumentationMock(count=count) as mock, client(mock) as web:
        assert (await web.head(CUSTOMER)).headers.get("User-Count") == header
        assert (await web.delete(f"{CUSTOMER}/user@example.com")).json() == {
            "id": "string",
            "timestamp": "string",
        }
        user = (await web.get(f"{CUSTOMER}/user@example.com")).json()["user"]
        assert user["user"] == "user@example.com"
        assert not {"failover", "access", "activation", "failoverGroups"} & {*user}
        assert (await web.patch(CUSTOMER)).status_code == 405
