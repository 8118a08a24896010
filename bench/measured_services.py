"""The simulated services, measured: when they were busy, and when Slack got each answer.

The simulated API can also hang.
"""

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


class BusyTime:
    """Collects the spans of time in which a handler of a service ran."""

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
        """Return for how many seconds at least one handler ran; overlapping spans count once."""
        total, reached = 0.0, since
        for begun, ended in sorted(self._spans):
            total += max(0.0, min(ended, until) - max(begun, reached))
            reached = max(reached, min(ended, until))
        return total


class MeasuredServer(Server):
    """Web API and response URLs of the sandbox; ``answered`` is when each response URL was first
    used."""

    busy_time: BusyTime
    answered: dict[str, float]

    async def _call(self, request: web.Request) -> web.StreamResponse:
        with self.busy_time.running():
            return await super()._call(request)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        with self.busy_time.running():
            self.answered.setdefault(request.match_info["key"], time.monotonic())
            return await super()._respond(request)


class MeasuredSlack(SlackSandbox):
    """The simulated workspace without rate limits."""

    def __init__(self, busy_time: BusyTime) -> None:
        super().__init__(enforce_rate_limits=False)
        api = WebApi(
            self,
            self.modals,
            bot_token=self.bot_token,
            app_token=self.app_token,
            socket_url=self.sockets.new_url,
        )
        measured = MeasuredServer(self, api, self.sockets, self.responses)
        measured.enforce_rate_limits = False
        measured.busy_time = busy_time
        self.answered: dict[str, float] = {}
        measured.answered = self.answered
        self.server = measured


class MeasuredContinuity(ContinuitySandbox):
    """The simulated API; it hangs while ``gate`` is not set, and processes what arrived when it is
    set.

    Requests whose client has given up are processed too, as a real server would.
    """

    def __init__(self, busy_time: BusyTime) -> None:
        super().__init__()
        self._busy_time = busy_time
        self.gate = asyncio.Event()
        self.gate.set()
        self.held = 0  # writes that arrived while it hung
        self.on_held: list[Callable[[], None]] = []

    async def _handle(self, http: web.BaseRequest) -> web.StreamResponse:
        if not self.gate.is_set():
            self.held += http.method in {"PUT", "DELETE"}
            for callback in self.on_held:
                callback()
            await self.gate.wait()
        with self._busy_time.running():
            return await super()._handle(http)
