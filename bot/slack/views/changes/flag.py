"""The words of a flag that is set or removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.actions import FAILOVER_ON, SetFlag
from bot.domain.change import switch_of
from bot.domain.change_request import command_text
from bot.domain.outcome import Outcome
from bot.domain.preview import Preview
from bot.domain.scope import Everyone, Flag, Groups, Users
from bot.slack.views.cannot_read import cannot_read_line
from bot.slack.views.changes.wording import Wording, read_back_line
from bot.slack.views.mrkdwn import escape

# A longer command is not shown: nobody pastes it, and a cut one would be wrong.
MAX_SHOWN_COMMAND_CHARS = 1000

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

    def meaning(self, scope: str) -> str:
        """What it means to the people whose mail it is."""
        wanted = switch_of(self.change)
        return _MEANING[wanted.flag, wanted.on].format(scope)

    def numbers(self, preview: Preview) -> Sequence[str]:
        """The numbers, and lines about users whom switching the flag on does not help yet."""
        wanted = switch_of(self.change)
        already, will_change = preview.already or 0, preview.will_change or 0
        lines = [f"Already {wanted.direction} {already:,} · will change *{will_change:,}*"]
        failover = wanted.flag is Flag.FAILOVER
        if wanted.on and failover and preview.access_off:
            lines.append(f"• access off {preview.access_off:,} (cannot log in)")
        if wanted.on and preview.not_activated:
            lost = "cannot read it yet" if failover else "cannot log in yet"
            lines.append(f"• not activated {preview.not_activated:,} ({lost})")
        if preview.problem:
            lines.append(f"• {escape(preview.problem, 500)}")
        return lines

    def decision_label(self) -> str:
        """`ON for 1,284`."""
        return f"{switch_of(self.change).direction.upper()} for {self.count_text}"

    def read_back(self, result: Outcome) -> str:
        """How many users are as wanted, and who of them cannot read their mail."""
        wanted = switch_of(self.change)
        line = read_back_line(result, _READ_BACK[wanted.flag, wanted.on])
        cannot_read = cannot_read_line(result.readers) if line and wanted == FAILOVER_ON else ""
        return f"{line}\n{cannot_read}" if cannot_read else line

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
        if isinstance(scope, Everyone) or len(command) <= MAX_SHOWN_COMMAND_CHARS:
            return f"Back: `/continuity {escape(command)}`{also}"
        same = "users"
        if isinstance(scope, Groups):
            same = f"{len(scope.names)} groups"
        elif isinstance(scope, Users):
            same = f"{len(scope.addresses):,} named users"
        return f"Back: `{opposite.flag} {opposite.direction}` for the same {same}.{also}"
