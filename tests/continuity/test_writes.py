"""Users, tokens and passwords: sent once, to the right place, with nothing secret left behind."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import cast

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.continuity.client import ContinuityClient
from bot.continuity.urls import OPERATIONS
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag
from bot.domain.secret import Secret
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import ContinuityApi
from sandbox.continuity import ContinuitySandbox

USER, PASSWORD = "canary-user", "canary-password"
TOKEN, NEW = Secret("canary-token/+"), Secret("Canary$ecret1")
ONE = "user0001@example.com"
BASE = "http://127.0.0.1/email/continuity/v2/"
Call = Callable[[ContinuityApi], Awaitable[object]]

WRITES: dict[str, Call] = {
    "PUT /44444/user0001%40example.com": lambda api: api.update_user(
        "44444", ONE, {"displayName": "A"}
    ),
    "DELETE /44444/user0001%40example.com": lambda api: api.delete_user("44444", ONE),
    "PUT /44444": lambda api: api.update_users("44444", [{"user": ONE, "displayName": "A"}]),
    "DELETE /44444?failover=false&group=emea": lambda api: api.delete_users(
        "44444", Filters(("emea",), failover=False)
    ),
    "POST /44444/user0001%40example.com/token": lambda api: api.request_token(
        "44444", ONE, notify=False
    ),
    "POST /44444/user0001%40example.com/token?mailNotification=true": lambda api: api.request_token(
        "44444", ONE, notify=True
    ),
    "PUT /user0001%40example.com/password": lambda api: api.set_password(ONE, TOKEN, NEW),
    "PUT /44444/access": lambda api: api.set_flag("44444", Flag.ACCESS, True, Everyone()),
}
each_write = pytest.mark.parametrize(("line", "write"), WRITES.items(), ids=list(WRITES))


@pytest_asyncio.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox(username=USER, password=PASSWORD) as sandbox:
        sandbox.add_customer("44444", 10, groups={"emea": 3}, failover_on=1)
        yield sandbox


@pytest_asyncio.fixture
async def client(api: ContinuitySandbox) -> AsyncIterator[ContinuityClient]:
    made = ContinuityClient(
        api.url,
        USER,
        SecretStr(PASSWORD),
        write_timeout=httpx.Timeout(0.4),
        read_wait=0.001,
    )
    yield made
    await made.aclose()


def answering(answer: Callable[[httpx.Request], httpx.Response]) -> ContinuityClient:
    return ContinuityClient(
        BASE, USER, SecretStr(PASSWORD), transport=httpx.MockTransport(answer), read_wait=0.001
    )


async def test_users_are_written_and_deleted(
    api: ContinuitySandbox, client: ContinuityClient
) -> None:
    users = api.customers["44444"]
    receipt = await client.update_user("44444", ONE, {"displayName": "Ann"})
    assert (receipt.affected, receipt.api_id) == (None, "sbx-000001")
    both = [{"user": f"user000{number}@example.com", "surName": "B"} for number in (1, 2)]
    assert (await client.update_users("44444", both)).affected == 2
    assert (users[ONE].display_name, users[ONE].sur_name) == ("Ann", "B")
    await client.delete_user("44444", ONE)
    assert (await client.delete_users("44444", Filters(("emea",)))).affected == 2
    assert len(users) == 7
    assert (await client.delete_users("44444", EVERY_USER)).affected == 7


async def test_a_token_sets_the_password_once(
    api: ContinuitySandbox, client: ContinuityClient
) -> None:
    api.customers["44444"][ONE].activation = False
    token = await client.request_token("44444", ONE, notify=False)
    assert api.notifications == []
    assert token.token.reveal() in token.url.reveal()
    assert token.token.reveal() in api.tokens
    assert token.token.reveal() not in repr(token)
    assert token.expires > token.receipt.api_timestamp
    await client.set_password(ONE, token.token, NEW)
    assert api.customers["44444"][ONE].activation
    with pytest.raises(Refused, match=r"does not accept the token \(403\)"):
        await client.set_password(ONE, token.token, NEW)
    await client.request_token("44444", ONE, notify=True)
    assert api.notifications == [ONE]


def unchecked_groups(*names: str) -> Filters:
    """Return filters with groups that filters themselves refuse."""
    filters = Filters()
    object.__setattr__(filters, "groups", names)
    return filters


@each_write
async def test_the_line_that_is_told_is_the_one_that_is_sent(line: str, write: Call) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        below = request.url.raw_path.decode().removeprefix("/email/continuity/v2")
        sent.append(f"{request.method} {below}")
        authorized = "Authorization" in request.headers
        assert authorized is not below.endswith("/password")
        return httpx.Response(200, json={"id": "1", "timestamp": "t", "token": "abc"})

    await write(answering(answer))
    assert sent == [line]


def test_request_lines() -> None:
    client = answering(lambda _: httpx.Response(200))
    filters = Filters(("emea",), failover=False)
    told = [
        client.request_line("PUT", "44444", address=ONE),
        client.request_line("DELETE", "44444", address=ONE),
        client.request_line("PUT", "44444"),
        client.request_line("DELETE", "44444", filters=filters),
        client.request_line("POST", "44444", address=ONE, part="token"),
        client.request_line("POST", "44444", address=ONE, part="token", notify=True),
        client.request_line("PUT", "", address=ONE, part="password"),
    ]
    assert told == list(WRITES)[:-1]
    for wrong in (
        {"method": "DELETE"},  # everybody, by leaving the filters out
        {"method": "DELETE", "filters": cast("Filters", ())},
        {"method": "PUT", "filters": EVERY_USER},
        {"method": "DELETE", "address": ONE, "filters": EVERY_USER},
        {"method": "DELETE", "address": ONE, "part": "token"},
        {"method": "DELETE", "address": ONE, "part": "failover"},
        {"method": "POST", "part": "token"},
        {"method": "PUT", "part": "password"},
        {"method": "POST"},
        {"method": "POST", "address": ONE},
        {"method": "PATCH", "address": ONE},
        {"method": "PUT", "address": ONE, "notify": True},
    ):
        with pytest.raises(Refused, match="Nothing was sent"):
            client.request_line(customer="44444", **wrong)


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.delete_user("44444", ""),
        lambda api: api.delete_user("44444", "a@example.com/../../99999"),
        lambda api: api.delete_user("44444/..", ONE),
        lambda api: api.delete_users("44444", None),
        lambda api: api.delete_users("44444", {}),
        lambda api: api.delete_users("", EVERY_USER),
        lambda api: api.update_user("44444", ONE, {}),
        lambda api: api.update_user("44444", ONE, {"user": "b@example.com"}),
        lambda api: api.update_user("44444", ONE, {"user": ONE, "customer": "55555"}),
        lambda api: api.update_user("44444", ONE, {"displayName": Secret("x")}),
        lambda api: api.update_user("44444", ONE, {"displayName": "\ud800"}),
        lambda api: api.update_user("44444", ONE, {"displayName": float("nan")}),
        lambda api: api.update_users("44444", []),
        lambda api: api.update_users("44444", [{"displayName": "A"}]),
        lambda api: api.update_users("44444", [{"user": ONE}, {"user": ONE.upper()}]),
        lambda api: api.update_users("44444", [{"user": ONE, "customer": "44444DE"}]),
        lambda api: api.request_token("44444", "", notify=False),
        lambda api: api.set_password("", TOKEN, NEW),
        lambda api: api.set_password("44444", TOKEN, NEW),
        lambda api: api.count("44444", unchecked_groups("")),
        lambda api: api.probe("DELETE", "44444"),
    ],
)
async def test_what_would_reach_too_far_is_refused_before_anything_is_sent(
    api: ContinuitySandbox, client: ContinuityClient, call: Call
) -> None:
    with pytest.raises(Refused, match="Nothing was sent"):
        await call(client)
    assert api.requests == []


@each_write
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (404, Refused),
        (429, NotSent),
        (408, Ambiguous),
        (503, Ambiguous),
        ("reset_after", Ambiguous),
        ("hang", Ambiguous),
        ("broken_json", Ambiguous),
        ("half_body", Ambiguous),
    ],
)
async def test_a_failed_write_is_sent_once_and_told_by_its_kind(
    api: ContinuitySandbox,
    client: ContinuityClient,
    line: str,
    write: Call,
    kind: str | int,
    error: type[ContinuityError],
) -> None:
    api.fail(kind=kind, times=9)
    with pytest.raises(ContinuityError) as caught:
        await write(client)
    assert type(caught.value) is error
    assert len(api.requests) == 1
    assert line.startswith(api.requests[0].method)


ECHO = {
    "id": "canary-token/+ 1",
    "timestamp": "Canary$ecret1 t",
    "token": "canary-made",
    "url": "https://webmail.example.com/?t=canary-made",
    "expiryTimestamp": "canary-made",
    "message": (
        "no: canary-token/+ canary-token%2F%2B canary-token\\/+ Canary$ecret1 Canary%24ecret1 "
        f"canary-user canary-password {base64.b64encode(b'canary-user:canary-password').decode()} "
        "canary-made https://webmail.example.com/?t=canary-made"
    ),
}


@each_write
@pytest.mark.parametrize(("status", "inside"), [(200, None), (200, 403), (403, 403), (503, 503)])
async def test_what_the_api_echoes_is_hidden(
    line: str, write: Call, status: int, inside: int | None
) -> None:
    body = {**ECHO, "status": inside} if inside else ECHO
    client = answering(lambda _: httpx.Response(status, json=body))
    shown: list[str] = []
    with capture_logs() as logs:
        try:
            shown.append(repr(await write(client)))
        except ContinuityError as error:
            shown += [str(error), repr(error), str(error.api_id), str(error.api_timestamp)]
    text = f"{shown} {logs}".lower()
    own = {"PUT /user0001%40example.com/password": ("canary-token", "canary$", "canary%24")}
    others: tuple[str, ...] = ("canary-user", "canary-password", "canary-made", "y2fuyxj5")
    if "token" not in line:
        others = others[:2] + others[3:]  # only a token's answer holds one
    for secret in own.get(line, others):
        assert secret not in text


async def test_cookies_of_one_answer_go_with_no_other_request() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Cookie"))
        return httpx.Response(
            200, json={"id": "1", "timestamp": "t"}, headers={"Set-Cookie": "session=1; Path=/"}
        )

    client = answering(answer)
    await client.delete_user("44444", ONE)
    await client.set_password(ONE, TOKEN, NEW)
    assert seen == [None, None]


async def test_far_too_long_an_answer_is_not_read() -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 65536

    client = answering(lambda _: httpx.Response(200, content=endless()))
    with pytest.raises(Ambiguous, match="far too much"):
        await client.user("44444", ONE)
    refusing = answering(lambda _: httpx.Response(403, content=endless()))
    with pytest.raises(Refused, match="far too much"):
        await refusing.user("44444", ONE)


async def test_the_body_is_what_was_given_with_every_field_of_it() -> None:
    bodies: list[object] = []

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["Content-Type"] == "application/json"
        bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"id": "1", "timestamp": "t"})

    client = answering(answer)
    fields = {"user": ONE, "displayName": "Ä", "shoeSize": 47, "failoverGroups": ["emea"]}
    await client.update_user("44444", ONE, fields)
    await client.update_users("44444", [fields])
    await client.set_password(ONE, TOKEN, NEW)
    password = {"token": TOKEN.reveal(), "password": NEW.reveal()}
    assert bodies == [fields, {"users": [fields]}, password]


def test_every_operation_has_its_method_in_the_port_and_in_the_client() -> None:
    assert len({(one.method, one.path) for one in OPERATIONS}) == len(OPERATIONS) == 13
    for operation in OPERATIONS:
        assert callable(getattr(ContinuityApi, operation.port))
        assert callable(getattr(ContinuityClient, operation.port))
    ours = {one.port for one in OPERATIONS} | {"describe", "request_line", "rehearse", "aclose"}
    public = {name for name in vars(ContinuityApi) if not name.startswith("_")}
    assert public == ours
