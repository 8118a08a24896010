"""Activate and restore: what they do, and the lines of their steps. `{scope}` says for whom."""

from __future__ import annotations

from bot.domain.steps import StepState

# The card and the outcome.
ACTIVATE = "{scope} may log in to the emergency webmail; then their mail goes there."
ACCESS_LATER = "Access goes off later, by the bot, for the same users."
ACCESS_STAYS = "Access stays on until somebody switches it off."

# What was counted, for each step in its order.
ALREADY = "Already: access on {access} · failover on {failover} · will change *{will_change}*"
NOTHING_TO_DO = "• {step}: nothing to do, it is skipped"

# Below the time of a way back.
THEN_RESTORE = (
    "• the way back is a restore: failover off, later access off as the customer's rule says"
)

# A line for each step; `{step}` is `Access on`.
LINES = {
    StepState.NOT_BEGUN: "⚪ *{step}*: not begun",
    StepState.SENDING: "⏳ *{step}*: being sent",
    StepState.ACCEPTED: "⏳ *{step}*: accepted, not seen yet",
    StepState.NOT_KNOWN: "❓ *{step}*: not known",
    StepState.DONE: "✅ *{step}*: {facts}",
    StepState.SKIPPED: "⏭️ *{step}*: nothing to do, it was so for all of them",
    StepState.PARTIAL: "🟠 *{step}*: {facts}",
    StepState.FAILED: "❌ *{step}*: failed",
}
# The API's receipts, in small print below.
RECEIPT = "{step}: {receipt}"
VERIFIED = "{count} of {total} verified"
NOT_VERIFIED = "accepted, not verified"
MARKED = "marked by a person"

# What a phone shows: `access on, failover not known`.
IS_ON = {
    StepState.NOT_BEGUN: "not on",
    StepState.FAILED: "not on",
    StepState.DONE: "on",
    StepState.SKIPPED: "on",
    StepState.PARTIAL: "on for some",
    StepState.SENDING: "being sent",
    StepState.ACCEPTED: "accepted, not seen",
}
IS_NOT_KNOWN = "not known"
WHAT_IS_ON = "{flag} {state}"
