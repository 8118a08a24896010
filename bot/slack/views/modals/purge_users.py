"""The modal that asks for the customer number before users are deleted in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from bot.domain.change_commands import PurgeUsersCommand
from bot.domain.scope import EVERY_USER, describe_filters
from bot.slack.views.modals import inputs
from bot.slack.views.modals.confirm import ConfirmModal
from bot.slack.views.modals.modal import View, read
from bot.slack.views.mrkdwn import clip, customer_label, escape, section
from bot.slack.views.texts import purge_users as texts
from bot.slack.views.texts.forms import NO_WAY_BACK


@dataclass(frozen=True, slots=True)
class PurgeUsersModal(ConfirmModal):
    """Asks for the number; ``command`` is the text that is parsed again when it is submitted."""

    callback_id: ClassVar[str] = "purge_users"
    repeat_block: ClassVar[str] = "number"
    mismatch: ClassVar[str] = texts.NOT_THE_NUMBER

    asked: PurgeUsersCommand
    name: str
    channel: str
    command: str

    def build(self) -> dict[str, Any]:
        """Return the modal."""
        customer = customer_label(self.asked.customer, self.name)
        if self.asked.filters == EVERY_USER:
            effect = texts.EVERYBODY.format(customer=customer)
        else:
            effect = texts.MATCHING.format(customer=customer, filters=self._filters())
        blocks = [
            section("\n".join([NO_WAY_BACK, effect, texts.APPROVAL])),
            inputs.subject(self.command),
            inputs.text_input(self.repeat_block, texts.REPEAT),
            inputs.reason_input(self.asked.reason, optional=False),
        ]
        return self.modal(self.asked.customer, self.channel, texts.TITLE, texts.SUBMIT, blocks)

    @classmethod
    def is_repeated(cls, view: View, text: str) -> bool:
        """Return whether this is the customer's number."""
        return text == read(view).about

    def _filters(self) -> str:
        return clip(escape(", ".join(describe_filters(self.asked.filters))), 1500)
