"""What every card says, whatever kind of change it is of."""

from __future__ import annotations

# What becomes of it.
WANTED = "Wanted: {effect}"
UNSENT = "Nothing was sent. It was for {scope}."
NO_MORE_SENT = "No more was sent. What was accepted before stays. It was for {scope}."
NO_MORE_SENT_NOT_KNOWN = (
    "No more was sent. Whether an earlier attempt took effect is not known. It was for {scope}."
)

# The preview. By the kind of scope, where the numbers are not known.
COUNTING = "Counting …"
NOT_COUNTED = {
    "everyone": "*Number not known, this is the whole customer.*",
    "groups": "*Number not known, these are whole groups.*",
    "users": "*What is set for them now is not known.*",
    "filters": "*Number not known, these are all users that match.*",
    "file": "*What is set for them now is not known.*",
}

# People.
REASON = "Reason: {reason}"
APPROVALS = "Approvals by others: {given} of {needed}."
APPROVALS_BY = "Approvals by others: {given} of {needed} ({people})."
POLICY = "By {policy}."
FOOTER = "{change} · asked by {requester} {time}"
FOOTER_EXPIRES = "{change} · asked by {requester} {time} · expires {deadline}"
ASKED_AGAIN = "*Asked again*: {why}"
ASKED_AGAIN_PEOPLE = "*Asked again*: {why} {people}, please decide again."
WITHDRAWN = "Withdrawn by {person}."
DECIDED = "By {person}: {reason}"
MARKED_AS_APPLIED = "Marked as applied by {person}: {reason}"
GIVEN_UP = "Given up by {person}: {reason}"
PRESS_SHOW_TOKEN = "{person}, press Show token until {deadline}. Nobody else can."  # noqa: S105  # no token
AT_TERMINAL = "{person} at the terminal {terminal}"
APPROVED_ELSEWHERE = "{person} ({how}, not clicked)"

# The opposite of a change that is open: both cards name the other one.
OPPOSITE_WAITS = "⚠️ *Opposite*: {change} {action} waits, too."
OPPOSITE_APPROVED = "⚠️ *Opposite*: {change} {action} is approved and starts soon."
OPPOSITE_UNDER_WAY = "⚠️ *Opposite*: {change} {action} is under way."
OPEN_CARD = "Open it"

# Progress.
ANSWERED = "{count} of {total} answered."
ANSWERED_BAR = "{bar} {count} of {total} answered."
STOP_ASKED = "Stop asked by {person}; what was sent stays."
STARTS_AFTER = "Starts after {change}."
STARTS_AFTER_AND_NOT_BEFORE = "Starts after {change} and not before {time}."
WAITS_FOR_EFFECT = (
    "Waits for {change}, which the API accepted and does not show yet: until {time} at the latest."
)
NEXT_TRY = "Next try {time}, until {deadline}."

# What is not known. "Do not repeat it by hand" stands wherever the bot still looks.
ACCEPTED = "The API *accepted* it ({receipt})."
ACCEPTED_AT = "The API *accepted* it {time} ({receipt})."
ACCEPTED_SOME = "The API *accepted* it for {count} of {total} users ({receipt})."
ACCEPTED_BEFORE = "The API *accepted* an earlier attempt, {time}."
NOT_SEEN_LOOK = "Not seen yet; next look {time}. *Do not repeat it by hand.*"
NOT_SEEN = "Not seen yet. *Do not repeat it by hand.*"
NOT_KNOWN_LOOK = (
    "It is not known whether it took effect; next look {time}. *Do not repeat it by hand.*"
)
NOT_KNOWN = (
    "It is not known whether it took effect; the bot looks soon. *Do not repeat it by hand.*"
)
NEEDS_A_PERSON = (
    "Reading back did not settle it: *somebody has to look*. Read back now, or look with "
    "`/continuity {command}`, then conclude it on the card."
)
OPPOSITE_MAY_START = "The opposite change is not held up by this."

# The parts of a receipt of the API, joined by commas.
RECEIPT_ID = "id {id}"
RECEIPT_WITHOUT_ID = "no id"
RECEIPT_AFFECTED = "{count} affected"
RECEIPT_TIME = "API time {time}"
