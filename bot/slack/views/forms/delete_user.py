"""The modal that asks for the address once more before one user is deleted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bot.ports import UserState
from bot.slack.views.forms import inputs
from bot.slack.views.forms.modal import Modal, Submission, View, read, typed
from bot.slack.views.mrkdwn import clip, customer_label, describe_flags, escape, section

TYPED = "address"


@dataclass(frozen=True, slots=True)
class DeleteUserModal(Modal):
    """Asks for the address; ``name`` is the customer's, or ""."""

    callback_id: ClassVar[str] = "delete_user"

    customer: str
    name: str
    channel: str
    user: UserState
    reason: str

    def build(self) -> dict[str, Any]:
        """Return the modal."""
        blocks = [
            section("\n".join(self._lines())),
            inputs.about(self.user.address),
            inputs.text_input(TYPED, "Type their address once more"),
            inputs.reason_input(self.reason, optional=False),
        ]
        return self.modal(self.customer, self.channel, "Delete user", "Propose", blocks)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check that the address was typed, in whatever capitals, and a reason given."""
        now, wrong = typed(view), {}
        if str(now[TYPED]).strip().lower() != inputs.told_about(view).lower():
            wrong[TYPED] = "This is not the address above. Is it the right user?"
        if not inputs.reason_of(now[inputs.REASON]):
            wrong[inputs.REASON] = "It needs a reason."
        return wrong

    @classmethod
    def parse(cls, view: View) -> Submission:
        """Read a submission; ``values`` hold whom it is about."""
        reason = inputs.reason_of(typed(view)[inputs.REASON])
        return replace(read(view), text=reason, values={inputs.WHO: inputs.told_about(view)})

    def _lines(self) -> list[str]:
        customer = customer_label(self.customer, self.name)
        what = f"Deletes this user of *{customer}* and their emergency mailbox."
        lines = [f"{what} *There is no way back.* Another person has to approve it."]
        if called := " ".join(self.user.display_name.split()):
            lines.append(f"Display name: {clip(escape(called), 300)}")
        return [*lines, f"Now: {describe_flags(self.user.flags)}"]
