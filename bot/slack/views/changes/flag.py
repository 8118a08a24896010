"""The words of a flag that is set or removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.actions import SetFlag
from bot.domain.change import Change, Outcome, switch_of
from bot.domain.change_request import command_text
from bot.domain.preview import Preview
from bot.domain.scope import Everyone, Flag, Groups, Users
from bot.slack.views.mrkdwn import escape, format_time

LONGEST_COMMAND = 1000  # characters; a longer one is not pasted by anybody, and never shown cut
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


def meaning(change: Change, whom: str) -> str:
    """What it means to the people whose mail it is."""
    wanted = switch_of(change)
    return _MEANING[wanted.flag, wanted.on].format(whom)


def numbers(change: Change, seen: Preview) -> Sequence[str]:
    """The numbers, and on lines of their own what people forget when they switch something on."""
    wanted, already, will_change = switch_of(change), seen.already or 0, seen.will_change or 0
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


def go(change: Change, count: str) -> str:
    """`ON for 1,284`."""
    return f"{switch_of(change).direction.upper()} for {count}"


def read_back(change: Change, told: Outcome) -> str:
    """How many are as wanted, how many the API says it reached, and who cannot read their mail yet."""
    if told.read_back_at is None or told.total is None or told.in_state is None:
        return ""
    wanted = switch_of(change)
    target = _READ_BACK[wanted.flag, wanted.on]
    line = (
        f"Read back {format_time(told.read_back_at)}: {told.in_state:,} of {told.total:,} {target}."
    )
    if told.affected is not None:
        line += f" API: {told.affected:,} affected."
    if told.in_state and told.not_activated and wanted == SetFlag(Flag.FAILOVER, on=True):
        line += f" {told.not_activated:,} cannot read mail yet."
    return line


def after(change: Change) -> str:
    """That the flag is set does not tell that mail flows."""
    if switch_of(change).flag is not Flag.FAILOVER:
        return ""
    return "Mail flow itself is not tested: send one mail from outside."


def back(change: Change) -> str:
    """The opposite command, and whom it reaches besides: it knows no "as it was before"."""
    wanted, scope = switch_of(change), change.scope
    opposite = SetFlag(wanted.flag, not wanted.on)
    command = command_text(replace(change, action=opposite))
    before = change.preview.already if change.preview else None
    also = f" It also reaches the {before:,} who were {wanted.direction} before." if before else ""
    if isinstance(scope, Everyone) or len(command) <= LONGEST_COMMAND:
        return f"Back: `/continuity {escape(command)}`{also}"
    same = "users"
    if isinstance(scope, Groups):
        same = f"{len(scope.names)} groups"
    elif isinstance(scope, Users):
        same = f"{len(scope.addresses):,} named users"
    return f"Back: `{opposite.flag} {opposite.direction}` for the same {same}.{also}"
