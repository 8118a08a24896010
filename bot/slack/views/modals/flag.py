"""The modal that asks for a file of the users for whom a flag is switched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from bot.domain.change_commands import FlagCommand
from bot.domain.identifiers import parse_customer
from bot.domain.limits import MAX_USERS
from bot.domain.scope import Everyone, Flag
from bot.domain.time_limit import AskedTime, parse_either
from bot.errors import InvalidInput
from bot.slack.payloads import ViewPayload
from bot.slack.views.modals.inputs import REASON, reason_of, text_input
from bot.slack.views.modals.modal import View, typed
from bot.slack.views.modals.user_files import UserFileModal
from bot.slack.views.texts import flag as texts
from bot.slack.views.texts.forms import PROPOSE

TIME = "time"


@dataclass(frozen=True, slots=True)
class FlagFileModal(UserFileModal):
    """Opened for a command with `--file`; ``name`` is the customer's, or ""."""

    callback_id: ClassVar[str] = "users_switch"
    file_hint: ClassVar[str] = texts.FILE_HINT.format(users=f"{MAX_USERS:,}")

    command: FlagCommand
    name: str
    channel: str

    def build(self) -> dict[str, Any]:
        """Return the modal. It carries ids and words of ours only."""
        asked, direction = self.command, "on" if self.command.on else "off"
        about = f"{asked.customer}:{asked.flag}:{direction}"
        title = texts.FILE_TITLE_ON if asked.on else texts.FILE_TITLE_OFF
        title = title.format(flag=asked.flag.capitalize())
        initial = str(asked.time) if asked.time else ""
        back = text_input(
            TIME, texts.FORM_TIME, initial, optional=True, hint=texts.FORM_TIME_HINT, max_length=40
        )
        blocks = self.blocks(asked.customer, self.name, asked.reason, back)
        return self.modal(about, self.channel, title, PROPOSE, blocks)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check the time."""
        try:
            _time(typed(view).get(TIME))
        except InvalidInput as error:
            return {TIME: str(error)}
        return {}

    @staticmethod
    def command_of(payload: ViewPayload) -> FlagCommand:
        """Return the command of a submission. Raises InvalidInput and ValueError where it is forged."""
        customer, flag, direction = payload.value.split(":")
        if direction not in ("on", "off"):
            raise ValueError(direction)
        return FlagCommand(
            Flag(flag),
            direction == "on",
            parse_customer(customer),
            Everyone(),
            reason_of(payload.values.get(REASON, "")),
            from_file=True,
            time=_time(payload.values.get(TIME)),
        )


def _time(text: object) -> AskedTime | None:
    """Return the time that was filled in, None for an empty field. Raises InvalidInput."""
    filled = " ".join(str(text or "").split())
    return parse_either(filled) if filled else None
