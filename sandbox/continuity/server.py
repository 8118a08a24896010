"""The simulated continuity API as an HTTP server, on 127.0.0.1 unless asked otherwise."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable
from hmac import compare_digest
from http import HTTPStatus
from typing import Any, Self

from aiohttp import web

from sandbox.continuity import connection
from sandbox.continuity.faults import CUT_SHORT, Fault
from sandbox.continuity.model import ApiError, timestamp
from sandbox.continuity.operations import methods_of, needs_authentication, process
from sandbox.continuity.requests import (
    Request,
    basic_authorization,
    read_body,
    read_target,
    without_secrets,
)
from sandbox.continuity.state import State

BASE_PATH = "/email/continuity/v2/"


class ContinuityServer:
    """Answers requests from the state, unless a fault matches.

    ``latency`` (seconds) is added to every answer; ``clock`` returns UNIX seconds; ``base_path`` is
    the path of the API, which differs between the public endpoint and the vendor's mock server.
    ``on_request`` is called when a request arrives, and when it is answered or cut.
    """

    def __init__(
        self,
        *,
        username: str = "continuity",
        password: str = "sandbox-password",  # noqa: S107 - made up, for the sandbox alone
        clock: Callable[[], float] = time.time,
        base_path: str = BASE_PATH,
    ) -> None:
        self.base_path = base_path
        self.username = username
        self.password = password
        self.latency = 0.0
        self.requests: list[Request] = []
        self.on_request: list[Callable[[Request], None]] = []
        self.faults: list[Fault] = []
        self.state = State(clock)
        self.encoding = "utf-8"  # of the bodies; `utf-8-sig` has a byte order mark
        self.count_format = "{}"  # of the header User-Count
        self.empty_writes = False  # a write is answered with 204, without a body
        self._answers = 0
        self._arrivals = itertools.count(1)
        self._hanging: dict[object, asyncio.Event] = {}  # by connection
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._runner: web.ServerRunner | None = None

    @property
    def url(self) -> str:
        """The base URL for CONTINUITY_URL, once started."""
        return self.state.base_url

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen on 127.0.0.1, unless another ``host`` is asked for; port 0 lets the OS choose."""
        self._stopping.clear()
        server = connection.Server(self._handle, self._connection_lost)
        self._runner = web.ServerRunner(server, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        self.state.base_url = f"http://{host}:{self._runner.addresses[0][1]}{self.base_path}"

    async def stop(self) -> None:
        """Stop listening; hanging requests are cut off."""
        self._stopping.set()
        self.cut_hanging()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def cut_hanging(self) -> None:
        """Reset the connections of the requests that hang."""
        for connected in list(self._hanging):
            self._connection_lost(connected)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # --- one request ------------------------------------------------------------------------------

    async def _handle(self, http: web.BaseRequest) -> web.StreamResponse:
        target = http.raw_path  # as sent, before aiohttp tidies it
        request = read_target(http.method, target, self.base_path, self.state.clock())
        request.host = http.host
        self.requests.append(request)
        request.number = next(self._arrivals)
        self._tell(request)
        started = time.perf_counter()
        try:
            answer = await self._answer_or_cut(request, http)
        finally:
            request.milliseconds = (time.perf_counter() - started) * 1000
            self._tell(request)
        return answer

    async def _answer_or_cut(self, request: Request, http: web.BaseRequest) -> web.Response:
        raw = await http.read()
        await self._pause(self.latency)
        fault = next((fault for fault in self.faults if fault.matches(request)), None)
        authorized = self._is_authorized(request, http)
        if fault is None:
            answer: web.Response | None = self._process(request, raw, authorized=authorized)
        else:
            request.fault = str(fault.kind)
            answer = await self._apply_fault(fault, request, http, raw, authorized=authorized)
        if answer is None:
            return web.Response(status=500)  # never sent: the connection is closed
        request.status = answer.status
        return answer

    def _tell(self, request: Request) -> None:
        self._changed.set()
        for listener in self.on_request:
            listener(request)

    async def _apply_fault(
        self,
        fault: Fault,
        request: Request,
        http: web.BaseRequest,
        raw: bytes,
        *,
        authorized: bool,
    ) -> web.Response | None:
        """Return the faulty answer, or None if the connection was cut instead."""
        if fault.kind == "reset_then_apply":
            connection.reset(http)
        if fault.kind != "drip":
            await self._pause(fault.seconds)
        if fault.until is not None:
            await fault.until.wait()
        if self._stopping.is_set():
            connection.reset(http)
            return None
        is_head = request.method == "HEAD"
        good = web.Response()
        if fault.applied:
            good = self._process(request, raw, authorized=authorized)
        if isinstance(fault.kind, int):
            message = fault.message or HTTPStatus(fault.kind).phrase
            return self._error(fault.kind, message, is_head=is_head, headers=dict(fault.headers))
        if fault.kind == "hang":
            self._changed.set()
            await self._hang(http)
        if fault.kind in {"hang", "reset_before", "reset_after", "reset_then_apply"}:
            connection.reset(http)
            return None
        if fault.kind in CUT_SHORT:
            await connection.send_partially(fault, http, good, self._stopping)
            return None
        return connection.faulty_answer(fault, good, is_head=is_head)

    def _process(self, request: Request, raw: bytes, *, authorized: bool) -> web.Response:
        is_head = request.method == "HEAD"
        methods = methods_of(request)
        if methods and request.method not in methods:
            allowed = {"Allow": ", ".join(methods)}
            message = f"{request.method} is not allowed here"
            return self._error(405, message, is_head=is_head, headers=allowed)
        try:
            if not authorized:
                raise ApiError(401, "Unauthorized")
            body = read_body(raw)
            request.body = without_secrets(body)
            fields = self._answer(request, body)
        except ApiError as error:
            return self._error(error.status, error.message, is_head=is_head)
        request.applied = True
        if is_head:
            headers = {name: self.count_format.format(value) for name, value in fields.items()}
            return connection.answer_json(200, None, is_head=True, headers=headers)
        if self.empty_writes and request.method in {"PUT", "DELETE"}:
            return web.Response(status=204)
        answer = {**self._identity(), **fields}
        return connection.answer_json(200, answer, is_head=False, encoding=self.encoding)

    def _answer(self, request: Request, body: Any) -> dict[str, Any]:
        """Return the fields of the answer. Raises ApiError."""
        return process(self.state, request, body)

    def _error(
        self, status: int, message: str, *, is_head: bool, headers: dict[str, str] | None = None
    ) -> web.Response:
        sent = dict(headers or {})
        if status == 401:
            sent["WWW-Authenticate"] = 'Basic realm="Email Continuity"'
        body = {**self._identity(), "status": status, "message": message}
        return connection.answer_json(status, body, is_head=is_head, headers=sent)

    def _identity(self) -> dict[str, str]:
        self._answers += 1
        at = timestamp(self.state.clock())
        return {"id": f"sbx-{self._answers:06d}", "timestamp": at}

    def _is_authorized(self, request: Request, http: web.BaseRequest) -> bool:
        if not needs_authentication(request):
            return True
        given = http.headers.get("Authorization", "")
        expected = basic_authorization(self.username, self.password)
        return compare_digest(given.encode("utf-8", "surrogateescape"), expected.encode())

    def _connection_lost(self, connected: object) -> None:
        ended = self._hanging.pop(connected, None)
        if ended is not None:
            ended.set()

    async def _hang(self, http: web.BaseRequest) -> None:
        """Wait until the client closes the connection or the sandbox stops."""
        if http.transport is None:
            return
        ended = self._hanging[http.protocol] = asyncio.Event()
        await ended.wait()

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than the sandbox runs."""
        if seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._stopping.wait()
            except TimeoutError:
                return
