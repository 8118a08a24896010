"""What the modals that ask for a file of users have in common."""

from __future__ import annotations

from typing import Any, ClassVar

from bot.domain.limits import MAX_REASON_CHARS
from bot.slack.payloads import Values
from bot.slack.views.modals.inputs import REASON, input_block, text_input
from bot.slack.views.modals.modal import Modal
from bot.slack.views.mrkdwn import Blocks, plain_text
from bot.slack.views.texts import user_files as texts

FILE = "file"
_SKIP = "skip"


class UserFileModal(Modal):
    """Asks for one file, a reason, and whether wrong rows are skipped."""

    file_types: ClassVar[tuple[str, ...]] = ("csv", "txt", "tsv")
    file_hint: ClassVar[str]

    def blocks(self, customer: str, name: str, reason: str, *more: dict[str, Any]) -> Blocks:
        """Return the inputs, with ``more`` behind the file; ``name`` is the customer's, or ""."""
        whose = texts.NAME_AND_NUMBER.format(name=name, customer=customer) if name else customer
        file = {"type": "file_input", "filetypes": [*self.file_types], "max_files": 1}
        option = {"text": plain_text(texts.SKIP), "value": _SKIP}
        skip = {"type": "checkboxes", "options": [option]}
        hint, longest = texts.WHY_HINT, MAX_REASON_CHARS
        why = text_input(REASON, texts.WHY, reason, optional=True, hint=hint, max_length=longest)
        return [
            {"type": "section", "text": plain_text(texts.NOTHING_SENT_YET.format(customer=whose))},
            input_block(FILE, texts.FILE, file, hint=self.file_hint),
            *more,
            why,
            input_block(_SKIP, texts.WRONG_ROWS, skip, optional=True, hint=texts.SKIP_HINT),
        ]


def with_skipping(values: Values) -> Values:
    """Return the values with the box ticked."""
    return {**values, _SKIP: [_SKIP]}


def skipping_label(wrong: int, rest: int) -> str:
    """Return the label of the button that skips the wrong rows and proposes the others."""
    return texts.SKIP_AND_PROPOSE.format(wrong, rest=f"{rest:,}")


def skips_wrong(values: Values) -> bool:
    """Whether the box is ticked."""
    return _SKIP in values.get(_SKIP, [])
