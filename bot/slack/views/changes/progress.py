"""The progress of a change that waits for another one, or that was sent and has not ended."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.change import Change, State, sent_one_by_one
from bot.domain.outcome import Outcome
from bot.slack.views.changes import wording
from bot.slack.views.mrkdwn import escape, format_time

# A change that sends more users one by one has a progress bar.
MIN_USERS_WITH_BAR = 50
BAR_CHARS = 10


def progress_lines(change: Change) -> list[str]:
    """Return how many users were sent, what is known, and when the next read-back is; escaped."""
    lines = []
    if change.state is State.EXECUTING and (total := sent_one_by_one(change)):
        bar = progress_bar(change.done, total)
        lines.append(f"{bar}{change.done:,} of {total:,} answered.")
    if change.stopped_by:
        lines.append(f"Stop asked by <@{change.stopped_by}>; what was sent stays.")
    if change.state is State.UNKNOWN:
        next_look = format_time(change.next_look_at) if change.next_look_at else "soon"
        lines.append(
            f"It is not known whether it took effect. Next look: {next_look}. "
            "*Do not repeat it by hand.*"
        )
    if change.state is State.ACCEPTED:
        lines += accepted_lines(change)
    return lines


def progress_bar(done: int, total: int) -> str:
    """Return a bar and a space, or "" up to MIN_USERS_WITH_BAR users."""
    if total <= MIN_USERS_WITH_BAR:
        return ""
    full = min(BAR_CHARS * done // total, BAR_CHARS)
    return "▰" * full + "▱" * (BAR_CHARS - full) + " "


def waiting_line(change: Change) -> str:
    """Return what an approved change waits for, and until when."""
    if change.waits_at_most:
        return (
            f"Waits for {change.waits_for}, which the API accepted and does not show yet: until "
            f"{format_time(change.waits_at_most)} at the latest."
        )
    quiet = f" and not before {format_time(change.waits_until)}" if change.waits_until else ""
    return f"Starts after {change.waits_for}{quiet}."


def accepted_lines(change: Change) -> list[str]:
    """Return the API's receipt, the last read-back and the time of the next one; escaped."""
    result, next_look = change.outcome, change.next_look_at
    lines = []
    if result and (receipt := api_receipt(result)):
        affected = f", {result.affected:,} affected" if result.affected is not None else ""
        lines.append(f"The API *accepted* it: {receipt}{affected}.")
    # Without the number that the line above has.
    repeated = result and replace(result, affected=None)
    if repeated and (read_back := wording(change).read_back(repeated)):
        lines.append(read_back)
    look = f" Next look: {format_time(next_look)}." if next_look else ""
    return [*lines, f"Its effect is not seen yet.{look} *Do not repeat it by hand.*"]


def api_receipt(result: Outcome) -> str:
    """Return `API id … at …`, that the API gave no id, or "" where it accepted nothing; escaped."""
    if not result.api_id:
        return "" if result.api_id is None else "accepted, the API told no id"
    timestamp = escape(result.api_timestamp or "unknown", 200)
    return f"API id {escape(result.api_id, 200)} at {timestamp}"
