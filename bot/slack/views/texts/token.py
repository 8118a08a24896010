"""An activation token, which no message ever holds."""

from __future__ import annotations

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
EXPIRES = "It expires {time}."
ASK_USER = "Whether the mail arrives is not known: ask the user."
STAYS_VALID = "It cannot be taken back: it is valid until it is used or expires."
