"""The words of users who are deleted in bulk."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.change import Change
from bot.domain.change_request import command_text
from bot.domain.outcome import Outcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import EVERY_USER, Filters, describe_filters
from bot.slack.views.changes.wording import Wording, read_back_line
from bot.slack.views.mrkdwn import escape, join_names


class PurgeUsersWording(Wording):
    """The words of users who are deleted in bulk."""

    def meaning(self, scope: str) -> str:
        """What is lost; loudest where it is everybody."""
        lost = f"Deletes {scope} and their emergency mailboxes. *There is no way back.*"
        return f":rotating_light: *THE WHOLE CUSTOMER.* {lost}" if _is_whole(self.change) else lost

    def numbers(self, preview: Preview) -> Sequence[str]:
        """How many of how many, and how many of them are in use right now."""
        facts, total = preview.facts or Facts(), preview.total or 0
        counts = [f"Will delete *{total:,}*"]
        if facts.everyone is not None:
            counts.append(f"Users of this customer {facts.everyone:,}")
        if facts.in_failover is not None:
            counts.append(f"In failover now {facts.in_failover:,}")
        lines = [" · ".join(counts)]
        if not _is_whole(self.change) and facts.everyone == total:
            lines.append(":rotating_light: *These are ALL users of the customer.*")
        lines.append(f"Who they are: `{escape(_list_command(self.change), 1000)}`")
        lines.append(
            "First their data go to the requester as a file; without that nobody is deleted."
        )
        return [*lines, escape(preview.problem, 500)] if preview.problem else lines

    def decision_label(self) -> str:
        """`DELETE 1,284`."""
        return f"DELETE {'ALL ' if _is_whole(self.change) else ''}{self.count_text}"

    def read_back(self, result: Outcome) -> str:
        """How many users are gone."""
        users = "users"
        if isinstance(self.change.scope, Filters) and not _is_whole(self.change):
            users += f" with {join_names(describe_filters(self.change.scope))}"
        return read_back_line(result, f"{users} are gone")

    def reminder(self) -> str:
        """Where the data are."""
        return f"<@{self.change.requester}> has the file with their data: it is nowhere else."


def _list_command(change: Change) -> str:
    """The command that lists whom it is for: `/continuity users 44444 --group left`."""
    return f"/continuity users{command_text(change).removeprefix(change.action.kind)}"


def _is_whole(change: Change) -> bool:
    return change.scope == EVERY_USER
