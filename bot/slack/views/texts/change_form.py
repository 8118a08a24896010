"""The form in which a change is proposed, and what it says before it is sent."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

TITLE = "Continuity change"
OPEN = "Continuity change"

WHAT = "What"
WHAT_OPTIONS = {
    "activate": "Activate: access on, then failover on",
    "restore": "Restore: failover off, and access off later",
    "failover:on": "Failover on: mail goes to the emergency webmail",
    "failover:off": "Failover off: mail goes to the usual system",
    "access:on": "Access on: users may log in to the webmail",
    "access:off": "Access off: users may no longer log in",
}
WHAT_MISSING = "Choose what to change."
CUSTOMER = "Customer"
CUSTOMER_HINT = "Type a part of the name or number. You see the customers that you may view."
CUSTOMER_MISSING = "Choose the customer."
WHOM = "For whom"
WHOM_OPTIONS = {
    "everyone": "Everyone of this customer",
    "groups": "Groups",
    "users": "Named users",
}
NAMES = "Which groups or users"
NAMES_HINT = "For groups or named users alone. Put a comma or a new line between them."
NAMES_MISSING = "Write which groups or users."
NAMES_NOT_USED = "You chose everyone, and named some. Choose groups or named users, or empty this."
TOO_MANY = "{most} users can be named here, and these are {count:,}. For more: `/continuity failover on NUMBER --file`."
TIME = "For how long"
TIME_HINT = "Afterwards the bot takes it back by itself. Of a restore the customer's rule says when access goes off."
RESTORE_HAS_A_RULE = (
    "Of a restore the customer's rule says when access goes off: choose “For good” here. By the command: "
    "`/continuity restore NUMBER --access-after 8h`."
)
TIME_OPTIONS = {
    "good": "For good",
    "1h": "1 hour",
    "2h": "2 hours",
    "4h": "4 hours",
    "8h": "8 hours",
    "until": "Until the time below",
}
UNTIL = "Until (in your time zone)"
UNTIL_HINT = "The next time that clocks show this."
UNTIL_MISSING = "Choose the time, or for how long."
UNTIL_NOT_USED = "Choose “Until the time below” above, or remove this time."
THE_REASON = "The reason"
REASON_HOLDS_ADDRESS = "The reason holds an address. Name users above, and write it without @."
CHANNEL = "Incident channel"
CHANNEL_HINT = "Its card is posted there, and it is approved there."
CHANNEL_MISSING = "Choose the channel."
NOT_AN_INCIDENT_CHANNEL = "This is no incident channel for {customer}. Choose another one."
COUNT = "Count"
COUNT_FIRST = "Press Count to see how many users it would change and who decides. Nothing is sent."
NOT_COUNTED = "Not counted: {problem}"
NOTHING_TO_DO = "*Nothing would change.* {why}"
CONFIRM_YOURSELF = "You confirm it yourself on its card."
APPROVALS = Plural(
    "It needs {count} approval by somebody else.", "It needs {count} approvals by others."
)
WHO = "Who can approve: {people}."
NOBODY = "⚠️ Nobody else can approve for this customer yet: `/continuity whoami` says who grants it."
COUNTED_AT = "Counted {time}. Nothing was sent."
CARD_IN = "Proposed: the card is in {channel}."
NO_RIGHT = "You may not propose changes: it needs the role operator. `/continuity whoami` says who grants it."
TOO_LATE = (
    "Slack did not open the form in time. Type `/continuity` again, or write the change as a command: "
    "`/continuity help`."
)
