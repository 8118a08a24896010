"""The words of another end for a timed change, or of none."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain.actions import MoveEnd
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.time_limit import words
from bot.domain.time_zone import zone_named
from bot.slack.views.changes.wording import Wording
from bot.slack.views.mrkdwn import format_time
from bot.slack.views.texts import time_limit as texts


class MoveEndWording(Wording):
    """The words of another end for a timed change, or of none."""

    def meaning(self, scope: str) -> str:
        """Until when it stays."""
        asked, switched = self._asked, self._switched
        if asked.until is None:
            return texts.KEEP_MEANING.format(what=switched, scope=scope)
        return texts.EXTEND_MEANING.format(
            what=switched, scope=scope, time=format_time(asked.until)
        )

    def numbers(self, preview: Preview) -> Sequence[str]:  # noqa: ARG002  # as the others have it
        """When it would end else."""
        asked = self._asked
        line = texts.END_BEFORE.format(change=asked.change, time=format_time(asked.before))
        if asked.until is None:
            return [line]
        return [line, texts.LONGER.format(lasts=words(asked.until - asked.before))]

    def decision_label(self) -> str:
        """`ON until 08:00 CET for 1,284`."""
        direction = "ON" if self._asked.on else "OFF"
        if self._asked.until is None:
            return texts.KEEP_LABEL.format(direction=direction, count=self.count_text)
        time = local_time(self._asked, self._asked.until)
        return texts.EXTEND_LABEL.format(direction=direction, time=time, count=self.count_text)

    def read_back(self, result: Outcome) -> str:  # noqa: ARG002  # as the others have it
        """Nothing: the API was not asked."""
        return ""

    def way_back(self) -> str:
        """Where it is taken back."""
        return texts.MOVED_WAY_BACK.format(change=self._asked.change)

    @property
    def _asked(self) -> MoveEnd:
        if not isinstance(self.change.action, MoveEnd):
            raise TypeError(f"{self.change.id} moves no end")
        return self.change.action

    @property
    def _switched(self) -> str:
        return f"{self._asked.flag.capitalize()} {'on' if self._asked.on else 'off'}"


def local_time(asked: MoveEnd, at: datetime) -> str:
    """Return a time by the clock of who asks; with the day where that is not the day of the end before."""
    zone = zone_named(asked.zone)
    same_day = at.astimezone(zone).date() == asked.before.astimezone(zone).date()
    return f"{at.astimezone(zone):{'%H:%M %Z' if same_day else '%d %b %H:%M %Z'}}"
