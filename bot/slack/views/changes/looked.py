"""What reading back found of a change that a person has to conclude."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.domain.actions import switches
from bot.domain.change import Change, switch_of
from bot.domain.change_state import State
from bot.slack.views.changes import wording
from bot.slack.views.mrkdwn import escape, format_time
from bot.slack.views.texts import looked as texts

# Of a sentence of the API.
MAX_SENTENCE_CHARS = 1000


def looked_line(change: Change) -> str:
    """Return `Looked 13:34:20: 1,287 of 1,287 still ON. It was not applied.`; "" where nothing was
    read back; escaped.
    """
    if not (counts := _counts(change)):
        return ""
    return f"{counts} {_verdict(change)}"


def looked_reply(change: Change, pressed_at: datetime) -> str:
    """Return what whoever pressed the button reads: also where the API did not tell; escaped."""
    result = change.outcome
    read_back_at = result.read_back_at if result else None
    if read_back_at is not None and read_back_at >= pressed_at and _counts(change):
        return looked_line(change)
    why = escape(result.sentence, MAX_SENTENCE_CHARS) if result else ""
    return f"{why} {_verdict(change, told=False)}".lstrip()


def _counts(change: Change) -> str:
    result = change.outcome
    if result is None or not result.read_back_at or result.in_state is None or not result.total:
        return ""
    if not switches(change.action):
        return wording(change).read_back(replace(result, affected=None)).partition("\n")[0]
    on, form, count = switch_of(change).on, texts.AS_WANTED, result.in_state
    if not count:
        on, form, count = not on, texts.STILL, result.total
    time, direction = format_time(result.read_back_at), "ON" if on else "OFF"
    return form.format(
        time=time, count=f"{count:,}", total=f"{result.total:,}", direction=direction
    )


def _verdict(change: Change, *, told: bool = True) -> str:
    if change.state in (State.APPLIED, State.PARTIAL):
        return texts.APPLIED if change.state is State.APPLIED else texts.APPLIED_FOR_SOME
    nobody = told and change.outcome is not None and change.outcome.in_state == 0
    return texts.NOT_APPLIED if nobody or change.state is State.FAILED else texts.NOT_KNOWN
