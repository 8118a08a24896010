"""What the Home tab says."""

from __future__ import annotations

from collections.abc import Mapping

from bot.domain.change_state import State
from bot.domain.roles import Right
from bot.slack.views.texts.plural import Plural

ON = "What is on"
WAITING = "Waiting for you"
NOTHING_WAITS = "Nothing waits for you."
APPROVE = "{change} · {action} · {customer} · asked by {person} · until {time}"
CONFIRM = "{change} · {action} · {customer} · yours to confirm · until {time}"
LOOK = "{change} · {action} · {customer} · *somebody has to look*, and conclude it on its card"
WAITS: Mapping[State, str] = {
    State.AWAITING_CONFIRMATION: CONFIRM,
    State.NEEDS_OPERATOR: LOOK,
}
MORE_WAITING = Plural("… and {count} more: `/continuity pending`", "… and {count} more: `/continuity pending`")  # fmt: skip
OWN = "Your last changes"
NO_OWN = "You have not asked for a change yet."
OWN_CHANGE = "{change} · {state} · {action} · {customer} · {time}"
RIGHTS = "Your rights"
RIGHT: Mapping[Right, str] = {
    Right.VIEW: "You may view",
    Right.PROPOSE: "You may propose changes for",
    Right.APPROVE: "You may approve changes of others for",
    Right.ADMINISTER: "You may administer",
    Right.COMMAND: "You may decide alone in an emergency for",
}
ONE_RIGHT = "{may}: {customers}"
ALL = "all customers"
WHERE = "They count in the incident channels of these customers: `/continuity whoami` says why."
NO_RIGHTS = "You have no role here. `/continuity whoami` says who can grant one."
REFRESH = "Refresh"
DRAWN_AT = "As of {time}. It is drawn when you open this tab."
NOT_DRAWN = "This could not be read. {problem} Open the tab once more, or press Refresh."
