"""An activation token, which no message ever holds: the card, the outcome and the window."""

from __future__ import annotations

# The card and the outcome.
MAILBOX_WARNING = "Whoever holds it can set the password of this mailbox."
EFFECT_MAIL = "{scope} is sent a mail with a token that sets the password of the mailbox."
EFFECT_SHOWN = (
    "A token for {scope}, shown once to {requester} alone. "
    "Whoever holds it can set the password of this mailbox."
)
DISPLAY_NAME = "Display name: {name}"
FAILOVER = "failover {state}"
ACCESS = "access {state}"
ACTIVATED = "activated yes"
NOT_ACTIVATED = "activated no"
ACTIVATION_NOT_TOLD = "activated not told"
PROBLEM = "• {problem}"
MAIL_MAY_NOT_REACH = "• in failover: *the mail may not reach them*, their mail goes to the webmail"
MAIL_NOT_READABLE = "• not activated: *they may not be able to read it*, they have no password yet"
DECISION_SHOWN = "token for {user}"
DECISION_MAIL = "mail to {user}"
MADE_SHOWN = "A token for {user} was made and shown to {requester}, once."
MADE_MAIL = "A token was sent to {user} by mail."
ASK_USER = "Whether the mail arrives is not known: ask the user."
STAYS_VALID = "It cannot be taken back: it is valid until it is used or expires."

# The window that shows it, once.
TITLE = "Token"
WAITING = "The token is being made. Leave this window open: it is shown here, once."
WHOSE = "Token for {user} of {customer}. {warning}"
PAGE = "*The page where the user sets their password*"
TOKEN = "*The token*"  # noqa: S105
EXPIRES = "It expires {time}."
ONCE = "It is shown this once: this window cannot be opened again. Close it when the user has what they need."

INTERRUPTED = (
    "The bot stopped in the middle of this, so no token is shown here. The outcome in the channel says whether "
    "one may have been made."
)
WINDOW_CLOSED = "The window was closed."
WINDOW_REFUSED = "Slack did not take it."
WINDOW_NOT_CONFIRMED = "Slack did not confirm that it was shown."

SHOW = "Show token"
