"""Failover and access, switched on or off: the card, the outcome, the form. `{scope}` says for whom."""

from __future__ import annotations

from bot.domain.scope import Flag

# The card and the outcome.
EFFECT = {
    (Flag.FAILOVER, True): "Mail for {scope} goes to the emergency webmail.",
    (Flag.FAILOVER, False): "Mail for {scope} goes to the usual mail system again.",
    (Flag.ACCESS, True): "{scope} may log in to the emergency webmail.",
    (Flag.ACCESS, False): "{scope} may no longer log in to the emergency webmail.",
}
NUMBERS = "Already {direction} {already} · will change *{will_change}*"
ACCESS_OFF = "• access off {count} (cannot log in)"
NOT_ACTIVATED_FAILOVER = "• not activated {count} (cannot read it yet)"
NOT_ACTIVATED_ACCESS = "• not activated {count} (cannot log in yet)"
LOSES_MAIL = "• in failover now {count} (*they can no longer read their mail*)"
PROBLEM = "• {problem}"
DECISION_ON = "ON for {count}"
DECISION_OFF = "OFF for {count}"

# Behind `Read back 13:34: 1,284 of 1,284`.
STATE = {
    (Flag.FAILOVER, True): "in failover",
    (Flag.FAILOVER, False): "not in failover",
    (Flag.ACCESS, True): "with access",
    (Flag.ACCESS, False): "without access",
}
AFFECTED = "affected"
MAIL_FLOW = "Mail flow itself is not tested: send one mail from outside."

BACK = "Back: {action}"

# Who cannot read their mail: of an outcome, and of the status.
CANNOT_READ_NOT_KNOWN = "How many cannot read their mail is not known."
CANNOT_READ = "{count} cannot read their mail: {parts}."
CANNOT_READ_OF = "{count} of {total} cannot read their mail: {parts}."
CANNOT_READ_AT_LEAST = "At least {count} cannot read their mail: {parts}."
CANNOT_READ_AT_LEAST_OF = "At least {count} of {total} cannot read their mail: {parts}."
PART_ACCESS_OFF = "access off {count}"
PART_ACCESS_OFF_NOT_KNOWN = "access off not known"
PART_NO_PASSWORD = "no password {count}"  # noqa: S105  # a count
PART_NO_PASSWORD_NOT_KNOWN = "no password not known"  # noqa: S105  # a count

# The form.
FILE_TITLE_ON = "{flag} on by file"
FILE_TITLE_OFF = "{flag} off by file"
FILE_HINT = (
    "CSV with a column user, an export of Exchange or of a directory, or an address on each line. Up to {users} "
    "users."
)
FORM_TIME = "Back by itself"
FORM_TIME_HINT = (
    "After how long, as 2h or 3d, or when, as 06:00 in your time zone. Empty: it stays."
)
