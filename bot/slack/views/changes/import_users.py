"""The words of an import of users from a file."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import ImportUsers
from bot.domain.change_state import State
from bot.domain.outcome import Outcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import FileUsers
from bot.slack.views.changes.wording import Wording, read_back_line
from bot.slack.views.mrkdwn import escape, group_lines
from bot.slack.views.texts import import_users as texts


class ImportUsersWording(Wording):
    """The words of an import of users from a file."""

    def meaning(self, scope: str) -> str:
        """Which file it is: what it says of each user is in a file in the card's thread."""
        file = self.change.action.file if isinstance(self.change.action, ImportUsers) else ""
        return texts.EFFECT.format(scope=scope, file=escape(file, 100))

    def numbers(self, preview: Preview) -> Sequence[str]:
        """How many users change, and lines that an approver must not miss."""
        facts = preview.facts or Facts()
        will_change, already = preview.will_change or 0, preview.already or 0
        lines = [texts.NUMBERS.format(will_change=f"{will_change:,}", already=f"{already:,}")]
        if facts.new:
            lines.append(texts.NEW.format(facts.new))
        lines += group_lines(preview)
        if facts.skipped:
            lines.append(texts.LEFT_OUT.format(facts.skipped))
        lines.append(texts.FILE_IN_THREAD)
        if preview.problem:
            lines.append(texts.PROBLEM.format(problem=escape(preview.problem, 500)))
        return lines

    def decision_label(self) -> str:
        """`import 9,219 of 10,000`."""
        differ = self.change.preview.will_change if self.change.preview else None
        if differ is None:
            return texts.DECISION.format(count=self.count_text)
        return texts.DECISION_SOME.format(count=f"{differ:,}", total=self.count_text)

    def read_back(self, result: Outcome) -> str:
        """How many users are as the file wants them, and how many the API updated."""
        return read_back_line(result, texts.STATE, texts.UPDATED)

    def way_back(self) -> str:
        """The values from before are in a file; importing it again sends what is still missing."""
        if self.change.state is State.APPLIED or not isinstance(self.change.scope, FileUsers):
            return texts.BACK
        return f"{texts.IMPORT_AGAIN} {texts.BACK}"
