"""A user who is deleted."""

from __future__ import annotations

EFFECT = "Deletes *{scope}* and their emergency mailbox. *There is no way back.*"
DISPLAY_NAME = "Display name: {name}"
FLAGS = "Now: {flags}"
DECISION = "DELETE this user"
GONE = "Read back {time}: the API knows no *{user}* any more."
STILL_THERE = "Read back {time}: *{user}* is *still there*."
