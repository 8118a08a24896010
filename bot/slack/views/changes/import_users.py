"""The words of an import of users from a file."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import ImportUsers
from bot.domain.change import State
from bot.domain.outcome import Outcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import FileUsers
from bot.slack.views.changes.wording import Wording, read_back_line
from bot.slack.views.mrkdwn import escape, group_lines


class ImportUsersWording(Wording):
    """The words of an import of users from a file."""

    def meaning(self, scope: str) -> str:
        """Which file it is: what it says of each user is in a file in the card's thread."""
        file = self.change.action.file if isinstance(self.change.action, ImportUsers) else ""
        return f"Overwrites the fields of {scope}: “{escape(file, 100)}”."

    def numbers(self, preview: Preview) -> Sequence[str]:
        """How many users change, and lines that an approver must not miss."""
        facts = preview.facts or Facts()
        will_change, already = preview.will_change or 0, preview.already or 0
        lines = [f"Will change *{will_change:,}* · as wanted already {already:,}, not sent"]
        if facts.new:
            lines.append(
                f"• *{facts.new:,}* are not known to the API: they may be created (assumed)"
            )
        lines += group_lines(preview)
        if facts.skipped:
            rows = "row" if facts.skipped == 1 else "rows"
            lines.append(f"• left out, since wrong: {facts.skipped:,} {rows} of the file")
        lines.append("Before and after, user by user: the file in this thread.")
        if preview.problem:
            lines.append(f"• {escape(preview.problem, 500)}")
        return lines

    def decision_label(self) -> str:
        """`import 9,219 of 10,000`."""
        differ = self.change.preview.will_change if self.change.preview else None
        count = self.count_text if differ is None else f"{differ:,} of {self.count_text}"
        return f"import {count}"

    def read_back(self, result: Outcome) -> str:
        """How many users are as the file wants them, and how many the API updated."""
        return read_back_line(result, "as in the file", "updated")

    def way_back(self) -> str:
        """The values from before are in a file; importing it again sends what is still missing."""
        note = "No way back by a button: what was there before is in the file in the card's thread."
        if self.change.state is State.APPLIED or not isinstance(self.change.scope, FileUsers):
            return note
        return f"Import the file again: only what differs is sent. {note}"
