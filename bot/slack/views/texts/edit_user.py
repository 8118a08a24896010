"""What the form says in which one user is edited."""

TITLE = "Edit user"
USER_OF = "User of *{customer}*:"
GROUPS_HINT = "Separated by commas."
NOTHING_CHANGED = "Nothing is changed. Change a field, or press Cancel."
NOW = "At the API now:"
