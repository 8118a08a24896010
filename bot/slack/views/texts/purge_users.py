"""Users who are deleted in bulk."""

from __future__ import annotations

EFFECT = "Deletes {scope} and their emergency mailboxes. *There is no way back.*"
EFFECT_WHOLE = (
    ":rotating_light: *THE WHOLE CUSTOMER.* Deletes {scope} and their emergency mailboxes. "
    "*There is no way back.*"
)
WILL_DELETE = "Will delete *{count}*"
OF_CUSTOMER = "Users of this customer {count}"
IN_FAILOVER = "In failover now {count}"
ALL_OF_THEM = ":rotating_light: *These are ALL users of the customer.*"
WHO = "Who they are: `{command}`"
EXPORT_FIRST = "First their data go to the requester as a file; without that nobody is deleted."
DECISION = "DELETE {count}"
DECISION_ALL = "DELETE ALL {count}"
STATE = "users are gone"
STATE_THAT_MATCH = "users with {filters} are gone"
AFFECTED = "affected"
REMINDER = "{person} has the file with their data: it is nowhere else."
