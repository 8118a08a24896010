"""The form in which a password is set. What is typed there is carried out at once and saved nowhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.domain.limits import MAX_ADDRESS_CHARS, MAX_PASSWORD_CHARS
from bot.domain.password import check_password, check_token
from bot.domain.scope import parse_address
from bot.errors import InvalidInput
from bot.slack.limits import MAX_INPUT_CHARS
from bot.slack.views.forms.form import Form, View, carried, typed
from bot.slack.views.mrkdwn import section

CALLBACK = "password_set"
WARNING = (
    "*Slack cannot hide what you type here*: whoever sees your screen can read it. Safer: give the user the "
    "page of their token, there they set a password that nobody else knows."
)
_CHECKS: dict[str, Callable[[str], str]] = {
    "user": parse_address,
    "token": check_token,
    "password": check_password,
}


def build(address: str, channel: str) -> dict[str, Any]:
    """Return the form; the user is filled in already. Slack keeps the metadata: it holds ids only."""
    return {
        "type": "modal",
        "callback_id": CALLBACK,
        "private_metadata": carried(CALLBACK, "password", channel),
        "title": {"type": "plain_text", "text": "Set a password"},
        "submit": {"type": "plain_text", "text": "Set password"},
        "close": {"type": "plain_text", "text": "Back"},
        "blocks": [
            section(WARNING),
            _input("user", "User", MAX_ADDRESS_CHARS, initial_value=address),
            _input("token", "Token, as it was shown or sent", MAX_INPUT_CHARS),
            _input(
                "password",
                "New password: 8 or more of a-z A-Z 0-9 @ $ ! % * ? &",
                MAX_PASSWORD_CHARS,
            ),
            _input("again", "The new password again", MAX_PASSWORD_CHARS),
        ],
    }


def errors(view: View) -> dict[str, str]:
    """Return what is wrong, by the field where it is shown; nothing of what was typed secretly is repeated."""
    values = typed(view)
    wrong = {}
    for name, check in _CHECKS.items():
        try:
            check(str(values.get(name, "")))
        except InvalidInput as error:
            wrong[name] = str(error)
    if values.get("again") != values.get("password"):
        wrong["again"] = "This is not the same as above. Type both anew."
    return wrong


def _input(name: str, label: str, longest: int, **more: str) -> dict[str, Any]:
    element = {"type": "plain_text_input", "action_id": name, "max_length": longest, **more}
    return {
        "type": "input",
        "block_id": name,
        "label": {"type": "plain_text", "text": label},
        "element": element,
    }


PASSWORD = Form(CALLBACK, build, errors, secret=True)
