"""The modal in which the fields of one user are edited."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from bot.domain.mail_user import (
    FIELDS,
    GROUPS,
    SEPARATED_BY_COMMAS,
    FieldChange,
    check_field,
    differences,
)
from bot.domain.user_files.group_cell import with_separators
from bot.errors import InvalidInput
from bot.ports import UserState
from bot.service.queries.field_choices import CHOSEN_FIELDS, FieldChoices
from bot.slack.limits import MAX_INPUT_CHARS
from bot.slack.payloads import Values
from bot.slack.views.modals import inputs
from bot.slack.views.modals.field_choices import block_of, choice
from bot.slack.views.modals.modal import Modal, Submission, View, read, typed
from bot.slack.views.mrkdwn import customer_label, section
from bot.slack.views.texts import edit_user as texts
from bot.slack.views.texts.forms import PROPOSE

_BEFORE = "before:"  # in front of a field's name: what stood there when the modal was shown


@dataclass(frozen=True, slots=True)
class EditUserModal(Modal):
    """Shows the values of the API. A field that cannot be shown whole has no input.

    ``typed`` are the changed fields of a submission that was refused: they stand in the inputs.
    """

    callback_id: ClassVar[str] = "edit_user"

    customer: str
    name: str
    channel: str
    user: UserState
    reason: str
    choices: FieldChoices = field(default_factory=FieldChoices)
    typed: Values = field(default_factory=dict)

    def build(self) -> dict[str, Any]:
        """Return the modal."""
        blocks = [
            section(texts.USER_OF.format(customer=customer_label(self.customer, self.name))),
            inputs.subject(self.user.address),
            *self._fields(),
            inputs.reason_input(self.reason, optional=True),
        ]
        return self.modal(self.customer, self.channel, texts.TITLE, PROPOSE, blocks)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check what was changed against the documented limits, and that anything was."""
        wrong: dict[str, str] = {}
        for name, before, now in _changed(view):
            try:
                after = _value(name, now)
                # Whether a name that looks like several is one, the API is asked afterwards.
                _check(name, after, _value(name, before), with_separators(after))
            except InvalidInput as error:
                wrong[block_of(name, typed(view))] = str(error)
        values = cls.parse(view).values
        if not wrong and not changes_in(values, groups_in_doubt(values)):
            first = next(name for name in typed(view) if name in FIELDS)
            wrong[first] = texts.NOTHING_CHANGED
        return wrong

    @classmethod
    def parse(cls, view: View) -> Submission:
        """Read a submission; ``values`` hold the user, and the changed fields before and now."""
        values: Values = {inputs.WHO: inputs.subject_of(view)}
        for name, before, now in _changed(view):
            values |= {name: now, _BEFORE + name: before}
        reason = inputs.reason_of(typed(view).get(inputs.REASON, ""))
        return replace(read(view), text=reason, values=values)

    @classmethod
    def kept(cls, values: Values) -> Values:
        """Leave out what stood there before: the modal shows what the API tells then."""
        return {name: value for name, value in values.items() if not name.startswith(_BEFORE)}

    def _fields(self) -> Iterator[dict[str, Any]]:
        for name, about in FIELDS.items():
            shown = _shown(name, self.user.fields)
            if shown is None:
                continue
            typed_before = str(self.typed.get(name, shown))
            if name in CHOSEN_FIELDS:
                yield from choice(name, about.label, shown, typed_before, self.choices)
            else:
                hint = texts.GROUPS_HINT if name == GROUPS else ""
                yield inputs.text_input(name, about.label, typed_before, optional=True, hint=hint)
            if typed_before != shown:
                yield inputs.now(name, texts.NOW, shown)


def changes_in(values: Values, known: Collection[str] = ()) -> tuple[FieldChange, ...]:
    """Return the changed fields of a submission; ``known`` are groups that somebody is in.

    Raises InvalidInput.
    """
    named = [name for name in FIELDS if name in values]
    own = {name: _value(name, str(values[_BEFORE + name])) for name in named}
    after = {
        name: _check(name, _value(name, str(values[name])), own[name], known) for name in named
    }
    return differences({name: value or None for name, value in own.items()}, after)


def groups_in_doubt(values: Values) -> Collection[str]:
    """Return the groups in a submission that look like several and are not the user's own."""
    names = with_separators(_value(GROUPS, str(values.get(GROUPS, ""))))
    return set(names).difference(_value(GROUPS, str(values.get(_BEFORE + GROUPS, ""))))


def _changed(view: View) -> Iterator[tuple[str, str, str]]:
    """Return the name of each field that was changed, and its text before and now."""
    initial, given = inputs.initial_values(view), typed(view)
    for name in (one for one in FIELDS if one in given):
        before, now = initial.get(name, ""), str(given[block_of(name, given)])
        if before.strip() != now.strip():
            yield name, before, now


def _check(
    name: str,
    after: str | tuple[str, ...],
    own: str | tuple[str, ...],
    known: Collection[str],
) -> Any:
    return check_field(name, after, own=own, known=known, separator_hint=SEPARATED_BY_COMMAS)


def _shown(name: str, fields: Mapping[str, object]) -> str | None:
    """Return a value as it is edited; None where it would not survive that."""
    value = fields.get(name)
    # A missing list is not an empty one: filling it in would remove the groups that are not shown.
    if name == GROUPS:
        if not isinstance(value, list | tuple) or any("," in str(one) for one in value):
            return None
        text = ", ".join(map(str, value))
    else:
        text = "" if value is None else value if isinstance(value, str) else "\n"
    plain = "\n" not in text and len(text) <= MAX_INPUT_CHARS
    return text if plain else None


def _value(name: str, text: str) -> str | tuple[str, ...]:
    if name != GROUPS:
        return text
    return tuple(one.strip() for one in text.split(",") if one.strip())
