"""The forms by which one user is edited or deleted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

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
from bot.slack.limits import MAX_INPUT_CHARS
from bot.slack.payloads import Values
from bot.slack.views.forms import inputs
from bot.slack.views.forms.form import Form, Submission, View, carried, read, typed
from bot.slack.views.mrkdwn import clip, customer_label, describe_flags, escape, section

EDIT = "edit_user"
DELETE = "delete_user"
TYPED = "address"
_BEFORE = "before:"  # in front of a field's name: what stood there when the form was shown


def edit_form(
    customer: str, name: str, channel: str, user: UserState, reason: str
) -> dict[str, Any]:
    """Return the form with the values as told. A field that cannot be shown whole has no input."""
    shown = {field: _shown(field, user.fields) for field in FIELDS}
    fields = [
        inputs.text_input(
            field,
            FIELDS[field].label,
            value,
            optional=True,
            hint="Separated by commas." if field == GROUPS else "",
        )
        for field, value in shown.items()
        if value is not None
    ]
    head = section(f"User of *{customer_label(customer, name)}*:")
    blocks = [head, inputs.about(user.address), *fields, inputs.reason_input(reason, optional=True)]
    metadata = carried(EDIT, customer, channel)
    return inputs.modal(EDIT, metadata, "Edit user", "Propose", blocks)


def edit_errors(view: View) -> dict[str, str]:
    """Check what was changed against the documented limits, and that anything was."""
    before, now = inputs.initial_values(view), typed(view)
    wrong: dict[str, str] = {}
    for name, value in now.items():
        if name in FIELDS and _differs(before.get(name, ""), str(value)):
            try:
                own = _value(name, before.get(name, ""))
                after = _value(name, str(value))
                # Whether a name that looks like several is one, the API is asked afterwards.
                check_field(
                    name,
                    after,
                    own=own,
                    known=with_separators(after),
                    separator_hint=SEPARATED_BY_COMMAS,
                )
            except InvalidInput as error:
                wrong[name] = str(error)
    values = read_edit(view).values
    if not wrong and not edited(values, edited_groups(values)):
        first = [name for name in now if name in FIELDS]
        wrong[first[0]] = "Nothing is changed. Change a field, or go back."
    return wrong


def read_edit(view: View) -> Submission:
    """Read a submission; ``values`` hold whom it is about, and the changed fields as they were and are."""
    before, now = inputs.initial_values(view), typed(view)
    values: Values = {inputs.WHO: inputs.told_about(view)}
    for name, value in now.items():
        if name in FIELDS and _differs(before.get(name, ""), str(value)):
            values |= {name: str(value), _BEFORE + name: before.get(name, "")}
    reason = inputs.reason_of(str(now.get(inputs.REASON, "")))
    return replace(read(view), text=reason, values=values)


def edited(values: Values, known: Collection[str] = ()) -> tuple[FieldChange, ...]:
    """Return the changed fields of a submission; ``known`` are groups that somebody is in.

    Raises InvalidInput.
    """
    named = [name for name in FIELDS if name in values]
    own = {name: _value(name, str(values[_BEFORE + name])) for name in named}
    after = {
        name: check_field(
            name,
            _value(name, str(values[name])),
            own=own[name],
            known=known,
            separator_hint=SEPARATED_BY_COMMAS,
        )
        for name in named
    }
    return differences({name: value or None for name, value in own.items()}, after)


def edited_groups(values: Values) -> Collection[str]:
    """Return the names of groups in a submission that look like several, and are not the user's own."""
    names = with_separators(_value(GROUPS, str(values.get(GROUPS, ""))))
    return set(names).difference(_value(GROUPS, str(values.get(_BEFORE + GROUPS, ""))))


def delete_form(
    customer: str, name: str, channel: str, user: UserState, reason: str
) -> dict[str, Any]:
    """Return the form that asks for the address once more."""
    what = f"Deletes this user of *{customer_label(customer, name)}* and their emergency mailbox."
    lines = [
        f"{what} *There is no way back.* Another person has to approve it.",
        f"Now: {describe_flags(user.flags)}",
    ]
    if called := " ".join(user.display_name.split()):
        lines.insert(1, f"Display name: {clip(escape(called), 300)}")
    ask = inputs.text_input(TYPED, "Type their address once more")
    blocks = [
        section("\n".join(lines)),
        inputs.about(user.address),
        ask,
        inputs.reason_input(reason, optional=False),
    ]
    metadata = carried(DELETE, customer, channel)
    return inputs.modal(DELETE, metadata, "Delete user", "Propose", blocks)


def delete_errors(view: View) -> dict[str, str]:
    """Check that the address was typed as it stands there, in whatever capitals, and a reason given."""
    now, wrong = typed(view), {}
    if str(now[TYPED]).strip().lower() != inputs.told_about(view).lower():
        wrong[TYPED] = "This is not the address above. Is it the right user?"
    if not inputs.reason_of(str(now[inputs.REASON])):
        wrong[inputs.REASON] = "It needs a reason."
    return wrong


def read_delete(view: View) -> Submission:
    """Read a submission; ``values`` hold whom it is about."""
    reason = inputs.reason_of(str(typed(view)[inputs.REASON]))
    return replace(read(view), text=reason, values={inputs.WHO: inputs.told_about(view)})


def _shown(name: str, fields: Mapping[str, object]) -> str | None:
    """Return a value as it is edited; None where it would not survive that."""
    value = fields.get(name)
    if name == GROUPS:  # not told is not empty: whoever fills it in would take others away
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


def _differs(before: str, now: str) -> bool:
    return before.strip() != now.strip()


EDIT_FORM = Form(EDIT, edit_form, edit_errors, read_edit)
DELETE_FORM = Form(DELETE, delete_form, delete_errors, read_delete)
