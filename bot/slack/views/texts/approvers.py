"""A change that too few people can approve, on its card and to its requester."""

from __future__ import annotations

NOBODY_BUT_REQUESTER = (
    "⚠️ *Nobody but {requester} can approve for {customer}*, and nobody approves their own change."
)
NOBODY = "⚠️ *Nobody can approve for {customer} yet.*"
TOO_FEW = "⚠️ *{needed} more approvals are needed, and only {people} can approve for {customer}.*"
NOBODY_BUT_YOU = (
    "⚠️ *Nobody but you can approve for {customer}*, and nobody approves their own change."
)

WHO_GRANTS = (
    "Who can grant it: {admins}, on the terminal: `{program} role grant U… approver {customer}`."
)
# Of several customers: whoever decides may for each of them.
FOR_ALL = "all {customers}"
GRANT_EACH = (
    "Propose them apart, or have the role granted for each of them, on the terminal: "
    "`{program} role grant U… approver NUMBER`."
)
WHO_GRANTS_NOBODY = (
    "There is no admin yet who can grant it. On the terminal: "
    "`{program} role grant U… approver {customer}`."
)
