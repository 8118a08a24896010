"""The words of a flag that is set or removed."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.actions import FAILOVER_ON
from bot.domain.change import switch_of
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import Flag
from bot.domain.steps import back_of
from bot.slack.views.cannot_read import cannot_read_line
from bot.slack.views.changes.wording import Wording, read_back_line
from bot.slack.views.mrkdwn import escape
from bot.slack.views.texts import flag as texts


class FlagWording(Wording):
    """The words of a flag that is set or removed."""

    def meaning(self, scope: str) -> str:
        """What it means to the people whose mail it is."""
        wanted = switch_of(self.change)
        return texts.EFFECT[wanted.flag, wanted.on].format(scope=scope)

    def numbers(self, preview: Preview) -> Sequence[str]:
        """The numbers, and lines about users whom switching the flag on does not help yet."""
        wanted = switch_of(self.change)
        already, will_change = f"{preview.already or 0:,}", f"{preview.will_change or 0:,}"
        lines = [
            texts.NUMBERS.format(
                direction=wanted.direction, already=already, will_change=will_change
            )
        ]
        failover = wanted.flag is Flag.FAILOVER
        if wanted.on and failover and preview.access_off:
            lines.append(texts.ACCESS_OFF.format(count=f"{preview.access_off:,}"))
        if wanted.on and preview.not_activated:
            form = texts.NOT_ACTIVATED_FAILOVER if failover else texts.NOT_ACTIVATED_ACCESS
            lines.append(form.format(count=f"{preview.not_activated:,}"))
        if not wanted.on and not failover and preview.facts and preview.facts.in_failover:
            lines.append(texts.LOSES_MAIL.format(count=f"{preview.facts.in_failover:,}"))
        return [*lines, *self.problem(preview)]

    def problem(self, preview: Preview) -> Sequence[str]:
        """Why numbers are missing or odd, if they are."""
        return (
            [texts.PROBLEM.format(problem=escape(preview.problem, 500))] if preview.problem else []
        )

    def decision_label(self) -> str:
        """`ON for 1,284`."""
        form = texts.DECISION_ON if switch_of(self.change).on else texts.DECISION_OFF
        return form.format(count=self.count_text)

    def read_back(self, result: Outcome) -> str:
        """How many users are as wanted, and who of them cannot read their mail."""
        wanted = switch_of(self.change)
        line = read_back_line(result, texts.STATE[wanted.flag, wanted.on], texts.AFFECTED)
        cannot_read = cannot_read_line(result.readers) if line and wanted == FAILOVER_ON else ""
        return f"{line}\n{cannot_read}" if cannot_read else line

    def reminder(self) -> str:
        """That the flag is set does not tell that mail flows."""
        if switch_of(self.change).flag is not Flag.FAILOVER:
            return ""
        return texts.MAIL_FLOW

    def back_label(self) -> str:
        """`Back: failover off`."""
        back = back_of(self.change)
        return texts.BACK.format(action=back.title.lower() if back else "")
