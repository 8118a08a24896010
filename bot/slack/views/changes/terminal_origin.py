"""What views say of changes and approvals that were given at the terminal, without a click."""

from __future__ import annotations

from collections.abc import Collection

from bot.domain.change import CLICKED, Change
from bot.slack.views.mrkdwn import Blocks, escape, format_time, mentions, section, title


def at_terminal(change: Change) -> str:
    """Return ` at the terminal user@host` for a change proposed there, else ""; escaped."""
    return f" at the terminal {escape(change.terminal, 300)}" if change.terminal else ""


def approvers(change: Change) -> str:
    """Return mentions of the approvers, and where they approved if not by a click; escaped."""
    return ", ".join(
        f"<@{one.approver}>"
        + ("" if one.via == CLICKED else f" ({escape(one.via, 300)}, not clicked)")
        for one in change.approvals
    )


def verbal_approval_notice(
    change: Change, name: str, recipient: str, scope: str, admins: Collection[str]
) -> tuple[str, Blocks]:
    """Return text and blocks about an approval that somebody else gave at the terminal.

    ``recipient`` is the named approver, the requester, an admin or a channel. ``scope`` is for whom
    the change is, escaped; ``admins`` are those to turn to.
    """
    contacts = mentions(sorted(set(admins) - {recipient})) or "your security team"
    approver_ids = {*(one.approver for one in change.approvals), *change.asked_before}
    other = recipient in {change.requester, *admins} or recipient.startswith(("C", "G"))
    if other and recipient not in approver_ids:
        return _notice_to_others(change, name, recipient, scope, contacts)
    approval = next((one for one in change.approvals if one.approver == recipient), None)
    how = "said at the terminal, and does not count any more"
    if approval is not None:
        how = f"{escape(approval.via, 300)}, {format_time(approval.at)}"
    lines = [
        f"<@{recipient}>: while Slack did not answer, your approval of {change.id} was {how}.",
        f"*{title(change, name)}*, for {scope}, asked by <@{change.requester}>.",
        *_reason(change),
        f"*If you did not approve it, tell {contacts} now.*",
    ]
    return f"Your approval of {change.id} was said at the terminal", [section("\n".join(lines))]


def _notice_to_others(
    change: Change, name: str, recipient: str, scope: str, contacts: str
) -> tuple[str, Blocks]:
    mine = recipient == change.requester
    claim = " The terminal named you as who asked for it." if mine else ""
    given = approvers(change) or f"{mentions(change.asked_before)}, which does not count any more"
    asked = f"asked by <@{change.requester}>{at_terminal(change)}, approved by {given}"
    lines = [
        f"While Slack did not answer, {change.id} was approved by words, not by a click.{claim}",
        f"*{title(change, name)}*, for {scope}, {asked}.",
        *_reason(change),
        f"*If you do not know of it, ask them and tell {contacts} now.*",
    ]
    return f"{change.id} was approved by words at the terminal", [section("\n".join(lines))]


def _reason(change: Change) -> list[str]:
    return [f"Reason: {escape(change.reason)}"] if change.reason else []
