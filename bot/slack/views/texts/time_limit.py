"""Changes that the bot takes back by itself: after a time, or at a time."""

from __future__ import annotations

# On a card that waits. `{back}` is `failover off`, `{time}` is shown in each reader's time zone.
LASTS = "⏱ *Back by itself*: {back} after {lasts}, if sent now {time}. Yes covers both ways."
UNTIL = "⏱ *Back by itself*: {back} {time}, after {lasts}. Yes covers both ways."
# On a card of what is approved.
APPROVED_LASTS = "⏱ *Back by itself*: {back} {lasts} after it is sent."
APPROVED_UNTIL = "⏱ *Back by itself*: {back} {time}."
# Users who were as wanted before.
ALSO_BEFORE = "• back is for all {total}, also for the {already} who are {direction} now"

DIALOG = "Back by itself {when}; this covers both ways."
DIALOG_LASTS = "after {lasts}"
DIALOG_UNTIL = "at {time}"
LABEL = "{label}, {brief}"

# While it is on.
LEFT = "⏱ *Back by itself*: {back} {time} · {left} left at {clock}"
ENDING = "⏱ *Back by itself*: {back} {time}"
NO_WAY_BACK = "⏱ Nothing is taken back by itself: what is set is not known."
