"""What `on`, the Home tab and the daily report say of what is on."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

HEAD = Plural("*On now: {count} customer*", "*On now: {count} customers*")
NOTHING = "*Nothing is on.*"
NOTHING_OF = "*Nothing is on for {customer}.*"
CALM = Plural(
    "{count} more customer that you may view here has nothing on.",
    "{count} more customers that you may view here have nothing on.",
)
NOT_ASKED = Plural(
    "{count} more customer has nothing on by this bot, and the API was not asked: "
    "`/continuity on NUMBER`.",
    "{count} more customers have nothing on by this bot, and the API was not asked: "
    "`/continuity on NUMBER`.",
)
SILENT = "*{customer}*: the API did not tell. {problem}"
NO_NUMBERS = "The API did not tell all numbers: {problem}"
MAY_NOT_VIEW = "You may view no customer here. Type it in an incident channel, or open the Home tab of this app."
DATABASE_ALONE = "By this bot's changes alone. The API was not asked."

CUSTOMER = "*{customer}*"
# `FAILOVER ON · all users · 1,284 on`; the last part only where the API told it.
ENTRY = "{title} · {scope}"
ENTRY_COUNTED = "{title} · {scope} · {count} on"
ALL = "all users"
GROUPS = Plural("group {names}", "{count} groups: {names}")
USERS = Plural("{names}", "{count} users: {names}")
SINCE = "since {since} by {person} · {change}"
SINCE_APPROVED = "since {since} by {person}, approved by {approvers} · {change}"
STILL_NEEDED = "Still needed: {reason} ({person}, silent until {until})"
UNTIL = "until {until}"
OFF_AT_API = "⚠️ The API shows it off: it was switched elsewhere, not by this bot."
NOT_CERTAIN = "⚠️ It may not have reached all of them: {change} is {state}."
DOUBTED = "⚠️ {changes} may have switched it off."
OFF_SINCE = "Switched off since: {parts}."
OTHERS = "{title} · {users} · ⚠️ not by this bot"
OTHERS_AT_LEAST = "{title} · at least {users} more · ⚠️ not by this bot"
OTHERS_MORE = "{title} · {users} more · ⚠️ not by this bot"

# Of many customers a table with pages.
CAPTION = "What is on"
COLUMNS = ("On", "Customer", "Since", "By", "Cannot read", "Change")
NOT_BY_THIS_BOT = "not by this bot"
MORE = Plural(
    "… and {count} more customer: `/continuity on NUMBER`",
    "… and {count} more customers: `/continuity on NUMBER`",
)
