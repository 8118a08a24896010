"""What the switches of the page break in the simulated services, and how it is mended."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.continuity import ContinuitySandbox
from sandbox.pagers import PagerSandbox
from sandbox.pagers.faults import Fault as PagerFault
from sandbox.slack import SlackSandbox
from sandbox.slack.faults import Fault

SLOW_SECONDS = 4.0
LATE_SECONDS = 20.0
RETRY_SECONDS = 5
API, SLACK, PAGER = "Continuity API", "Slack", "Pager"
_WRITES = ("PUT", "DELETE", "POST")
_LIMITED = ("chat.postMessage", "chat.update")


@dataclass(frozen=True, slots=True)
class Switch:
    """``turn`` breaks the service (True) or mends it (False); it is never called twice alike."""

    id: str
    group: str
    label: str
    hint: str
    turn: Callable[[bool], None]


def api_switches(api: ContinuitySandbox) -> list[Switch]:
    """Return the switches of the continuity API. Of two that contradict, the later one wins."""

    def slow(on: bool) -> None:
        api.latency += SLOW_SECONDS if on else -SLOW_SECONDS

    def late(on: bool) -> None:
        if on:
            api.delay(LATE_SECONDS)
        else:
            api.release()

    password = api.password

    def refuse_password(on: bool) -> None:
        api.password = f"not {password}" if on else password

    return [
        Switch(
            "api_slow",
            API,
            "API slow",
            f"Each answer takes {SLOW_SECONDS:.0f} seconds longer.",
            slow,
        ),
        Switch(
            "api_hanging",
            API,
            "API hanging",
            "Requests are accepted and never answered.",
            _hanging(api),
        ),
        Switch(
            "api_429",
            API,
            "API answers 429",
            f"Too many requests: try again after {RETRY_SECONDS} seconds.",
            _failing(api, 429, retry_after=RETRY_SECONDS),
        ),
        Switch(
            "api_500",
            API,
            "API answers 500",
            "Every request fails within the API.",
            _failing(api, 500),
        ),
        Switch(
            "api_reset",
            API,
            "API resets the connection",
            "Nothing is processed, and no answer comes.",
            _failing(api, "reset_before"),
        ),
        Switch(
            "api_answer_lost",
            API,
            "API's answer is lost",
            "Writes are processed, and then the connection is reset.",
            _failing(api, "reset_after", methods=_WRITES),
        ),
        Switch(
            "api_late_effect",
            API,
            "API's effect is seen late",
            f"Writes are accepted, and reads show them {LATE_SECONDS:.0f} seconds later.",
            late,
        ),
        Switch(
            "api_wrong_password",
            API,
            "API refuses the password",
            "Every request is answered with 401.",
            refuse_password,
        ),
    ]


def slack_switches(slack: SlackSandbox) -> list[Switch]:
    """Return the switches of Slack."""
    faults = slack.server.faults
    limited: list[Fault] = []

    def limit(on: bool) -> None:
        if on:
            limited[:] = [
                Fault(method, retry_after=RETRY_SECONDS, times=sys.maxsize) for method in _LIMITED
            ]
            for fault in limited:
                faults.add(fault)
        else:
            for fault in limited:
                faults.remove(fault)

    def down(on: bool) -> None:
        slack.down = on

    def cut(on: bool) -> None:
        slack.sockets_refused = on
        if on:
            slack.cut_sockets()

    def older(on: bool) -> None:
        slack.newer_blocks = not on

    return [
        Switch(
            "slack_rate_limited",
            SLACK,
            "Slack rate-limits",
            f"Messages are refused with 429: try again after {RETRY_SECONDS} seconds.",
            limit,
        ),
        Switch(
            "slack_down",
            SLACK,
            "Slack is down",
            "Connections are cut, and every call is answered with 503.",
            down,
        ),
        Switch(
            "slack_socket_cut",
            SLACK,
            "Slack cuts the socket",
            "The app's connection is broken off, and a new one is refused.",
            cut,
        ),
        Switch(
            "slack_older",
            SLACK,
            "Slack without newer blocks",
            "Messages with data tables or charts are refused with invalid_blocks.",
            older,
        ),
    ]


def pager_switches(pagers: PagerSandbox | None) -> list[Switch]:
    """Return the switch of the pagers, where they are simulated."""
    if pagers is None:
        return []
    injected: list[PagerFault] = []

    def fail(on: bool) -> None:
        if on:
            injected[:] = [pagers.fail(500)]
        else:
            pagers.faults[:] = [
                one for one in pagers.faults if not any(one is own for own in injected)
            ]

    hint = "Every page is answered with 500. The card says that the pager failed."
    return [Switch("pager_fails", PAGER, "The pager fails", hint, fail)]


def _failing(
    api: ContinuitySandbox,
    kind: str | int,
    *,
    methods: tuple[str | None, ...] = (None,),
    retry_after: int | None = None,
) -> Callable[[bool], None]:
    """Return what makes every request of these methods fail (None: of all), and ends it."""
    injected: list[Any] = []

    def turn(on: bool) -> None:
        if on:
            injected[:] = [
                api.fail(kind=kind, method=method, times=None, retry_after=retry_after)
                for method in methods
            ]
        else:
            api.faults[:] = [one for one in api.faults if not any(one is own for own in injected)]

    return turn


def _hanging(api: ContinuitySandbox) -> Callable[[bool], None]:
    """Return what makes every request hang; at the end those that hang are cut off."""
    fail = _failing(api, "hang")

    def turn(on: bool) -> None:
        fail(on)
        if not on:
            api.cut_hanging()

    return turn
