"""What a button Back proposes."""

from __future__ import annotations

from bot.domain.actions import Action, Restore, at_the_end, opposite
from bot.domain.change import Change
from bot.domain.time_limit import TimeLimit
from bot.ports import Transaction
from bot.service.changes.time_limit import access_limit


def back_action(change: Change) -> Action | None:
    """Return the opposite, and while it is on for a time what the bot does at its end; None: there is none."""
    return opposite(change.action) if change.ends_at is None else at_the_end(change.action)


def back_limit(tx: Transaction, change: Change) -> TimeLimit | None:
    """Return the time limit of it: of a restore after how long access goes off by the customer's rule."""
    is_restore = isinstance(back_action(change), Restore)
    return access_limit(tx, change.customer) if is_restore else None
