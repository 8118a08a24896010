"""Incidents as a pager keeps them: by the key that the sender gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

TRIGGERED, ACKNOWLEDGED, RESOLVED = "triggered", "acknowledged", "resolved"


@dataclass(frozen=True, slots=True)
class Incident:
    """What the people on call see. ``times`` are how often each state was told."""

    pager: str
    key: str
    state: str
    summary: str
    severity: str
    link: str
    times: dict[str, int] = field(default_factory=dict)


class Incidents:
    """The incidents of both pagers, the newest last; ``on_change`` is called with each new state."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], Incident] = {}
        self.on_change: list[Callable[[Incident], None]] = []

    def all(self) -> list[Incident]:
        """Return them in the order of their first page."""
        return [*self._by_key.values()]

    def told(
        self,
        pager: str,
        key: str,
        state: str,
        summary: str = "",
        severity: str = "",
        link: str = "",
    ) -> None:
        """Take an event. A trigger of a resolved incident opens it anew, as PagerDuty does; an event
        of an incident that is not there, or is resolved, is dropped."""
        before = self._by_key.get((pager, key))
        if before is None or before.state == RESOLVED:
            if state != TRIGGERED:
                return
            times = dict(before.times) if before else {}
            incident = Incident(pager, key, state, summary, severity, link, times)
        elif state == TRIGGERED:  # one more alert of an incident that is open
            incident = before
        else:
            incident = replace(before, state=state)
        incident.times[state] = incident.times.get(state, 0) + 1
        self._by_key[pager, key] = incident
        for tell in self.on_change:
            tell(incident)
