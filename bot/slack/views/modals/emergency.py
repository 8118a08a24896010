"""The form of an emergency: a commander types the customer's number once more, and says why."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from bot.domain.change import Change
from bot.slack.views.changes.card import customer_line, meaning, preview_lines
from bot.slack.views.changes.time_limit import time_limit_lines
from bot.slack.views.modals import inputs
from bot.slack.views.modals.confirm import ConfirmModal
from bot.slack.views.modals.modal import View, read
from bot.slack.views.mrkdwn import section
from bot.slack.views.texts import emergency as texts

NEW, OPEN = "emergency", "change_emergency"


@dataclass(frozen=True, slots=True)
class EmergencyModal(ConfirmModal):
    """Opened for a change that is not proposed yet, of which ``command`` is the text, or for one that waits.

    ``name`` is the customer's. The change that waits comes back as ``about``, with the customer.
    """

    callback_id: ClassVar[str] = NEW
    repeat_block: ClassVar[str] = "number"
    mismatch: ClassVar[str] = texts.NOT_THE_NUMBER

    change: Change
    name: str
    channel: str
    command: str
    action: str = NEW
    reason: str = ""

    @classmethod
    def actions(cls) -> Collection[str]:
        """Return the command and the button that open it."""
        return (NEW, OPEN)

    def build(self) -> dict[str, Any]:
        """Return the modal."""
        change = self.change
        lines = [customer_line(change, self.name), meaning(change), *preview_lines(change)]
        blocks = [
            section("\n".join([*lines, *time_limit_lines(change)])),
            section(texts.EFFECT),
            inputs.subject(f"{texts.COMMAND}{self.command}"),
            inputs.text_input(self.repeat_block, texts.REPEAT),
            inputs.reason_input(self.reason, optional=False),
        ]
        about = f"{change.id}:{change.customer}" if self.action == OPEN else change.customer
        return self.modal(about, self.channel, texts.TITLE, texts.SUBMIT, blocks, self.action)

    @staticmethod
    def command_in(shown: object) -> str:
        """Return the text of the command from the block that shows it."""
        return str(shown).removeprefix(texts.COMMAND)

    @classmethod
    def is_repeated(cls, view: View, text: str) -> bool:
        """Return whether this is the customer's number."""
        return text.upper() == read(view).about.rpartition(":")[2]
