"""The report on an incident: what its files say around the sentences of the audit trail, and the
message that comes with them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.slack.views.texts.plural import Plural

# --- The PDF ------------------------------------------------------------------------------------

TITLE_CUSTOMER = "Incident report: {customer}"
TITLE_CHANGE = "Incident report: {change}, {customer}"
TITLE_CHANNEL = "Incident report: #{channel}"
TITLE_ALL = "Incident report: all customers"
FROM_TO = "From {since} to {until}."
FROM = "From {since}."
UNTIL = "Until {until}."
WHOLE = "All that the audit trail has of it."
ASKED_BY = "Asked for by {name}."
TIMES = "Times are those of {zone}, and UTC."
LEFT_OUT = Plural(
    "{count} more audit entry of this time is not for a channel, such as a refusal or a list of "
    "users. `/continuity audit --file` gives it to those who may read it.",
    "{count} more audit entries of this time are not for a channel, such as refusals and lists of "
    "users. `/continuity audit --file` gives them to those who may read them.",
)
PICTURE = (
    "Users in failover, and those of them who could read their mail there, as counted before and "
    "after each change. A gap is a time for which nobody counted. The numbers at the marks are those "
    "of the entries below."
)
MORE_PANELS = Plural(
    "{count} more scope was counted: see the JSON.",
    "{count} more scopes were counted: see the JSON.",
)
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "failover": "in failover",
        "able": "of them able to read",
        "total": "all of them",
        "asked": "asked",
        "approved": "approved",
        "back": "back",
        "stopped": "denied, stopped",
    }
)
AXIS = "Time: {zone}"
ALL_USERS = "all users"
GROUPS = "groups {names}"
NAMED = Plural("{count} named user", "{count} named users")

PEOPLE = "Who asked, saw and approved"
PEOPLE_HEAD = ("Change", "Asked", "Told", "Looked", "Approved")
HAPPENED = "What happened"
HAPPENED_HEAD = ("Entry", "Local", "UTC", "What happened", "Change", "Hash")
MORE_ENTRIES = Plural(
    "The first {shown} of {count} entry; CSV and JSON have all of them.",
    "The first {shown} of {count} entries; CSV and JSON have all of them.",
)
REQUESTS = "Sent: {requests}"
MORE_REQUESTS = "and {count} more"
MESSAGES = "Messages that people added"
MESSAGES_HEAD = ("Posted", "By", "Message", "Added by")
VERIFY = "How to verify it"
VERIFY_HEAD = "The audit trail ended with entry {head} when this was made."
VERIFY_COMMAND = "On the machine of the bot: {program} audit verify --against {head}"
VERIFY_MEANS = (
    "It says whether every entry is unaltered up to that one. Each entry above has the first 16 "
    "characters of its own hash; the JSON has them whole."
)
VERIFY_FILES = (
    "The files that came with this one, by their SHA-256 (sha256sum FILE). That of this PDF is in the "
    "message that it came with. All three are in the audit entry “report.made” after that one."
)
FOOTER = "{title} · trail up to {head}"
NO_TRAIL = "0"

# --- The message in the channel -------------------------------------------------------------------

# A phone shows its first 100 characters.
MESSAGE = "Incident report: {what}, asked for by {who}"
ENTRIES = Plural("{count} audit entry", "{count} audit entries")
MESSAGE_COUNT = Plural("{count} message", "{count} messages")
FOOT = "{entries} · {messages} · recorded as audit {reference}"
SHA = "{kind} SHA-256 `{digest}`"
VERIFY_SHORT = "Verify: `{program} audit verify --against {head}`"
NONE = "Nothing to report: no audit entry and no added message of that time is for this channel."
RUNNING = "A report is being made already. Repeat it in a minute."
FAILED = "The report did not reach this channel. {error} Repeat the command."
TOO_SLOW = "Slack did not take the files in time."
NO_ROOM = "The disk for temporary files is full or broken."

# --- At the terminal ------------------------------------------------------------------------------

NOTHING = "Nothing to report: no audit entry and no added message of that time."
RECORDED = "Recorded as audit {reference}. Verify: {program} audit verify --against {head}"

# --- The shortcuts below a message ----------------------------------------------------------------

ADDED = "Added to the report: {author}, {time}: “{text}” Remove it again by *Remove from the report* in the same menu."
ADDED_ALREADY = "This message is in the report already."
REMOVED = "Removed from the report: {author}, {time}: “{text}”"
