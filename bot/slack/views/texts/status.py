"""What `status` says of a customer."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.api_health import ApiFault

CUSTOMER = "*{customer}*"
NOT_KNOWN = "not known"
NOT_ALL_KNOWN = "Not all numbers are known. {problem}"
NO_NUMBERS = "{customer}: Number of users not known. {problem}"
NO_NUMBER_KNOWN = "No number is known. {problem}"

# The counts of the customer, or of one group. Each is a number or NOT_KNOWN.
COUNTS = (
    "{users} users · failover {failover} · cannot read {cannot_read} · access {access} · "
    "activated {activated}"
)
ROW = "{name}: {counts}"
# Of several groups a table; a phone cuts it at the right.
COLUMNS = ("", "Failover", "Cannot read", "Users", "Access", "Activated")
ALL = "All"

IN_FAILOVER = "{users} in failover"
LIST_ACCESS_OFF = "With access off: `/continuity users {customer} --failover on --access off`"
LIST_NOT_ACTIVATED = "Without password: `/continuity users {customer} --failover on --activated no`"

ALL_USERS = "all users"
NEVER_SWITCHED = "{flag}: not switched for {scope} by this bot"
SWITCHED = "{flag} {direction} for {scope} since {at} by {person}, {change}"
SWITCHED_UNVERIFIED = (
    "{flag} {direction} for {scope} since {at} by {person}, {change}: accepted, not verified"
)

CHART = "Users in failover"
CHART_SERIES = "In failover"
# A chart cannot show each reader their own time.
CHART_TIME = "Counted at (UTC)"
CHART_USERS = "Users"

# On top, where the last look at the API found something wrong. ``{since}`` and ``{seen}`` are times.
FAULTS: Mapping[ApiFault, str] = {
    ApiFault.PASSWORD: (
        "⚠️ The continuity API does not accept the bot's password (401) since {since}, last look "
        "{seen}. Nothing can be counted or switched. Whoever runs the bot corrects it in `{subject}` "
        "and restarts the bot."
    ),
    ApiFault.NOT_ALLOWED: (
        "⚠️ The continuity API does not allow this customer to the bot's account (403) since {since}, "
        "last look {seen}. Nothing can be counted or switched. Whoever runs the bot asks Retarus to "
        "allow it."
    ),
    ApiFault.UNKNOWN_CUSTOMER: (
        "⚠️ The continuity API does not know this customer (404) since {since}, last look {seen}. Is "
        "the number right?"
    ),
    ApiFault.NO_ANSWER: (
        "⚠️ The continuity API at {subject} does not answer since {since}, last look {seen}. Nothing "
        "can be counted or switched. Approved changes wait, and their cards say until when."
    ),
}
