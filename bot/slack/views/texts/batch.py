"""The card and the outcome of a batch: the same for several customers, decided together."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

CAPTION = "What becomes of each customer"
COLUMNS = ("Customer", "Users", "State", "Change")
OUTCOME_COLUMNS = ("Customer", "Result", "API id and time", "Change")
CUSTOMER = "{name} ({number})"
NOT_COUNTED = "not counted"

# The state of one customer.
COUNTING = "Counting"
WILL_CHANGE = "will change {count}"
ALREADY = "already {count}"
ACCESS_OFF = "access off {count}"
NOT_ACTIVATED = "not activated {count}"
STARTS_AFTER = "starts after {change}"
OPPOSITE = "⚠️ {change} {action} is open, too"
LEFT_OUT = "left out: {why}"
OF_TOTAL = "{count} of {total}"
MARKED = "{emoji} {customer}"

# Of all: `10 applied, 1 failed, 1 cancelled`.
SUM = "*{parts}.*"
PART = "{count} {state}"
STOPPED = Plural(
    "*Stopped by {person}*: {count} customer had not begun. What was sent stays.",
    "*Stopped by {person}*: {count} customers had not begun. What was sent stays.",
)
OWN_CARD = "A person has to look at {changes}: each has a card of its own here."
DECIDE_ON_CARD = "{change} · decide on its card."

# Buttons, and what stands in their dialogs.
STOP = Plural("Stop: {count} has not begun", "Stop: {count} have not begun")
STOP_DIALOG = "Those under way end, and no further customer is sent. {question}"
AGAIN = Plural("Propose again for {count} customer", "Propose again for {count} customers")
