"""The words of a user who is deleted."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.change import Change, Outcome
from bot.domain.preview import Preview
from bot.domain.scope import single_address
from bot.slack.views.mrkdwn import describe_flags, escape, format_time

LONGEST = 200  # characters of a name


def meaning(change: Change, whom: str) -> str:
    """What is lost."""
    return f"Deletes *{whom}* and their emergency mailbox. *There is no way back.*"


def numbers(change: Change, seen: Preview) -> Sequence[str]:
    """Who they are and how they stand, so that nobody approves the wrong one."""
    name = escape(" ".join(seen.display_name.split()), LONGEST)
    lines = [f"Display name: {name}"] if seen.display_name else []
    if seen.facts and seen.facts.flags:
        lines.append(f"Now: {describe_flags(seen.facts.flags)}")
    return [*lines, escape(seen.problem, 500)] if seen.problem else lines


def go(change: Change, count: str) -> str:
    """`DELETE this user`: who it is stands above, and in the dialog."""
    return "DELETE this user"


def read_back(change: Change, told: Outcome) -> str:
    """Whether they were still there afterwards."""
    if told.read_back_at is None:
        return ""
    who = f"*{escape(single_address(change.scope))}*"
    how = f"the API knows no {who} any more" if told.in_state else f"{who} is *still there*"
    return f"Read back {format_time(told.read_back_at)}: {how}."


def after(change: Change) -> str:
    """Nothing that people forget."""
    return ""


def back(change: Change) -> str:
    """There is none."""
    return "There is no way back."
