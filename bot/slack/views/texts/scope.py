"""For whom a change is: on cards and outcomes (with stars), and in the dialogs of buttons (plain)."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

ALL_NOT_COUNTED = "*ALL users* (number not known)"
ALL = "*ALL users*"
ALL_COUNTED = Plural("*the only user*", "*ALL {count} users*")
NAMED = Plural("*{count} named user*", "*{count} named users*")
GROUPS = Plural("{count} group", "{count} groups")
USERS_IN = Plural("*{count} user* in {groups}", "*{count} users* in {groups}")
NOT_COUNTED_IN = "*the users* in {groups}"
USERS_THAT_MATCH = Plural(
    "*{count} user* that matches {filters}", "*{count} users* that match {filters}"
)
NOT_COUNTED_THAT_MATCH = "*the users* that match {filters}"
USERS_OF_FILE = Plural("*{count} user* of a file", "*{count} users* of a file")

# In a dialog: plain text.
QUESTION = "{action} for {customer}, {users}."
QUESTION_NOT_COUNTED = "{action} for {customer}: number not known, this is the whole customer."
PLAIN_ALL = Plural("its only user", "ALL {count} users")
PLAIN_NAMED = Plural("{count} named user", "{count} named users")
PLAIN_SOME_NAMED = "{count} of {total} named users"
PLAIN_IN = Plural("{count} user in {groups}", "{count} users in {groups}")
PLAIN_NOT_COUNTED_IN = "number not known, all users in {groups}"
PLAIN_THAT_MATCH = Plural(
    "{count} user that matches {filters}", "{count} users that match {filters}"
)
PLAIN_NOT_COUNTED_THAT_MATCH = "number not known, all users that match {filters}"
PLAIN_OF_FILE = Plural("{count} user of a file", "{count} users of a file")

# On the button itself, behind `ON for`.
BUTTON_THESE_GROUPS = "these groups"
BUTTON_ALL = "ALL"
