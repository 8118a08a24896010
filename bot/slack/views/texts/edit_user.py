"""What the form says in which one user is edited."""

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
