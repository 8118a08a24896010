"""`/continuity whoami` and the commands on roles, and what a person is told who was granted one."""

from __future__ import annotations

from bot.domain.roles import Right

RIGHTS = {
    Right.VIEW: "view",
    Right.PROPOSE: "propose",
    Right.APPROVE: "approve",
    Right.ADMINISTER: "administer",
    Right.COMMAND: "decide alone in an emergency",
}
AND = "{rest} and {last}"
OR = "{rest} or {last}"

ALL_CUSTOMERS = "all customers"

# whoami
MAY_ALL = "Here you may {rights} for {customers}."
MAY_SOME = "Here you may {rights} for {customers}. You may not {missing}."
MAY_ELSEWHERE = (
    "Here you may do nothing for {customers}: this is not an incident channel for it. In {channels} you "
    "may {rights}."
)
MAY_NOWHERE_YET = (
    "Here you may do nothing for {customers}: this is not an incident channel for it, and there is none "
    "yet. There you could {rights}."
)
MAY_NOTHING = "You may do nothing for {customers}."
NO_ROLE = "You may do nothing here: you have no role for any customer."
MANY = "Not more than {count} customers are shown."
WHY = "*Why, for {customer}:*"
WHY_OF_ONE = (
    "Why, and who can grant what is missing: `/continuity whoami` and the number of a customer."
)
YES = "{rights}: yes, by {rows}"
NO = "{rights}: no. {reason}"

# role list, grant and revoke; customer name
ROW = "{holder} · {role} · {customer} · by {granter}"
ROW_UNTIL = "{holder} · {role} · {customer} · until {time} · by {granter}"
NO_ROWS = "No role rows of customers that you administer in this channel."
IS_NOW = "{holder} is {role} for {customer} now."
IS_NO_LONGER = "{holder} is no longer {role} for {customer}."
NAMED = "{customer} is {name} now."

# To the person themselves, and to who granted it.
GRANTED = "{granter} gave you the role {role} for {customer}."
GRANTED_UNTIL = "{granter} gave you the role {role} for {customer} until {time}."
TRY_IN = "Try `/continuity {command}` in {channels}."
TRY = "Try `/continuity {command}`."
REVOKED = "{granter} took the role {role} for {customer} from you."
TOLD = "They were told in a direct message."
NOT_TOLD = "Slack did not take the message to them, so tell them yourself: {why}"
BARRED = "They were not told, since they may not use me: “{why}”."
