"""What is said of messages that come late, and of the time without Slack."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

LATE = "*Late:* this happened {time}."

# What holds now, after the late outcomes: parts of one line for each customer.
NOW = "*Now:* {customer}"
FAILOVER_ON_FOR_ALL = Plural("failover ON for the only user", "failover ON for all {count} users")
FAILOVER_OFF_FOR_ALL = "failover OFF for all"
FAILOVER_ON_FOR_SOME = "failover ON for {on} of {users} users"
ACCESS_ON_FOR_ALL = Plural("access ON for the only user", "access ON for all {count} users")
ACCESS_OFF_FOR_ALL = "access OFF for all"
ACCESS_ON_FOR_SOME = "access ON for {on} of {users} users"
COUNTED = "counted {time}"
NOT_COUNTED = "not known, the API does not tell it: `/continuity status {number}`"
UNDER_WAY = "not finished: {changes}"

# On the first card of a channel after the silence.
NOT_RUNNING = (
    "I was not running from {start} to {end}. Commands typed meanwhile did not reach me: repeat "
    "them."
)
NOT_CONNECTED = (
    "Slack and I did not reach each other from {start} to {end}. Repeat the commands of that time "
    "that I did not answer."
)

# In place of a card that the channel must not read.
TOLD_TO_REQUESTER = "{change} is told to its requester alone from now on: {reason}."
# Files in the thread of a card.
FILE_NOT_POSTED = "{file} could not be posted here. {why}"
FILE_TOO_LATE = (
    "{file} was not posted before the change began. The rows tell by now what is there now, so "
    "there is no file of what was there before."
)
FILE_TO_REQUESTER = "A file of {change} went to its requester alone: {reason}."
FILE_OF_DIFFERENCES = "{change}: before and after, user by user."
FILE_OF_RESULTS = "{change} is {state}: what became of each user that was to be sent."

# For the log and the row of the outbox: why a message was not posted.
NOT_TOLD_THERE = "Not told there: {reason}."
NO_OTHER_PLACE = "There is no other place for it."
NOTICE_UNKNOWN = "The outbox has a notice {notice}, which this version does not know."
ROW_MISSING = "The row of change {change} is missing in the database."
