"""Changes that the bot takes back by itself: after a time, or at a time."""

from __future__ import annotations

# On a card that waits. `{back}` is `failover off`, `{time}` is shown in each reader's time zone.
LASTS = "⏱ *{by}*: {back} after {lasts}, if sent now {time}. Your decision covers {both}."
UNTIL = "⏱ *{by}*: {back} {time}, after {lasts}. Your decision covers {both}."
# On a card of what is approved.
APPROVED_LASTS = "⏱ *{by}*: {back} {lasts} after it is sent."
APPROVED_UNTIL = "⏱ *{by}*: {back} {time}."
# Of a timed change, and of a restore, whose access goes off later.
BACK_BY_ITSELF, BOTH_WAYS = "Back by itself", "both ways"
ACCESS_OFF_BY_ITSELF = "Access off by itself"
LATER_BY_ITSELF, BOTH = "By itself", "both"
# Users who were as wanted before.
THEN_RESTORE = (
    "• the way back is a restore: failover off, later access off as the customer's rule says"
)
ALSO_BEFORE = "• back is for all {total}, also for the {already} who are {direction} now"

DIALOG = "{by} {when}; this covers {both}."
DIALOG_LASTS = "after {lasts}"
DIALOG_UNTIL = "at {time}"
LABEL = "{label}, {brief}"
ACCESS_LATER = "access off {lasts} later"

# While it is on.
LEFT = "⏱ *{by}*: {back} {time} · {left} left at {clock}"
ENDING = "⏱ *{by}*: {back} {time}"
NO_WAY_BACK = "⏱ Nothing is taken back by itself: what is set is not known."

# Notices: what a phone shows, and what stands in the message.
SOON_TEXT = "{back} IN {left}"
NOT_MADE_TEXT = "NOT DONE: {back}"
SOON = "⏱ *{by} soon*: {back} for {scope} {time}."
ENDED_MEANWHILE = "It is not taken back by itself any more."
TYPE_IT = "To do it all the same, type `/continuity {command}`"
NOTICE_FOOTER = "{change}"
WAY_BACK_OF = "🔙 Way back of {change}, made by the bot as it was decided with it."
FOOTER_WAY_BACK = "{change} · by the bot {time} · {timed} was asked by {requester}"

EXTEND = "Extend…"
KEEP = "Keep"
KEEP_ACCESS = "Keep access"
ACCESS_OFF_NOW = "Access off now"

# Another end, or none.
EXTEND_MEANING = "{what} for {scope} stays until {time}; then the bot takes it back."
KEEP_MEANING = "{what} for {scope} stays until somebody takes it back. *The bot does not.*"
END_BEFORE = "Until now {change} ends {time}."
LONGER = "That is *{lasts}* longer."
EXTEND_LABEL = "{direction} until {time} for {count}"
KEEP_LABEL = "{direction} for good for {count}"
MOVED_WAY_BACK = "To take it back at once, press Back below the outcome of {change}."
FORM_TITLE = "Extend {change}"
FORM_ABOUT = "{question} It ends at {time}."
FORM_BY = "By how long, or until when"
FORM_BY_HINT = "As 2h, 30m or 1d longer, or 08:00 in your time zone."
BACK_NOW = "Back now: {back}"
