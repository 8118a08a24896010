"""What `audit`, the timeline of a change and the files say of an audit entry: a sentence each.

``{who}`` is who acted, ``{what}`` what the change is: one of the texts below "What a change is".
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.slack.views.texts.plural import Plural

BOT = "The bot"
AT_TERMINAL = "{terminal}, for {person},"
ALL_CUSTOMERS = "all customers"
CUSTOMER = "customer {number}"
CUSTOMER_NAMED = "{name} ({number})"

# --- What a change is -------------------------------------------------------------------------

FLAG_ALL = "{title}, all users"
FLAG_ALL_COUNTED = "{title}, all {users}"
FLAG_GROUP = "{title}, group {groups}"
FLAG_GROUP_COUNTED = "{title}, group {groups} ({users})"
FLAG_GROUPS = "{title}, groups {groups}"
FLAG_GROUPS_COUNTED = "{title}, groups {groups} ({users})"
FLAG_USERS = "{title}, {addresses}"
FLAG_USERS_COUNTED = "{title}, {users} ({addresses} and more)"
EDIT = "edit user {addresses}"
EDIT_FIELDS = "edit user {addresses}: {fields}"
DELETE = "delete user {addresses}"
MAKE_TOKEN = "token for {addresses}"  # noqa: S105
MAIL_A_TOKEN = "token by mail to {addresses}"  # noqa: S105
IMPORT = "import {file} ({users})"
PURGE = "delete in bulk: {filters}"
PURGE_COUNTED = "delete in bulk: {filters} ({users})"
# Where the trail does not hold the proposal, or it cannot be read.
CHANGE = "{change}"
COMMAND = "{command}"
NO_CHANGE = "a change"

NAMED_USERS = Plural("{count} named user", "{count} named users")

# --- The sentence of each kind of entry -------------------------------------------------------

# Each takes {who} and {what}; the reason follows as a sentence of its own.
OF_A_CHANGE: Mapping[str, str] = MappingProxyType(
    {
        "change.proposed": "{who} asked: {what}.",
        "change.confirmed": "{who} confirmed: {what}.",
        "change.approved": "{who} approved: {what}.",
        "change.looked_at": "{who} is looking: {what}.",
        "change.step_done": "A step is done: {what}.",
        "change.emergency": "{who} decided in an emergency, without an approval: {what}.",
        "change.reviewed": "{who} accepted what was decided alone: {what}.",
        "on.still_needed": "{who} said that it is still needed: {what}.",
        "change.more_asked": "More approvals are needed: {what}.",
        "change.asked_again": "A new decision is needed: {what}.",
        "change.denied": "{who} denied: {what}.",
        "change.cancelled": "{who} withdrew: {what}.",
        "change.stopped": "Stopped before anything was sent: {what}.",
        "change.stop_asked": "{who} asked to stop: {what}.",
        "change.expired": "Expired, nothing was sent: {what}.",
        "change.executing": "The bot began to send: {what}.",
        "change.postponed": "Nothing could be sent, the bot tries again: {what}.",
        "change.accepted": "The API accepted, not seen yet: {what}.",
        "change.unknown": "It is not known whether this took effect: {what}.",
        "change.lost": "The bot was interrupted while it sent: {what}.",
        "change.needs_operator": "A person has to look: {what}.",
        "change.applied": "Applied: {what}.",
        "change.partial": "Partly applied: {what}.",
        "change.failed": "Failed: {what}.",
        "change.given_up": "{who} gave up, the effect is not known: {what}.",
        "change.marked_applied": "{who} said that it was applied: {what}.",
        "change.retry_asked": "{who} had it tried again: {what}.",
        "change.look_asked": "{who} had it read back: {what}.",
        "change.read_back": "The bot read back: {what}.",
        "change.exported": "The bot saved the users before their deletion: {what}.",
        "change.file_posted": "The bot posted a file: {what}.",
        "change.back_made": "The bot began to take back what was decided for a time: {what}.",
        "change.back_not_made": "The bot does not take this back by itself: {what}.",
        "change.end_moved": "Another time was decided for the end: {what}.",
        "change.kept": "It was decided that this stays: {what}.",
        "trail.contradicted": "The database contradicts the audit trail: {what}.",
        "slack.silent": "{who} acted while Slack did not answer: {what}.",
    }
)
WAY_BACK = "The bot takes back {change}, as it was decided with it: {what}."
MOVE_END = "{flag} {direction} by {change} until {time}"
KEEP_END = "{flag} {direction} by {change} for good"
FOR_A_TIME = "{what} for {lasts}"
UNTIL_A_TIME = "{what} until {time}"
ACCESS_AFTER = "{what}, access off {lasts} later"
UNVERIFIED = "Accepted by the API, not verified: {what}."
COUNTED = "The bot counted {users}: {what}."
COUNTED_ALREADY = "The bot counted {users}, {already} of them already so: {what}."
NOT_COUNTED = "The bot could not count the users: {what}."

REFUSED = "{who} was refused."
REFUSED_CHANGE = "{who} was refused, on {what}."
OBJECTED = "{who} objected to what was decided alone: {what}."
OTHERS_ASKED = "{who} asked others who may do it: {people}."
GRANTED = "{who} granted the role {role} for {customer} to {subject}."
GRANTED_UNTIL = "{who} granted the role {role} for {customer} to {subject}, until {until}."
REVOKED = "{who} revoked the role {role} for {customer} of {subject}."
POLICY_SET = "{who} set the policy for {customer}: {topic}, {scope}: {approvals}."
NOTICE_MADE = "{who} got the text for the users of {customer}: {languages}."
NOTIFY_SET = "{who} set who is told of the changes of {customer}: {terms}."
CONFIGURED = "{who} set the {kind} {name}: {terms}."
UNCONFIGURED = "{who} removed the {kind} {name}."
NOTIFY_REMOVED = "{who} removed the rule on who is told of the changes of {customer}."
POLICY_ANY_TOPIC = "every kind of change"
POLICY_ANY_SCOPE = "any users"
NAMED = "{who} named the customer {number} {name}."
IDS_TOLD = "Slack told that these ids are one person: {people}."
LISTED = "{who} listed users: {filters}."
LISTED_COUNTED = "{who} listed {users}: {filters}."
EXPORTED = "{who} asked for a file of users: {filters}."
EXPORTED_COUNTED = "{who} got a file of {users}: {filters}."
EXPORT_ENDED = "The file of users for {who} was sent: {filters}."
EXPORT_ENDED_COUNTED = "The file of {users} for {who} was sent: {filters}."
EXPORT_FAILED = "No file of users was sent to {who}: {filters}."
OF_A_USER: Mapping[str, str] = MappingProxyType(
    {
        "user.shown": "{who} looked at the user {user}.",
        "password.asked": "{who} began to set the password of {user}.",
        "password.set": "{who} set the password of {user}.",
        "password.failed": "{who} could not set the password of {user}.",
        "password.unknown": "It is not known whether {who} set the password of {user}.",
    }
)
APPROVALS = Plural("{count} approval", "{count} approvals")
DRILL_STARTED = "{who} began the drill {scenario} for {customer}."
DRILL_ENDED = "The drill {scenario} for {customer} ended."
REPORT_MADE = "{who} made a report: {filters}."
MESSAGE_ADDED = "{who} added a message to the report."
MESSAGE_REMOVED = "{who} removed a message from the report."
BACKUP_MADE = "{who} made a backup: {file}."
AUDIT_EXPORTED = "{who} got a file of {entries}: {filters}."
# A kind of a later version, in its own words.
UNKNOWN_KIND = "{who}: {kind}."
UNKNOWN_KIND_CHANGE = "{who}: {kind}, {what}."

# --- What may follow, each a whole sentence ----------------------------------------------------

REASON = "Reason: {reason}"
WHY = "{why}"
READ_BACK = "Read back: {in_state} of {total}."
AFFECTED = Plural("The API: {count} user affected.", "The API: {count} users affected.")
NOT_REACHED = Plural("{count} user not reached.", "{count} users not reached.")
ATTEMPT = "Attempt {attempt}."
STEP = "Step: {step}."
SKIPPED = "Nothing to do, so it is skipped: {steps}."
REFUSED_COMMAND = "Typed: {command}"
FILE = "File: {file}"
ENTRIES = Plural("{count} audit entry", "{count} audit entries")

# --- The reply to `audit` ----------------------------------------------------------------------

HEAD = "*Audit trail*"
HEAD_CUSTOMER = "*Audit trail of {customer}*"
HEAD_CHANGE = "*Audit trail of {change}*"
BY_PERSON = "by {person}"
SINCE = "since {time} ({zone})"
UNTIL = "until {time} ({zone})"
NEWEST = Plural("the newest entry", "the newest {count} entries, the last one first")
OLDEST_FIRST = Plural("{count} entry", "{count} entries, in their order")
TIMES_IN = "times: {zone}"
MORE_IN_A_FILE = "All entries, with ids and hashes: add `--file`, and you get them as CSV and JSON."
NONE = "No entries that you may read."
CAPTION = "Audit trail"
TIME, SENTENCE, CUSTOMER_COLUMN, CHANGE_COLUMN = "Time", "What happened", "Customer", "Change"
ENTRY = "Entry"

# --- The files ---------------------------------------------------------------------------------

FILE_TITLE = "Audit trail: {filters}"
FILES_SENT = Plural(
    "{count} audit entry: sent to you alone, in a direct message, as CSV and JSON.",
    "{count} audit entries: sent to you alone, in a direct message, as CSV and JSON.",
)
FILE_COMMENT = Plural(
    "{count} audit entry as you asked: {filters}. Times are UTC. JSON follows, with every detail.",
    "{count} audit entries as you asked: {filters}. Times are UTC. JSON follows, with every detail.",
)
FILES_FAILED = "The files did not reach you. {error} Repeat the command."
FILES_TOO_SLOW = (
    "The files did not reach you in time. Repeat the command, with --since for fewer entries."
)
FILES_NO_ROOM = "The files could not be kept until they were whole: the disk for temporary files is full or broken."
RUNNING_ALREADY = "Files of audit entries are being made already. Repeat it in a minute."
