"""The client against the simulated API over loopback: every operation and every fault."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from typing import cast

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot import retry_after
from bot.continuity import urls
from bot.continuity.client import ContinuityClient
from bot.domain.identifiers import parse_address
from bot.domain.scope import Everyone, Filters, Flag, Groups
from bot.errors import (
    Ambiguous,
    ConfigurationError,
    ContinuityError,
    InvalidInput,
    NotSent,
    Refused,
)
from bot.ports import UserState
from sandbox.continuity import ContinuitySandbox

USER = "canary-user"
PASSWORD = "canary-password"
BASE = "http://127.0.0.1/email/continuity/v2/"
SLOW = {"hang", "stall_then_apply"}
Answering = Callable[[httpx.Request], httpx.Response]


@pytest_asyncio.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox(username=USER, password=PASSWORD) as sandbox:
        sandbox.add_customer("44444", 10, groups={"emea": 3, "apac": 2}, failover_on=4)
        yield sandbox


@pytest_asyncio.fixture
async def client(api: ContinuitySandbox) -> AsyncIterator[ContinuityClient]:
    quick = httpx.Timeout(0.5)
    made = ContinuityClient(
        api.url,
        USER,
        SecretStr(PASSWORD),
        read_timeout=quick,
        write_timeout=quick,
        read_wait=0.001,
    )
    yield made
    await made.aclose()


def answering(answer: Answering) -> ContinuityClient:
    return ContinuityClient(
        BASE, USER, SecretStr(PASSWORD), transport=httpx.MockTransport(answer), read_wait=0.001
    )


async def test_counts_with_filters(client: ContinuityClient) -> None:
    assert await client.count("44444") == 10
    assert await client.count("44444", Filters(("emea", "apac"))) == 5
    assert (
        await client.count("44444", Filters((), failover=True, access=True, activation=True)) == 4
    )
    assert await client.count("44444", Filters(failover=False)) == 6


async def test_sets_flags_and_reads_a_user_back(
    api: ContinuitySandbox, client: ContinuityClient
) -> None:
    receipt = await client.set_flag("44444", Flag.FAILOVER, True, Groups(("apac",)))
    assert (receipt.affected, bool(receipt.api_id), bool(receipt.api_timestamp)) == (2, True, True)
    assert (await client.set_flag("44444", Flag.ACCESS, False, Everyone())).affected == 10
    assert (await client.set_flag("44444", Flag.ACCESS, True, "USER0005@example.com")).affected is (
        None
    )
    shown = await client.user("44444", "User0005@example.com")
    assert shown == UserState("user0005@example.com", True, True, True)


@pytest.mark.parametrize(
    ("scope", "on", "encoding", "expected"),
    [
        (Everyone(), True, "repeat", "PUT /44444/failover"),
        (Groups(("a b", "c&d")), False, "repeat", "DELETE /44444/failover?group=a%20b&group=c%26d"),
        (Groups(("emea", "apac")), True, "comma", "PUT /44444/failover?group=emea%2Capac"),
        ("o'x+1@example.com", False, "repeat", "DELETE /44444/o%27x%2B1%40example.com/failover"),
    ],
)
async def test_describe_is_the_line_that_is_sent(
    scope: Everyone | Groups | str, on: bool, encoding: str, expected: str
) -> None:
    sent: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        below = request.url.raw_path.decode().removeprefix("/email/continuity/v2")
        sent.append(f"{request.method} {below}")
        return httpx.Response(200, json={"id": "1", "timestamp": "t"})

    client = ContinuityClient(
        BASE,
        USER,
        SecretStr(PASSWORD),
        transport=httpx.MockTransport(answer),
        group_encoding="comma" if encoding == "comma" else "repeat",
    )
    await client.set_flag("44444", Flag.FAILOVER, on, scope)
    assert sent == [expected] == [client.describe("44444", Flag.FAILOVER, on, scope)]


@pytest.mark.parametrize(
    ("kind", "error", "applied"),
    [
        (302, Refused, False),
        *((status, Refused, False) for status in (400, 401, 403, 404, 409, 418)),
        (429, NotSent, False),
        *((status, Ambiguous, False) for status in (303, 408, 500, 502, 503)),
        ("reset_before", Ambiguous, False),
        ("hang", Ambiguous, False),
        ("html", Ambiguous, False),
        *((kind, Ambiguous, True) for kind in ("reset_after", "stall_then_apply")),
        *((kind, Ambiguous, True) for kind in ("wrong_json", "broken_json", "half_body")),
    ],
)
async def test_a_failed_write_is_sent_once_and_told_by_its_kind(
    api: ContinuitySandbox,
    client: ContinuityClient,
    kind: str | int,
    error: type[ContinuityError],
    applied: bool,
) -> None:
    api.fail(kind=kind, times=9, seconds=1.2 if kind in SLOW else 0.0)
    with pytest.raises(ContinuityError) as caught:
        await client.set_flag("44444", Flag.FAILOVER, True, Everyone())
    assert type(caught.value) is error
    assert [request.method for request in api.requests] == ["PUT"]
    if isinstance(kind, int):
        assert caught.value.status == kind
        assert caught.value.api_id
    users = api.customers["44444"].values()
    if applied:
        await api.wait_for(lambda: all(user.failover for user in users))
    assert all(user.failover for user in users) is applied


async def test_reads_are_repeated_and_refusals_are_not(
    api: ContinuitySandbox, client: ContinuityClient
) -> None:
    api.fail(kind=503, times=1)
    api.fail(kind=429, times=1, retry_after="0")
    assert await client.count("44444") == 10
    assert len(api.requests) == 3
    with pytest.raises(Refused, match="404"):
        await client.count("55555")
    assert len(api.requests) == 4
    api.fail(kind=429, retry_after="60")
    with pytest.raises(NotSent) as caught:
        await client.count("44444")
    assert (caught.value.retry_after, len(api.requests)) == (60.0, 5)
    api.fail(kind=500, times=9)
    with pytest.raises(Ambiguous):
        await client.count("44444")
    assert len(api.requests) == 8


async def test_a_closed_port_is_not_sent(api: ContinuitySandbox, client: ContinuityClient) -> None:
    await api.stop()
    with pytest.raises(NotSent):
        await client.set_flag("44444", Flag.FAILOVER, True, Everyone())


def every_kind(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from every_kind(child)


FOREIGN = sorted(
    {*every_kind(httpx.HTTPError), *every_kind(httpx.StreamError), httpx.InvalidURL, OSError},
    key=lambda kind: kind.__name__,
)
BEFORE = {
    *("ConnectError", "ConnectTimeout", "PoolTimeout"),
    *("ProxyError", "UnsupportedProtocol", "InvalidURL"),
}


@pytest.mark.parametrize("kind", FOREIGN, ids=lambda kind: kind.__name__)
async def test_no_foreign_exception_escapes(kind: type[Exception]) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        error = kind.__new__(kind)
        error.args = (f"Authorization {USER} {PASSWORD}",)
        raise error

    with pytest.raises(ContinuityError) as caught:
        await answering(answer).set_flag("44444", Flag.FAILOVER, True, Everyone())
    assert type(caught.value) is (NotSent if kind.__name__ in BEFORE else Ambiguous)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("count", [None, "", "-1", "1.5", "ten", "٣"])
async def test_an_unusable_count_is_ambiguous(count: str | None) -> None:
    headers = [] if count is None else [(b"User-Count", count.encode())]
    with pytest.raises(Ambiguous):
        await answering(lambda _: httpx.Response(200, headers=headers)).count("44444")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"user": {"user": "A@example.com"}}, (None, None, None)),
        (
            {"user": {"user": "a@example.com", "failover": True}, "access": False},
            (True, False, None),
        ),
        ({"user": {"user": "a@example.com", "failover": "false"}}, None),
        ({"user": {"user": "b@example.com"}}, None),
        ({"user": {}}, None),
    ],
)
async def test_what_is_not_told_is_none_and_another_shape_is_ambiguous(
    body: object, expected: tuple[bool | None, ...] | None
) -> None:
    client = answering(lambda _: httpx.Response(200, json=body))
    if expected is None:
        with pytest.raises(Ambiguous):
            await client.user("44444", "a@example.com")
    else:
        told = await client.user("44444", "a@example.com")
        assert (told.failover, told.access, told.activation) == expected


async def test_the_apis_message_is_cleaned_cut_and_free_of_secrets() -> None:
    text = f"No\x00\u202e {USER} {PASSWORD} " + "x" * 900
    client = answering(lambda _: httpx.Response(403, json={"id": "7", "message": text}))
    with pytest.raises(Refused) as caught:
        await client.user("44444", "a@example.com")
    sentence = str(caught.value)
    assert "No [hidden] [hidden] xxx" in sentence
    assert len(sentence) < 400
    assert caught.value.api_id == "7"
    page = answering(lambda _: httpx.Response(403, html="<html>secret page</html>"))
    with pytest.raises(Refused, match="an HTML page") as html:
        await page.user("44444", "a@example.com")
    assert "secret page" not in str(html.value)


def test_retry_after_is_seconds_or_a_date() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    texts = ["3", "-3", "Thu, 01 Jan 2026 00:00:09 GMT", "soon", "nan", None]
    assert [retry_after.retry_after(text, now) for text in texts] == [3, 0, 9, None, None, None]


@pytest.mark.parametrize(
    ("customer", "address"),
    [
        ("44444/../99999", "a@example.com"),
        ("44444\n", "a@example.com"),
        ("٤٤٤٤٤", "a@example.com"),
        ("http://example.com", "a@example.com"),
        ("44444", ""),
        ("44444", ".."),
        ("44444", "a@example.com/../../99999"),
        ("44444", "a?b@example.com"),
        ("44444", "a%2Fb@example.com"),
    ],
)
async def test_path_traps_are_refused_before_anything_is_sent(
    api: ContinuitySandbox, client: ContinuityClient, customer: str, address: str
) -> None:
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: client.user(customer, address),
        lambda: client.set_flag(customer, Flag.FAILOVER, False, address),
        lambda: client.set_flag("44444", cast(Flag, ""), False, "user0001@example.com"),
    ]
    for call in calls:
        with pytest.raises(Refused, match="Nothing was sent"):
            await call()
    assert api.requests == []


@given(st.text(), st.text())
def test_quoted_segments_stay_below_the_base(one: str, two: str) -> None:
    base = urls.base_of(BASE)
    try:
        below = urls.line((one, two), [])
    except (Refused, UnicodeEncodeError):
        return
    url = urls.checked_url(base, below)
    assert url.raw_path.startswith(base.raw_path)
    assert url.raw_path.removeprefix(base.raw_path).count(b"/") == 1


@given(st.from_regex(r"[!-~]{1,12}@[!-~]{1,12}\.[a-z]{2}", fullmatch=True))
def test_every_address_that_can_be_parsed_stays_inside_its_customer(address: str) -> None:
    try:
        parse_address(address)
    except InvalidInput:
        return
    below = urls.flag_line("44444", Flag.ACCESS, address, "repeat")
    url = urls.checked_url(urls.base_of(BASE), below)
    assert url.path == f"/email/continuity/v2/44444/{address}/access"


async def test_an_empty_list_of_groups_is_never_sent() -> None:
    with pytest.raises(Refused):
        urls.group_query((), "repeat")


async def test_an_error_inside_a_200_is_ambiguous() -> None:
    body = {"id": "1", "timestamp": "t", "status": 403, "message": "Forbidden"}
    with pytest.raises(Ambiguous, match="Forbidden"):
        await answering(lambda _: httpx.Response(200, json=body)).set_flag(
            "44444", Flag.FAILOVER, True, Everyone()
        )


async def test_a_metric_that_fails_does_not_lose_the_receipt() -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, json={"id": "1", "timestamp": "t"})
    )
    made = ContinuityClient(BASE, USER, SecretStr(PASSWORD), transport=transport, on_call=broken)
    receipt = await made.set_flag("44444", Flag.FAILOVER, True, Everyone())
    assert receipt.api_id == "1"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (httpx.Response(200, headers={"User-Count": "3"}), "ok"),
        (httpx.Response(403), "Refused"),
        (httpx.Response(429, headers={"Retry-After": "60"}), "RateLimited"),
        (httpx.Response(200), "Ambiguous"),
        (httpx.ConnectError("no"), "NotSent"),
        (None, "Cancelled"),
    ],
)
async def test_each_call_is_told_and_logged_with_its_outcome(
    answer: httpx.Response | Exception | None, outcome: str
) -> None:
    told: list[tuple[str, str]] = []

    async def respond(_: httpx.Request) -> httpx.Response:
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        assert answer is not None
        return answer

    made = ContinuityClient(
        BASE,
        USER,
        SecretStr(PASSWORD),
        transport=httpx.MockTransport(respond),
        read_wait=0.0,
        on_call=lambda operation, outcome, _: told.append((operation, outcome)),
    )
    with capture_logs() as logs, suppress(ContinuityError, TimeoutError):
        async with asyncio.timeout(1.0):
            await made.count("44444")
    assert set(told) == {("count", outcome)}
    calls = [(one["operation"], one["outcome"]) for one in logs if one["event"] == "api.call"]
    assert calls == told


async def test_a_closed_client_sends_nothing() -> None:
    made = answering(lambda _: httpx.Response(200))
    await made.aclose()
    with pytest.raises(NotSent):
        await made.set_flag("44444", Flag.FAILOVER, True, Everyone())


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://h/", "http://u:p@h/", "http://h/?a=b"])
def test_a_base_url_that_cannot_be_used_stops_the_start(url: str) -> None:
    with pytest.raises(ConfigurationError):
        ContinuityClient(url, USER, SecretStr(PASSWORD))


async def test_nothing_is_sent_where_the_guard_refuses(api: ContinuitySandbox) -> None:
    """Before a connection is taken, and once more before the first byte of the request."""
    api.add_customer("44444", 1)
    left = [0]

    def guard() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise NotSent("Too late.")

    client = ContinuityClient(
        api.url, api.username, SecretStr(api.password), read_wait=0.0, before_request=guard
    )
    for calls, sent in ((0, False), (1, False), (2, True)):
        before, left[0] = len(api.requests), calls
        refused = nullcontext() if sent else pytest.raises(NotSent, match="Too late")
        with refused:
            await client.set_flag("44444", Flag.FAILOVER, True, Everyone())
        assert (len(api.requests) > before) is sent
    await client.aclose()
