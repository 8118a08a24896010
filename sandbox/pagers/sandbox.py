"""Both simulated pagers as an HTTP server on 127.0.0.1."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web

from sandbox.pagers.faults import Fault
from sandbox.pagers.incidents import Incidents

PAGERDUTY, WEBHOOK = "pagerduty", "webhook"
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
SECRET = "sandbox-webhook-secret"
# A receiver refuses what is older or from the future: it may be a replay.
MAX_AGE_SECONDS = 300.0
STATES = {"trigger": "triggered", "acknowledge": "acknowledged", "resolve": "resolved"}


class PagerSandbox:
    """PagerDuty at ``url``, the webhook at ``webhook_url``; see ``incidents`` and ``faults``.

    ``requests`` are the bodies that came in, with the pager's name, also those that went wrong.
    """

    def __init__(
        self,
        now: Callable[[], float] = time.time,
        *,
        routing_key: str = ROUTING_KEY,
        secret: str = SECRET,
    ) -> None:
        self.routing_key = routing_key
        self.secret = secret
        self.incidents = Incidents()
        self.faults: list[Fault] = []
        self.requests: list[tuple[str, dict[str, Any]]] = []
        # Of webhooks: the same key is the same event, however often it comes.
        self.seen: set[str] = set()
        self.url = self.webhook_url = ""
        self._now = now
        self._changed = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def start(self) -> None:
        """Listen; after a stop on the same port again."""
        app = web.Application()
        app.router.add_post("/v2/enqueue", self._pagerduty)
        app.router.add_post("/hook", self._webhook)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}/"
        self.webhook_url = f"{self.url}hook"

    async def stop(self) -> None:
        """Refuse connections."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def fail(self, kind: object, **over: Any) -> Fault:
        """Add a fault; see ``Fault``."""
        self.faults.append(Fault(str(kind), **over))
        return self.faults[-1]

    async def until(self, reached: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait for what requests bring about; raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while not reached():
                self._changed.clear()
                await self._changed.wait()

    def states(self, pager: str = PAGERDUTY) -> list[str]:
        """Return the states of a pager's incidents, in the order of their first page."""
        return [one.state for one in self.incidents.all() if one.pager == pager]

    async def _pagerduty(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        event = json.loads(raw)
        self.requests.append((PAGERDUTY, event))
        return await self._answered(request, PAGERDUTY, lambda: self._enqueue(event))

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self.requests.append((WEBHOOK, json.loads(raw)))
        return await self._answered(request, WEBHOOK, lambda: self._receive(request, raw))

    async def _answered(
        self, request: web.Request, pager: str, take: Callable[[], web.Response]
    ) -> web.StreamResponse:
        """Take the request and answer it, unless a fault is for it."""
        fault = next((one for one in self.faults if one.takes(pager)), None)
        try:
            if fault is None:
                return take()
            if fault.kind in ("slow", "lost"):
                answer = take()
                await asyncio.sleep(fault.seconds)
                if fault.kind == "slow":
                    return answer
            if fault.kind in ("cut", "lost"):
                if request.transport is not None:
                    request.transport.abort()
                return web.Response()
            if fault.kind == "redirect":
                return web.Response(status=302, headers={"Location": self.url})
            told = {"Retry-After": fault.retry_after} if fault.retry_after else {}
            return web.Response(status=int(fault.kind), headers=told)
        finally:
            self._changed.set()

    def _enqueue(self, event: dict[str, Any]) -> web.Response:
        if event.get("routing_key") != self.routing_key or event.get("event_action") not in STATES:
            wrong = {"status": "invalid event", "message": "Event object is invalid"}
            return web.json_response(wrong, status=400)
        payload, links = event.get("payload", {}), event.get("links", [])
        triggers = event["event_action"] == "trigger"
        if triggers and not (payload.get("summary") and payload.get("source")):
            return web.json_response({"status": "invalid event"}, status=400)
        if len(payload.get("summary", "")) > 1024 or len(event.get("dedup_key", "")) > 255:
            return web.json_response({"status": "invalid event"}, status=400)
        self.incidents.told(
            PAGERDUTY,
            event["dedup_key"],
            STATES[event["event_action"]],
            payload.get("summary", ""),
            payload.get("severity", ""),
            links[0]["href"] if links else "",
        )
        told = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return web.json_response(told, status=202)

    def _receive(self, request: web.Request, raw: bytes) -> web.Response:
        """Take a webhook as docs/operations.md asks of a receiver."""
        timestamp = request.headers.get("X-Continuity-Timestamp", "")
        signed = hmac.new(self.secret.encode(), timestamp.encode() + b"." + raw, hashlib.sha256)
        given = request.headers.get("X-Continuity-Signature", "")
        if not hmac.compare_digest(f"v1={signed.hexdigest()}", given):
            return web.Response(status=401)
        if abs(self._now() - float(timestamp)) > MAX_AGE_SECONDS:
            return web.Response(status=401)
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return web.Response(status=400)
        if key not in self.seen:
            self.seen.add(key)
            event = json.loads(raw)
            self.incidents.told(
                WEBHOOK,
                event["key"],
                event["event"],
                event["summary"],
                event["severity"],
                event["link"],
            )
        return web.Response(status=204)
