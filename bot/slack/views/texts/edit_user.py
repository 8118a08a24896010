"""A user whose fields are edited: the card, the outcome and the form."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

# The card and the outcome.
EFFECT = Plural("Changes one field of *{scope}*:", "Changes {count} fields of *{scope}*:")
FIELD = "• {field}: {before} → *{after}*"
UNCHANGED = "Nobody else has changed these fields since this was proposed."
DECISION_ONE = "change {field}"
DECISION_MANY = "change {count} fields"
AS_WANTED = "Read back {time}: as wanted."
NOT_AS_WANTED = "Read back {time}: *not* as wanted."
BACK = "Back: `/continuity {command}`, with the values from before."

# The form.
TITLE = "Edit user"
USER_OF = "User of *{customer}*:"
GROUPS_HINT = "Separated by commas."
NOTHING_CHANGED = "Nothing is changed. Change a field, or press Cancel."
NOW = "At the API now:"

IN_USE = "In use at this customer"
AREA = "{area}"
AREA_PART = "{area}, {first} to {last}"
OTHER_LANGUAGE = "Other language, as in en_GB"
OTHER_TIME_ZONE = "Other time zone"
