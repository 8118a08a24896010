"""A user who is deleted: the card, the outcome and the form."""

from __future__ import annotations

# The card and the outcome.
CARD_EFFECT = "Deletes *{scope}* and their emergency mailbox. *There is no way back.*"
DECISION = "DELETE this user"
GONE = "Read back {time}: the API knows no *{user}* any more."
STILL_THERE = "Read back {time}: *{user}* is *still there*."

# The form.
TITLE = "Delete user"
EFFECT = "Deletes this user of *{customer}* and their emergency mailbox. Another person has to approve it."
DISPLAY_NAME = "Display name: {name}"
NOW = "Now: {flags}"
REPEAT = "Type their address once more"
NOT_THE_ADDRESS = "This is not the address above. Is it the right user?"
SUBMIT = "Propose deletion"
