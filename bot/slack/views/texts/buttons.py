"""The buttons of cards and outcomes and their dialogs; plain text."""

from __future__ import annotations

APPROVE = "Approve: {what}"
CONFIRM = "Confirm: {what}"
DENY = "Deny…"
WITHDRAW = "Withdraw"
STOP = "Stop"
PROPOSE_AGAIN = "Propose again"
PROPOSE_REST_AGAIN = "Propose the rest again"
SHOW_TOKEN = "Show token"  # noqa: S105  # no token
READ_BACK = "Read back now"
TRY_AGAIN = "Try again…"
MARK = "Mark as applied…"
GIVE_UP = "Give up…"
ACCESS_ON = "Access on for {count}…"
WHO = "Who?"

# Dialogs: `{question}` says what it is, for which customer, for how many.
TITLE = "{verb}: {action}?"
DECISION_DIALOG = "{question}"
WITHDRAW_DIALOG = "Withdraw {question}"
STOP_STEPS_DIALOG = "What was sent stays, and the next step is not sent. {question}"
STOP_DIALOG = "What was sent stays, and no further user is sent. {question}"
AGAIN_DIALOG = "Propose again: {question}"
TOKEN_DIALOG = "It is made now and shown to the requester alone, once. {question}"  # noqa: S105  # no token
READ_BACK_DIALOG = "Nothing is sent. {question}"
