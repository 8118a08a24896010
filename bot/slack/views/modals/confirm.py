"""What the modals of deletions have in common: what is deleted has to be typed once more."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import ClassVar

from bot.slack.views.modals import inputs
from bot.slack.views.modals.modal import Modal, Submission, View, read, typed
from bot.slack.views.texts import forms as texts


class ConfirmModal(Modal):
    """``repeat_block`` is the input for the text, ``mismatch`` the sentence where it differs."""

    repeat_block: ClassVar[str]
    mismatch: ClassVar[str]

    @classmethod
    @abstractmethod
    def is_repeated(cls, view: View, text: str) -> bool:
        """Return whether this is what had to be typed."""

    @classmethod
    def errors(cls, view: View) -> dict[str, str]:
        """Check what was typed, and that a reason is given."""
        now, wrong = typed(view), {}
        if not cls.is_repeated(view, str(now[cls.repeat_block]).strip()):
            wrong[cls.repeat_block] = cls.mismatch
        if not inputs.reason_of(now[inputs.REASON]):
            wrong[inputs.REASON] = texts.REASON_MISSING
        return wrong

    @classmethod
    def parse(cls, view: View) -> Submission:
        """Read a submission; ``values`` hold the text of the block that says what it is about."""
        reason = inputs.reason_of(typed(view)[inputs.REASON])
        return replace(read(view), text=reason, values={inputs.WHO: inputs.subject_of(view)})
