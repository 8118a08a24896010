"""The words of an import of users from a file."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import ImportUsers
from bot.domain.change import State
from bot.domain.outcome import Outcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import FileUsers
from bot.slack.views.changes.wording import Wording
from bot.slack.views.mrkdwn import escape, format_time, group_lines


class ImportUsersWording(Wording):
    """The words of an import of users from a file."""

    def meaning(self, whom: str) -> str:
        """Which file it is: what it says of each user is in a file in the card's thread."""
        file = self.change.action.file if isinstance(self.change.action, ImportUsers) else ""
        return f"Overwrites the fields of {whom}: “{escape(file, 100)}”."

    def numbers(self, seen: Preview) -> Sequence[str]:
        """How many self.change, and on lines of their own what an approver must not miss."""
        facts = seen.facts or Facts()
        lines = [
            f"Will change *{seen.will_change or 0:,}* · as wanted already {seen.already or 0:,}, not sent"
        ]
        if facts.new:
            lines.append(
                f"• *{facts.new:,}* are not known to the API: they may be created (assumed)"
            )
        lines += group_lines(seen)
        if facts.skipped:
            rows = "row" if facts.skipped == 1 else "rows"
            lines.append(f"• left out, since wrong: {facts.skipped:,} {rows} of the file")
        lines.append("Before and after, user by user: the file in this thread.")
        if seen.problem:
            lines.append(f"• {escape(seen.problem, 500)}")
        return lines

    def decision_label(self) -> str:
        """`import 9,219 of 10,000`."""
        differ = self.change.preview.will_change if self.change.preview else None
        return (
            f"import {self.count_text}"
            if differ is None
            else f"import {differ:,} of {self.count_text}"
        )

    def read_back(self, told: Outcome) -> str:
        """How many are as the file wants them, and how many the API took."""
        if told.read_back_at is None or told.total is None or told.in_state is None:
            return ""
        line = f"Read back {format_time(told.read_back_at)}: {told.in_state:,} of {told.total:,} as in the file."
        return line if told.affected is None else f"{line} API: {told.affected:,} updated."

    def way_back(self) -> str:
        """What was there before is in a file; the file once more sends only what is not there yet."""
        words = (
            "No way back by a button: what was there before is in the file in the card's thread."
        )
        if self.change.state is State.APPLIED or not isinstance(self.change.scope, FileUsers):
            return words
        return f"Import the file again: only what differs is sent. {words}"
