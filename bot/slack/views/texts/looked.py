"""What "Read back now" found: to whoever pressed it, and on the card."""

from __future__ import annotations

STILL = "Looked {time}: {count} of {total} still {direction}."
AS_WANTED = "Looked {time}: {count} of {total} {direction}."

APPLIED = "It was applied."
APPLIED_FOR_SOME = "It was applied for some users only."
NOT_APPLIED = "It was not applied."
NOT_KNOWN = "It is still not known whether it was applied."
