"""The words of a user who is deleted."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import single_address
from bot.slack.views.changes.wording import Wording
from bot.slack.views.mrkdwn import describe_flags, escape, format_time
from bot.slack.views.texts import delete_user as texts

MAX_NAME_CHARS = 200


class DeleteUserWording(Wording):
    """The words of a user who is deleted."""

    def meaning(self, scope: str) -> str:
        """What is lost."""
        return texts.CARD_EFFECT.format(scope=scope)

    def numbers(self, preview: Preview) -> Sequence[str]:
        """Who they are and how they stand, so that nobody approves the wrong one."""
        name = escape(" ".join(preview.display_name.split()), MAX_NAME_CHARS)
        lines = [texts.DISPLAY_NAME.format(name=name)] if preview.display_name else []
        if preview.facts and preview.facts.flags:
            lines.append(texts.NOW.format(flags=describe_flags(preview.facts.flags)))
        return [*lines, escape(preview.problem, 500)] if preview.problem else lines

    def decision_label(self) -> str:
        """`DELETE this user`: who it is stands above, and in the dialog."""
        return texts.DECISION

    def read_back(self, result: Outcome) -> str:
        """Whether they were still there afterwards."""
        if result.read_back_at is None:
            return ""
        form = texts.GONE if result.in_state else texts.STILL_THERE
        user = escape(single_address(self.change.scope))
        return form.format(time=format_time(result.read_back_at), user=user)
