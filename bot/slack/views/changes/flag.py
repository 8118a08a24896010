"""The words of a flag that is set or removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.actions import SetFlag
from bot.domain.change import switch_of
from bot.domain.change_request import command_text
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import Everyone, Flag, Groups, Users
from bot.slack.views.changes.wording import Wording
from bot.slack.views.mrkdwn import escape, format_time

MAX_COMMAND_CHARS = 1000  # a longer one is not pasted by anybody, and never shown cut

_MEANING = {
    (Flag.FAILOVER, True): "Mail for {} goes to the emergency webmail.",
    (Flag.FAILOVER, False): "Mail for {} goes to the usual mail system again.",
    (Flag.ACCESS, True): "{} may log in to the emergency webmail.",
    (Flag.ACCESS, False): "{} may no longer log in to the emergency webmail.",
}
_READ_BACK = {
    (Flag.FAILOVER, True): "in failover",
    (Flag.FAILOVER, False): "not in failover",
    (Flag.ACCESS, True): "with access",
    (Flag.ACCESS, False): "without access",
}


class FlagWording(Wording):
    """The words of a flag that is set or removed."""

    def meaning(self, whom: str) -> str:
        """What it means to the people whose mail it is."""
        wanted = switch_of(self.change)
        return _MEANING[wanted.flag, wanted.on].format(whom)

    def numbers(self, seen: Preview) -> Sequence[str]:
        """The numbers, and on lines of their own what people forget when they switch something on."""
        wanted, already, will_change = (
            switch_of(self.change),
            seen.already or 0,
            seen.will_change or 0,
        )
        lines = [f"Already {wanted.direction} {already:,} · will change *{will_change:,}*"]
        failover = wanted.flag is Flag.FAILOVER
        if wanted.on and failover and seen.access_off:
            lines.append(f"• access off {seen.access_off:,} (cannot log in)")
        if wanted.on and seen.not_activated:
            lost = "cannot read it yet" if failover else "cannot log in yet"
            lines.append(f"• not activated {seen.not_activated:,} ({lost})")
        if seen.problem:
            lines.append(f"• {escape(seen.problem, 500)}")
        return lines

    def decision_label(self) -> str:
        """`ON for 1,284`."""
        return f"{switch_of(self.change).direction.upper()} for {self.count_text}"

    def read_back(self, told: Outcome) -> str:
        """How many are as wanted, how many the API says it reached, and who cannot read their mail
        yet.
        """
        if told.read_back_at is None or told.total is None or told.in_state is None:
            return ""
        wanted = switch_of(self.change)
        target = _READ_BACK[wanted.flag, wanted.on]
        line = f"Read back {format_time(told.read_back_at)}: {told.in_state:,} of {told.total:,} {target}."
        if told.affected is not None:
            line += f" API: {told.affected:,} affected."
        if told.in_state and told.not_activated and wanted == SetFlag(Flag.FAILOVER, on=True):
            line += f" {told.not_activated:,} cannot read mail yet."
        return line

    def reminder(self) -> str:
        """That the flag is set does not tell that mail flows."""
        if switch_of(self.change).flag is not Flag.FAILOVER:
            return ""
        return "Mail flow itself is not tested: send one mail from outside."

    def way_back(self) -> str:
        """The opposite command, and whom it reaches besides: it knows no "as it was before"."""
        wanted, scope = switch_of(self.change), self.change.scope
        opposite = SetFlag(wanted.flag, not wanted.on)
        command = command_text(replace(self.change, action=opposite))
        before = self.change.preview.already if self.change.preview else None
        also = (
            f" It also reaches the {before:,} who were {wanted.direction} before." if before else ""
        )
        if isinstance(scope, Everyone) or len(command) <= MAX_COMMAND_CHARS:
            return f"Back: `/continuity {escape(command)}`{also}"
        same = "users"
        if isinstance(scope, Groups):
            same = f"{len(scope.names)} groups"
        elif isinstance(scope, Users):
            same = f"{len(scope.addresses):,} named users"
        return f"Back: `{opposite.flag} {opposite.direction}` for the same {same}.{also}"
