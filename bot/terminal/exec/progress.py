"""How a change stands, in one line of the terminal."""

from __future__ import annotations

from bot.domain.change import UNDER_WAY, Change, State, sent_one_by_one
from bot.slack.views.changes.progress import accepted, waits
from bot.slack.views.mrkdwn import heading
from bot.terminal.mrkdwn import plain


def is_settled(change: Change) -> bool:
    """Whether nothing more becomes of it by itself."""
    return change.state not in UNDER_WAY | {State.APPROVED}


def in_a_line(change: Change) -> str:
    """How it stands, in one line."""
    standing = heading(change)
    if change.state is State.APPROVED and change.waits_for:
        return f"{standing}. {plain(waits(change))}"
    if change.state is State.APPROVED and change.next_try_at:
        why = change.outcome.sentence if change.outcome else ""
        until = f"{change.next_try_at:%H:%M:%S} UTC, until {change.deadline:%H:%M:%S} UTC"
        return f"{standing}: {why} Next try {until}."
    if change.state is State.EXECUTING:
        total = sent_one_by_one(change)
        many = f", {change.done} of {total} answered" if total else ""
        return f"{standing}: attempt {change.attempts}{many}."
    if change.state is State.ACCEPTED:
        return f"{standing}. {plain(' '.join(accepted(change)))}"
    if change.state is State.UNKNOWN:
        look = f" Next look: {change.next_look_at:%H:%M:%S} UTC." if change.next_look_at else ""
        return f"{standing}: it is read back.{look} Do not repeat it by hand."
    return f"{standing}."
