"""The progress of a change that waits for another one, or that was sent and has not ended."""

from __future__ import annotations

from dataclasses import replace

from bot.domain.change import Change, sent_one_by_one
from bot.domain.change_state import State
from bot.domain.outcome import Outcome
from bot.slack.views.changes import wording
from bot.slack.views.mrkdwn import escape, format_time, mention
from bot.slack.views.texts import card as texts

# A change that sends more users one by one has a progress bar.
MIN_USERS_WITH_BAR = 50
BAR_CHARS = 10
_NOT_SETTLED = (State.NEEDS_OPERATOR, State.GIVEN_UP)


def progress_lines(change: Change) -> list[str]:
    """Return how many users were sent, what is known, and when the next read-back is; escaped."""
    lines = []
    if change.state is State.EXECUTING and (total := sent_one_by_one(change)):
        lines.append(_answered(change.done, total))
    if change.stopped_by:
        lines.append(texts.STOP_ASKED.format(person=mention(change.stopped_by)))
    if change.state in (State.ACCEPTED, State.UNKNOWN):
        lines += not_seen_lines(change)
    elif change.state in _NOT_SETTLED and (accepted := accepted_line(change)):
        lines.append(accepted)
    return lines


def progress_bar(done: int, total: int) -> str:
    """Return a bar, or "" up to MIN_USERS_WITH_BAR users."""
    if total <= MIN_USERS_WITH_BAR:
        return ""
    full = min(BAR_CHARS * done // total, BAR_CHARS)
    return "▰" * full + "▱" * (BAR_CHARS - full)


def waiting_line(change: Change) -> str:
    """Return what an approved change waits for, and until when."""
    other = change.waits_for
    if change.waits_at_most:
        time = format_time(change.waits_at_most)
        return texts.WAITS_FOR_EFFECT.format(change=other, time=time)
    if change.waits_until:
        time = format_time(change.waits_until)
        return texts.STARTS_AFTER_AND_NOT_BEFORE.format(change=other, time=time)
    return texts.STARTS_AFTER.format(change=other)


def not_seen_lines(change: Change) -> list[str]:
    """Return what the API accepted and what it shows, and when the bot looks next; escaped."""
    look = format_time(change.next_look_at) if change.next_look_at else ""
    accepted = accepted_line(change)
    if not accepted and change.state is not State.ACCEPTED:
        return [texts.NOT_KNOWN_LOOK.format(time=look) if look else texts.NOT_KNOWN]
    lines = [accepted] if accepted else []
    # Without the number that the line above has.
    result = change.outcome and replace(change.outcome, affected=None)
    if result and (read_back := wording(change).read_back(result)):
        lines.append(read_back)
    return [*lines, texts.NOT_SEEN_LOOK.format(time=look) if look else texts.NOT_SEEN]


def accepted_line(change: Change) -> str:
    """Return that the API accepted the change, with its receipt, or "" where it did not; escaped.

    Where it accepted some users only, how many; where an earlier attempt, when.
    """
    result = change.outcome
    if result and (change.is_accepted or change.state is State.ACCEPTED):
        if change.accepted_at is None:
            return texts.ACCEPTED.format(receipt=_receipt(result))
        time = format_time(change.accepted_at)
        return texts.ACCEPTED_AT.format(time=time, receipt=_receipt(result))
    if result and result.affected and result.total:
        receipt = _receipt(replace(result, affected=None))
        count, total = f"{result.affected:,}", f"{result.total:,}"
        return texts.ACCEPTED_SOME.format(count=count, total=total, receipt=receipt)
    if change.accepted_at:
        return texts.ACCEPTED_BEFORE.format(time=format_time(change.accepted_at))
    return ""


def _receipt(result: Outcome) -> str:
    parts = [texts.RECEIPT_WITHOUT_ID]
    if result.api_id:
        parts = [texts.RECEIPT_ID.format(id=escape(result.api_id, 100))]
    if result.affected is not None:
        parts.append(texts.RECEIPT_AFFECTED.format(count=f"{result.affected:,}"))
    if result.api_timestamp:
        parts.append(texts.RECEIPT_TIME.format(time=escape(result.api_timestamp, 100)))
    return ", ".join(parts)


def _answered(done: int, total: int) -> str:
    count, all_users = f"{done:,}", f"{total:,}"
    if bar := progress_bar(done, total):
        return texts.ANSWERED_BAR.format(bar=bar, count=count, total=all_users)
    return texts.ANSWERED.format(count=count, total=all_users)
