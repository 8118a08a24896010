"""The words of a user who is deleted."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import single_address
from bot.slack.views.changes.wording import Wording
from bot.slack.views.mrkdwn import describe_flags, escape, format_time

MAX_NAME_CHARS = 200


class DeleteUserWording(Wording):
    """The words of a user who is deleted."""

    def meaning(self, scope: str) -> str:
        """What is lost."""
        return f"Deletes *{scope}* and their emergency mailbox. *There is no way back.*"

    def numbers(self, preview: Preview) -> Sequence[str]:
        """Who they are and how they stand, so that nobody approves the wrong one."""
        name = escape(" ".join(preview.display_name.split()), MAX_NAME_CHARS)
        lines = [f"Display name: {name}"] if preview.display_name else []
        if preview.facts and preview.facts.flags:
            lines.append(f"Now: {describe_flags(preview.facts.flags)}")
        return [*lines, escape(preview.problem, 500)] if preview.problem else lines

    def decision_label(self) -> str:
        """`DELETE this user`: who it is stands above, and in the dialog."""
        return "DELETE this user"

    def read_back(self, result: Outcome) -> str:
        """Whether they were still there afterwards."""
        if result.read_back_at is None:
            return ""
        who = f"*{escape(single_address(self.change.scope))}*"
        how = f"the API knows no {who} any more" if result.in_state else f"{who} is *still there*"
        return f"Read back {format_time(result.read_back_at)}: {how}."
