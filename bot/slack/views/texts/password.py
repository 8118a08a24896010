"""What the form says in which a password is set, and what the channel reads afterwards."""

TITLE = "Set a password"
WARNING = (
    "*Slack cannot hide what you type here*: whoever sees your screen can read it. Safer: give the user the "
    "page of their token. There they set a password that nobody else knows."
)
USER = "User"
TOKEN = "Token, as it was shown or sent"  # noqa: S105
NEW_PASSWORD = "New password: 8 or more of a-z A-Z 0-9 @ $ ! % * ? &"  # noqa: S105
AGAIN = "The new password again"
SUBMIT = "Set password"
NOT_THE_SAME = "This is not the same as above. Type both again."

DONE = "The password of {address} was set."
ANNOUNCED = "{done} By {person} · API id {api_id} at {api_time} · audit {entry}"
NOT_ANNOUNCED = "{done} Slack did not take the message to the channel: tell the channel yourself."
