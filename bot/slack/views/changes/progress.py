"""How a change stands that is waiting for another one, or was sent and is not concluded."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.change import Change, Outcome, State, sent_one_by_one
from bot.slack.views.changes import wording
from bot.slack.views.mrkdwn import clip, escape, format_time

MIN_USERS_WITH_BAR = 50  # users sent one by one
BAR_CHARS = 10  # parts of a progress bar


def progress_lines(change: Change) -> list[str]:
    """How far it is, what is known of it, and when it is looked at next; escaped."""
    lines = []
    if change.state is State.EXECUTING and (one_by_one := sent_one_by_one(change)):
        bar = progress_bar(change.done, one_by_one)
        lines.append(f"{bar}{change.done:,} of {one_by_one:,} answered.")
    if change.stopped_by:
        lines.append(f"Stop asked by <@{change.stopped_by}>; what was sent stays.")
    if change.state is State.UNKNOWN:
        look = format_time(change.next_look_at) if change.next_look_at else "soon"
        lines.append(
            f"It is not known whether it took effect. Next look: {look}. *Do not repeat it by hand.*"
        )
    if change.state is State.ACCEPTED:
        lines += accepted_lines(change)
    return lines


def progress_bar(done: int, total: int) -> str:
    """A bar, where it takes long enough to look at one."""
    if total <= MIN_USERS_WITH_BAR:
        return ""
    full = min(BAR_CHARS * done // total, BAR_CHARS)
    return "▰" * full + "▱" * (BAR_CHARS - full) + " "


def waiting_line(change: Change) -> str:
    """What an approved change waits for, and until when."""
    if change.waits_at_most:
        return (
            f"Waits for {change.waits_for}, which the API accepted and does not show yet: until "
            f"{format_time(change.waits_at_most)} at the latest."
        )
    quiet = f" and not before {format_time(change.waits_until)}" if change.waits_until else ""
    return f"Starts after {change.waits_for}{quiet}."


def accepted_lines(change: Change) -> list[str]:
    """What the API answered, what was seen last, and when it is looked again; escaped."""
    told, look = change.outcome, change.next_look_at
    lines = []
    if told and (receipt := api_receipt(told)):
        many = f", {told.affected:,} affected" if told.affected is not None else ""
        lines.append(f"The API *accepted* it: {receipt}{many}.")
    seen = told and replace(told, affected=None)  # the line above has the number
    if seen and (words := wording(change).read_back(seen)):
        lines.append(words)
    again = f" Next look: {format_time(look)}." if look else ""
    return [*lines, f"Its effect is not seen yet.{again} *Do not repeat it by hand.*"]


def api_receipt(told: Outcome) -> str:
    """`API id … at …`, or that it was accepted without; escaped."""
    if not told.api_id:
        return "" if told.api_id is None else "accepted, the API told no id"
    stamp = escape(told.api_timestamp or "unknown")
    return f"API id {clip(escape(told.api_id), 200)} at {clip(stamp, 200)}"
