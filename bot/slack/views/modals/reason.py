"""The modal that asks why: of a denial, and of what a person concludes by hand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from bot.domain.limits import MAX_REASON_CHARS
from bot.slack.payloads import REASON_FORM
from bot.slack.views.modals.inputs import REASON, reason_of, text_input
from bot.slack.views.modals.modal import Modal, Submission, View, read, typed
from bot.slack.views.mrkdwn import plain_text
from bot.slack.views.texts import forms as texts


@dataclass(frozen=True, slots=True)
class Question:
    """What the modal says and asks for one action; ``effect`` is filled in with the change."""

    verb: str
    effect: str
    label: str


QUESTIONS = {
    "change_deny": Question(texts.DENY, texts.DENY_EFFECT, texts.DENY_WHY),
    "change_retry": Question(texts.TRY_AGAIN, texts.TRY_AGAIN_EFFECT, texts.TRY_AGAIN_WHY),
    "change_mark": Question(texts.MARK_APPLIED, texts.MARK_APPLIED_EFFECT, texts.MARK_APPLIED_WHY),
    "review_object": Question(texts.OBJECT, texts.OBJECT_EFFECT, texts.OBJECT_WHY),
    "change_give_up": Question(texts.GIVE_UP, texts.GIVE_UP_EFFECT, texts.GIVE_UP_WHY),
}


@dataclass(frozen=True, slots=True)
class ReasonModal(Modal):
    """Asks why, for one of QUESTIONS about one change, which ``what`` describes in plain text.

    It is the only confirmation: the buttons that open it have no dialog.
    """

    callback_id: ClassVar[str] = REASON_FORM
    metric: ClassVar[str] = "reason"

    action: str
    change_id: str
    channel: str
    what: str
    reason: str = ""

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
        asked, most = self.question, MAX_REASON_CHARS
        effect = plain_text(asked.effect.format(what=self.what))
        why = text_input(REASON, asked.label, self.reason, min_length=1, max_length=most)
        title = texts.ABOUT_CHANGE.format(verb=asked.verb, change=self.change_id)
        blocks = [{"type": "section", "text": effect}, why]
        return self.modal(self.change_id, self.channel, title, asked.verb, blocks, self.action)

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check that a reason is given."""
        reason = reason_of(typed(view).get(REASON, ""))
        return {} if reason else {REASON: texts.REASON_MISSING}

    @classmethod
    def parse(cls, view: View) -> Submission:
        """Read a submission; ``text`` is the reason."""
        asked = read(view)
        return replace(asked, text=str(asked.values[REASON]), values={})
