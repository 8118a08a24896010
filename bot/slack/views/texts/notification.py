"""What a phone shows of a card or an outcome before it is unlocked."""

from __future__ import annotations

from bot.slack.views.texts.plural import Plural

WAITING = "{what} · {customer} · {users} · {person}: {reason} · {change}"
WAITING_WITHOUT_REASON = "{what} · {customer} · {users} · {person} · {change}"
NOTICE = "{what} · {customer} · {users} · {change}"
# What stands before it once the change is no longer new: `APPLIED: FAILOVER ON · …`.
LATER = "{state}: {notification}"
ASKED_AGAIN = "ASKED AGAIN"
NOT_VERIFIED = "ACCEPTED, NOT VERIFIED"
PARTLY_NOT_VERIFIED = "PARTLY ACCEPTED, NOT VERIFIED"

CUSTOMER = "{name} ({number})"

EVERYONE = Plural("ALL {count} user", "ALL {count} users")
EVERYONE_NOT_COUNTED = "ALL users, not counted"
NAMED = Plural("{label}", "{count} named users")
GROUP = Plural("{count} user in {label}", "{count} users in {label}")
GROUP_NOT_COUNTED = "all users in {label}"
GROUPS = Plural("{count} user in {groups} groups", "{count} users in {groups} groups")
GROUPS_NOT_COUNTED = "all users in {groups} groups"
MATCHING = Plural("{count} user: {label}", "{count} users: {label}")
MATCHING_NOT_COUNTED = "all users: {label}"
FILE = Plural("{count} user of a file", "{count} users of a file")
