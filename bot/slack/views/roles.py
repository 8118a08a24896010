"""The replies to `/continuity role list` and `whoami`. All text is escaped mrkdwn."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.roles import Grant
from bot.service.queries.history import CustomerRights
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.mrkdwn import customer_label, escape, fit_lines, format_time


def roles(grants: Sequence[Grant]) -> str:
    """Return a line for each role row."""
    lines = []
    for grant in grants:
        until = f" until {format_time(grant.expires_at)}" if grant.expires_at else ""
        row = f"{grant.subject.kind} {grant.subject.id} · {grant.role} · {grant.customer}"
        lines.append(f"{row}{until} · by {escape(grant.granted_by)}")
    return (
        fit_lines(lines, MAX_MESSAGE_TEXT_CHARS)
        or "No role rows of customers that you are admin for."
    )


def whoami(customers: Sequence[CustomerRights]) -> str:
    """Return for each right the rows that give it, or what is missing and who can grant it."""
    lines = []
    for rights in customers:
        lines.append(f"*{customer_label(rights.customer, rights.name)}*, in this channel:")
        for right, decision, remedy in rights.decisions:
            rows = "; ".join(
                f"{row.subject.id} {row.role} {row.customer}" for row in decision.evidence
            )
            answer = f"yes ({rows})" if decision.allowed else f"no. {decision.reason} {remedy}"
            lines.append(f"{right}: {answer}")
    return fit_lines(lines, MAX_MESSAGE_TEXT_CHARS)
