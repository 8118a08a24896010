"""`/continuity help`, and what is told of a command that cannot be read."""

from __future__ import annotations

# The overview: a line each, short enough for a phone, in this order.
OVERVIEW = {
    "failover": "Switch mail: `/continuity failover on NUMBER`",
    "access": "Let log in: `/continuity access on NUMBER`",
    "status": "State: `/continuity status NUMBER`",
    "pending": "Waiting: `/continuity pending`",
    "audit": "History: `/continuity audit NUMBER`",
    "whoami": "Your rights: `/continuity whoami`",
}
MORE = "More: `/continuity help more`"
ONE_COMMAND = "More on one of them: `/continuity help failover`"
COMMAND = "*{title}*: {meaning}"
CODE = "`/continuity {command}`"
USAGE = "Usage: {usage}"
OPTION = "`{option}`: {meaning}"
MAY_NOT = "You may not use {title}: it needs the right to {right}."

TRY = "Try: `/continuity {command}`"
EXAMPLE = "Example: `/continuity {command}`"
NAMED = "{name} is {customer}."
