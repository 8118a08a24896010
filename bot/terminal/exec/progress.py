"""The state of a change as one line of text."""

from __future__ import annotations

from bot.domain.change import Change, sent_one_by_one
from bot.domain.change_state import UNDER_WAY, State
from bot.slack.views.changes.progress import not_seen_lines, waiting_line
from bot.slack.views.changes.steps import what_is_on
from bot.slack.views.mrkdwn import heading
from bot.terminal.mrkdwn import plain


def is_settled(change: Change) -> bool:
    """Whether the change stays as it is until a person does something."""
    return change.state not in UNDER_WAY | {State.APPROVED}


def describe(change: Change) -> str:
    """Return the state in one line, with what it waits for."""
    state = f"{heading(change)}: {change.customer}" if change.batch else heading(change)
    if change.was_sent and (on := what_is_on(change)):
        state = f"{state}: {on}"
    if change.state is State.APPROVED and change.waits_for:
        return f"{state}. {plain(waiting_line(change))}"
    if change.state is State.APPROVED and change.next_try_at:
        why = change.outcome.sentence if change.outcome else ""
        until = f"{change.next_try_at:%H:%M:%S} UTC, until {change.deadline:%H:%M:%S} UTC"
        return f"{state}: {why} Next try {until}."
    if change.state is State.EXECUTING:
        total = sent_one_by_one(change)
        many = f", {change.done} of {total} answered" if total else ""
        return f"{state}: attempt {change.attempts}{many}."
    if change.state is State.ACCEPTED:
        return f"{state}. {plain(' '.join(not_seen_lines(change)))}"
    if change.state is State.UNKNOWN:
        look = f" Next look: {change.next_look_at:%H:%M:%S} UTC." if change.next_look_at else ""
        return f"{state}: it is read back.{look} Do not repeat it by hand."
    return f"{state}."
