"""The world pane's facts: who can read mail, each call of the API, writes and none of them twice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from sandbox.browser import world as world_module
from sandbox.browser.world import World, add_world
from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox
from sandbox.slack.model import Delivery

NOW = 1_800_000_000.0


class FakePage:
    """Keeps the parts and what was published, as ``BrowserServer`` takes them."""

    def __init__(self) -> None:
        self.parts: dict[str, Callable[[], Any]] = {}
        self.published: list[tuple[str, Any]] = []

    def add_part(self, name: str, make: Callable[[], Any]) -> None:
        self.parts[name] = make

    def publish(self, name: str, data: Any) -> None:
        self.published.append((name, data))

    def events(self, name: str) -> list[Any]:
        return [data for published, data in self.published if published == name]


@pytest.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox(clock=lambda: NOW) as sandbox:
        sandbox.add_customer("44444", 10, {"desk": 4}, access_off=5, not_activated=2)
        yield sandbox


@pytest.fixture
def page() -> FakePage:
    return FakePage()


@pytest.fixture
def slack() -> SlackSandbox:
    return SlackSandbox()


@pytest.fixture
def world(page: FakePage, slack: SlackSandbox, api: ContinuitySandbox) -> World:
    return add_world(page, slack, api, lambda: NOW, "44444", "Acme GmbH")


def bar(part: dict[str, Any]) -> tuple[int, int, int]:
    return part["normal"], part["readable"], part["locked"]


async def test_the_bar_counts_who_has_mail_where_and_who_cannot_read_it(
    world: World, page: FakePage, http: httpx.AsyncClient
) -> None:
    part = page.parts["world"]()
    assert (part["customer"], part["name"], part["users"]) == ("44444", "Acme GmbH", 10)
    assert bar(part) == (10, 0, 0)
    await http.put("44444/failover", params={"group": "desk"})
    await http.put("44444/user0010@example.com/failover")
    await http.put("44444/failover")
    await http.put("44444/access")
    await http.delete("44444/user0001@example.com/failover")
    assert [bar(one) for one in page.events("world")] == [
        (6, 4, 0),  # the desk has access and is activated
        (5, 4, 1),  # the tenth user has no access
        (0, 5, 5),
        (0, 8, 2),  # two are not activated
        (1, 7, 2),
    ]
    assert page.events("world")[-1]["points"][0] == [NOW, 10, 0, 0]
    assert page.events("world")[-1]["points"][-1] == [NOW, 1, 7, 2]
    assert page.parts["world"]() == page.events("world")[-1]


async def test_a_call_is_told_when_it_arrives_and_again_with_its_answer(
    world: World, page: FakePage, http: httpx.AsyncClient
) -> None:
    await http.put("44444/user0001%40example.com/access")
    arrived, answered = page.events("api")
    assert {name: arrived[name] for name in ("number", "at", "method", "path")} == {
        "number": 1,
        "at": NOW,
        "method": "PUT",
        "path": "/44444/user0001@example.com/access",
    }
    assert (arrived["status"], arrived["milliseconds"], arrived["applied"]) == (None, None, False)
    assert arrived["drill"] is False
    assert (answered["number"], answered["status"], answered["applied"]) == (1, 200, True)
    assert answered["milliseconds"] > 0
    assert page.parts["api"]() == [answered]


async def test_reading_is_logged_with_its_query_and_is_no_write(
    world: World, page: FakePage, http: httpx.AsyncClient
) -> None:
    await http.head("44444", params={"failover": "true"})
    assert page.events("api")[-1]["path"] == "/44444?failover=true"
    assert page.events("world") == []
    assert world.part()["writes"] == 0


async def test_a_request_of_a_rehearsal_is_logged_as_one_and_counts_for_nothing(
    world: World, page: FakePage, api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.on_request[:] = [world.on_drill_request]
    await http.put("44444/failover")
    call = page.events("api")[-1]
    assert (call["drill"], call["number"], call["status"]) == (True, -1, 200)
    assert page.events("world") == []
    assert (world.part()["writes"], world.calls()) == (0, [call])


async def test_a_lost_answer_is_one_applied_write_without_an_answer(
    world: World, page: FakePage, api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.fail(kind="reset_after")
    with pytest.raises(httpx.TransportError):
        await http.put("44444/failover")
    await api.wait_for(lambda: len(page.events("api")) == 2)
    call = page.events("api")[-1]
    assert (call["status"], call["applied"], call["fault"]) == (None, True, "reset_after")
    assert (world.part()["writes"], world.part()["doubled"]) == (1, 0)
    assert bar(world.part()) == (0, 5, 5)


async def test_a_write_that_failed_is_not_counted_and_the_bar_stays(
    world: World, page: FakePage, api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.fail(kind=500)
    await http.put("44444/failover")
    await http.put("44444/nobody@example.com/access")
    assert [call["status"] for call in world.calls()] == [500, 404]
    assert (world.part()["writes"], page.events("world")) == (0, [])


async def test_the_same_write_applied_twice_counts_as_doubled(
    world: World, http: httpx.AsyncClient
) -> None:
    await http.put("44444/failover")
    await http.put("44444/failover")
    assert (world.part()["writes"], world.part()["doubled"]) == (2, 1)
    await http.put("44444/failover", params={"group": "desk"})
    await http.put("44444", json={"users": [{"user": "user0001@example.com"}]})
    await http.put("44444", json={"users": [{"user": "user0002@example.com"}]})
    assert (world.part()["writes"], world.part()["doubled"]) == (5, 1), "other writes are new"


async def test_the_opposite_between_two_equal_writes_makes_the_second_a_new_one(
    world: World, http: httpx.AsyncClient
) -> None:
    await http.put("44444/failover")
    await http.delete("44444/failover")
    await http.put("44444/failover")
    assert (world.part()["writes"], world.part()["doubled"]) == (3, 0)


@pytest.mark.parametrize(
    ("kind", "doubled"), [("click", 0), ("view_submission", 0), ("command", 1), ("event", 1)]
)
async def test_a_write_that_a_person_decided_on_again_is_not_doubled(
    world: World, slack: SlackSandbox, http: httpx.AsyncClient, kind: str, doubled: int
) -> None:
    await http.put("44444/failover")
    slack.deliveries.append(Delivery(kind, {}))
    await http.put("44444/failover")
    assert world.part()["doubled"] == doubled


async def test_no_password_or_token_is_on_the_page(
    world: World, page: FakePage, http: httpx.AsyncClient
) -> None:
    body = {"token": "t0ken-secret", "password": "Passw0rd-secret"}
    await http.put("user0001@example.com/password", json=body)
    assert '"password": "***"' in page.events("api")[-1]["body"]
    assert "secret" not in str(page.published)


async def test_a_long_body_is_cut_and_old_calls_and_points_are_dropped(
    page: FakePage,
    slack: SlackSandbox,
    api: ContinuitySandbox,
    http: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(world_module, "MAX_CALLS", 3)
    monkeypatch.setattr(world_module, "MAX_POINTS", 2)
    monkeypatch.setattr(world_module, "MAX_BODY_CHARS", 20)
    world = add_world(page, slack, api, lambda: NOW, "44444")
    for number in range(1, 5):
        await http.put(
            "44444", json={"users": [{"user": f"user{number:04d}@example.com"}], "more": "x" * 50}
        )
    assert [call["number"] for call in world.calls()] == [2, 3, 4]
    assert world.calls()[-1]["body"] == '{"users": [{"user": …'
    assert len(world.part()["points"]) == 2


async def test_reset_brings_back_the_users_of_the_beginning_and_keeps_the_counts(
    world: World, page: FakePage, api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    await http.put("44444/failover")
    await http.delete("44444/user0001@example.com")
    api.delay(600)
    world.reset()
    assert bar(page.events("world")[-1]) == (10, 0, 0)
    assert (world.part()["users"], world.part()["writes"]) == (10, 2)
    await http.put("44444/failover")
    assert (await http.head("44444", params={"failover": "true"})).headers["User-Count"] == "10"
    assert world.part()["doubled"] == 0, "it had to be sent again"
    world.reset()
    assert bar(world.part()) == (10, 0, 0), "a second time as well"
