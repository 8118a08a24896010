"""The pane "Pager": what the simulated pagers show of the bot's changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

MAX_INCIDENTS = 100  # of each pager, the latest


class Page(Protocol):
    """What is needed of ``BrowserServer``."""

    def add_part(self, name: str, make: Any) -> None: ...
    def publish(self, name: str, data: Any) -> None: ...


class Incident(Protocol):
    """What a pager shows: ``times`` are UNIX seconds by the state that it came to then."""

    @property
    def key(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def change(self) -> str: ...
    @property
    def times(self) -> Mapping[str, float]: ...


class Pager(Protocol):
    """A simulated pager; ``on_change`` are called after each event that it took."""

    failing: bool
    on_change: list[Callable[[], None]]

    @property
    def name(self) -> str: ...
    @property
    def incidents(self) -> Mapping[str, Incident]: ...


def add_pagers(server: Page, pagers: Sequence[Pager]) -> None:
    """Add the part `pagers` to the page, and its event."""

    def part() -> list[dict[str, Any]]:
        return [
            incident_json(pager, incident)
            for pager in pagers
            for incident in list(pager.incidents.values())[-MAX_INCIDENTS:]
        ]

    def changed() -> None:
        server.publish("pagers", part())

    server.add_part("pagers", part)
    for pager in pagers:
        pager.on_change.append(changed)


def incident_json(pager: Pager, incident: Incident) -> dict[str, Any]:
    """Return an incident as the page shows it."""
    return {
        "pager": pager.name,
        "key": incident.key,
        "summary": incident.summary,
        "state": incident.state,
        "change": incident.change,
        "times": dict(incident.times),
    }
