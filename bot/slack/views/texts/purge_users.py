"""What the form says that deletes users in bulk."""

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
