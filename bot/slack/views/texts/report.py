"""The daily report of what is on, and what is asked of who says that it is still needed."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

# The notification: a phone shows its first 100 characters.
TEXT = Plural(
    "On for more than a day: {what} · {customer}",
    "{count} on for more than a day. First: {what} · {customer}",
)
HEAD = Plural("On for more than a day: {count}", "On for more than a day: {count}")
BACK = "Back…"
STILL_NEEDED = "Still needed"
MORE = Plural("… and {count} more: `/continuity on`", "… and {count} more: `/continuity on`")
FOOT = (
    "By this bot's changes; how many cannot read now: `/continuity on NUMBER`. *Back…* proposes the "
    "opposite, in the channel of the change. *Still needed* asks why, and this report is silent about "
    "it for a day."
)

MODAL_TITLE = "Still needed"
SAY = "Say it"
EFFECT = "{what} It stays on, and the daily report is silent about it for a day."
WHY = "Why is it still needed?"
TOO_SHORT = "Say why, in {count} characters or more."
SAID = "Noted: {change} is still needed. The daily report is silent about it until {until}."
