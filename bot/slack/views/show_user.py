"""One user: flags and fields as told, the last changes that reached them, and what the reader may do."""

from __future__ import annotations

import json
from typing import Any

from bot.domain.mail_user import FIELDS
from bot.domain.roles import Right
from bot.domain.scope import Flag
from bot.service.queries.show_user import ShownUser
from bot.slack.button_values import UserButton
from bot.slack.views.list_users import describe_flag
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    blocks_as_text,
    clip,
    customer_label,
    escape,
    fit_lines,
    section,
)
from bot.slack.views.status import change_line

VALUE = 300  # characters of one field
FIELDS_ROOM = 2800  # of all of them
NO_CHANGE = "No change here named this user, or was for everyone or a group of theirs, lately."
_FLAGS = ("failover", "access", "activation")
_FIRST = ("user", *FIELDS)  # before whatever else is told


def user_details(shown: ShownUser) -> BlockReply:
    """The user, for the eyes of the asker alone."""
    head = f"*{escape(shown.user.address)}* · {customer_label(shown.customer, shown.name)}"
    changes = [change_line(change) for change in shown.changes]
    blocks: Blocks = [
        section(f"{head}\n{_flags(shown)}"),
        section(fit_lines(_fields(shown), FIELDS_ROOM) or "No field is told."),
        section("\n".join(["*Last changes*", *changes]) if changes else NO_CHANGE),
    ]
    text = blocks_as_text(blocks)
    if buttons := _buttons(shown):
        blocks.append({"type": "actions", "block_id": "user", "elements": buttons})
    return BlockReply(text, blocks)


def _flags(shown: ShownUser) -> str:
    user = shown.user
    activated = {True: "activated", False: "not activated", None: "activation not told"}
    words = [
        f"failover {describe_flag(user.failover)}",
        f"access {describe_flag(user.access)}",
        activated[user.activation],
    ]
    if user.failover and user.activation is False:
        words.append("they cannot read their mail yet")
    elif user.failover and user.access is False:
        words.append("they cannot log in")
    return " · ".join(words)


def _fields(shown: ShownUser) -> list[str]:
    told = shown.user.fields
    names = [name for name in _FIRST if name in told]
    names += [name for name in told if name not in (*_FIRST, *_FLAGS)]
    return [f"{_label(name)}: {clip(escape(_value(told[name])), VALUE)}" for name in names]


def _label(name: str) -> str:
    return FIELDS[name].label if name in FIELDS else clip(escape(name), 100)


def _value(value: object) -> str:
    match value:
        case None:
            return "not told"
        case str():
            return " ".join(value.split()) or "(empty)"
        case list() | tuple() if all(isinstance(one, str) for one in value):
            return ", ".join(value) or "(none)"
        case _:
            return json.dumps(value, ensure_ascii=False, default=str)


def _buttons(shown: ShownUser) -> list[dict[str, Any]]:
    """What the reader may ask for: the opposite of each flag that is told, and the forms."""
    about = UserButton(customer=shown.customer, address=shown.user.address)
    buttons = []
    if Right.PROPOSE in shown.rights:
        for flag in Flag:
            on = getattr(shown.user, flag.value)
            if on is not None:
                word = "off" if on else "on"
                label = f"{flag.value.capitalize()} {word}"
                buttons.append(
                    _button(f"user_{flag}", label, about.model_copy(update={"direction": word}))
                )
        buttons.append(_button("user_edit", "Edit", about))
    if Right.ADMINISTER in shown.rights:
        buttons.append(_button("user_token", "Send token", about))
    return buttons


def _button(action: str, label: str, value: UserButton) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action,
        "text": {"type": "plain_text", "text": label},
        "value": str(value),
    }
