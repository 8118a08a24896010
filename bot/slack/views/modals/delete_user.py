"""The modal that asks for the address once more before one user is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from bot.ports import UserState
from bot.slack.views.modals import inputs
from bot.slack.views.modals.confirm import ConfirmModal
from bot.slack.views.modals.modal import View
from bot.slack.views.mrkdwn import clip, customer_label, describe_flags, escape, section
from bot.slack.views.texts import delete_user as texts
from bot.slack.views.texts.forms import NO_WAY_BACK


@dataclass(frozen=True, slots=True)
class DeleteUserModal(ConfirmModal):
    """Asks for the address; ``name`` is the customer's, or ""."""

    callback_id: ClassVar[str] = "delete_user"
    repeat_block: ClassVar[str] = "address"
    mismatch: ClassVar[str] = texts.NOT_THE_ADDRESS

    customer: str
    name: str
    channel: str
    user: UserState
    reason: str

    @classmethod
    def is_repeated(cls, view: View, text: str) -> bool:
        """Return whether this is the address, in whatever capitals."""
        return text.lower() == inputs.subject_of(view).lower()

    def build(self) -> dict[str, Any]:
        """Return the modal."""
        customer = customer_label(self.customer, self.name)
        lines = [NO_WAY_BACK, texts.EFFECT.format(customer=customer)]
        if called := " ".join(self.user.display_name.split()):
            lines.append(texts.DISPLAY_NAME.format(name=clip(escape(called), 300)))
        lines.append(texts.NOW.format(flags=describe_flags(self.user.flags)))
        blocks = [
            section("\n".join(lines)),
            inputs.subject(self.user.address),
            inputs.text_input(self.repeat_block, texts.REPEAT),
            inputs.reason_input(self.reason, optional=False),
        ]
        return self.modal(self.customer, self.channel, texts.TITLE, texts.SUBMIT, blocks)
