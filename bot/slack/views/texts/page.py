"""What a pager shows of a change that waits, and what the card tells of a pager that fails."""

from __future__ import annotations

from bot.domain.page import PageState
from bot.slack.views.texts.plural import Plural

SUMMARY = "Approval needed: {what} · {customer} · {users} · asked by {person} · {change}"
EMERGENCY = "EMERGENCY, decided alone: {what} · {customer} · {users} · asked by {person} · {change}"
CUSTOMER = "{name} ({number})"
EVERYONE = Plural("ALL {count} user", "ALL {count} users")
EVERYONE_NOT_COUNTED = "ALL users, not counted"
NAMED = Plural("{count} named user", "{count} named users")
SOME = Plural("{count} user", "{count} users")
SOME_NOT_COUNTED = "some users, not counted"
AT_TERMINAL = "somebody at the terminal"

NAMES = {"pagerduty": "PagerDuty", "webhook": "webhook"}
# By the state that the pager did not take.
FAILED = {
    PageState.TRIGGERED: "⚠️ *The pager ({pager}) did not take this.* {why} Tell the approvers yourself.",
    PageState.ACKNOWLEDGED: (
        "⚠️ *The pager ({pager}) was not told that somebody looked.* {why} Acknowledge it there."
    ),
    PageState.RESOLVED: "⚠️ *The pager ({pager}) was not told that this ended.* {why} Close it there.",
}
