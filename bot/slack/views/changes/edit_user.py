"""The words of a user who is edited: the changed fields, before and after."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import EditUser
from bot.domain.change import Change
from bot.domain.change_request import command_text
from bot.domain.change_state import State
from bot.domain.mail_user import FIELDS, FieldChange
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import single_address
from bot.slack.views.changes.differences import before_and_after
from bot.slack.views.changes.wording import Wording
from bot.slack.views.mrkdwn import escape, format_time, group_lines
from bot.slack.views.texts import edit_user as texts

MAX_VALUES_CHARS = 900  # of all values together: the card has other lines, too


class EditUserWording(Wording):
    """The words of a user who is edited."""

    def meaning(self, scope: str) -> str:
        """Each changed field on a line of its own."""
        effect = texts.EFFECT.format(len(_fields(self.change)), scope=scope)
        return "\n".join([effect, *_lines(self.change)])

    def numbers(self, preview: Preview) -> Sequence[str]:
        """That nobody else changed them, or what stands against it, and which groups are new."""
        state = escape(preview.problem, 500) or texts.UNCHANGED
        return [state, *group_lines(preview)]

    def decision_label(self) -> str:
        """`change Display name`, or `change 3 fields`."""
        fields = _fields(self.change)
        if len(fields) == 1:
            return texts.DECISION_ONE.format(field=FIELDS[fields[0].name].label)
        return texts.DECISION_MANY.format(count=len(fields))

    def read_back(self, result: Outcome) -> str:
        """Whether the fields were read back as wanted."""
        if result.read_back_at is None or result.in_state is None:
            return ""
        form = texts.AS_WANTED if result.in_state else texts.NOT_AS_WANTED
        line = form.format(time=format_time(result.read_back_at))
        if self.change.state is not State.APPLIED or self.change.settled_by:
            return line  # what was wanted stands above
        return "\n".join(
            [f"*{escape(single_address(self.change.scope))}*", *_lines(self.change), line]
        )

    def way_back(self) -> str:
        """The same form, with the values that the card shows."""
        return texts.BACK.format(command=escape(command_text(self.change)))


def _lines(change: Change) -> list[str]:
    fields = _fields(change)
    max_chars = MAX_VALUES_CHARS // (2 * len(fields))
    return [_line(one, max_chars) for one in fields]


def _line(field: FieldChange, max_chars: int) -> str:
    before, after = before_and_after(field, max_chars)
    return texts.FIELD.format(field=FIELDS[field.name].label, before=before, after=after)


def _fields(change: Change) -> tuple[FieldChange, ...]:
    if not isinstance(change.action, EditUser):
        raise TypeError(f"{change.id} edits nobody")
    return change.action.fields
