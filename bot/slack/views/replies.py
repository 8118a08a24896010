"""Replies that only one person sees: answers to queries, and help. All are escaped mrkdwn."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.domain.audit.chain import POSTED_HASH_CHARS, AuditEntry, Record
from bot.domain.roles import Grant, Right
from bot.grammar import COMMANDS, HelpPage
from bot.service.queries.history import CustomerRights, OpenChange
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.mrkdwn import (
    REASON_KEYS,
    customer_label,
    escape,
    fit_lines,
    format_time,
    heading,
    mentions_as_ids,
)

# The keys of an entry's detail that are shown where it has no reason.
_DETAIL_KEYS = [
    *("subject", "role", "expires_at", "name", "flag", "scope", "approvals"),
    *("filters", "to", "user", "file", "total", "already", "attempt", "affected", "failed"),
    *("api_id", "expires"),
]


def pending(waiting: Sequence[OpenChange], team_url: str, more: int = 0) -> str:
    """Return a line with a link for each open change; ``more`` is how many others are open."""
    lines = []
    for row in waiting:
        change = row.change
        customer = customer_label(change.customer, row.name)
        line = f"{change.id} · {heading(change)} · {change.action.title} · {customer}"
        card = link(row, team_url, "card")
        lines.append(f"{line} · {card}" if card else line)
    return fit_lines(lines, MAX_MESSAGE_TEXT_CHARS, more=more) or "Nothing waits here."


def proposed_already(row: OpenChange, team_url: str) -> str:
    """Return that the same change is open, with a link to its card."""
    card = link(row, team_url, "Open the card")
    return f"This is proposed already: {row.change.id}. {card}".rstrip()


def link(row: OpenChange, team_url: str, label: str) -> str:
    """Return a link to the card of a change, or "" where it is not posted."""
    return _link(row.channel, row.ts, team_url, label) if row.ts else ""


def moved(change_id: str, channel: str, ts: str, team_url: str) -> str:
    """Return what replaces a duplicate of a card, which is no longer updated."""
    card = _link(channel, ts, team_url, "Open it")
    return f"The card of {change_id} is another one. {card}".rstrip()


def _link(channel: str, ts: str, team_url: str, label: str) -> str:
    url = f"{team_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
    return f"<{url}|{label}>" if team_url else ""


def audit(entries: Sequence[AuditEntry]) -> str:
    """Return a line for each entry, oldest first; where they do not fit, the newest ones."""
    lines = []
    for entry in entries:
        record = entry.record
        fields = (
            str(entry.seq),
            format_time(record.at),
            record.kind,
            record.customer,
            record.change_id,
            escape(record.actor),
            escape(mentions_as_ids(_reason_or_details(record)), 500),
            entry.hash[:POSTED_HASH_CHARS],
        )
        lines.append(" · ".join(filter(None, fields)))
    return (
        fit_lines(lines, MAX_MESSAGE_TEXT_CHARS, newest_last=True)
        or "No entries that you may read."
    )


def _reason_or_details(record: Record) -> str:
    detail = record.detail
    reason = next((str(detail[key]) for key in REASON_KEYS if detail.get(key)), "")
    present = (key for key in _DETAIL_KEYS if detail.get(key) is not None)
    return reason or ", ".join(f"{key.replace('_', ' ')} {detail[key]}" for key in present)


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


def usable(page: HelpPage, rights: Collection[Right]) -> bool:
    """Return whether somebody with these rights may use the command."""
    return page.right is None or page.right in rights


def help_page(page: HelpPage) -> str:
    """Return the help of one command, examples first."""
    lines = [f"*{page.title}*: {page.meaning}"]
    lines += [f"`/continuity {example}`" for example in page.examples]
    lines += [f"Usage: {usage}" for usage in page.usage]
    lines += [f"{option}: {meaning}" for option, meaning in page.options]
    return fit_lines([escape(line) for line in lines], MAX_MESSAGE_TEXT_CHARS)


def help_overview(rights: Collection[Right]) -> str:
    """Return an example of each command that somebody with these rights may use."""
    pages = [page for page in COMMANDS.values() if usable(page, rights)]
    lines = [escape(f"`/continuity {page.examples[0]}` {page.meaning}") for page in pages]
    return fit_lines(
        [*lines, "More: `/continuity help` and the name of a command."], MAX_MESSAGE_TEXT_CHARS
    )
