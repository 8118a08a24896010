"""What a button Back proposes."""

from __future__ import annotations

from bot.domain.actions import Action, Activate, Restore, opposite
from bot.domain.change import Change
from bot.domain.steps import back_of
from bot.domain.time_limit import TimeLimit
from bot.ports import Transaction
from bot.service.changes.time_limit import access_limit
from bot.service.on_entries import entries_of


def back_action(tx: Transaction, change: Change) -> Action | None:
    """Return what takes back what is left of a change, or None where there is nothing.

    Of an activate one flag may have been switched off since.
    """
    back = back_of(change)
    if isinstance(change.action, Activate) and isinstance(back, Restore):
        entries = entries_of(tx, [change.customer]).get(change.customer, ())
        left = {one.switch for one in entries if one.change.id == change.id}
        if len(left) == 1 and (switch := left.pop()) is not None:
            return opposite(switch)
    return back


def back_limit(tx: Transaction, change: Change, back: Action | None) -> TimeLimit | None:
    """Return the time limit of it: of a restore after how long access goes off by the customer's rule."""
    return access_limit(tx, change.customer) if isinstance(back, Restore) else None
