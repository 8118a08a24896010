"""The states of a change, as headings say them. The words in capitals stand in docs, and people know them."""

from __future__ import annotations

from bot.domain.change_state import State

HEADINGS = {
    State.AWAITING_CONFIRMATION: "WAITING",
    State.AWAITING_APPROVAL: "WAITING",
    State.APPROVED: "APPROVED",
    State.EXECUTING: "EXECUTING",
    State.ACCEPTED: "ACCEPTED, NOT YET SEEN",
    State.UNKNOWN: "NOT KNOWN",
    State.NEEDS_OPERATOR: "NEEDS A PERSON",
    State.APPLIED: "APPLIED",
    State.PARTIAL: "PARTLY APPLIED",
    State.FAILED: "FAILED",
    State.DENIED: "DENIED",
    State.CANCELLED: "CANCELLED",
    State.EXPIRED: "EXPIRED",
    State.GIVEN_UP: "GIVEN UP, NOT KNOWN",
}
UNVERIFIED = "ACCEPTED BY THE API, NOT VERIFIED"
PARTLY_UNVERIFIED = "PARTLY ACCEPTED BY THE API, NOT VERIFIED"
# Headings of outcomes that are another one than the state.
ASKED_AGAIN = "ASKED AGAIN"
TRIED_AGAIN = "TRIED AGAIN"
NEEDS_A_PERSON = "NOT KNOWN, NEEDS A PERSON"

EMOJI = {
    State.AWAITING_CONFIRMATION: "🟡",
    State.AWAITING_APPROVAL: "🟡",
    State.APPROVED: "🔵",
    State.EXECUTING: "⏳",
    State.ACCEPTED: "⏳",
    State.UNKNOWN: "❓",
    State.NEEDS_OPERATOR: "🆘",
    State.APPLIED: "✅",
    State.PARTIAL: "🟠",
    State.FAILED: "❌",
    State.DENIED: "⛔",
    State.CANCELLED: "🚫",
    State.EXPIRED: "⌛",
    State.GIVEN_UP: "❓",
}
UNVERIFIED_EMOJI = "🟠"
AGAIN_EMOJI = "🔁"
# By the title of the action: on and off are told apart before they are read.
ACTION_EMOJI = {
    "FAILOVER ON": "📨",
    "FAILOVER OFF": "🔙",
    "ACCESS ON": "🔓",
    "ACCESS OFF": "🔒",
    "ACTIVATE": "📨",
    "RESTORE": "🔙",
    "DELETE USER": "🧨",
    "DELETE IN BULK": "🧨",
}

EMERGENCY_EMOJI = "🚨"
EMERGENCY = "{word} · {state}"
HEADER = "{emoji} {state} · {action}"
ENDED_HEADER = "Ended: {state} · {action}"
TITLE = "{state} · {action} · {customer}"
