"""Words that people try, and what there is instead."""

from __future__ import annotations

_OPPOSITE = (
    "Propose the opposite: press Back below the outcome, or type it, as "
    "`/continuity failover off NUMBER`."
)
_AUDIT = "`/continuity audit NUMBER` shows what was done, and by whom."
_SHOW = (
    "`/continuity user show NUMBER jo@example.com` shows one user, and `/continuity users NUMBER` "
    "lists them."
)

KNOWN_WORDS = {
    "approve": "Press Approve on the card: `/continuity pending` lists the cards.",
    "confirm": "Press Confirm on the card: `/continuity pending` lists the cards.",
    "deny": "Press Deny on the card: `/continuity pending` lists the cards.",
    "reject": "Press Deny on the card: `/continuity pending` lists the cards.",
    "undo": _OPPOSITE,
    "revert": _OPPOSITE,
    "rollback": _OPPOSITE,
    "back": _OPPOSITE,
    "stop": "Press Stop on the card of what is being executed; `/continuity cancel C-7K3MX` withdraws "
    "what still waits.",
    "withdraw": "`/continuity cancel C-7K3MX` withdraws a change that still waits.",
    "list": "`/continuity pending` lists changes, `/continuity users NUMBER` users, and `/continuity role "
    "list` roles.",
    "who": "`/continuity whoami` shows what you may do, and `/continuity role list` who has which role.",
    "history": _AUDIT,
    "log": _AUDIT,
    "search": _SHOW,
    "find": _SHOW,
    "off": "Say what: `/continuity failover off NUMBER` or `/continuity access off NUMBER`.",
}
