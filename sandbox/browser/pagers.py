"""The pane "Pager": what the simulated pagers show of the bot's changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Protocol

from sandbox.pagers import Incident, PagerSandbox

MAX_INCIDENTS = 100  # the latest
_CHANGE = re.compile(r"C-\w+$")


class Page(Protocol):
    """What is needed of ``BrowserServer``."""

    def add_part(self, name: str, make: Any) -> None: ...
    def publish(self, name: str, data: Any) -> None: ...


class Pagers:
    """The part `pagers` of the page, and its event; ``clock`` (UNIX seconds) tells when."""

    def __init__(self, page: Page, pagers: PagerSandbox, clock: Callable[[], float]) -> None:
        self._page = page
        self._pagers = pagers
        self._clock = clock
        self._times: dict[tuple[str, str], dict[str, float]] = {}
        page.add_part("pagers", self.part)
        pagers.incidents.on_change.append(self._changed)

    def part(self) -> list[dict[str, Any]]:
        """Return the incidents of all pagers, in the order of their first page."""
        return [self._incident(one) for one in self._pagers.incidents.all()[-MAX_INCIDENTS:]]

    def _incident(self, incident: Incident) -> dict[str, Any]:
        change = _CHANGE.search(incident.key)
        return {
            "pager": incident.pager,
            "key": incident.key,
            "summary": incident.summary,
            "state": incident.state,
            "change": change[0] if change else "",
            "times": self._times.get((incident.pager, incident.key), {}),
        }

    def _changed(self, incident: Incident) -> None:
        """Note when it came to its state; further pages of the same state are no news."""
        times = self._times.setdefault((incident.pager, incident.key), {})
        times.setdefault(incident.state, self._clock())
        self._page.publish("pagers", self.part())
