"""The modal that asks why: of a denial, and of what a person concludes by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bot.domain.limits import MAX_REASON_CHARS
from bot.slack.payloads import REASON_FORM
from bot.slack.views.modals.inputs import REASON, text_input
from bot.slack.views.modals.modal import Modal, Submission, View, read, typed


@dataclass(frozen=True, slots=True)
class Question:
    """What the modal asks for one action."""

    verb: str
    label: str


QUESTIONS = {
    "change_deny": Question("Deny", "Why? The requester sees it."),
    "change_retry": Question("Try again", "Why is it right to send it once more?"),
    "change_mark": Question("Mark applied", "How do you know that it took effect?"),
    "change_give_up": Question("Give up", "Why? It stays unknown what is set."),
}


@dataclass(frozen=True, slots=True)
class ReasonModal(Modal):
    """Asks why, for one of QUESTIONS about one change."""

    callback_id: ClassVar[str] = REASON_FORM
    metric: ClassVar[str] = "reason"

    action: str
    change_id: str
    channel: str

    @property
    def question(self) -> Question:
        """What it asks."""
        return QUESTIONS[self.action]

    @classmethod
    def actions(cls) -> Collection[str]:
        """Return the buttons that open it."""
        return QUESTIONS.keys()

    def build(self) -> dict[str, Any]:
        """Return the modal; it carries the change and the channel where the button was pressed."""
        verb, label = self.question.verb, self.question.label
        ask = text_input(REASON, label, min_length=1, max_length=MAX_REASON_CHARS)
        title = f"{verb} {self.change_id}"
        return self.modal(self.change_id, self.channel, title, verb, [ask], self.action)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check that a reason is given."""
        reason = str(typed(view).get(REASON, ""))
        return {} if reason.strip() else {REASON: "It needs a reason."}

    @classmethod
    def parse(cls, view: View) -> Submission:
        """Read a submission; ``text`` is the reason."""
        asked = read(view)
        return replace(asked, text=str(asked.values[REASON]), values={})
