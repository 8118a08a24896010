"""The simulated workspace as a page in the browser, with the simulated services beside it.

``server`` answers the browser, behind ``security``. ``feed`` sends what changes (its JSON:
``shapes``) over ``stream``; ``actions`` is what a person does there.
"""

from __future__ import annotations

from sandbox.browser.actions import ActionError
from sandbox.browser.server import BrowserServer

__all__ = ["ActionError", "BrowserServer"]
