"""A list of users comes as a stream: bounded memory, told when it is not the whole."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from structlog.testing import capture_logs

from bot.continuity.client import ContinuityClient
from bot.continuity.schemas import MAX_USER_CHARS
from bot.continuity.user_stream import Unreadable, UserStream
from bot.domain.scope import EVERY_USER, Filters
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from sandbox.continuity import ContinuitySandbox

BASE = "http://127.0.0.1/v2/"
USER = b'{"user": "a@example.com", "failover": true, "shoeSize": 47}'


def answering(body: bytes | AsyncIterator[bytes], **headers: str) -> ContinuityClient:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=body, headers=headers))
    return ContinuityClient(BASE, "user", SecretStr("word"), transport=transport, read_wait=0.001)


async def addresses(client: ContinuityClient, filters: Filters = EVERY_USER) -> list[str]:
    return [user.address async for user in client.users("44444", filters)]


async def test_every_user_comes_with_all_that_was_told_of_him() -> None:
    async with ContinuitySandbox() as api:
        api.add_customer("44444", 3000, groups={"emea": 3, "apac": 2}, failover_on=4)
        client = ContinuityClient(api.url, api.username, SecretStr(api.password))
        assert await addresses(client) == list(api.customers["44444"])
        some = Filters(("emea", "apac"), failover=True)
        assert len(await addresses(client, some)) == 4
        assert api.requests[-1].raw == "/44444?failover=true&group=emea&group=apac"
        user = await anext(client.users("44444"))
        assert user.fields == api.customers["44444"][user.address].as_json()
        assert "displayName" not in repr(user)
        await client.aclose()


async def test_unknown_fields_are_kept_and_an_absent_flag_is_not_told() -> None:
    client = answering(b'{"id": "1", "users": [' + USER + b'], "timestamp": "t"}')
    user = await anext(client.users("44444"))
    assert (user.failover, user.access, user.activation) == (True, None, None)
    assert user.fields["shoeSize"] == 47


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"<html>",
        b'{"id": "1", "timestamp": "t"}',
        b'{"users": {}}',
        b'{"users": [1]}',
        b'{"users": [{"user": 1}]}',
        b'{"users": [{"user": "a@example.com", "failover": "false"}]}',
        b'{"users": [' + USER,
        b'{"users": [' + USER + b"]",
        b'{"users": [' + USER + b"]} {}",
        b'{"users": [], "users": []}',
        b'{"users": [{"user": "\\ud800"}]}',
        b'{"users": [{"user": "a", "x": "\\ud800"}]}',
        b'{"users": [{"user": "\xff"}]}',
        b'{"users": []}\xc3',
        b'{"users": ' + b"[" * 5000,
        b'{"a": ' + b"[" * 200_000,
    ],
)
async def test_what_is_no_whole_list_is_ambiguous(body: bytes) -> None:
    with pytest.raises(Ambiguous):
        await addresses(answering(body))


async def test_an_error_inside_a_200_is_told_without_secrets() -> None:
    body = b'{"id": "1", "status": 403, "message": "word is not allowed"}'
    with pytest.raises(Ambiguous, match=r"\[hidden\] is not allowed"):
        await addresses(answering(body))


async def test_one_user_without_an_end_is_given_up() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'{"users": [{"user": "'
        while True:
            sent += 1
            yield b"x" * 4096

    with pytest.raises(Ambiguous):
        await addresses(answering(endless()))
    assert sent * 4096 < MAX_USER_CHARS + 256 * 1024


@pytest.mark.parametrize(
    "kind", ["half_body", "reset_in_body", "long_length", "html", "wrong_json"]
)
async def test_what_breaks_in_the_middle_is_ambiguous_and_not_asked_again(kind: str) -> None:
    async with ContinuitySandbox() as api:
        api.add_customer("44444", 500)
        quick = httpx.Timeout(0.3)
        client = ContinuityClient(
            api.url, api.username, SecretStr(api.password), read_timeout=quick, read_wait=0.001
        )
        api.fail(kind=kind)
        with capture_logs() as logs, pytest.raises(Ambiguous):
            await addresses(client)
        assert [request.method for request in api.requests] == ["GET"]
        calls = [one for one in logs if one["event"] == "api.call"]
        assert [(one["operation"], one["outcome"]) for one in calls] == [("users", "Ambiguous")]
        await client.aclose()


async def test_what_did_not_begin_is_asked_again() -> None:
    async with ContinuitySandbox() as api:
        api.add_customer("44444", 2)
        client = ContinuityClient(api.url, api.username, SecretStr(api.password), read_wait=0.001)
        api.fail(kind=503)
        api.fail(kind="reset_before")
        assert len(await addresses(client)) == 2
        assert len(api.requests) == 3
        with pytest.raises(Refused, match="404"):
            [user async for user in client.users("55555")]
        await client.aclose()
        with pytest.raises(NotSent):
            await addresses(client)


async def test_only_silence_ends_a_long_list() -> None:
    silent = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b'{"users": ['
        for _ in range(8):
            await asyncio.sleep(0.05)
            yield USER + b","
        await silent.wait()

    client = ContinuityClient(
        BASE,
        "user",
        SecretStr("word"),
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=slow())),
        read_timeout=httpx.Timeout(0.1),
    )
    seen: list[str] = []

    async def look() -> None:
        async for user in client.users("44444"):
            seen.append(user.address)  # noqa: PERF401  # what came before the end counts

    with pytest.raises(Ambiguous, match="in time"):
        await look()
    assert len(seen) == 8  # 0.4 seconds, twice what silence may last


@pytest.mark.no_cover  # coverage would double its seconds
async def test_a_list_that_is_left_early_gives_its_place_back() -> None:
    async with ContinuitySandbox() as api:
        api.add_customer("44444", 2000)
        client = ContinuityClient(
            api.url, api.username, SecretStr(api.password), read_timeout=httpx.Timeout(5.0)
        )
        for _ in range(70):  # there are 64 places
            async with aclosing(client.users("44444")) as users:
                await anext(users)
        assert await client.count("44444") == 2000
        await client.aclose()


@pytest.mark.no_cover  # coverage would double its seconds
async def test_many_users_take_little_memory() -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b'{"users": [' + USER
        for _ in range(1000):
            yield (b", " + USER) * 100
        yield b"]}"

    client = answering(body())
    tracemalloc.start()
    try:
        count = 0
        async for _ in client.users("44444"):
            count += 1
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 100_001
    assert peak < 3_000_000  # bytes; the whole is 6 MB as text alone


def pieces(body: bytes, cuts: list[int]) -> Iterator[bytes]:
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    return (body[one:other] for one, other in pairwise(places))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(
    st.lists(VALUES, max_size=5),
    st.lists(st.integers(0, 10_000), max_size=12),
    st.booleans(),
    st.sampled_from([None, 2]),
)
def test_wherever_it_is_cut_the_same_users_come(
    extras: list[object], cuts: list[int], ascii_only: bool, indent: int | None
) -> None:
    users = [{"user": f"{number}@example.com", "x": extra} for number, extra in enumerate(extras)]
    whole = {"id": "1", "count": 12, "users": users, "more": extras, "status": 200}
    body = json.dumps(whole, ensure_ascii=ascii_only, indent=indent).encode()
    listing = UserStream()
    found = [user.fields for piece in pieces(body, cuts) for user in listing.feed(piece)]
    listing.end()
    assert found == users
    assert listing.outside == {name: whole[name] for name in ("id", "count", "more", "status")}


@given(st.integers(0, 10_000))
def test_half_a_list_is_never_taken_for_the_whole(cut: int) -> None:
    body = b'{"users": [' + USER + b"," + USER + b'], "id": "1"}'
    listing = UserStream()
    listing.feed(body[: cut % len(body)])
    with pytest.raises(Unreadable):
        listing.end()


def test_its_errors_are_ours_alone() -> None:
    assert issubclass(Ambiguous, ContinuityError)
    assert not issubclass(Unreadable, ContinuityError)
