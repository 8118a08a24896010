"""The switches of the page: which are on, and the action that turns them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.browser.body import ActionError, Body, text_of
from sandbox.browser.faults import Switch, api_switches, pager_switches, slack_switches
from sandbox.browser.server import BrowserServer
from sandbox.continuity import ContinuitySandbox
from sandbox.pagers import PagerSandbox
from sandbox.slack import SlackSandbox


class Switches:
    """The switches and which of them are on. ``on_change`` are called after each change."""

    def __init__(self, switches: list[Switch]) -> None:
        self.on_change: list[Callable[[], None]] = []
        self._switches = {one.id: one for one in switches}
        self._on: set[str] = set()

    def is_on(self, switch: str) -> bool:
        """Whether the service is broken in this way now."""
        return switch in self._on

    def part(self) -> list[dict[str, Any]]:
        """Return the part `switches`."""
        return [
            {
                "id": one.id,
                "group": one.group,
                "label": one.label,
                "hint": one.hint,
                "on": one.id in self._on,
            }
            for one in self._switches.values()
        ]

    async def set(self, switch: str, on: bool) -> None:
        """Turn a switch; one that is so already stays. Raises ActionError."""
        chosen = self._switches.get(switch)
        if chosen is None:
            raise ActionError("There is no such switch.")
        if on is (switch in self._on):
            return
        chosen.turn(on)
        self._on ^= {switch}
        for listener in self.on_change:
            listener()

    async def all_off(self) -> None:
        """Mend everything."""
        for switch in sorted(self._on):
            await self.set(switch, on=False)

    async def act(self, body: Body) -> Body:
        """The action `switch` of the page."""
        on = body.get("on")
        if not isinstance(on, bool):
            raise ActionError("on must be true or false.")
        await self.set(text_of(body, "id"), on)
        return {}


def add_switches(
    server: BrowserServer,
    slack: SlackSandbox,
    continuity: ContinuitySandbox,
    pagers: PagerSandbox | None = None,
) -> Switches:
    """Add the part and the action to the page."""
    switches = Switches(
        [*api_switches(continuity), *slack_switches(slack), *pager_switches(pagers)]
    )
    switches.on_change.append(lambda: server.publish("switches", switches.part()))
    server.add_part("switches", switches.part)
    server.add_action("switch", switches.act)
    return switches
