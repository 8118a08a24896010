"""What the form says that deletes one user."""

TITLE = "Delete user"
EFFECT = "Deletes this user of *{customer}* and their emergency mailbox. Another person has to approve it."
DISPLAY_NAME = "Display name: {name}"
NOW = "Now: {flags}"
REPEAT = "Type their address once more"
NOT_THE_ADDRESS = "This is not the address above. Is it the right user?"
SUBMIT = "Propose deletion"
