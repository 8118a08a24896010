"""The simulated services with a meter: when they were busy, what they answered, and a gate to hang at."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from aiohttp import web

from sandbox.continuity import ContinuitySandbox
from sandbox.slack import SlackSandbox
from sandbox.slack.server import Server
from sandbox.slack.web_api import WebApi

ARRIVED: ContextVar[float] = ContextVar("ARRIVED")
"""When the request that is being handled arrived (monotonic seconds)."""


class Meter:
    """Collects the spans of time in which a handler of a service was at work."""

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Count the block as time of the services."""
        begun = time.monotonic()
        ARRIVED.set(begun)
        try:
            yield
        finally:
            self._spans.append((begun, time.monotonic()))

    def clear(self) -> None:
        """Forget what was collected."""
        self._spans.clear()

    def busy(self, since: float, until: float) -> float:
        """Return for how many seconds at least one handler was at work; what overlaps counts once."""
        total, reached = 0.0, since
        for begun, ended in sorted(self._spans):
            total += max(0.0, min(ended, until) - max(begun, reached))
            reached = max(reached, min(ended, until))
        return total


class MeteredServer(Server):
    """Slack's side of the Web API and of the response URLs; ``answered`` says when each was used."""

    meter: Meter
    answered: dict[str, float]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        with self.meter.running():
            return await super()._call(request)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        with self.meter.running():
            self.answered.setdefault(request.match_info["key"], time.monotonic())
            return await super()._respond(request)


class MeteredSlack(SlackSandbox):
    """A workspace without rate limits: the load is not Slack's to refuse here."""

    def __init__(self, meter: Meter) -> None:
        super().__init__(enforce_rate_limits=False)
        api = WebApi(
            self,
            self.modals,
            bot_token=self.bot_token,
            app_token=self.app_token,
            socket_url=self.sockets.new_url,
        )
        metered = MeteredServer(self, api, self.sockets, self.responses)
        metered.enforce_rate_limits = False
        metered.meter = meter
        self.answered: dict[str, float] = {}
        metered.answered = self.answered
        self.server = metered


class MeteredContinuity(ContinuitySandbox):
    """An API that hangs while ``gate`` is closed: what arrives is processed when it opens.

    A client that has given up meanwhile does not undo that, as with a real server.
    """

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter
        self.gate = asyncio.Event()
        self.gate.set()
        self.held = 0  # writes that came to a closed gate
        self.on_held: list[Callable[[], None]] = []

    async def _handle(self, http: web.BaseRequest) -> web.StreamResponse:
        if not self.gate.is_set():
            self.held += http.method in {"PUT", "DELETE"}
            for tell in self.on_held:
                tell()
            await self.gate.wait()
        with self._meter.running():
            return await super()._handle(http)
