"""`/continuity help`, and what is told of a command that cannot be read."""

from __future__ import annotations

TRY = "Try: `/continuity {command}`"
EXAMPLE = "Example: `/continuity {command}`"
NAMED = "{name} is {customer}."
