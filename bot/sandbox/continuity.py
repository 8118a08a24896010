"""A stateful stand-in for the continuity API on loopback, with faults that can be ordered."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import unquote

from aiohttp import web

PREFIX = "/email/continuity/v2/"
_CUSTOMER = re.compile(r"[0-9]{5}([A-Z]{2})?")
_FLAGS = ("failover", "access")
_FILTERS = ("activation", "access", "failover")
_WORDS = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


@dataclass
class MailUser:
    """One mailbox. ``details`` keeps the other fields of the user object as they were sent."""

    customer: str
    user: str
    failover: bool = False
    access: bool = False
    activation: bool = True
    groups: set[str] = field(default_factory=set)
    details: dict[str, object] = field(default_factory=dict)

    def as_json(self) -> dict[str, object]:
        """Return the user object; `failoverGroups` and the three booleans are assumed names."""
        return {
            **self.details,
            "customer": self.customer,
            "domain": self.user.partition("@")[2],
            "user": self.user,
            "failoverGroups": sorted(self.groups),
            "failover": self.failover,
            "access": self.access,
            "activation": self.activation,
        }


@dataclass
class Request:
    """A request as it arrived. ``status`` is 0 while, or where, no answer was given.

    ``path`` is below the base URL and still quoted. Bodies and headers are never kept.
    """

    method: str
    path: str
    query: str
    at: float
    status: int = 0


@dataclass
class Fault:
    """An ordered fault; see ``ContinuitySandbox.fail``."""

    kind: str | int
    method: str | None
    path: re.Pattern[str] | None
    times: int
    after: int
    seconds: float
    applied: bool
    retry_after: str | None

    def strikes(self, request: Request) -> bool:
        """Whether this request is hit; counts down ``after`` and ``times``."""
        if self.method not in (None, request.method) or self.times < 1:
            return False
        if self.path is not None and not self.path.search(request.path):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True


class _No(Exception):
    """The API's own no."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(status)
        self.status = status
        self.message = message or _WORDS.get(status, "Error")


class ContinuitySandbox:
    """The API's documented operations over made-up users. State is open to tests.

    ``latency`` is in seconds and added to every answer; ``forbidden`` names customers that answer 403.
    """

    def __init__(
        self,
        *,
        username: str = "continuity",
        password: str = "sandbox-password",  # noqa: S107 - a stand-in's own, no secret
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.customers: dict[str, dict[str, MailUser]] = {}
        self.forbidden: set[str] = set()
        self.requests: list[Request] = []
        self.latency = 0.0
        self.url = ""
        self._expected = "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()
        self._clock = clock
        self._faults: list[Fault] = []
        self._tokens: dict[str, str] = {}
        self._serial = 0
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1; 0 lets the system choose. ``url`` is the base URL afterwards."""
        app = web.Application()
        app.router.add_route("*", "/{tail:.*}", self._handle)
        self._stopping.clear()
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}{PREFIX}"

    async def stop(self) -> None:
        """Stop listening and let hanging requests go."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def add_customer(
        self,
        number: str,
        users: int = 100,
        *,
        groups: Mapping[str, int] | None = None,
        access_off: int = 0,
        not_activated: int = 0,
        failover_on: int = 0,
    ) -> None:
        """Add `user0001@example.com` and so on; each group takes the next so many users.

        The last ``access_off`` have no access, the last ``not_activated`` no password, the first
        ``failover_on`` are in failover.
        """
        self.customers[number] = {}
        for i in range(users):
            self.add_user(
                number,
                f"user{i + 1:04}@example.com",
                failover=i < failover_on,
                access=i < users - access_off,
                activation=i < users - not_activated,
            )
        rest = iter(list(self.customers[number].values()))
        for name, size in (groups or {}).items():
            for _, user in zip(range(size), rest, strict=False):
                user.groups.add(name)

    def add_user(
        self,
        customer: str,
        address: str,
        *,
        failover: bool = False,
        access: bool = False,
        activation: bool = True,
        groups: Iterable[str] = (),
    ) -> MailUser:
        """Add one user, and his customer where it is new."""
        user = MailUser(customer, address, failover, access, activation, set(groups))
        self.customers.setdefault(customer, {})[address.lower()] = user
        return user

    def fail(
        self,
        *,
        kind: str | int,
        method: str | None = None,
        path: str | None = None,
        times: int = 1,
        after: int = 0,
        seconds: float = 0.05,
        applied: bool = False,
        retry_after: str | None = None,
    ) -> None:
        """Order a fault for the next ``times`` matching requests, after letting ``after`` pass.

        ``kind`` is a status code, or `delay` (seconds, then as usual), `stall_then_apply` (the same,
        named for a client that gives up sooner), `reset_before`, `reset_after` (processed, then cut),
        `hang` (no answer; processed if ``applied``), `html`, `wrong_json`, `broken_json`,
        `half_body` (these four: processed). ``path`` is a regular expression, searched.
        """
        pattern = None if path is None else re.compile(path)
        known = {"delay", "stall_then_apply", "reset_before", "reset_after", "hang", *_BODIES}
        if isinstance(kind, str) and kind not in known:
            raise ValueError(f"no such fault: {kind}")
        self._faults.append(
            Fault(kind, method, pattern, times, after, seconds, applied, retry_after)
        )

    async def wait_for(self, predicate: Callable[[], bool], timeout: float = 5) -> None:  # noqa: ASYNC109 - a test's bound
        """Return once ``predicate`` holds; TimeoutError after ``timeout`` seconds."""
        async with asyncio.timeout(timeout):
            while not predicate():  # noqa: ASYNC110 - any predicate, so no event to wait for
                await asyncio.sleep(0.005)

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        raw, _, query = http.raw_path.partition("?")
        path = raw.removeprefix(PREFIX) if raw.startswith(PREFIX) else raw
        request = Request(http.method, path, query, self._clock())
        self.requests.append(request)
        if self.latency:
            await asyncio.sleep(self.latency)
        body = await http.read()
        fault = next((each for each in self._faults if each.strikes(request)), None)
        if fault is not None and not isinstance(fault.kind, int):
            return await self._faulty(fault, fault.kind, http, request, body)
        if fault is not None and isinstance(fault.kind, int):
            answer = self._error(http.method, fault.kind, f"Ordered fault {fault.kind}")
            if fault.retry_after is not None:
                answer.headers["Retry-After"] = fault.retry_after
        else:
            answer = self._process(http, request, body)
        request.status = answer.status
        return answer

    async def _faulty(
        self, fault: Fault, kind: str, http: web.Request, request: Request, body: bytes
    ) -> web.StreamResponse:
        if kind in {"delay", "stall_then_apply"}:
            await asyncio.sleep(fault.seconds)
        if kind == "reset_before" or (kind == "hang" and not fault.applied):
            answer = web.Response()
        else:
            answer = self._process(http, request, body)
        if kind in {"reset_before", "reset_after"}:
            _cut(http)
        elif kind == "hang":
            await self._stopping.wait()
        elif kind == "half_body":
            return await _half(http)
        elif kind in _BODIES:
            content_type, text = _BODIES[kind]
            answer = web.Response(text=text, content_type=content_type)
        if kind not in {"reset_before", "reset_after", "hang"}:
            request.status = answer.status
        return answer

    def _process(self, http: web.Request, request: Request, body: bytes) -> web.Response:
        try:
            segments = [unquote(part) for part in request.path.split("/")]
            if not http.raw_path.startswith(PREFIX) or "" in segments:
                raise _No(404)
            if len(segments) == 2 and segments[1] == "password":
                return self._password(http.method, segments[0], body)
            if http.headers.get("Authorization") != self._expected:
                raise _No(401)
            return self._route(http, segments, body)
        except _No as no:
            return self._error(http.method, no.status, no.message)

    def _route(self, http: web.Request, segments: list[str], body: bytes) -> web.Response:
        customer, *rest = segments
        if not _CUSTOMER.fullmatch(customer):
            raise _No(400, "Invalid customer")
        if customer in self.forbidden:
            raise _No(403)
        if customer not in self.customers:
            raise _No(404, "Unknown customer")
        users = self.customers[customer]
        if not rest:
            return self._all(http, users, customer, body)
        if rest[0] in _FLAGS and len(rest) == 1:
            found = _matching(http, users)
            self._set(http.method, found, rest[0])
            return self._ok({"affectedUsers": len(found)})
        if "@" not in rest[0]:
            raise _No(400, "Invalid path")
        user = users.get(rest[0].lower())
        if user is None:
            raise _No(404, "Unknown user")
        return self._one(http, users, user, rest[1:], body)

    def _all(
        self, http: web.Request, users: dict[str, MailUser], customer: str, body: bytes
    ) -> web.Response:
        if http.method == "PUT":
            return self._bulk(users, customer, body)
        found = _matching(http, users)
        if http.method == "HEAD":
            return web.Response(headers={"User-Count": str(len(found))})
        if http.method == "GET":
            return self._ok({"users": [user.as_json() for user in found]})
        if http.method != "DELETE":
            raise _No(405, "Method Not Allowed")
        for user in found:
            del users[user.user.lower()]
        return self._ok({"affectedUsers": len(found)})

    def _bulk(self, users: dict[str, MailUser], customer: str, body: bytes) -> web.Response:
        items = _object(body).get("users")
        if not isinstance(items, list):
            raise _No(400, "users is missing")
        for item in items:
            if not isinstance(item, dict) or not isinstance(item.get("user"), str):
                raise _No(400, "user is missing")
            address = item["user"]
            user = users.setdefault(address.lower(), MailUser(customer, address))
            _update(user, item)
        return self._ok({"affectedUsers": len(items)})

    def _one(
        self,
        http: web.Request,
        users: dict[str, MailUser],
        user: MailUser,
        rest: list[str],
        body: bytes,
    ) -> web.Response:
        if len(rest) == 1 and rest[0] in _FLAGS:
            self._set(http.method, [user], rest[0])
            return self._ok({})
        if rest == ["token"] and http.method == "POST":
            token = f"sandbox-token-{self._serial}"
            self._tokens[user.user.lower()] = token
            more = {"expiryTimestamp": self._stamp(86400), "url": f"https://example.com/{token}"}
            return self._ok({"token": token, **more})
        if rest:
            raise _No(400, "Invalid flag")
        if http.method == "GET":
            return self._ok({"user": user.as_json()})
        if http.method == "PUT":
            _update(user, _object(body))
        elif http.method == "DELETE":
            del users[user.user.lower()]
        else:
            raise _No(405, "Method Not Allowed")
        return self._ok({})

    def _password(self, method: str, address: str, body: bytes) -> web.Response:
        sent = _object(body)
        token, password = sent.get("token"), sent.get("password")
        if method != "PUT" or not isinstance(password, str):
            raise _No(400)
        if not re.fullmatch(r"[a-zA-Z0-9@$!%*?&]{8,256}", password):
            raise _No(400, "Invalid password")
        if token is None or self._tokens.pop(address.lower(), None) != token:
            raise _No(403)
        for users in self.customers.values():
            if address.lower() in users:
                users[address.lower()].activation = True
        return self._ok({})

    def _set(self, method: str, users: Iterable[MailUser], flag: str) -> None:
        if method not in {"PUT", "DELETE"}:
            raise _No(405, "Method Not Allowed")
        for user in users:
            setattr(user, flag, method == "PUT")

    def _stamp(self, ahead: float = 0) -> str:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock() + ahead))

    def _ok(self, content: Mapping[str, object]) -> web.Response:
        self._serial += 1
        return web.json_response(
            {"id": f"sandbox-{self._serial}", "timestamp": self._stamp(), **content}
        )

    def _error(self, method: str, status: int, message: str) -> web.Response:
        if method == "HEAD":
            return web.Response(status=status)
        self._serial += 1
        named = {"id": f"sandbox-{self._serial}", "timestamp": self._stamp()}
        return web.json_response({**named, "status": status, "message": message}, status=status)


_BODIES = {
    "html": ("text/html", "<html><body>Gateway login</body></html>"),
    "wrong_json": ("application/json", '["another", "shape"]'),
    "broken_json": ("application/json", '{"id": "sandbox'),
    "half_body": ("application/json", ""),
}


def _matching(http: web.Request, users: Mapping[str, MailUser]) -> list[MailUser]:
    query = http.rel_url.query
    found = list(users.values())
    for name in _FILTERS:
        if name in query:
            if query[name] not in {"true", "false"}:
                raise _No(400, f"Invalid {name}")
            found = [user for user in found if getattr(user, name) == (query[name] == "true")]
    if "group" in query:
        groups = {part for value in query.getall("group") for part in value.split(",")}
        if "" in groups or len(groups) > 16:
            raise _No(400, "Invalid group")
        found = [user for user in found if user.groups & groups]
    return found


def _object(body: bytes) -> dict[str, object]:
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise _No(400, "Invalid body")
    return content


def _update(user: MailUser, sent: Mapping[str, object]) -> None:
    for name, value in sent.items():
        if name in _FILTERS and isinstance(value, bool):
            setattr(user, name, value)
        elif name == "failoverGroups" and isinstance(value, list):
            user.groups = {str(each) for each in value}
        elif name not in {"customer", "user", "domain"}:
            user.details[name] = value


def _cut(http: web.Request) -> None:
    if http.transport is not None:
        http.transport.abort()


async def _half(http: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": "200"})
    answer.content_type = "application/json"
    await answer.prepare(http)
    await answer.write(b'{"id": "sandbox')
    if http.transport is not None:
        http.transport.close()
    return answer
