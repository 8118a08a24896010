"""What every outcome says, whatever kind of change it is of, and the timeline."""

from __future__ import annotations

DECIDE_ON_CARD = "{change} · decide on its card."
DECIDED_SINCE = "It was asked again, and decided since: {why}"
TRIED_SINCE = "Reading back did not settle it; a person had it tried again since."
TOLD_HERE = "The bot posts here what comes of it."

READ_BACK = "Read back {time}: {count} of {total} {state}."
API_AFFECTED = "API: {count} {affected}."

# Facts, joined by ` · `.
PEOPLE = "{requester}, approved by {approvers}"
SECONDS = "{seconds} s"
MINUTES = "{minutes} min {seconds} s"
AUDIT = "audit {reference}"
API_ID = "API id {id}"
API_NO_ID = "accepted, the API told no id"
API_ID_AT = "API id {id} at {time}"
BACK = "Back to the values before"
NO_WAY_BACK = "There is no way back."

TIMELINE = "Timeline of {change}"
