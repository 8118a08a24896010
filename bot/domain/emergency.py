"""Break-glass: a commander decides a change alone, and others review it afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.domain.actions import Action, switches


@dataclass(frozen=True, slots=True)
class Emergency:
    """Who decided alone, when, why, and by which role row (``evidence``).

    ``terminal`` is the `user@host` where it was said, ``""`` where it was pressed in Slack.
    """

    commander: str
    at: datetime
    reason: str
    evidence: str
    terminal: str = ""


def why_no_emergency(action: Action) -> str:
    """Return in a sentence why such a change waits for its approvals in any case, or ``""``.

    What cannot be taken back, or opens a mailbox, is never decided by one person.
    """
    if switches(action):
        return ""
    return (
        f"{action.title} is no change for an emergency: it waits for its approvals. "
        "--emergency goes with failover, access, activate and restore."
    )
