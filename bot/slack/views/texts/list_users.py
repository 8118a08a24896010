"""What a list of users says: the table in Slack, the file behind it, and why there is none."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

HEAD = "*Users of {customer}*: {filters}"
CAPTION = "Users of {customer}"
ADDRESS, NAME, FAILOVER, ACCESS, ACTIVATED = "User", "Name", "Failover", "Access", "Activated"
YES, NO, NOT_TOLD = "yes", "no", "not told"
FIRST_NOT_COUNTED = "The first {shown} (how many match is not known yet), for {person}."
FIRST_OF = "The first {shown} of {total}, for {person}."
ALL_SHOWN = "{total} in all, for {person}."

READING = Plural(
    "Reading: {count} user. The file follows in the thread.",
    "Reading: {count} users. The file follows in the thread.",
)
READING_OF = "Reading: {count} of {total} users. The file follows in the thread."
COMPLETED = Plural(
    "The one user is in the file in the thread.",
    "All {count} are in the file in the thread.",
)

BROKE_OFF = "The list broke off, so there is no file. {error} Repeat the command."
BROKE_OFF_AFTER = Plural(
    "The list broke off after {count} user, so there is no file. {error} Repeat the command.",
    "The list broke off after {count} users, so there is no file. {error} Repeat the command.",
)
INTERRUPTED = "The bot stopped here. The list is made anew, or who asked for it is told to repeat the command."
NOT_BROUGHT = "The list could not be brought to Slack. {error}"
# The file may have arrived although the answer was lost.
NOT_BROUGHT_PERHAPS = (
    "The list could not be brought to Slack. {error} Look whether it is there before you repeat the"
    " command."
)
NO_ROOM = (
    "The list could not be kept until it was whole: the disk for temporary files is full or broken."
)
TOO_SLOW = "It did not end in time."

NO_USERS = "{customer} has no users."
NO_MATCH = "No user of {customer} matches: {filters}."
SENT_PRIVATELY = Plural(
    "{count} user of {customer}, {filters}: sent to you alone, in a direct message.",
    "{count} users of {customer}, {filters}: sent to you alone, in a direct message.",
)
FILE_TITLE = "Users of {customer}: {filters}"
