"""One fake per port, checked against it by mypy; the store is the real one, watched."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from bot.domain.change import Change
from bot.domain.scope import EVERY_USER, Everyone, Filters, Flag, Groups
from bot.domain.secret import Secret
from bot.errors import Ambiguous, NotSent, Refused, SlackError, SlackUnavailable
from bot.ports import (
    Channel,
    Clock,
    ContinuityApi,
    Directory,
    ExportSink,
    Person,
    Receipt,
    Store,
    Token,
    Transaction,
    UserState,
)
from tests.builders import NOW

T = TypeVar("T")


@dataclass
class FakeClock:
    """Stands still until a test moves it; sleeping is noted, told to ``on_sleep``, and takes no time."""

    at: datetime = NOW
    slept: list[float] = field(default_factory=list)
    on_sleep: Callable[[float], None] = field(default=lambda _: None)

    def now(self) -> datetime:
        return self.at

    def advance(self, **by: float) -> None:
        """Move on, e.g. by ``minutes=30``."""
        self.at += timedelta(**by)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.on_sleep(seconds)
        await asyncio.sleep(0)


# --- the continuity API ---------------------------------------------------------------------------


@dataclass
class FakeUser:
    """A user as the API holds it."""

    failover: bool | None
    access: bool | None
    activation: bool | None
    groups: frozenset[str]
    fields: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What the API does with a write: take effect or not, and what the caller is told of it."""

    error: Exception | None = None
    effect: bool = True


ACCEPTED = Answer()
ACCEPTED_IN_VAIN = Answer(effect=False)


def refusal(words: str = "Forbidden", status: int = 403) -> Answer:
    """Return a no, with the API's own id and timestamp."""
    stamp = "2026-03-14T03:09:00Z"
    return Answer(Refused(words, status=status, api_id="E-1", api_timestamp=stamp), effect=False)


def ambiguous(*, landed: bool) -> Answer:
    """Return an answer that does not tell whether the request ``landed``."""
    return Answer(Ambiguous("The continuity API did not answer in time."), effect=landed)


def not_sent(retry_after: float | None = None) -> Answer:
    """Return that the request did not leave, or was put off."""
    error = NotSent("The continuity API is not reached.", retry_after=retry_after)
    return Answer(error, effect=False)


class FakeApi:
    """A small continuity API that does as it is told.

    ``answers`` are given to the next writes, ``answers_to`` to the next writes for one address.
    ``unreadable`` fails every read, ``unreadable_users`` those of one address, ``uncounted`` every count. While ``gate`` is
    closed every call hangs. ``on_write`` is told each request line, ``on_effect`` the customer of each
    flag that is set.
    """

    def __init__(self) -> None:
        self.held: dict[str, dict[str, FakeUser]] = {}
        self.tokens: dict[str, str] = {}
        self.passwords: dict[str, str] = {}
        self.sent: list[str] = []
        self.asked: list[str] = []
        self.answers: list[Answer] = []
        self.answers_to: dict[str, list[Answer]] = {}
        self.unreadable: Exception | None = None
        self.unreadable_users: dict[str, Exception] = {}
        self.uncounted: Exception | None = None
        # Customer, id and scenario of each drill that was begun, or ended with `""`.
        self.played: list[tuple[str, str, str]] = []
        self.not_rehearsed: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.on_write: Callable[[str], None] = lambda _: None
        self.on_effect: Callable[[str], None] = lambda _: None
        self.under_way = 0
        self.most_at_once = 0
        self._began = asyncio.Event()

    def add(
        self,
        customer: str,
        *addresses: str,
        failover: bool | None = False,
        access: bool | None = True,
        activation: bool | None = True,
        groups: frozenset[str] = frozenset(),
    ) -> None:
        """Add users, all alike, or put them in place of those of the same address."""
        rows = self.held.setdefault(customer, {})
        for address in addresses:
            rows[address] = FakeUser(failover, access, activation, groups)

    async def until_sent(self, writes: int) -> None:
        """Wait until so many writes have begun, e.g. those that hang at the closed gate."""
        while len(self.sent) < writes:
            self._began.clear()
            await self._began.wait()

    async def count(self, customer: str, filters: Filters = EVERY_USER) -> int:
        flags = {flag: getattr(filters, flag) for flag in ("failover", "access", "activation")}
        wanted = {name: value for name, value in flags.items() if value is not None}
        self.asked.append(f"HEAD /{customer} {filters.groups} {wanted}")
        async with self._call():
            self._fail_read(None)
            if self.uncounted is not None:
                raise self.uncounted
            return sum(
                all(getattr(user, name) is value for name, value in wanted.items())
                for user in self._in(customer, filters.groups)
            )

    async def user(self, customer: str, address: str) -> UserState:
        self.asked.append(f"GET /{customer}/{address}")
        async with self._call():
            self._fail_read(address)
            found = self.held.get(customer, {}).get(address)
            if found is None:
                raise Refused("Not Found", status=404)
            return _state(address, found)

    async def users(
        self, customer: str, filters: Filters = EVERY_USER
    ) -> AsyncGenerator[UserState, None]:
        self.asked.append(self.request_line("GET", customer, filters=filters))
        async with self._call():
            self._fail_read(None)
            told = [_state(address, user) for address, user in self._matching(customer, filters)]
        for state in told:
            yield state

    async def update_user(
        self, customer: str, address: str, fields: Mapping[str, object]
    ) -> Receipt:
        def apply() -> None:
            self.held[customer][address].fields.update(fields)

        return await self._write(
            self.request_line("PUT", customer, address=address), address, apply, None
        )

    async def update_users(self, customer: str, users: Sequence[Mapping[str, object]]) -> Receipt:
        def apply() -> None:
            held = self.held.setdefault(customer, {})
            for fields in users:
                new = FakeUser(False, False, False, frozenset())
                held.setdefault(str(fields["user"]), new).fields.update(fields)

        return await self._write(self.request_line("PUT", customer), "", apply, len(users))

    async def delete_user(self, customer: str, address: str) -> Receipt:
        line = self.request_line("DELETE", customer, address=address)
        return await self._write(
            line, address, lambda: self.held[customer].pop(address, None), None
        )

    async def delete_users(self, customer: str, filters: Filters) -> Receipt:
        gone = [address for address, _ in self._matching(customer, filters)]

        def apply() -> None:
            for address in gone:
                self.held[customer].pop(address, None)

        line = self.request_line("DELETE", customer, filters=filters)
        return await self._write(line, "", apply, len(gone))

    async def request_token(self, customer: str, address: str, *, notify: bool) -> Token:
        line = self.request_line("POST", customer, address=address, part="token", notify=notify)
        receipt = await self._write(line, address, lambda: None, None)
        token = f"token-{len(self.sent)}"
        self.tokens[token] = address
        url = Secret(f"https://webmail.example.com/activate?token={token}")
        return Token(receipt, Secret(token), url, "2026-03-15T03:10:00Z")

    async def set_password(self, address: str, token: Secret, password: Secret) -> Receipt:
        if self.tokens.get(token.reveal()) != address:
            raise Refused("The continuity API does not allow this (403).", status=403)

        def apply() -> None:
            self.passwords[address] = password.reveal()
            del self.tokens[token.reveal()]

        line = self.request_line("PUT", "", address=address, part="password")
        return await self._write(line, address, apply, None)

    def request_line(
        self,
        method: str,
        customer: str,
        *,
        address: str = "",
        part: str = "",
        filters: Filters | None = None,
        notify: bool = False,
    ) -> str:
        path = "/".join(["", *filter(None, (customer, address, part))])
        asked = [("group", group) for group in filters.groups] if filters else []
        for name in ("activation", "access", "failover") if filters else ():
            value = getattr(filters, name)
            asked += [] if value is None else [(name, str(value).lower())]
        asked += [("mailNotification", "true")] if notify else []
        query = "&".join(f"{name}={value}" for name, value in asked)
        return f"{method} {path}{'?' if query else ''}{query}"

    async def set_flag(
        self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str
    ) -> Receipt:
        affected = None if isinstance(scope, str) else len(self._reached(customer, scope))
        return await self._write(
            self.describe(customer, flag, on, scope),
            scope if isinstance(scope, str) else "",
            lambda: self._apply(customer, flag, on, scope),
            affected,
        )

    async def _write(
        self, line: str, address: str, apply: Callable[[], object], affected: int | None
    ) -> Receipt:
        self.sent.append(line)
        number = len(self.sent)
        self.on_write(line)
        self._began.set()
        async with self._call():
            answer = self._answer_to(address)
            if answer.effect:
                apply()
            if answer.error is not None:
                raise answer.error
            return Receipt(f"R-{number}", f"2026-03-14T03:10:{number % 60:02}Z", affected)

    def describe(self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str) -> str:
        verb = "PUT" if on else "DELETE"
        match scope:
            case str():
                return f"{verb} /{customer}/{scope}/{flag}"
            case Groups(names=names):
                return f"{verb} /{customer}/{flag}?group={','.join(names)}"
            case _:
                return f"{verb} /{customer}/{flag}"

    async def rehearse(self, customer: str, drill_id: str, scenario: str) -> None:
        if self.not_rehearsed is not None:
            raise self.not_rehearsed
        self.played.append((customer, drill_id, scenario))

    async def aclose(self) -> None:
        self.gate.clear()

    @contextlib.asynccontextmanager
    async def _call(self) -> AsyncIterator[None]:
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            await asyncio.sleep(0)  # so that calls which may run together do
            await self.gate.wait()
            yield
        finally:
            self.under_way -= 1

    def _fail_read(self, address: str | None) -> None:
        error = self.unreadable_users.get(address or "", self.unreadable)
        if error is not None:
            raise error

    def _answer_to(self, address: str) -> Answer:
        own = self.answers_to.get(address, [])
        return own.pop(0) if own else self.answers.pop(0) if self.answers else ACCEPTED

    def _matching(self, customer: str, filters: Filters) -> list[tuple[str, FakeUser]]:
        wanted = {name: getattr(filters, name) for name in ("failover", "access", "activation")}
        return [
            (address, user)
            for address, user in self.held.get(customer, {}).items()
            if (not filters.groups or user.groups & set(filters.groups))
            and all(value in (None, getattr(user, name)) for name, value in wanted.items())
        ]

    def _in(self, customer: str, groups: tuple[str, ...]) -> list[FakeUser]:
        rows = self.held.get(customer, {}).values()
        return [user for user in rows if not groups or user.groups & set(groups)]

    def _reached(self, customer: str, scope: Everyone | Groups | str) -> list[FakeUser]:
        if isinstance(scope, str):
            if scope not in self.held[customer]:  # like its paths, it minds capitals
                raise Refused("Not Found", status=404)
            return [self.held[customer][scope]]
        return self._in(customer, scope.names if isinstance(scope, Groups) else ())

    def _apply(self, customer: str, flag: Flag, on: bool, scope: Everyone | Groups | str) -> None:
        self.on_effect(customer)
        for user in self._reached(customer, scope):
            setattr(user, flag.value, on)


def _state(address: str, user: FakeUser) -> UserState:
    flags = {"failover": user.failover, "access": user.access, "activation": user.activation}
    groups = {"failoverGroups": sorted(user.groups)} if user.groups else {}
    fields = {"user": address, **groups, **user.fields, **flags}
    return UserState(address, **flags, fields=fields)


# --- Slack's people and places --------------------------------------------------------------------


class FakeDirectory:
    """People and channels are ordinary unless a test says otherwise; ``error`` is Slack's no answer.

    Of the people and groups in ``unknown`` alone Slack tells nothing.
    """

    def __init__(self) -> None:
        self.people: dict[str, Person] = {}
        self.members: dict[str, set[str]] = {}
        self.places: dict[str, Channel] = {}
        self.error: SlackError | None = None
        self.unknown: set[str] = set()
        self.asked = 0  # for people
        self.groups_error: SlackError | None = None
        self.active: set[str] = set()
        self.told_before: dict[str, Person] = {}  # whom Slack told of within a day
        self.outside: dict[str, set[str]] = {}  # of which channels a person is no member

    async def person(self, user_id: str) -> Person:
        self.asked += 1
        self._fail(user_id)
        return self.people.get(user_id, Person(user_id, f"name of {user_id}"))

    def known(self, ids: Collection[str]) -> Mapping[str, Person]:
        return {one: person for one, person in self.told_before.items() if one in ids}

    async def usergroups_of(self, user_id: str, among: Collection[str]) -> tuple[str, ...]:
        if self.groups_error is not None:
            raise self.groups_error
        ids = (await self.person(user_id)).ids
        return tuple(one for one in among if not ids.isdisjoint(self.members.get(one, ())))

    async def is_usergroup_member(self, user_id: str, usergroup: str) -> bool | None:
        self._fail(usergroup)
        ids = (await self.person(user_id)).ids
        members = self.members.get(usergroup)
        return None if members is None else not ids.isdisjoint(members)

    async def present(self, user_ids: Collection[str]) -> frozenset[str]:
        return frozenset(user_ids) & self.active

    async def channel(self, channel_id: str) -> Channel:
        self._fail()
        ordinary = Channel(channel_id, f"name-of-{channel_id.lower()}", False, True)
        return self.places.get(channel_id, ordinary)

    async def is_in_channel(self, ids: Collection[str], channel_id: str) -> bool:
        self._fail(channel_id)
        return not any(channel_id in self.outside.get(one, ()) for one in ids)

    def _fail(self, about: str = "") -> None:
        if self.error is not None:
            raise self.error
        if about in self.unknown:
            raise SlackUnavailable("Slack did not answer.")


class FakeExportSink:
    """Keeps files in memory; ``error`` is raised instead, once the content is read."""

    def __init__(self) -> None:
        self.files: dict[str, str] = {}
        self.error: Exception | None = None
        self.on_kept: Callable[[], None] = lambda: None

    async def save_export(self, change: Change, content: AsyncIterator[bytes]) -> str:
        text = b"".join([piece async for piece in content]).decode("utf-8-sig")
        if self.error is not None:
            raise self.error
        self.files[change.id] = text
        self.on_kept()
        return f"to {change.requester}"


# --- the store ------------------------------------------------------------------------------------


class WatchedStore:
    """The real store, where a test can do something, or break something, just before a write.

    ``meanwhile`` holds steps that run, each in a transaction of its own, before the next write;
    ``errors`` are raised by the next writes instead of running them.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self.meanwhile: list[Callable[[Transaction], object]] = []
        self.errors: list[Exception] = []
        self.failed = asyncio.Event()

    async def write(self, step: Callable[[Transaction], T]) -> T:
        if self.errors:
            self.failed.set()
            raise self.errors.pop(0)
        while self.meanwhile:
            await self._store.write(self.meanwhile.pop(0))
        return await self._store.write(step)

    async def read(self, query: Callable[[Transaction], T]) -> T:
        return await self._store.read(query)

    async def close(self) -> None:
        await self._store.close()


def _fakes_fit_their_ports(
    clock: FakeClock,
    api: FakeApi,
    directory: FakeDirectory,
    export_sink: FakeExportSink,
    store: WatchedStore,
) -> tuple[Clock, ContinuityApi, Directory, ExportSink, Store]:
    return clock, api, directory, export_sink, store
