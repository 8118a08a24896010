"""`/continuity pending`, and links to cards."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

NOTHING_WAITS_HERE = "Nothing waits here."
NOTHING_WAITS = "Nothing waits for any customer that you may see."
NOTHING_TO_SEE = (
    "There is nothing for you to see: you may not view any customer. `/continuity whoami` names who can "
    "grant it."
)
LAPSES = "{change} {action} {customer} · until {time} · {person}, {age}"
UNDER_WAY = "{change} {action} {customer} · {state} · {person}, {age}"
MINUTES = Plural("{count} min", "{count} min")
HOURS = Plural("{count} h", "{count} h")
DAYS = Plural("{count} day", "{count} days")
ELSEWHERE = Plural(
    "{count} change waits for another customer. To see it, type `/continuity pending` in a direct message "
    "to yourself.",
    "{count} changes wait for other customers. To see them, type `/continuity pending` in a direct "
    "message to yourself.",
)
OPEN_CARD = "Open the card"
OPEN_IT = "Open it"
PROPOSED_ALREADY = "This is proposed already: {change}."
MOVED = "The card of {change} is another one."
