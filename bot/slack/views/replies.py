"""What only the asker sees: answers to questions, refusals, help. Typed text is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.audit import AuditEntry
from bot.domain.roles import Grant
from bot.service.inquire import Rights, Status, Waiting
from bot.slack.views.cards import HEADINGS, customer_words, escape, when


def status(told: Status) -> str:
    """Counts and the last changes."""
    title = f"*{customer_words(told.customer, told.name)}*: {told.users:,} users"
    flags = f"activated {told.activated:,} · access {told.access:,} · failover {told.failover:,}"
    lines = [f"{title} · {flags}"]
    lines += [
        f"{change.id} · {HEADINGS[change.state]} · {change.title} · {when(change.created_at)}"
        for change in told.changes
    ]
    return "\n".join(lines)


def pending(waiting: Sequence[Waiting], team_url: str) -> str:
    """Open changes with links to their cards."""
    if not waiting:
        return "Nothing waits here."
    lines = []
    for row in waiting:
        change = row.change
        words = f"{change.id} · {HEADINGS[change.state]} · {change.title} · {change.customer}"
        if row.ts and team_url:
            link = f"{team_url.rstrip('/')}/archives/{change.channel}/p{row.ts.replace('.', '')}"
            words += f" · <{link}|card>"
        lines.append(words)
    return "\n".join(lines)[:3900]


def audit(entries: Sequence[AuditEntry]) -> str:
    """The last entries, oldest first."""
    if not entries:
        return "No entries that you may read."
    lines = []
    for entry in entries:
        record = entry.record
        why = record.detail.get("why") or record.detail.get("reason") or ""
        words = [str(entry.seq), when(record.at), record.kind, record.customer, record.change_id]
        words += [escape(record.actor), escape(str(why))]
        lines.append(" · ".join(word for word in words if word) + f" · {entry.hash[:6]}")
    return "\n".join(lines)[-3900:]


def roles(grants: Sequence[Grant]) -> str:
    """Role rows, one a line."""
    lines = [
        f"{grant.subject.kind} {grant.subject.id} · {grant.role} · {grant.customer} · by {escape(grant.granted_by)}"
        for grant in grants
    ]
    return "\n".join(lines)[:3900] or "No role rows of customers that you are admin for."


def whoami(rights: Rights) -> str:
    """What the reader may do here, or what is missing."""
    lines = [f"Here, for customer {escape(rights.customer)}:"]
    for right, decision in rights.decisions:
        if decision.allowed:
            rows = "; ".join(
                f"{row.subject.id} {row.role} {row.customer}" for row in decision.evidence
            )
            lines.append(f"{right}: yes ({rows})")
        else:
            lines.append(f"{right}: no. {decision.reason}")
    return "\n".join(lines)
