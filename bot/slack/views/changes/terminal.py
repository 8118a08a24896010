"""What was given at the terminal is called so: nobody clicked, and the named approver is told directly."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.change import CLICKED, Change
from bot.slack.views.mrkdwn import Blocks, clip, escape, format_time, mentions, section, title


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


def verbal_approval_notice(
    change: Change, name: str, person: str, whom: str, admins: Collection[str]
) -> tuple[str, Blocks]:
    """The message to an approver whose approval somebody else said they gave, or to another who is told.

    ``person`` is whom it goes to, or a channel. ``whom`` is for whom the change is, escaped; ``admins`` are
    those who can help.
    """
    others = mentions(sorted(set(admins) - {person}))
    named = {*(one.approver for one in change.approvals), *change.asked_before}
    also = person in {change.requester, *admins} or person.startswith(("C", "G"))
    if also and person not in named:
        return _told(change, name, person, whom, others)
    given = next((one for one in change.approvals if one.approver == person), None)
    said = "said at the terminal, and does not count any more"
    if given is not None:
        said = f"{clip(escape(given.via), 300)}, {format_time(given.at)}"
    lines = [
        f"<@{person}>: while Slack did not answer, your approval of {change.id} was {said}.",
        f"*{title(change, name)}*, for {whom}, asked by <@{change.requester}>.",
    ]
    if change.reason:
        lines.append(f"Reason: {escape(change.reason)}")
    lines.append(f"*If you did not approve it, tell {others or 'your security team'} now.*")
    return f"Your approval of {change.id} was said at the terminal", [section("\n".join(lines))]


def _told(change: Change, name: str, person: str, whom: str, others: str) -> tuple[str, Blocks]:
    mine = " The terminal named you as who asked for it." if person == change.requester else ""
    given = approvers(change) or f"{mentions(change.asked_before)}, which does not count any more"
    asked = f"asked by <@{change.requester}>{at_terminal(change)}, approved by {given}"
    lines = [
        f"While Slack did not answer, {change.id} was approved by words, not by a click.{mine}",
        f"*{title(change, name)}*, for {whom}, {asked}.",
    ]
    if change.reason:
        lines.append(f"Reason: {escape(change.reason)}")
    lines.append(
        f"*If you do not know of it, ask them and tell {others or 'your security team'} now.*"
    )
    return f"{change.id} was approved by words at the terminal", [section("\n".join(lines))]
