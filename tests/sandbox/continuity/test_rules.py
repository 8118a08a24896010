"""The simulated continuity API by the letter of the reference: what it takes, and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import httpx
import pytest

from sandbox.continuity import ContinuitySandbox
from tests.sandbox.conftest import AUTH

USER = "44444/user0001@example.com"
PASSWORD = "user0001@example.com/password"


class Clock:
    """A clock that a test sets."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def api(clock: Clock) -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox(clock=clock) as sandbox:
        sandbox.add_customer("44444", 5, groups={"emea": 2}, failover_on=1)
        yield sandbox


Call = Callable[[httpx.AsyncClient], Any]


@pytest.mark.parametrize(
    ("call", "fields"),
    [
        (lambda http: http.get("44444"), {"users"}),
        (lambda http: http.put("44444", json={"users": []}), {"affectedUsers"}),
        (lambda http: http.delete("44444"), {"affectedUsers"}),
        (lambda http: http.put("44444/failover"), {"affectedUsers"}),
        (lambda http: http.delete("44444/access?group=emea"), {"affectedUsers"}),
        (lambda http: http.get(USER), {"user"}),
        (lambda http: http.put(USER, json={"displayName": "One"}), set()),
        (lambda http: http.delete(USER), set()),
        (lambda http: http.put(f"{USER}/access"), set()),
        (lambda http: http.delete(f"{USER}/failover"), set()),
        (lambda http: http.post(f"{USER}/token"), {"token", "expiryTimestamp", "url"}),
    ],
)
async def test_every_success_has_the_apis_id_and_time_and_its_own_fields(
    http: httpx.AsyncClient, call: Call, fields: set[str]
) -> None:
    answer = await call(http)
    assert answer.status_code == 200
    told = answer.json()
    assert told.keys() == {"id", "timestamp"} | fields
    assert told["id"]
    assert datetime.fromisoformat(told["timestamp"]).timestamp() == Clock.now
    if "affectedUsers" in told:
        assert isinstance(told["affectedUsers"], int)


async def test_a_user_has_the_fields_of_the_reference(http: httpx.AsyncClient) -> None:
    user = (await http.get(USER)).json()["user"]
    assert user == {
        "customer": "44444",
        "domain": "example.com",
        "user": "user0001@example.com",
        "displayName": "User 0001",
        "givenName": "User",
        "surName": "0001",
        "language": "en_GB",
        "timezone": "Europe/Berlin",
        "failoverGroups": ["emea"],
        "activation": True,
        "access": True,
        "failover": True,
    }


@pytest.mark.parametrize(("counts_changed", "affected"), [(False, 5), (True, 4)])
async def test_affected_users_may_be_those_that_match_or_those_that_changed(
    api: ContinuitySandbox, http: httpx.AsyncClient, counts_changed: bool, affected: int
) -> None:
    api.state.counts_changed = counts_changed
    assert (await http.put("44444/failover")).json()["affectedUsers"] == affected
    assert (await http.head("44444?failover=true")).headers["User-Count"] == "5"


async def test_addresses_are_one_user_in_any_case_and_a_trailing_slash_deletes(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    assert (await http.get("44444/USER0001%40example.COM")).status_code == 200
    assert (await http.delete(f"{USER}/")).status_code == 200
    assert "user0001@example.com" not in api.customers["44444"]


async def test_where_paths_mind_capitals_another_spelling_is_another_user(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.state.case_sensitive = True
    other = "44444/User0001%40example.com"
    assert (await http.get(USER)).status_code == 200
    for method, path in (("GET", ""), ("DELETE", ""), ("PUT", "/failover"), ("POST", "/token")):
        assert (await http.request(method, other + path)).status_code == 404
    made = {"users": [{"user": "User0001@example.com", "displayName": "second"}]}
    assert (await http.put("44444", json=made)).status_code == 200
    assert (await http.get(other)).json()["user"]["displayName"] == "second"
    assert (await http.get(USER)).json()["user"]["displayName"] == "User 0001"
    told = [user["user"] for user in (await http.get("44444")).json()["users"]]
    assert {"user0001@example.com", "User0001@example.com"} <= {*told}
    assert (await http.delete(other)).status_code == 200
    assert [(await http.get(one)).status_code for one in (USER, other)] == [200, 404]
    token = (await http.post(f"{USER}/token")).json()["token"]
    body = {"token": token, "password": "Passw0rd"}
    assert (await http.put("USER0001%40example.com/password", json=body)).status_code == 403
    assert (await http.put(PASSWORD, json=body)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "44444", None, 405, "POST is not allowed"),
        ("POST", "44444/failover", None, 405, "POST is not allowed"),
        ("POST", USER, None, 405, "POST is not allowed"),
        ("GET", f"{USER}/token", None, 405, "GET is not allowed"),
        *(
            (method, f"{path}?more=1", body, 400, "Unknown parameter more")
            for method, path, body in (
                ("GET", "44444", None),
                ("PUT", "44444", "{}"),
                ("PUT", "44444/failover", None),
                ("GET", USER, None),
                ("PUT", f"{USER}/access", None),
                ("POST", f"{USER}/token", None),
                ("PUT", PASSWORD, "{}"),
            )
        ),
        ("PUT", "44444/failover?group=a,,b", None, 400, "group takes 1 to 16 names"),
        ("GET", "44444?group=a,b&group=c", None, 400, "repeated, or joined by commas"),
        ("GET", f"44444?group={'x' * 129}", None, 400, "group takes 1 to 16 names"),
        ("GET", "44444DEU", None, 400, "CUSTOMER"),
        ("GET", "44444de", None, 400, "CUSTOMER"),
        ("GET", "../../../", None, 404, "No such resource"),
        ("GET", "44444//failover", None, 400, "Malformed path"),
        ("GET", "44444%2Ffailover", None, 400, "Malformed path"),
        ("GET", f"{USER}/access/more", None, 404, "No such resource"),
        ("PUT", "44444/Failover", None, 400, "FLAG must be failover or access"),
        ("GET", "44444/nobody/access", None, 400, "USER is not an address"),
        ("PUT", "44444/failover?group=a&group=", None, 400, "group takes 1 to 16"),
        ("PUT", "44444/failover?failover=true", None, 400, "Unknown parameter failover"),
        (
            "GET",
            "44444?" + "&".join(f"group=g{number}" for number in range(17)),
            None,
            400,
            "group takes 1 to 16",
        ),
        ("PUT", "44444", b"{", 400, "not JSON"),
        ("PUT", "44444", b"[]", 400, "array users"),
        (
            "PUT",
            "44444",
            b'{"users": [{"user": "new@example.com"}, {"user": "no address"}]}',
            400,
            "needs an address",
        ),
        ("PUT", USER, b"[]", 400, "must be a user object"),
        ("PUT", USER, b'{"displayName": ""}', 400, "displayName must be a text of 1 to 256"),
        ("PUT", USER, b'{"givenName": "New", "language": "much-too-long"}', 400, "language"),
        ("PUT", USER, b'{"failoverGroups": "emea"}', 400, "array of texts"),
        ("PUT", f"44444/{'x' * 250}@example.com", b"{}", 400, "at most 256"),
        ("DELETE", f"44444/{'x' * 20}@example.com/access", None, 404, "User not found"),
    ],
)
async def test_what_the_reference_does_not_allow_is_refused_and_changes_nothing(
    api: ContinuitySandbox,
    http: httpx.AsyncClient,
    method: str,
    path: str,
    body: bytes | None,
    status: int,
    words: str,
) -> None:
    before = [user.as_json() for user in api.customers["44444"].values()]
    answer = await http.request(method, api.url + path, content=body)
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert words in answer.json()["message"]
    assert [user.as_json() for user in api.customers["44444"].values()] == before
    assert api.requests[-1].applied is False


@pytest.mark.parametrize("groups", [16, 1])
async def test_up_to_sixteen_groups_are_taken(http: httpx.AsyncClient, groups: int) -> None:
    query = "&".join(f"group={name}" for name in ["emea", *(f"g{n}" for n in range(groups - 1))])
    assert (await http.head(f"44444?{query}")).headers["User-Count"] == "2"


async def test_a_token_works_for_a_day_for_its_user_and_once(
    api: ContinuitySandbox, http: httpx.AsyncClient, clock: Clock
) -> None:
    first = (await http.post(f"{USER}/token?mailNotification=true")).json()
    assert api.notifications == ["user0001@example.com"]
    assert first["url"] == str(httpx.URL(api.url).join(f"/activate?token={first['token']}"))
    late = (await http.post(f"{USER}/token")).json()["token"]
    assert api.notifications == ["user0001@example.com"]
    async with httpx.AsyncClient(base_url=api.url, trust_env=False) as nobody:
        other = {"token": late, "password": "Abcdef12"}
        stranger = await nobody.put("user0002@example.com/password", json=other)
        good = await nobody.put(PASSWORD, json={"token": first["token"], "password": "Abcdef12"})
        clock.now += 24 * 3600 + 1
        expired = await nobody.put(PASSWORD, json=other)
    assert [stranger.status_code, good.status_code, expired.status_code] == [403, 200, 403]
    assert list(api.tokens) == [late]


@pytest.mark.parametrize(
    "password", ["Short12", "x" * 257, "with space 1", "umlaut-ä-1", "semi;colon1", "", None]
)
async def test_a_password_outside_the_rule_is_refused(
    api: ContinuitySandbox, http: httpx.AsyncClient, password: str | None
) -> None:
    token = (await http.post(f"{USER}/token")).json()["token"]
    answer = await http.put(PASSWORD, json={"token": token, "password": password})
    assert answer.status_code == 400
    assert "8 to 256" in answer.json()["message"]
    assert token in api.tokens
    assert api.requests[-1].body == {"token": "***", "password": "***"}


@pytest.mark.parametrize("auth", [None, ("continuity", "wrong"), ("wrong", "sandbox-password")])
async def test_without_the_account_nothing_but_the_password_call_is_answered(
    api: ContinuitySandbox, auth: tuple[str, str] | None
) -> None:
    async with httpx.AsyncClient(base_url=api.url, auth=auth, trust_env=False) as http:
        for method, path in (("GET", "44444"), ("PUT", "44444/failover"), ("GET", USER)):
            refused = await http.request(method, path)
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"].startswith("Basic")
        assert (await http.head("44444")).content == b""
        assert (await http.put(PASSWORD, json={})).status_code == 400
    assert api.requests[0].applied is False


async def test_the_base_path_may_be_the_one_of_the_vendors_mock_server() -> None:
    path = "/_mock/seg/email-continuity-api/"
    async with ContinuitySandbox(base_path=path) as api:
        api.add_customer("44444", 3)
        assert api.url.endswith(path)
        async with httpx.AsyncClient(base_url=api.url, auth=AUTH, trust_env=False) as http:
            assert (await http.head("44444")).headers["User-Count"] == "3"
        public = api.url.replace(path, "/email/continuity/v2/44444")
        async with httpx.AsyncClient(auth=AUTH, trust_env=False) as http:
            assert (await http.get(public)).status_code == 404


async def test_users_are_added_one_by_one_too(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    api.add_user("55555DE", "One@Example.com", failover=True, activation=False, groups={"emea"})
    user = (await http.get("55555DE/one@example.com")).json()["user"]
    assert (user["user"], user["failover"], user["activation"]) == ("One@Example.com", True, False)
    assert (await http.head("55555DE?group=emea")).headers["User-Count"] == "1"


async def test_a_request_is_shown_as_it_was_sent(
    api: ContinuitySandbox, http: httpx.AsyncClient
) -> None:
    await http.head("44444?group=a%20b")
    assert str(api.requests[0]) == "HEAD /44444?group=a%20b 200"
