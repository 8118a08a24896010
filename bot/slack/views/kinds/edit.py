"""The words of a user who is edited: the changed fields, before and after."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import EditUser
from bot.domain.change import Change, Outcome, Preview, State
from bot.domain.commands import command_text
from bot.domain.mailuser import FIELDS, FieldChange
from bot.domain.scope import the_one
from bot.slack.views.words import clip, escape, when

LONGEST = 160  # characters of one value on a card that is read on a phone


def meaning(change: Change, whom: str) -> str:
    """Each changed field on a line of its own."""
    fields = _fields(change)
    many = f"{len(fields)} fields" if len(fields) > 1 else "one field"
    return "\n".join([f"Changes {many} of *{whom}*:", *(_line(one) for one in fields)])


def numbers(change: Change, seen: Preview) -> Sequence[str]:
    """That he still is as he was, or what stands against it."""
    return [clip(escape(seen.problem), 500) or "He is as he was when this was proposed."]


def go(change: Change, count: str) -> str:
    """`change Display name`, or `change 3 fields`."""
    fields = _fields(change)
    return f"change {FIELDS[fields[0].name].label if len(fields) == 1 else f'{len(fields)} fields'}"


def read_back(change: Change, told: Outcome) -> str:
    """Whether the fields were read back as wanted."""
    if told.read_back_at is None or told.in_state is None:
        return ""
    line = f"Read back {when(told.read_back_at)}: {'as wanted' if told.in_state else '*not* as wanted'}."
    if change.state is not State.APPLIED or change.settled_by:  # then what was wanted stands above
        return line
    fields = [_line(one) for one in _fields(change)]
    return "\n".join([f"*{escape(the_one(change.scope))}*", *fields, line])


def after(change: Change) -> str:
    """Nothing that people forget."""
    return ""


def back(change: Change) -> str:
    """The same form, with the values that the card shows."""
    return f"Back: `/continuity {escape(command_text(change))}`, with the values from before."


def _line(one: FieldChange) -> str:
    return f"• {FIELDS[one.name].label}: {_value(one.before)} → *{_value(one.after)}*"


def _value(value: object) -> str:
    words = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
    # An asterisk, tick or underscore would end or begin a style.
    words = clip(escape(" ".join(words.split())), LONGEST)
    return words.translate(_INERT) if words else "(none)"


_INERT = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})


def _fields(change: Change) -> tuple[FieldChange, ...]:
    if not isinstance(change.action, EditUser):
        raise TypeError(f"{change.id} edits nobody")
    return change.action.fields
