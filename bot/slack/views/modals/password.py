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
from bot.slack.views.texts import password as texts

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
        blocks = [
            section(texts.WARNING),
            text_input("user", texts.USER, self.address, max_length=MAX_ADDRESS_CHARS),
            text_input("token", texts.TOKEN, max_length=MAX_INPUT_CHARS),
            text_input("password", texts.NEW_PASSWORD, max_length=longest),
            text_input("again", texts.AGAIN, max_length=longest),
        ]
        return self.modal("password", self.channel, texts.TITLE, texts.SUBMIT, blocks)

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
            wrong["again"] = texts.NOT_THE_SAME
        return wrong
