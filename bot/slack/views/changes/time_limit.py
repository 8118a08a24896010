"""What a change says of the time after which the bot takes it back."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.domain.actions import Activate, Restore
from bot.domain.change import Change, switch_of
from bot.domain.change_state import AWAITING, MAY_HAVE_EFFECT, State
from bot.domain.steps import end_of
from bot.domain.time_limit import words
from bot.domain.time_zone import zone_named
from bot.slack.views.mrkdwn import escape, format_clock_time, format_time
from bot.slack.views.texts import time_limit as texts

# What is taken back later has a line that says so on the card of what is decided.
_NOT_SENT = AWAITING | {State.APPROVED}


def time_limit_lines(change: Change) -> list[str]:
    """Return when the bot takes it back, for the card of a change that has not ended; escaped."""
    limit = change.time_limit
    if limit is None:
        return []
    back, sent = back_words(change), change.started_at or change.created_at
    if change.state not in _NOT_SENT:
        return [
            texts.APPROVED_UNTIL.format(
                by=by_itself(change), back=back, time=format_time(limit.end(sent))
            )
        ]
    if change.state is State.APPROVED and limit.lasts:
        return [
            texts.APPROVED_LASTS.format(by=by_itself(change), back=back, lasts=words(limit.lasts))
        ]
    form = texts.LASTS if limit.lasts else texts.UNTIL
    if change.state is State.APPROVED:
        form = texts.APPROVED_UNTIL
    counted = change.preview.taken_at if change.preview else change.created_at
    end = limit.end(counted)
    both = texts.BOTH if _is_restore(change) else texts.BOTH_WAYS
    values = {
        "by": by_itself(change),
        "both": both,
        "back": back,
        "lasts": words(end - counted),
        "time": format_time(end),
    }
    return [form.format(**values), *_also_before(change)]


def time_left_lines(change: Change, now: datetime) -> list[str]:
    """Return how long it is still on, or what became of the way back, once it has ended; escaped."""
    if change.end_note:
        return [f"⏱ {escape(change.end_note, 600)}"]
    if change.ends_at is not None:
        back, time = back_words(change), format_time(change.ends_at)
        if change.ends_at <= now:
            return [texts.ENDING.format(by=by_itself(change), back=back, time=time)]
        left, clock = words(change.ends_at - now), format_clock_time(now)
        return [
            texts.LEFT.format(by=by_itself(change), back=back, time=time, left=left, clock=clock)
        ]
    if change.time_limit and (change.state in MAY_HAVE_EFFECT or change.attempts):
        return [] if change.state is State.FAILED else [texts.NO_WAY_BACK]
    return []


def with_dialog(change: Change, question: str) -> str:
    """Return the question of a decision, with what else it covers; plain text."""
    limit = change.time_limit
    if limit is None:
        return question
    when = texts.DIALOG_LASTS.format(lasts=words(limit.lasts)) if limit.lasts else ""
    if limit.until is not None:
        local = limit.until.astimezone(zone_named(limit.zone))
        when = texts.DIALOG_UNTIL.format(time=f"{local:%Y-%m-%d %H:%M %Z}")
    both = texts.BOTH if _is_restore(change) else texts.BOTH_WAYS
    by = texts.ACCESS_OFF_BY_ITSELF if _is_restore(change) else texts.BACK_BY_ITSELF
    return f"{texts.DIALOG.format(by=by, when=when, both=both)} {question}"


def with_brief(change: Change, label: str) -> str:
    """Return `ON for 1,284, for 2 h`; without a time limit the label alone."""
    brief = brief_time(change)
    return texts.LABEL.format(label=label, brief=brief) if brief else label


def brief_time(change: Change) -> str:
    """Return `for 2 h`, or `access off 2 days later`; "" without a time limit."""
    limit = change.time_limit
    if limit is None:
        return ""
    if _is_restore(change):
        return texts.ACCESS_LATER.format(lasts=words(limit.lasts or timedelta()))
    return limit.brief(change.created_at)


def by_itself(change: Change) -> str:
    """Return how a line begins that tells what the bot does later."""
    return texts.LATER_BY_ITSELF if _is_restore(change) else texts.BACK_BY_ITSELF


def _is_restore(change: Change) -> bool:
    return isinstance(change.action, Restore)


def back_words(change: Change) -> str:
    """Return what is done at the end: `failover off`."""
    back = end_of(change)
    return back.title.lower() if back else ""


def _also_before(change: Change) -> list[str]:
    preview = change.preview
    if isinstance(change.action, Activate):
        return [texts.THEN_RESTORE]
    if preview is None or not preview.already or preview.total is None or _is_restore(change):
        return []
    numbers = {"total": f"{preview.total:,}", "already": f"{preview.already:,}"}
    return [texts.ALSO_BEFORE.format(direction=switch_of(change).direction, **numbers)]
