"""The simulated workspace as a page in the browser, with the simulated services beside it.

``server`` answers the browser, behind ``security``; ``assets`` are the files of `page/`. ``feed``
sends what changes (its JSON: ``shapes``) over ``stream``, and ``notifications`` what a phone shows
of it (``plain_text``, ``dates``). ``actions`` is what a person does there, ``body`` what the page
sends for it, ``typed_text`` what Slack makes of their words. ``switches`` break the services (``faults``), ``world`` shows the API's side,
``pagers`` that of the pagers.
"""

from __future__ import annotations

from sandbox.browser.body import ActionError
from sandbox.browser.server import BrowserServer

__all__ = ["ActionError", "BrowserServer"]
