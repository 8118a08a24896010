"""The modal that asks for the customer number before users are deleted in bulk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from bot.domain.commands import PurgeUsersCommand
from bot.domain.scope import EVERY_USER, describe_filters
from bot.slack.views.modals import inputs
from bot.slack.views.modals.confirm import ConfirmModal
from bot.slack.views.modals.modal import View, read
from bot.slack.views.mrkdwn import clip, customer_label, escape, section


@dataclass(frozen=True, slots=True)
class PurgeUsersModal(ConfirmModal):
    """Asks for the number; ``command`` is the text that is parsed again when it is submitted."""

    callback_id: ClassVar[str] = "purge_users"
    repeat_block: ClassVar[str] = "number"
    mismatch: ClassVar[str] = (
        "This is not the number of the customer above. Is it the right customer?"
    )

    asked: PurgeUsersCommand
    name: str
    channel: str
    command: str

    def build(self) -> dict[str, Any]:
        """Return the modal."""
        customer = customer_label(self.asked.customer, self.name)
        if self.asked.filters == EVERY_USER:
            whom = f":rotating_light: *ALL USERS of {customer}*, the whole customer"
        else:
            whom = f"all users of *{customer}* that match: *{self._filters()}*"
        words = (
            f"Deletes {whom}, with their emergency mailboxes. *There is no way back.*\n"
            "Two other people have to approve it; the card tells them how many it is for. Before anybody "
            "is deleted, the users' data are sent to you as a file."
        )
        blocks = [
            section(words),
            inputs.subject(self.command),
            inputs.text_input(self.repeat_block, "Type the customer number once more"),
            inputs.reason_input(self.asked.reason, optional=False),
        ]
        return self.modal(self.asked.customer, self.channel, "Delete users", "Propose", blocks)

    @classmethod
    def is_repeated(cls, view: View, text: str) -> bool:
        """Return whether this is the customer's number."""
        return text == read(view).about

    def _filters(self) -> str:
        return clip(escape(", ".join(describe_filters(self.asked.filters))), 1500)
