"""`/continuity pending`, and links to cards."""

from __future__ import annotations

NOTHING_WAITS = "Nothing waits here."
CARD = "card"
OPEN_CARD = "Open the card"
OPEN_IT = "Open it"
PROPOSED_ALREADY = "This is proposed already: {change}."
MOVED = "The card of {change} is another one."
