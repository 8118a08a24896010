"""What people are told directly of a change: on its card, in direct messages and reminders."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

# --- On the card ------------------------------------------------------------------------------

ASKED = "*Please decide*: {people}"
ASKED_AND_OTHERS = Plural(
    "*Please decide*: {people}, and {count} other in a direct message",
    "*Please decide*: {people}, and {count} others in direct messages",
)
LOOKING = "👀 *Looking*: {people}"
LOOKING_SINCE = "{person} {time}"

# --- The card in a direct message -------------------------------------------------------------

# What stands in front of the notification.
DECIDE = "DECIDE"
YOU_MAY_DECIDE = "You may decide this, here or in {channel}."
YOU_ARE_LOOKING = "👀 You are looking since {time}: you get no reminder. {channel} sees it."
YOU_APPROVED = "✅ You approved it. It needs more approvals by others."
LOOKING_BUTTON = "I am looking"
NOTED_BEFORE = "It was noted already that you are looking at {change}."
OPEN_CARD = "Open the card"
PLACE = "{channel} {link}"
FOOTER = "{change} · {channel} {link}"
# In place of all else, to somebody who lost their roles since.
NOT_YOURS = "{change} is not shown here any more: you may not view its customer now."
NOT_DECIDED_HERE = (
    "*Not decided here*: that is done in {channel} alone, which did not take its card."
)

# How it went on, once the buttons are gone.
APPROVED_BY = "Approved by {people}. What comes of it is told in {channel}."
WAS_APPROVED_BY = "Approved by {people}."
CONFIRMED_BY_REQUESTER = "It needs no approval by others any more: {person} confirms it."
RESULT_IN = "The result is in {channel}."

# --- Reminders ----------------------------------------------------------------------------------

REMINDER = "REMINDER"
STILL_WAITS = "⏰ *Still waits for a decision*, until {deadline}."
ASKED_AGAIN = "🔁 *A new decision is needed*, until {deadline}: {why}"
ASKED_BY = "Asked by {requester} {time}."
PRESS = "Decide, or press “I am looking” and no reminder follows: {link}"
OPEN_MESSAGE = "open the message"

# --- The requester, of the end ------------------------------------------------------------------

YOURS_ENDED = "{change} that you asked for · {channel} {link}"
OPEN_OUTCOME = "Open it"
