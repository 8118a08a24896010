"""Proof 2: every fault of the API, in every operation, ends as the table says."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import pytest
from pydantic import SecretStr

from bot.continuity.client import ContinuityClient
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Groups
from bot.errors import ContinuityError
from sandbox.continuity import ContinuitySandbox
from tests.reliability.conftest import Figures
from tests.reliability.virtual_time.api_faults import FAULTS, Fault, Method, Told
from tests.reliability.virtual_time.event_loop import run_virtual

USER = "user0001@example.com"
SCOPES: tuple[Everyone | Groups | str, ...] = (Everyone(), Groups(("emea", "apac")), USER)


@dataclass(frozen=True)
class Operation:
    """One call of the client; of a write, whether it ``landed`` at the API (None: with some), and whether
    it did as far as the client is ``told`` when it is asked without a fault."""

    name: str
    method: Method
    call: Callable[[ContinuityClient, str], Awaitable[object]]
    landed: Callable[[ContinuitySandbox, str], bool | None] = lambda _, __: None
    told: Callable[[ContinuityClient, str], Awaitable[bool]] | None = None
    on: bool = True


def _switch(flag: Flag, on: bool, scope: Everyone | Groups | str) -> Operation:
    kind = "user" if isinstance(scope, str) else scope.kind

    def landed(api: ContinuitySandbox, customer: str) -> bool | None:
        stands = {
            getattr(user, flag)
            for user in api.customers[customer].values()
            if isinstance(scope, Everyone)
            or (isinstance(scope, str) and user.user == scope)
            or (isinstance(scope, Groups) and user.groups & {*scope.names})
        }
        return stands == {on} if len(stands) == 1 else None

    async def told(client: ContinuityClient, customer: str) -> bool:
        if isinstance(scope, str):
            return getattr(await client.user(customer, scope), flag) is on
        groups = scope.names if isinstance(scope, Groups) else ()
        total = await client.count(customer, Filters(groups))
        there = await client.count(customer, Filters(groups).with_flag(flag, on))
        return there == total

    return Operation(
        f"{'PUT' if on else 'DELETE'} {flag} {kind}",
        "WRITE",
        lambda client, customer: client.set_flag(customer, flag, on, scope),
        landed,
        told,
        on,
    )


def _renamed(api: ContinuitySandbox, customer: str) -> bool:
    return api.customers[customer][USER].display_name == "Jo B"


async def _told_renamed(client: ContinuityClient, customer: str) -> bool:
    return (await client.user(customer, USER)).fields["displayName"] == "Jo B"


def _left(
    number: int,
) -> tuple[
    Callable[[ContinuitySandbox, str], bool], Callable[[ContinuityClient, str], Awaitable[bool]]
]:
    """How it stands when so many of the four users are left."""

    async def told(client: ContinuityClient, customer: str) -> bool:
        return await client.count(customer) == number

    return lambda api, customer: len(api.customers[customer]) == number, told


READS = (
    Operation("HEAD everyone", "HEAD", lambda client, customer: client.count(customer)),
    Operation("HEAD groups", "HEAD", lambda client, customer: client.count(customer, Filters(("emea",), failover=True))),
    Operation("GET user", "GET", lambda client, customer: client.user(customer, USER)),
)  # fmt: skip
NEW_NAME = {"user": USER, "displayName": "Jo B"}
WRITES = (
    *(_switch(*one) for one in itertools.product(Flag, (True, False), SCOPES)),
    Operation("PUT user", "WRITE", lambda client, customer: client.update_user(customer, USER, NEW_NAME), _renamed, _told_renamed),
    Operation("PUT users", "WRITE", lambda client, customer: client.update_users(customer, [NEW_NAME]), _renamed, _told_renamed),
    Operation("DELETE user", "WRITE", lambda client, customer: client.delete_user(customer, USER), *_left(3)),
    Operation("DELETE users", "WRITE", lambda client, customer: client.delete_users(customer, EVERY_USER), *_left(0)),
)  # fmt: skip


# --- the client -----------------------------------------------------------------------------------


@asynccontextmanager
async def api_and_client() -> AsyncIterator[tuple[ContinuitySandbox, ContinuityClient]]:
    async with ContinuitySandbox() as api:
        client = ContinuityClient(api.url, api.username, SecretStr(api.password))
        yield api, client
        await client.aclose()


async def outcome_of(client: ContinuityClient, customer: str, operation: Operation) -> str:
    try:
        await operation.call(client, customer)
    except ContinuityError as error:
        return type(error).__name__
    return Told.ANSWERED


async def cell(
    api: ContinuitySandbox, client: ContinuityClient, customer: str, what: tuple[Operation, Fault]
) -> str:
    """Return what is wrong with the outcome of one fault in one operation, or `""`."""
    operation, fault = what
    users = api.add_customer(customer, 4, groups={"emea": 1, "apac": 1})
    for user in users.values():
        user.failover = user.access = not operation.on
    ordered = api.fail(path=f"^/{customer}", times=None, **fault.how)
    told = await outcome_of(client, customer, operation)
    api.faults.remove(ordered)
    asked = [request for request in api.requests if request.path.startswith(f"/{customer}")]
    if told != fault.of(operation.method):
        return f"{operation.name}, {fault.name}: {told}"
    if operation.method != "WRITE":
        return (
            "" if len(asked) <= 3 else f"{operation.name}, {fault.name}: asked {len(asked)} times"
        )
    if len(asked) != 1:
        return f"{operation.name}, {fault.name}: sent {len(asked)} times"
    await asyncio.sleep(60)  # what is late has landed
    stands = operation.landed(api, customer)
    assert operation.told is not None
    if stands is not fault.lands or stands is not await operation.told(client, customer):
        return f"{operation.name}, {fault.name}: stands {stands}"
    return ""


def test_the_client_tells_every_fault_in_every_operation_by_the_table(figures: Figures) -> None:
    operations = READS + WRITES

    async def story() -> list[str]:
        async with api_and_client() as (api, client):
            told = []
            for fault in FAULTS:
                row = enumerate((operation, fault) for operation in operations)
                told += await asyncio.gather(
                    *(cell(api, client, f"{10000 + n}", what) for n, what in row)
                )
                api.requests.clear()
            return told

    cells = run_virtual(story())
    wrong = [words for words in cells if words]
    figures.add(
        "2 API faults, client",
        f"{len(FAULTS)} faults x {len(operations)} operations: "
        f"{len(cells) - len(wrong)} of {len(cells)} as the table says",
    )
    assert wrong == []


# --- what never leaves ----------------------------------------------------------------------------


@asynccontextmanager
async def refused() -> AsyncIterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    yield f"http://127.0.0.1:{port}/"


@asynccontextmanager
async def without_tls() -> AsyncIterator[str]:
    async with ContinuitySandbox() as api:
        yield api.url.replace("http:", "https:")
        assert api.requests == []


@asynccontextmanager
async def never_connected() -> AsyncIterator[str]:
    """A full queue of connections: the kernel lets the next one wait for ever."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        where = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(where)
        yield f"http://127.0.0.1:{where[1]}/"
        for one in waiting:
            one.close()


@pytest.mark.parametrize("nowhere", [refused, without_tls, never_connected])
def test_without_a_connection_nothing_is_sent(
    nowhere: Callable[[], AbstractAsyncContextManager[str]],
) -> None:
    async def story() -> Counter[str]:
        async with nowhere() as url:
            client = ContinuityClient(url, "user", SecretStr("password"))
            told = [await outcome_of(client, "44444", one) for one in READS + WRITES]
            await client.aclose()
        return Counter(told)

    assert run_virtual(story()) == {Told.NOT_SENT: len(READS + WRITES)}


def test_without_a_free_connection_nothing_is_sent() -> None:
    async def story() -> tuple[Counter[str], int]:
        async with api_and_client() as (api, client):
            api.fail(kind="hang", times=None)
            hanging: list[asyncio.Task[str]] = []
            for _ in range(8):  # no more connections at once than a server takes up
                hanging.extend(
                    asyncio.create_task(outcome_of(client, "44444", WRITES[0])) for _ in range(32)
                )
                await api.wait_for(partial(_all_arrived, api, hanging))
            told = [await outcome_of(client, "44444", WRITES[n]) for n in range(4)]
            assert {*await asyncio.gather(*hanging)} == {Told.AMBIGUOUS}
            return Counter(told), len(api.requests)

    assert run_virtual(story()) == ({Told.NOT_SENT: 4}, 256)


def _all_arrived(api: ContinuitySandbox, calls: Sequence[object]) -> bool:
    return len(api.requests) == len(calls)
