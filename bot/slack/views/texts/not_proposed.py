"""What the requester alone reads of a change that reaches nobody or changes nothing."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

NOT_PROPOSED = "*{what} for {customer}* was not proposed, and nobody else was told.\n{why}"
PROPOSE_REST = Plural("Propose the other one", "Propose the other {count}")
# In place of a card that Slack does not delete.
REMOVED = "{change} was not proposed. Who asked for it was told why."
