"""The tour of the demo, "the first two minutes": five steps that advance by what really happens.

``observer`` reads what happened, ``facts`` keeps it, ``steps`` says what it fulfils, ``trail`` is the
step of the auditor, and ``actions`` is what a person can do.
"""

from __future__ import annotations

from bot.terminal.demo.tour.actions import Tour

__all__ = ["Tour"]
