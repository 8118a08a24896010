"""Break-glass: the card, the form, what people are told at once, and the review."""

from __future__ import annotations

# In front of notifications.
EMERGENCY, REVIEW_OWED = "EMERGENCY", "REVIEW OWED"
OBJECTION, ACCEPTED_AT_TERMINAL = "OBJECTION", "ACCEPTED AT A TERMINAL"

# --- On the card, in direct messages and outcomes --------------------------------------------

DECIDED = "🚨 *Emergency*: {person} decided it alone {time}, without an approval."
DECIDED_WHY = "Why: {reason}"
OUTCOME = "🚨 *Emergency*: {person} decided it alone, without an approval. The card has the review."
OWED = "*Review owed* by somebody who could have approved it, but not by {people}."
ACCEPTED = "✅ *Reviewed*: {person} accepted it {time}."
ACCEPTED_WHY = "✅ *Reviewed*: {person} accepted it {time}. {reason}"
OBJECTED = "⚠️ *Reviewed*: {person} objects {time}: {reason}"
AT_TERMINAL = "{person} (said at the terminal {terminal})"
ACCEPT = "Accept"
OBJECT = "Object…"
EMERGENCY_BUTTON = "Emergency…"
ACCEPT_DIALOG = "Accept the emergency: {question}"
YOU_MAY_REVIEW = "You may review this, here or in {channel}."

# --- Notices ---------------------------------------------------------------------------------

TOLD = "🚨 *Decided alone, in an emergency*, by {person} {time}. Nobody has to approve it any more."
SAID_FOR_YOU = "It was said in your name at the terminal {terminal}. If that was not you, tell your admins now."
WHY = "*Why*: {reason}"
REVIEW_IT = "Please review it: press Accept or Object on the card. {link}"
STILL_OWED = "⏰ *Still to be reviewed*: {person} decided it alone {time}, in an emergency."
OPEN_CARD = "Open the card"
BACK = "What it switched can be taken back. Approvals are asked for as always."
FOOTER = "{change} · {channel}"

# --- The forms -------------------------------------------------------------------------------

TITLE = "Emergency"
# In front of the command that the form carries.
COMMAND = "Command: "
EFFECT = (
    "🚨 *You decide this alone, now.* Nobody else confirms it. Everybody who could approve it is told "
    "at once, and one of them reviews it afterwards."
)
REPEAT = "Type the customer number once more"
NOT_THE_NUMBER = "This is not the number of the customer above. Is it the right customer?"
SUBMIT = "Do it now"
NOT_UNDERSTOOD = "This form was not understood. Nothing was proposed."
TOO_LONG = "This does not fit into the form. Propose it without --emergency, then press Emergency… on its card."
REVIEWED = "{change}: your review is recorded."

# --- /continuity pending and the Home tab ------------------------------------------------------

PENDING = (
    "🚨 {change} · {action} · {customer} · review owed since {time} · decided alone by {person}"
)
