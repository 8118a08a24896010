"""The modal that asks why something is still needed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bot.domain.limits import MAX_REASON_CHARS, MIN_REASON_CHARS
from bot.slack.views.modals.inputs import REASON, text_input
from bot.slack.views.modals.modal import Modal, Submission, View, read, typed
from bot.slack.views.mrkdwn import plain_text
from bot.slack.views.texts import report as texts


@dataclass(frozen=True, slots=True)
class StillNeededModal(Modal):
    """Asks why, of what one change switched on; ``what`` describes it in plain text."""

    callback_id: ClassVar[str] = "still_needed"
    metric: ClassVar[str] = "still_needed"

    change_id: str
    channel: str
    what: str
    reason: str = ""

    def build(self) -> dict[str, Any]:
        """Return the modal; it carries the change and the channel where the button was pressed."""
        effect = plain_text(texts.EFFECT.format(what=self.what))
        why = text_input(
            REASON,
            texts.WHY,
            self.reason,
            min_length=MIN_REASON_CHARS,
            max_length=MAX_REASON_CHARS,
        )
        blocks = [{"type": "section", "text": effect}, why]
        return self.modal(self.change_id, self.channel, texts.MODAL_TITLE, texts.SAY, blocks)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check that a reason is given."""
        reason = " ".join(str(typed(view).get(REASON, "")).split())
        if len(reason) >= MIN_REASON_CHARS:
            return {}
        return {REASON: texts.TOO_SHORT.format(count=MIN_REASON_CHARS)}

    @classmethod
    def parse(cls, view: View) -> Submission:
        """Read a submission; ``text`` is the reason."""
        asked = read(view)
        return replace(asked, text=str(asked.values[REASON]), values={})
