"""A card that its own channel did not take."""

from __future__ import annotations

NOT_DECIDED_HERE = (
    "*Not decided here*: that is done in {channel} alone, which did not take this card. Let me post "
    "there again: bring it back, /invite me, or let apps post."
)
WITHDRAW_THERE = "Then withdraw this there, `/continuity cancel {change}`, and propose it again."
REDIRECTED_NOWHERE = "The card of {change} is not in {channel}: {reason}. No place takes it."
REDIRECTED_DIRECT = (
    "The card of {change} is not in {channel}: {reason}. It was sent to you directly; nothing can "
    "be decided there."
)
REDIRECTED = (
    "The card of {change} is not in {channel}: {reason}. It is in {other}; nothing can be decided "
    "there."
)
WITHDRAW_ONCE_I_CAN_POST = (
    "Once I can post here, withdraw it, `/continuity cancel {change}`, and propose it again."
)
WAITING = "The card of {change} cannot be posted yet; it will be once this is mended. {fault}"
