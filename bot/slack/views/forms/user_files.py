"""The modals that ask for a file of users: to import them, or to switch a flag for them."""

from __future__ import annotations

from typing import Any

from bot.domain.commands import FlagCommand, ImportUsersCommand
from bot.domain.limits import MAX_FILE_ROWS, MAX_REASON_CHARS, MAX_USERS
from bot.domain.mail_user import FIELDS
from bot.domain.scope import Everyone, Flag, parse_customer
from bot.slack.payloads import Values
from bot.slack.views.forms.form import Form, carried

IMPORT = "users_import"
SWITCH = "users_switch"
_SKIP = "skip"


def build(asked: ImportUsersCommand | FlagCommand, name: str, channel: str) -> dict[str, Any]:
    """Return the modal; ``name`` is the customer's. It carries ids and words of ours only."""
    if isinstance(asked, ImportUsersCommand):
        form, about, title, submit = IMPORT, asked.customer, "Import users", "Compare"
        fields = ", ".join(FIELDS)
        what = (
            f"CSV with a header row, or JSON: user, and any of {fields}. Up to {MAX_FILE_ROWS:,} users. "
            "An export of Exchange or of a directory can stay as it is."
        )
    else:
        direction = "on" if asked.on else "off"
        form, about = SWITCH, f"{asked.customer}:{asked.flag}:{direction}"
        title, submit = f"{asked.flag} {direction} by file".capitalize(), "Propose"
        what = (
            "CSV with a column user, an export of Exchange or of a directory, or an address on each line. "
            f"Up to {MAX_USERS:,} users."
        )
    customer = f"{name} ({asked.customer})" if name else asked.customer
    return {
        "type": "modal",
        "callback_id": form,
        "private_metadata": carried(form, about, channel),
        "title": _plain(title),
        "submit": _plain(submit),
        "close": _plain("Back"),
        "blocks": [
            {"type": "section", "text": _plain(f"For {customer}. Nothing is sent yet.")},
            _input("file", "File", {"type": "file_input", **_kinds(form), "max_files": 1}, what),
            _input("reason", "Why?", _reason(asked.reason), "The approver reads it."),
            _input(_SKIP, "Wrong rows", _checkbox(), "Else one wrong row stops all of it."),
        ],
    }


def asked_for(form: str, about: str, reason: str) -> ImportUsersCommand | FlagCommand:
    """Return the command that the form was opened for. Raises InvalidInput and ValueError."""
    if form == IMPORT:
        return ImportUsersCommand(parse_customer(about), reason)
    customer, flag, direction = about.split(":")
    if direction not in ("on", "off"):
        raise ValueError(direction)
    customer = parse_customer(customer)
    return FlagCommand(Flag(flag), direction == "on", customer, Everyone(), reason, from_file=True)


def skips_wrong(values: Values) -> bool:
    """Whether the box is ticked."""
    return _SKIP in values.get(_SKIP, [])


def _kinds(form: str) -> dict[str, Any]:
    return {"filetypes": ["csv", "txt", "tsv", *(["json"] if form == IMPORT else [])]}


def _reason(reason: str) -> dict[str, Any]:
    element = {"type": "plain_text_input", "max_length": MAX_REASON_CHARS}
    return element | ({"initial_value": reason} if reason else {})


def _checkbox() -> dict[str, Any]:
    option = {"text": _plain("Skip the wrong rows"), "value": _SKIP}
    return {"type": "checkboxes", "options": [option]}


def _input(block: str, label: str, element: dict[str, Any], hint: str) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block,
        "label": _plain(label),
        "hint": _plain(hint),
        "optional": block != "file",
        "element": {"action_id": block, **element},
    }


def _plain(text: str) -> dict[str, str]:
    return {"type": "plain_text", "text": text}


IMPORT_FORM = Form(IMPORT, build)
SWITCH_FORM = Form(SWITCH, build)
