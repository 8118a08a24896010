"""The words of access on, then failover on."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.preview import Preview
from bot.domain.steps import without_set_steps
from bot.slack.views.changes.flag import FlagWording
from bot.slack.views.texts import flag as flag_texts
from bot.slack.views.texts import steps as texts


class ActivateWording(FlagWording):
    """The words of access on, then failover on."""

    def meaning(self, scope: str) -> str:
        """What it means to the people whose mail it is."""
        return texts.ACTIVATE.format(scope=scope)

    def numbers(self, preview: Preview) -> Sequence[str]:
        """How many have each of the two already, and what is skipped for that."""
        facts = preview.facts
        if facts is None:  # of several customers together
            return FlagWording.numbers(self, preview)
        lines = [
            texts.ALREADY.format(
                access=f"{facts.with_access or 0:,}",
                failover=f"{facts.in_failover or 0:,}",
                will_change=f"{preview.will_change or 0:,}",
            )
        ]
        skipped = without_set_steps(self.change, preview, preview.taken_at)
        lines += [
            texts.NOTHING_TO_DO.format(step=one.switch.title.capitalize()) for one in skipped.steps
        ]
        if preview.not_activated:
            count = f"{preview.not_activated:,}"
            lines.append(flag_texts.NOT_ACTIVATED_FAILOVER.format(count=count))
        return [*lines, *self.problem(preview)]
