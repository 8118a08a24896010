"""The modal that asks by how long a timed change is extended."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bot.domain.time_limit import AskedTime, parse_either
from bot.errors import InvalidInput
from bot.slack.views.modals.inputs import REASON, reason_input, reason_of, text_input
from bot.slack.views.modals.modal import Modal, Submission, View, read, typed
from bot.slack.views.mrkdwn import plain_text
from bot.slack.views.texts import time_limit as texts
from bot.slack.views.texts.forms import PROPOSE

BY = "by"


@dataclass(frozen=True, slots=True)
class ExtendModal(Modal):
    """Asks by how long; ``what`` describes the change and its end in plain text."""

    callback_id: ClassVar[str] = "end_extend"

    change_id: str
    channel: str
    what: str

    def build(self) -> dict[str, Any]:
        """Return the modal; it carries ids only."""
        blocks = [
            {"type": "section", "text": plain_text(self.what)},
            text_input(BY, texts.FORM_BY, "2h", hint=texts.FORM_BY_HINT, max_length=40),
            reason_input("", optional=True),
        ]
        title = texts.FORM_TITLE.format(change=self.change_id)
        return self.modal(self.change_id, self.channel, title, PROPOSE, blocks)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check the time."""
        try:
            parse_by(typed(view).get(BY))
        except InvalidInput as error:
            return {BY: str(error)}
        return {}

    @classmethod
    def parse(cls, view: View) -> Submission:
        """Read a submission; ``text`` is the reason."""
        asked = read(view)
        by = str(asked.values[BY])
        return replace(asked, text=reason_of(asked.values.get(REASON, "")), values={BY: by})


def parse_by(text: object) -> AskedTime:
    """Return the time that was filled in. Raises InvalidInput."""
    return parse_either(" ".join(str(text or "").split()))
