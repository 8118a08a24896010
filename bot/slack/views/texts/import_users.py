"""Users who are updated from a file: the card, the outcome and the form."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

# The card and the outcome.
EFFECT = "Overwrites the fields of {scope}: “{file}”."
NUMBERS = "Will change *{will_change}* · as wanted already {already}, not sent"
NEW = Plural(
    "• *{count}* is not known to the API: it may create this user (assumed)",
    "• *{count}* are not known to the API: it may create these users (assumed)",
)
LEFT_OUT = Plural(
    "• left out, since wrong: {count} row of the file",
    "• left out, since wrong: {count} rows of the file",
)
FILE_IN_THREAD = "Before and after, user by user: the file in this thread."
PROBLEM = "• {problem}"
DECISION = "import {count}"
DECISION_SOME = "import {count} of {total}"
STATE = "as in the file"
UPDATED = "updated"
BACK = "No way back by a button: what was there before is in the file in the card's thread."
IMPORT_AGAIN = "Import the file again: only what differs is sent."

# The form.
TITLE = "Import users"
COMPARE = "Compare"
FILE_HINT = (
    "CSV with a header row, or JSON: user, and any of {fields}. Up to {rows} users. An export of Exchange or "
    "of a directory can stay as it is."
)

CHANGED_USER = "• {address}: {values}"
NEW_USER = "• {address} (new): {values}"
DIFFERENCE = "{field} {before} → *{after}*"
EMPTY = "(none)"
