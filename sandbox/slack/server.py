"""The HTTP server of the simulated Slack: Web API, WebSocket link and response URLs."""

from __future__ import annotations

import asyncio
import json
from email.utils import formatdate
from typing import Any

from aiohttp import web

from sandbox.slack.faults import Fault, Faults
from sandbox.slack.model import Call, RateLimited, Refusal
from sandbox.slack.rates import RateLimits
from sandbox.slack.responses import ResponseUrls
from sandbox.slack.sockets import Sockets
from sandbox.slack.transfers import Transfers
from sandbox.slack.web_api import WebApi
from sandbox.slack.workspace import Workspace


class Server:
    """Listens on 127.0.0.1. ``latency`` is in seconds per call; ``down`` answers everything with
    503. Calls of a method in ``held`` wait for its event before they have an effect."""

    def __init__(
        self, workspace: Workspace, api: WebApi, sockets: Sockets, responses: ResponseUrls
    ) -> None:
        self.latency = 0.0
        self.down = False
        self.held: dict[str, asyncio.Event] = {}
        self.enforce_rate_limits = True
        self.faults = Faults()
        self.port = 0
        self._workspace = workspace
        self._api = api
        self._sockets = sockets
        self._responses = responses
        self._rates = RateLimits(workspace.clock)
        self._transfers = Transfers(workspace, self.faults, api.bot_token, lambda: self.down)
        self._runner: web.AppRunner | None = None

    async def start(self, port: int) -> None:
        """Listen; port 0 lets the system choose. Sets the workspace's base URL."""
        app = web.Application(client_max_size=4 * 1024 * 1024)
        app.router.add_route("*", "/api/{method}", self._call)
        app.router.add_get("/link/", self._link)
        app.router.add_post("/response/{key}", self._respond)
        self._transfers.add_routes(app)
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=0.5
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]
        self._workspace.base_url = f"http://127.0.0.1:{self.port}/"

    async def stop(self) -> None:
        """Stop listening and break all connections."""
        self._sockets.cut()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        payload = await _arguments(request)
        token = _token(request, payload)
        call = Call(method, self._workspace.clock(), payload or {}, request.host)
        self._workspace.calls.append(call)
        self._workspace.wake()
        if self.latency:
            await asyncio.sleep(self.latency)
        if method in self.held:
            await self.held[method].wait()
        if self.down:
            return _page(503)
        fault = self.faults.next_for(method)
        if fault is not None:
            await asyncio.sleep(fault.seconds)
        if fault is not None and not fault.applied:
            return _faulty(request, fault)
        with self._workspace.caused_by(method, _size(request)):
            answer = self._answer(method, payload, token)
        answer.headers["Date"] = formatdate(self._workspace.clock(), usegmt=True)
        return answer if fault is None else _faulty(request, fault)

    def _answer(self, method: str, payload: dict[str, Any] | None, token: str) -> web.Response:
        if payload is None:
            return _refused(Refusal("json_not_object"))
        try:
            if self.enforce_rate_limits:
                self._rates.count(method, payload)
            fields = {"ok": True, **self._api.answer(method, payload, token)}
            for path in self._workspace.withheld.get(method, ()):
                fields = _without(fields, path.split("."))
        except Refusal as refusal:
            self._workspace.refuse(method, refusal, payload)
            return _refused(refusal)
        return _json(fields, headers={"x-oauth-scopes": self._workspace.scopes})

    async def _link(self, request: web.Request) -> web.StreamResponse:
        return _page(503) if self.down else await self._sockets.serve(request)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        if self.down:
            return _page(503)
        try:
            body = json.loads(await request.text())
        except ValueError:
            body = None
        status, error = self._responses.use(request.match_info["key"], body)
        self._workspace.wake()
        return web.Response(text="ok") if status == 200 else _json(_no(error), status=status)


async def _arguments(request: web.Request) -> dict[str, Any] | None:
    """Return the arguments of a call: query, form or JSON. None if the JSON is no object."""
    given: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text() or "{}")
        except ValueError:
            return None
        if not isinstance(body, dict):
            return None
        return given | body
    return given | dict(await request.post())


def _size(request: web.Request) -> int:
    """Return how many bytes of arguments a call has, in its query or body."""
    return len(request.query_string) + (request.content_length or 0)


def _token(request: web.Request, payload: dict[str, Any] | None) -> str:
    """Return the token of the header, else of the arguments, from which it is removed."""
    argument = str((payload or {}).pop("token", ""))
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ") if header.startswith("Bearer ") else argument


def _refused(refusal: Refusal) -> web.Response:
    fields = _no(refusal.code) | refusal.fields
    if refusal.messages:
        fields["response_metadata"] = {"messages": refusal.messages}
    if isinstance(refusal, RateLimited):
        return _json(fields, status=429, headers={"Retry-After": str(refusal.retry_after)})
    return _json(fields)


def _faulty(request: web.Request, fault: Fault) -> web.Response:
    if fault.drop:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()
    if fault.broken:
        return web.Response(text='{"ok": tr', content_type="application/json")
    if fault.retry_after is not None:
        return _refused(RateLimited(fault.retry_after))
    if fault.status is not None:
        return _page(fault.status)
    scopes = dict(zip(("needed", "provided"), fault.scopes or (), strict=False))
    return _refused(Refusal(fault.error or "internal_error", **scopes))


def _without(fields: dict[str, Any], path: list[str]) -> dict[str, Any]:
    """Return an answer without one of its fields."""
    first, *rest = path
    if rest:
        return {**fields, first: _without(fields[first], rest)}
    return {name: value for name, value in fields.items() if name != first}


def _no(error: str) -> dict[str, Any]:
    return {"ok": False, "error": error}


def _json(
    fields: dict[str, Any], *, status: int = 200, headers: dict[str, str] | None = None
) -> web.Response:
    body = json.dumps(fields).encode()
    return web.Response(
        body=body, status=status, headers=headers, content_type="application/json", charset="utf-8"
    )


def _page(status: int) -> web.Response:
    return web.Response(status=status, text="<html>Slack is down</html>", content_type="text/html")
