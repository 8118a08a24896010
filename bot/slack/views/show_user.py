"""One user: flags and fields as the API told them, the last changes for them, and buttons."""

from __future__ import annotations

import json
from typing import Any

from bot.domain.mail_user import FIELDS, FLAG_NAMES
from bot.domain.roles import Right
from bot.domain.scope import Flag
from bot.service.queries.show_user import ShownUser
from bot.slack.button_values import UserButton
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    blocks_as_text,
    button,
    customer_label,
    describe_flags,
    escape,
    fit_lines,
    section,
)
from bot.slack.views.status import change_line
from bot.slack.views.texts import show_user as texts

# Of one field, and of all of them together.
MAX_VALUE_CHARS, MAX_FIELDS_CHARS = 300, 2800
# Before all other fields.
_FIRST = ("user", *FIELDS)


def user_details(shown: ShownUser) -> BlockReply:
    """Return the reply; only the person who asked may see it."""
    customer = customer_label(shown.customer, shown.name)
    head = texts.HEAD.format(address=escape(shown.user.address), customer=customer)
    changes = [change_line(change) for change in shown.changes]
    blocks: Blocks = [
        section(f"{head}\n{_flags(shown)}"),
        section(fit_lines(_fields(shown), MAX_FIELDS_CHARS) or texts.NO_FIELD),
        section("\n".join([texts.LAST_CHANGES, *changes]) if changes else texts.NO_CHANGE),
    ]
    text = blocks_as_text(blocks)
    if buttons := _buttons(shown):
        blocks.append({"type": "actions", "block_id": "user", "elements": buttons})
    return BlockReply(text, blocks)


def _flags(shown: ShownUser) -> str:
    user = shown.user
    flags = describe_flags(user.flags, " · ")
    if user.failover and user.activation is False:
        return texts.CANNOT_READ.format(flags=flags)
    if user.failover and user.access is False:
        return texts.CANNOT_LOG_IN.format(flags=flags)
    return flags


def _fields(shown: ShownUser) -> list[str]:
    fields = shown.user.fields
    names = [name for name in _FIRST if name in fields]
    names += [name for name in fields if name not in (*_FIRST, *FLAG_NAMES)]
    # They stand above.
    said = {"user": shown.user.address, "customer": shown.customer}
    names = [name for name in names if name not in said or fields[name] != said[name]]
    return [
        texts.FIELD.format(label=_label(name), value=escape(_value(fields[name]), MAX_VALUE_CHARS))
        for name in names
    ]


def _label(name: str) -> str:
    return FIELDS[name].label if name in FIELDS else escape(name, 100)


def _value(value: object) -> str:
    match value:
        case None:
            return texts.NOT_TOLD
        case str():
            return " ".join(value.split()) or texts.EMPTY
        case list() | tuple() if all(isinstance(one, str) for one in value):
            return ", ".join(value) or texts.NONE
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def _buttons(shown: ShownUser) -> list[dict[str, Any]]:
    """The opposite of each flag that is not None, and the forms, as the reader's rights allow."""
    value = UserButton(customer=shown.customer, address=shown.user.address)
    buttons = []
    if Right.PROPOSE in shown.rights:
        for flag in Flag:
            on = getattr(shown.user, flag.value)
            if on is not None:
                direction = "off" if on else "on"
                label = texts.SWITCH_OFF if on else texts.SWITCH_ON
                label = label.format(flag=flag.value.capitalize())
                switch = value.model_copy(update={"direction": direction})
                buttons.append(button(f"user_{flag}", label, switch))
        buttons.append(button("user_edit", texts.EDIT, value))
    if Right.ADMINISTER in shown.rights:
        buttons.append(button("user_token", texts.SEND_TOKEN, value))
    return buttons
