"""The words of users who are deleted in bulk."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.change import Change
from bot.domain.change_request import command_text
from bot.domain.outcome import Outcome
from bot.domain.preview import Facts, Preview
from bot.domain.scope import EVERY_USER, Filters, describe_filters
from bot.slack.views.changes.wording import Wording, read_back_line
from bot.slack.views.mrkdwn import escape, join_names, mention
from bot.slack.views.texts import purge_users as texts


class PurgeUsersWording(Wording):
    """The words of users who are deleted in bulk."""

    def meaning(self, scope: str) -> str:
        """What is lost; loudest where it is everybody."""
        form = texts.EFFECT_WHOLE if _is_whole(self.change) else texts.EFFECT
        return form.format(scope=scope)

    def numbers(self, preview: Preview) -> Sequence[str]:
        """How many of how many, and how many of them are in use right now."""
        facts, total = preview.facts or Facts(), preview.total or 0
        counts = [texts.WILL_DELETE.format(count=f"{total:,}")]
        if facts.everyone is not None:
            counts.append(texts.OF_CUSTOMER.format(count=f"{facts.everyone:,}"))
        if facts.in_failover is not None:
            counts.append(texts.IN_FAILOVER.format(count=f"{facts.in_failover:,}"))
        lines = [" · ".join(counts)]
        if not _is_whole(self.change) and facts.everyone == total:
            lines.append(texts.ALL_OF_THEM)
        lines.append(texts.WHO.format(command=escape(_list_command(self.change), 1000)))
        lines.append(texts.EXPORT_FIRST)
        return [*lines, escape(preview.problem, 500)] if preview.problem else lines

    def decision_label(self) -> str:
        """`DELETE 1,284`."""
        form = texts.DECISION_ALL if _is_whole(self.change) else texts.DECISION
        return form.format(count=self.count_text)

    def read_back(self, result: Outcome) -> str:
        """How many users are gone."""
        state = texts.STATE
        if isinstance(self.change.scope, Filters) and not _is_whole(self.change):
            filters = join_names(describe_filters(self.change.scope))
            state = texts.STATE_THAT_MATCH.format(filters=filters)
        return read_back_line(result, state, texts.AFFECTED)

    def reminder(self) -> str:
        """Where the data are."""
        return texts.REMINDER.format(person=mention(self.change.requester))


def _list_command(change: Change) -> str:
    """The command that lists whom it is for: `/continuity users 44444 --group left`."""
    return f"/continuity users{command_text(change).removeprefix(change.action.kind)}"


def _is_whole(change: Change) -> bool:
    return change.scope == EVERY_USER
