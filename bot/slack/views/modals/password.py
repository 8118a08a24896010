"""The modal in which a password is set. What is typed there is saved nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from bot.domain.identifiers import parse_address
from bot.domain.limits import MAX_ADDRESS_CHARS, MAX_PASSWORD_CHARS
from bot.domain.password import check_password, check_token
from bot.errors import InvalidInput
from bot.slack.limits import MAX_INPUT_CHARS
from bot.slack.views.modals.inputs import text_input
from bot.slack.views.modals.modal import Modal, View, typed
from bot.slack.views.mrkdwn import section

WARNING = (
    "*Slack cannot hide what you type here*: whoever sees your screen can read it. Safer: give the user the "
    "page of their token, there they set a password that nobody else knows."
)
_CHECKS: dict[str, Callable[[str], str]] = {
    "user": parse_address,
    "token": check_token,
    "password": check_password,
}


@dataclass(frozen=True, slots=True)
class PasswordModal(Modal):
    """Asks for the token and the password; the user is filled in already."""

    callback_id: ClassVar[str] = "password_set"
    secret: ClassVar[bool] = True

    address: str
    channel: str

    def build(self) -> dict[str, Any]:
        """Return the modal. Slack keeps the metadata: it holds ids only."""
        longest = MAX_PASSWORD_CHARS
        label = "New password: 8 or more of a-z A-Z 0-9 @ $ ! % * ? &"
        blocks = [
            section(WARNING),
            text_input("user", "User", self.address, max_length=MAX_ADDRESS_CHARS),
            text_input("token", "Token, as it was shown or sent", max_length=MAX_INPUT_CHARS),
            text_input("password", label, max_length=longest),
            text_input("again", "The new password again", max_length=longest),
        ]
        return self.modal("password", self.channel, "Set a password", "Set password", blocks)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Return what is wrong, by field; nothing of what was typed secretly is repeated."""
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
