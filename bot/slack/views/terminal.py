"""What was given at the terminal is called so: nobody clicked, and the named approver is told directly."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.change import CLICKED, Change
from bot.slack.views.words import Blocks, clip, escape, people, section, title, when


def at_terminal(change: Change) -> str:
    """` at the terminal user@host`, where the change was asked for there; escaped."""
    return f" at the terminal {clip(escape(change.terminal), 300)}" if change.terminal else ""


def approvers(change: Change) -> str:
    """Mentions of those who approved; where that was said, and not clicked, it says so; escaped."""
    return ", ".join(
        f"<@{given.approver}>"
        + ("" if given.via == CLICKED else f" ({clip(escape(given.via), 300)}, not clicked)")
        for given in change.approvals
    )


def asserted(
    change: Change, name: str, person: str, whom: str, admins: Collection[str]
) -> tuple[str, Blocks]:
    """The direct message to an approver whose approval somebody else said he gave.

    ``whom`` is for whom the change is, escaped; ``admins`` are those who can help him.
    """
    others = people(sorted(set(admins) - {person}))
    given = next((one for one in change.approvals if one.approver == person), None)
    said = "said at the terminal, and does not count any more"
    if given is not None:
        said = f"{clip(escape(given.via), 300)}, {when(given.at)}"
    lines = [
        f"<@{person}>: while Slack did not answer, your approval of {change.id} was {said}.",
        f"*{title(change, name)}*, for {whom}, asked by <@{change.requester}>.",
    ]
    if change.reason:
        lines.append(f"Reason: {escape(change.reason)}")
    lines.append(f"*If you did not approve it, tell {others or 'your security team'} now.*")
    return f"Your approval of {change.id} was said at the terminal", [section("\n".join(lines))]
