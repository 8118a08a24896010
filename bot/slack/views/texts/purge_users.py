"""Users who are deleted in bulk: the card, the outcome and the form."""

from __future__ import annotations

# The card and the outcome.
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

# The form.
TITLE = "Delete users"
EVERYBODY = "Deletes *ALL USERS of {customer}*, the whole customer, with their emergency mailboxes."
MATCHING = (
    "Deletes all users of *{customer}* that match: *{filters}*, with their emergency mailboxes."
)
APPROVAL = (
    "Two other people have to approve it; the card tells them how many users it is for. Before anybody is "
    "deleted, you get a file with the users' data."
)
REPEAT = "Type the customer number once more"
NOT_THE_NUMBER = "This is not the number of the customer above. Is it the right customer?"
SUBMIT = "Propose deletion"
NOT_UNDERSTOOD = "This form was not understood. Nothing was proposed."
FILTERS_NOT_CARRIED = "These filters do not fit into a form. Use fewer groups, with plainer names."
