"""The simulated continuity API over loopback, asked with bare httpx."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from sandbox.continuity import ContinuitySandbox


@pytest_asyncio.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox() as sandbox:
        sandbox.add_customer(
            "44444", 10, groups={"emea": 3, "apac": 2}, access_off=2, not_activated=1, failover_on=4
        )
        yield sandbox


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 10),
        ("?failover=true", 4),
        ("?failover=false", 6),
        ("?access=false", 2),
        ("?activation=false", 1),
        ("?group=emea", 3),
        ("?group=emea&group=apac", 5),
        ("?group=emea%2Capac", 5),
        ("?group=apac&failover=true", 1),
        ("?group=nobody", 0),
    ],
)
async def test_head_counts_and_get_lists_the_same_users(
    http: httpx.AsyncClient, query: str, count: int
) -> None:
    assert (await http.head(f"44444{query}")).headers["User-Count"] == str(count)
    assert len((await http.get(f"44444{query}")).json()["users"]) == count


async def test_a_customer_flag_is_set_for_a_group_and_removed_for_all(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    put = (await http.put("44444/failover?group=apac")).json()
    assert put["affectedUsers"] == 2
    assert put["id"]
    assert put["timestamp"]
    assert sum(user.failover for user in api.customers["44444"].values()) == 5
    assert (await http.delete("44444/failover")).json()["affectedUsers"] == 10
    assert not any(user.failover for user in api.customers["44444"].values())
    assert [(r.method, r.path, r.query, r.status) for r in api.requests] == [
        ("PUT", "/44444/failover", [("group", "apac")], 200),
        ("DELETE", "/44444/failover", [], 200),
    ]


async def test_one_user_is_shown_updated_flagged_and_deleted(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    path = "44444/user0010%40example.com"
    await http.put(f"{path}/access")
    await http.put(path, json={"displayName": "Ten"})
    user = (await http.get(path)).json()["user"]
    assert (user["access"], user["displayName"]) == (True, "Ten")
    await http.delete(f"{path}/access")
    assert not api.customers["44444"]["user0010@example.com"].access
    assert (await http.delete(path)).status_code == 200
    assert (await http.get(path)).status_code == 404


async def test_bulk_update_and_bulk_delete(api: ContinuitySandbox, http: httpx.AsyncClient) -> None:
    body = {"users": [{"user": "new@example.com", "failoverGroups": ["emea"]}]}
    assert (await http.put("44444", json=body)).json()["affectedUsers"] == 1
    assert (await http.delete("44444?group=emea")).json()["affectedUsers"] == 4
    assert len(api.customers["44444"]) == 7


async def test_a_token_sets_a_password_once_and_without_authentication(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    token = (await http.post("44444/user0010@example.com/token")).json()["token"]
    body = {"token": token, "password": "Abcdef12"}
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as nobody:
        assert (await nobody.put("user0010@example.com/password", json=body)).status_code == 200
        assert (await nobody.put("user0010@example.com/password", json=body)).status_code == 403
    assert api.customers["44444"]["user0010@example.com"].activation
    assert "Abcdef12" not in repr(api.requests)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("4444", 400),
        ("55555", 404),
        ("66666", 403),
        ("44444/wrong", 400),
        ("44444/nobody@example.com", 404),
        ("44444/user0001@example.com/wrong", 400),
        ("44444?failover=yes", 400),
        ("44444?group=", 400),
    ],
)
async def test_errors_have_the_documented_body_and_head_has_none(
    api: ContinuitySandbox, http: httpx.AsyncClient, path: str, status: int
) -> None:
    api.forbidden.add("66666")
    answer = await http.get(path)
    assert answer.status_code == status
    assert set(answer.json()) == {"id", "timestamp", "status", "message"}
    head = await http.head(path)
    # HEAD counts users of a customer; a single user or flag has none.
    assert (head.status_code, head.content) == (
        405 if status == 404 and "/" in path else status,
        b"",
    )


async def test_a_wrong_password_is_401(api: ContinuitySandbox, http: httpx.AsyncClient) -> None:
    assert (await http.get("44444", auth=("continuity", "wrong"))).status_code == 401


@pytest.mark.parametrize(
    ("kind", "error", "applied"),
    [
        ("reset_before", httpx.RemoteProtocolError, False),
        ("reset_after", httpx.RemoteProtocolError, True),
        ("half_body", httpx.RemoteProtocolError, True),
        ("hang", httpx.ReadTimeout, False),
        ("stall_then_apply", httpx.ReadTimeout, True),
    ],
)
async def test_cut_and_stalled_requests(
    api: ContinuitySandbox,
    http: httpx.AsyncClient,
    kind: str,
    error: type[Exception],
    applied: bool,
) -> None:
    slow = error is httpx.ReadTimeout
    api.fail(kind=kind, method="PUT", seconds=0.1 if slow else 0.0)
    with pytest.raises((error, httpx.ReadError)):
        await http.put("44444/failover", timeout=httpx.Timeout(30, read=0.05 if slow else 30))
    users = api.customers["44444"].values()
    if applied:
        await api.wait_for(lambda: all(user.failover for user in users))
    assert all(user.failover for user in users) is applied


async def test_a_fault_waits_for_its_turn_and_ends(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.fail(kind=429, path="44444$", after=1, retry_after="7")
    answers = [await http.get("44444") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 429, 200]
    assert answers[1].headers["Retry-After"] == "7"
    with pytest.raises(ValueError, match="no such fault"):
        api.fail(kind="unheard-of")
