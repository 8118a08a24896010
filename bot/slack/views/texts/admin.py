"""What admins change in the Home tab: the forms, and what others are told of it."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

# In the Home tab.
ADMINISTER = "You administer"
CUSTOMERS = "For {customers}. Each change is recorded, and told in the operations channel."

# In each form.
CUSTOMER = "Customer"
CUSTOMER_HINT = "Type a part of the name or number. You see those that you administer."
CUSTOMER_MISSING = "Choose the customer."
ALL_CUSTOMERS = "All customers"
NOW = "Now"
NONE = "There is none yet."
PREVIOUS, NEXT = "Previous", "Next"
ROWS = Plural("{count} row, page {page} of {pages}", "{count} rows, page {page} of {pages}")
REMOVE = "Remove…"
REMOVE_TITLE = "Remove it?"
REMOVE_TEXT = "It holds no more at once. It is recorded, and told in the operations channel."

# Roles.
ROLES = "Roles"
ROLES_INTRO = (
    "Who may do what. Here viewer, operator and incident are granted and revoked; the others on the "
    "terminal: `{program} role`."
)
GRANT = "Grant"
ROLE = "Role"
ROLE_OPTIONS = {
    "viewer": "viewer: status, users, history",
    "operator": "operator: also proposes changes",
    "incident": "incident: a channel for commands",
}
ROLE_MISSING = "Choose the role."
PERSON = "Person"
PLACE = "Channel"
PLACE_HINT = "For the role incident alone."
USERGROUP = "User group"
USERGROUP_HINT = "Its id, S…, from the address of its page in Slack."
WHO_MISSING = "Choose a person, a channel or a user group."
ONE_HOLDER = "Choose one: a person, a channel or a user group."
HOURS = "For how many hours"
HOURS_HINT = "Empty: until somebody revokes it."
ROLE_ROW = "{holder} is {role} for {customer}{until}, by {granter}"
UNTIL = " until {time}"
ON_TERMINAL = "{row} · on the terminal"
OWN = "{row} · your own"
REVOKE = "Revoke…"
REVOKE_TITLE = "Revoke it?"
GRANTED = "{who} granted {holder} the role {role} for {customer} in the Home tab."
REVOKED = "{who} revoked the role {role} of {holder} for {customer} in the Home tab."

# Policy.
POLICY = "Approvals"
POLICY_INTRO = (
    "How many others have to approve a change. Changes that wait keep what was asked of them, and a row "
    "that you set never lowers the approvals of your own changes."
)
SET = "Set"
TOPIC = "What"
ANY_TOPIC = "every change"
SCOPE = "For whom"
ANY_SCOPE = "any scope"
APPROVALS = "Approvals by others"
APPROVALS_HINT = (
    "0: whoever asks confirms it alone. Deletions, imports and tokens always need 1, purges 2."
)
POLICY_MISSING = "Choose one."
POLICY_ROW = "{customer} · {topic}, {scope}: *{approvals}*, set by {who}"
POLICY_SET = "{who} set the approvals for {topic}, {scope}, of {customer} to {approvals} in the Home tab. {before}"
POLICY_BEFORE = "Before: {approvals}."
POLICY_NEW = "Before: no row, so that another row or the default held."
POLICY_REMOVED = "{who} removed the approvals for {topic}, {scope}, of {customer} in the Home tab. They were {approvals}."

# Rules of customers.
RULES = "Customer rules"
RULES_INTRO = "When access goes off after a restore, and whether break-glass is allowed."
ACCESS_AFTER = "Access off after a restore"
ACCESS_AFTER_HINT = "48h, 3d, or never."
EMERGENCY = "Break-glass"
EMERGENCY_OPTIONS = {"allowed": "Allowed", "forbidden": "Forbidden"}
RULE_ROW = "{customer}: {rule}, set by {who}"
RULE_SET = "{who} set in the Home tab for {customer}: {rule}."
RULE_REMOVED = "{who} removed the rule of {customer} in the Home tab."

# Notification rules.
NOTIFY = "Who is told"
NOTIFY_INTRO = "Who is told of a change that waits for an approval, and after how long."
STEPS = "Who, after how long"
STEPS_HINT = "approvers, admins or pager, each after some minutes, with commas between."
REMINDERS = "Reminders"
REMINDERS_HINT = "Minutes after the proposal with commas between, or none."
QUIET = "Quiet hours"
QUIET_HINT = "22:00-06:00 Europe/Berlin: then the pager alone is told. Empty: none."
NOTIFY_ROW = "{customer}: {rule}, set by {who}"
NOTIFY_SET = "{who} set in the Home tab who is told for {customer}: {rule}."
NOTIFY_REMOVED = "{who} removed who is told for {customer} in the Home tab. Now: {rule}."

# Sets of customers.
SETS = "Sets"
SETS_INTRO = "Customers that one command is for: `/continuity failover on @emea`."
SET_NAME = "Name"
SET_NAME_HINT = "Letters, digits and dashes. A set of the same name is replaced."
SET_CUSTOMERS = "Customers"
SET_CUSTOMERS_HINT = "Their numbers, with commas or spaces between. You have to administer each."
SET_ROW = "*{name}*: {customers}, set by {who}"
SET_MADE = "{who} made the set {name} in the Home tab: {customers}."
SET_DELETED = "{who} deleted the set {name} in the Home tab: {customers}."

# Texts for users.
USER_TEXTS = "Texts for users"
USER_TEXTS_INTRO = (
    "What tells users where to read their mail, a text for each language: `/continuity notice` makes files of "
    "them. The bot sends none."
)
LANGUAGE = "Language"
LANGUAGE_HINT = "As de, en or pt-BR."
TEXT = "Text"
TEXT_HINT = (
    "It may hold {customer_name}, {portal_url}, {since}, {until} and {contact}. A line with one that has no "
    "value is left out."
)
USER_TEXT_ROW = "{customer} · {language}: {characters} characters, set by {who}"
USER_TEXT_SET = "{who} set the text for users of {customer} in {language} in the Home tab."
USER_TEXT_REMOVED = "{who} removed the text for users of {customer} in {language} in the Home tab."
WEBMAIL = "Webmail and contact"
WEBMAIL_INTRO = "What the texts for users tell: where the webmail is, and whom users ask."
URL = "Address of the webmail"
URL_HINT = "It begins with https://. Empty: none is set."
CONTACT = "Whom users ask"
CONTACT_HINT = "One line, as the help desk and its telephone number. Empty: none is set."
NOT_SET = "not set"
WEBMAIL_ROW = "{customer}: webmail {url}, contact {contact}, set by {who}"
WEBMAIL_SET = "{who} set in the Home tab for {customer}: webmail {url}, contact {contact}."
WEBMAIL_REMOVED = "{who} removed webmail and contact of {customer} in the Home tab."

# To who did it; "{what}" is what others were told.
DONE = "Done. {told}"
IN_CHANNEL = "It was told in {channel}."
TO_ADMINS = Plural("{count} other admin was told.", "{count} other admins were told.")
NOT_TAKEN = "Slack did not take the message to {where}, so tell them yourself."
NOBODY = "There is no operations channel (`OPS_CHANNEL`)."
