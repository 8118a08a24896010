"""What the window says that shows a token, once."""

TITLE = "Token"
WAITING = "The token is being made. Leave this window open: it is shown here, once."
WHOSE = "Token for {user} of {customer}. {warning}"
PAGE = "*The page where the user sets their password*"
TOKEN = "*The token*"  # noqa: S105
EXPIRES = "It expires {time}."
ONCE = "It is shown this once: this window cannot be opened again. Close it when the user has what they need."

WINDOW_CLOSED = "The window was closed."
WINDOW_REFUSED = "Slack did not take it."
WINDOW_NOT_CONFIRMED = "Slack did not confirm that it was shown."

SHOW = "Show token"
