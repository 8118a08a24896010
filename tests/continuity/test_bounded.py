"""What an answer may cost: an encoding is refused before it is decoded, and what is kept is bounded."""

from __future__ import annotations

import gzip
import json
import time
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from pydantic import SecretStr

from bot.continuity.client import ContinuityClient
from bot.continuity.schemas import MAX_OUTSIDE_CHARS, MAX_USER_CHARS
from bot.continuity.user_stream import Unreadable, UserStream
from bot.domain.scope import Everyone, Flag
from bot.errors import Ambiguous, ContinuityError, NotSent, Refused
from bot.ports import UserState
from sandbox.continuity import ContinuitySandbox

MIB = 1024 * 1024
ENCODINGS = ["gzip", "deflate", "gzip, gzip, gzip", "deflate,gzip", "br", "zstd", "GZIP", "x"]
BOMB = gzip.compress(gzip.compress(bytes(100 * MIB)))
Call = Callable[[ContinuityClient], Awaitable[object]]


async def listed(client: ContinuityClient) -> list[str]:
    return [user.address async for user in client.users("44444")]


READS: list[Call] = [lambda client: client.user("44444", "user0001@example.com"), listed]
WRITES: list[Call] = [
    lambda client: client.set_flag("44444", Flag.FAILOVER, True, Everyone()),
    lambda client: client.request_token("44444", "user0001@example.com", notify=True),
]


@pytest.fixture
async def api() -> AsyncIterator[ContinuitySandbox]:
    async with ContinuitySandbox() as api:
        api.add_customer("44444", 3)
        yield api


@pytest.fixture
async def client(api: ContinuitySandbox) -> AsyncIterator[ContinuityClient]:
    made = ContinuityClient(api.url, api.username, SecretStr(api.password), read_wait=0.001)
    yield made
    await made.aclose()


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """The block needs no more memory at once than this."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("call", [*READS, *WRITES])
async def test_an_encoded_answer_is_not_decoded(
    api: ContinuitySandbox, client: ContinuityClient, call: Call, encoding: str
) -> None:
    api.fail(kind="encoded", headers={"Content-Encoding": encoding}, times=None)
    with pytest.raises(Ambiguous, match="in an encoding that was not asked for"):
        await call(client)


async def test_a_few_hundred_bytes_are_no_gigabytes(
    api: ContinuitySandbox, client: ContinuityClient
) -> None:
    """The encoding of a bomb is put on twice already."""
    for status in (200, 500):
        headers = {"Content-Encoding": "gzip, gzip, gzip"}
        body = gzip.compress(BOMB)
        api.fail(kind="answer", status=status, headers=headers, body=body, times=None)
        for call in (*READS, *WRITES):
            with at_most(20 * MIB), pytest.raises(ContinuityError):
                await call(client)
    assert len(gzip.compress(BOMB)) < 1000


async def test_a_status_is_told_without_its_encoded_body(
    api: ContinuitySandbox, client: ContinuityClient
) -> None:
    gzipped = {"Content-Encoding": "gzip"}
    api.fail(kind=403, message="no", headers=gzipped)
    with pytest.raises(Refused, match=r"does not allow this customer to the bot \(403\)\.$"):
        await WRITES[0](client)
    api.fail(kind=429, headers=gzipped, retry_after=7)
    with pytest.raises(NotSent) as caught:
        await WRITES[0](client)
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("encoding", ["identity", "Identity", ""])
async def test_what_was_asked_for_is_read(
    api: ContinuitySandbox, client: ContinuityClient, encoding: str
) -> None:
    api.fail(kind="encoded", headers={"Content-Encoding": encoding}, times=None)
    assert len(await listed(client)) == 3


async def test_a_count_has_no_body_that_could_be_encoded(
    api: ContinuitySandbox, client: ContinuityClient
) -> None:
    api.fail(kind="encoded", method="HEAD")
    assert await client.count("44444") == 3


async def test_no_encoding_is_asked_for() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["Accept-Encoding"])
        body = b'{"users": [], "id": "1", "timestamp": "t", "token": "x"}'
        return httpx.Response(200, content=body)

    transport = httpx.MockTransport(answer)
    client = ContinuityClient("http://127.0.0.1/", "u", SecretStr("p"), transport=transport)
    for call in (listed, *WRITES):
        await call(client)
    await client.aclose()
    assert asked == ["identity"] * 3


async def test_what_stands_beside_the_users_is_bounded(
    api: ContinuitySandbox, client: ContinuityClient
) -> None:
    members = b"".join(b'"m%06d": 0,' % number for number in range(940_000))
    for body in (b"{" + members + b'"users": []}', b'{"users": [],' + members + b'"id": "1"}'):
        api.fail(kind="answer", body=body, times=None)
        with at_most(50 * MIB), pytest.raises(Ambiguous):
            await listed(client)


@pytest.mark.parametrize(
    ("head", "chunk"),
    [
        (b'{"id": "', b"x"),
        (b'{"users": [{"user": "', b"x"),
        (b'{"users": [', b'{"a":'),
        (b'{"x": ', b"["),
        (b'{"x": [', b"[],"),
        (b'{"x": "', b"\\u0000"),
        (b"", b" "),
    ],
)
async def test_an_answer_without_an_end_is_given_up(head: bytes, chunk: bytes) -> None:
    """A hundred MiB come, if anybody reads them."""

    async def endless() -> AsyncIterator[bytes]:
        yield head
        for _ in range(1600):
            yield chunk * (64 * 1024 // len(chunk))

    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=endless()))
    client = ContinuityClient(
        "http://127.0.0.1/", "u", SecretStr("p"), transport=transport, read_wait=0.001
    )
    for call in (*READS, *WRITES):
        with at_most(20 * MIB), pytest.raises(ContinuityError):
            await call(client)
    await client.aclose()


async def test_headers_without_an_end_are_given_up(
    api: ContinuitySandbox, client: ContinuityClient
) -> None:
    for headers in ({"X-Long": "x" * MIB}, {f"X-{number}": "x" * 900 for number in range(1000)}):
        api.fail(kind="answer", headers=headers, body=b"{}", times=None)
        for call in (*READS, *WRITES):
            with at_most(20 * MIB), pytest.raises(ContinuityError):
                await call(client)


def test_a_little_beside_the_users_is_kept_and_more_is_not() -> None:
    little = UserStream()
    little.feed(b'{"id": "%s", "users": []}' % (b"x" * (MAX_OUTSIDE_CHARS - 10)))
    little.end()
    much = UserStream()
    much.feed(b'{"id": "%s", ' % (b"x" * 200_000))
    with pytest.raises(Unreadable):
        much.feed(b'"id": "%s", ' % (b"x" * 200_000))


def by_byte(listing: UserStream, text: bytes) -> list[UserState]:
    return [user for at in range(len(text)) for user in listing.feed(text[at : at + 1])]


@pytest.mark.no_cover  # coverage would double its seconds
@pytest.mark.parametrize("head", [b'{"id": "', b'{"users": [{"user": "', b'{"users": [{"a": ["'])
def test_a_long_value_that_comes_byte_by_byte_is_not_read_again_with_each(head: bytes) -> None:
    """It took 45 seconds when it was."""
    before = time.process_time()
    with pytest.raises(Unreadable):
        by_byte(UserStream(), head + b'x", "' * (MAX_USER_CHARS // 4))
    assert time.process_time() - before < 10


def test_a_long_user_that_comes_byte_by_byte_is_whole() -> None:
    told = {"user": "jo@example.com", "note": "x" * 20_000}
    users = [told, {"user": "sam@example.com"}]
    listing = UserStream()
    found = by_byte(listing, json.dumps({"users": users, "id": "1"}).encode())
    found += listing.end()
    assert [user.fields for user in found] == users
    assert listing.outside == {"id": "1"}
