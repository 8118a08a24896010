"""What helps somebody who was refused, and the question that they ask others in the channel."""

from __future__ import annotations

ASK_THEM = "Ask them"

DECIDE = "{asker} asks {people} to decide {change}, {action}, for {customer}."
LOOK_AT = "{asker} asks {people} to look at {change}, {action}, for {customer}."
RUN = "{asker} asks {people} to run `/continuity {command}` for {customer}. They may not do it themselves."
HELP = "{asker} asks {people} for help with {customer}: they lack the right to {right}."
GRANT = "{asker} asks {people} for the right to {right} for {customer}. Nobody has it now."
GRANT_FOR = (
    "{asker} asks {people} for the right to {right} for {customer}: {change}, {action}, needs it, and "
    "nobody has it now."
)
OPEN_CARD = "Open the card"
NOT_POSTED = "Slack did not take the message: {why} Tell them yourself: {people}."
