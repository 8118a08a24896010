"""What a notice is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.change import Change


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice is made of.

    ``name`` is that of its text, ``detail`` what stands behind the first hyphen of the name, as the
    minutes in `remind-5`; ``person`` gets it. ``customer_name`` is ``""`` where the customer has none.
    """

    change: Change
    name: str
    detail: str
    person: str
    customer_name: str
    now: datetime
    workspace_url: str
