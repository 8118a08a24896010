"""The world behind the bot: who can read mail, each call of the API, and the writes it applied."""

from __future__ import annotations

import copy
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.continuity import ContinuitySandbox, MailUser, Request
from sandbox.slack import SlackSandbox

MAX_CALLS = 500  # of the log, as the page shows it
MAX_POINTS = 500  # of the chart
MAX_BODY_CHARS = 4000
_WRITING = frozenset({"PUT", "DELETE", "POST"})
# What a person does to decide on a change: between two equal writes, the second was asked for.
_DECIDING = frozenset({"click", "view_submission"})


class Page(Protocol):
    """What is needed of ``BrowserServer``."""

    def add_part(self, name: str, make: Any) -> None: ...
    def publish(self, name: str, data: Any) -> None: ...


@dataclass(frozen=True, slots=True)
class Mail:
    """How many users have mail where, at ``at`` (UNIX seconds).

    In failover mail goes to the emergency webmail: ``readable`` are those who can read it there,
    ``locked`` those who cannot, because their access is off or they are not activated.
    """

    at: float
    normal: int
    readable: int
    locked: int


class Writes:
    """Counts the writes that the API applied, and those that were applied twice.

    A write is a PUT, DELETE or POST, whatever answer the client saw. It counts as doubled if the
    last write that was applied to its path was the same (method, path with query, and body), unless
    a person pressed a button or submitted a modal in between: then they asked for it again. So the
    opposite between two equal writes, another method on the path, makes the second a new one.
    """

    def __init__(self, slack: SlackSandbox) -> None:
        self.applied = 0
        self.doubled = 0
        self._slack = slack
        self._last: dict[str, tuple[str, str, int]] = {}

    def count(self, request: Request) -> None:
        """Count a request that was applied."""
        self.applied += 1
        write = (request.method, json.dumps(request.body, sort_keys=True), self._decisions())
        self.doubled += self._last.get(request.raw) == write
        self._last[request.raw] = write

    def begin_again(self) -> None:
        """Take the next write for a new one: what the writes before had changed is undone."""
        self._last.clear()

    def _decisions(self) -> int:
        return sum(one.kind in _DECIDING for one in self._slack.deliveries)


class World:
    """The parts `world` and `api` of the page, and their events, for one customer of the API."""

    def __init__(
        self,
        page: Page,
        slack: SlackSandbox,
        continuity: ContinuitySandbox,
        clock: Callable[[], float],
        customer: str,
        name: str,
    ) -> None:
        self.customer = customer
        self.name = name
        self.writes = Writes(slack)
        self._page = page
        self._continuity = continuity
        self._clock = clock
        self._first = copy.deepcopy(continuity.customers[customer])
        self._points: deque[Mail] = deque([self.mail()], MAX_POINTS)
        self._calls: dict[int, dict[str, Any]] = {}

    def people(self) -> list[MailUser]:
        """Return the customer's users as the API's state has them now."""
        return list(self._continuity.customers.get(self.customer, {}).values())

    def mail(self) -> Mail:
        """Return how many users have their mail where, as the API's state has it now."""
        users = self.people()
        moved = [user for user in users if user.failover]
        readable = sum(user.access and user.activation for user in moved)
        normal, locked = len(users) - len(moved), len(moved) - readable
        return Mail(self._clock(), normal, readable, locked)

    def part(self) -> dict[str, Any]:
        """Return the part `world`."""
        now = self._points[-1]
        return {
            "customer": self.customer,
            "name": self.name,
            "users": now.normal + now.readable + now.locked,
            "normal": now.normal,
            "readable": now.readable,
            "locked": now.locked,
            "points": [[one.at, one.normal, one.readable, one.locked] for one in self._points],
            "writes": self.writes.applied,
            "doubled": self.writes.doubled,
        }

    def calls(self) -> list[dict[str, Any]]:
        """Return the part `api`: the last calls, oldest first."""
        return list(self._calls.values())

    def on_drill_request(self, request: Request) -> None:
        """Take a request of the API of rehearsals: the log shows it, and its writes do not count."""
        call = api_call(request)
        # The two APIs count their requests each from 1 on.
        self._log(call | {"number": -request.number, "drill": True})

    def on_request(self, request: Request) -> None:
        """Take a request that arrived, or was answered or cut."""
        has_ended = request.milliseconds is not None
        self._log(api_call(request))
        if has_ended and request.applied and request.method in _WRITING:
            self.writes.count(request)
            self.refresh()

    def _log(self, call: dict[str, Any]) -> None:
        self._calls[call["number"]] = call
        while len(self._calls) > MAX_CALLS:
            del self._calls[next(iter(self._calls))]
        self._page.publish("api", call)

    def refresh(self) -> None:
        """Read the API's state again and tell the page."""
        self._points.append(self.mail())
        self._page.publish("world", self.part())

    def reset(self) -> None:
        """Make the customer's users what they were at the beginning; the counts of writes stay."""
        self._continuity.release()
        self._continuity.customers[self.customer] = copy.deepcopy(self._first)
        self.writes.begin_again()
        self.refresh()


def api_call(request: Request) -> dict[str, Any]:
    """Return a call as the page shows it; secrets in its body are blanked already."""
    body = json.dumps(request.body) if request.body is not None else ""
    _, mark, query = request.raw.partition("?")
    return {
        "number": request.number,
        "at": request.at,
        "method": request.method,
        "path": f"{request.path}{mark}{query}",
        "status": request.status,
        "milliseconds": request.milliseconds,
        "applied": request.applied,
        "fault": request.fault,
        "drill": False,
        "body": body if len(body) <= MAX_BODY_CHARS else f"{body[:MAX_BODY_CHARS]}…",
    }


def add_world(
    server: Page,
    slack: SlackSandbox,
    continuity: ContinuitySandbox,
    clock: Callable[[], float],
    customer: str,
    name: str = "",
) -> World:
    """Add the parts `world` and `api` to the page; ``customer`` is the number that it shows."""
    world = World(server, slack, continuity, clock, customer, name)
    server.add_part("world", world.part)
    server.add_part("api", world.calls)
    continuity.on_request.append(world.on_request)
    return world
