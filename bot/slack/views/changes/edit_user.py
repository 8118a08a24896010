"""The words of a user who is edited: the changed fields, before and after."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from bot.domain.actions import EditUser
from bot.domain.change import Change, Outcome, State
from bot.domain.change_request import command_text
from bot.domain.mail_user import FIELDS, FieldChange
from bot.domain.preview import Preview
from bot.domain.scope import single_address
from bot.slack.views.mrkdwn import escape, format_time, group_lines

ROOM = 900  # characters of all values together: what else stands on the card must have its room


def meaning(change: Change, whom: str) -> str:
    """Each changed field on a line of its own."""
    fields = _fields(change)
    many = f"{len(fields)} fields" if len(fields) > 1 else "one field"
    return "\n".join([f"Changes {many} of *{whom}*:", *_lines(change)])


def numbers(change: Change, seen: Preview) -> Sequence[str]:
    """That they still are as they were, or what stands against it, and which groups are new."""
    standing = escape(seen.problem, 500) or "The user is as they were when this was proposed."
    return [standing, *group_lines(seen)]


def go(change: Change, count: str) -> str:
    """`change Display name`, or `change 3 fields`."""
    fields = _fields(change)
    return f"change {FIELDS[fields[0].name].label if len(fields) == 1 else f'{len(fields)} fields'}"


def read_back(change: Change, told: Outcome) -> str:
    """Whether the fields were read back as wanted."""
    if told.read_back_at is None or told.in_state is None:
        return ""
    line = f"Read back {format_time(told.read_back_at)}: {'as wanted' if told.in_state else '*not* as wanted'}."
    if change.state is not State.APPLIED or change.settled_by:  # then what was wanted stands above
        return line
    return "\n".join([f"*{escape(single_address(change.scope))}*", *_lines(change), line])


def after(change: Change) -> str:
    """Nothing that people forget."""
    return ""


def back(change: Change) -> str:
    """The same form, with the values that the card shows."""
    return f"Back: `/continuity {escape(command_text(change))}`, with the values from before."


def _lines(change: Change) -> list[str]:
    fields = _fields(change)
    deps = ROOM // (2 * len(fields))
    return [_line(one, deps) for one in fields]


def _line(field: FieldChange, deps: int) -> str:
    before, after = _text(field.before), _text(field.after)
    if len(escape(before)) > deps or len(escape(after)) > deps:
        # Cut at the end they might look the same: what they have in common is left out in front.
        pairs = enumerate(zip_longest(before, after))
        same = max(next((at for at, (one, other) in pairs if one != other), 0) - 10, 0)
        before, after = (f"…{text[same:]}" if same else text for text in (before, after))
    told = [escape(text, deps).translate(_INERT) for text in (before, after)]
    return f"• {FIELDS[field.name].label}: {told[0] or '(none)'} → *{told[1] or '(none)'}*"


def _text(value: object) -> str:
    words = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")
    return " ".join(words.split())


# They would end or begin a style.
_INERT = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼"})


def _fields(change: Change) -> tuple[FieldChange, ...]:
    if not isinstance(change.action, EditUser):
        raise TypeError(f"{change.id} edits nobody")
    return change.action.fields
