"""What only the asker sees: answers to questions, refusals, help. Typed text is escaped."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from bot.domain.audit import POSTED_HASH_CHARS, AuditEntry, Record
from bot.domain.roles import Grant, Right
from bot.grammar import COMMANDS, HelpPage
from bot.service.queries.history import CustomerRights, OpenChange
from bot.slack.limits import MAX_MESSAGE_CHARS
from bot.slack.views.mrkdwn import (
    REASON_KEYS,
    clip,
    customer_label,
    escape,
    fit_lines,
    format_time,
    heading,
    mentions_as_ids,
)

# What an audit line tells of an entry's detail where there is no reason.
_WHAT = [
    *("subject", "role", "expires_at", "name", "flag", "scope", "approvals"),
    *("filters", "to", "user", "file", "total", "already", "attempt", "affected", "failed"),
    *("api_id", "expires"),
]


def pending(waiting: Sequence[OpenChange], team_url: str, more: int = 0) -> str:
    """Open changes with links to their cards; ``more`` are open and not among them."""
    lines = []
    for row in waiting:
        change = row.change
        words = f"{change.id} · {heading(change)} · {change.action.title}"
        words += f" · {customer_label(change.customer, row.name)}"
        to_card = link(row, team_url, "card")
        lines.append(f"{words} · {to_card}" if to_card else words)
    return fit_lines(lines, MAX_MESSAGE_CHARS, more=more) or "Nothing waits here."


def proposed_already(row: OpenChange, team_url: str) -> str:
    """The same wish is open: where its card is."""
    words = f"This is proposed already: {row.change.id}."
    return f"{words} {link(row, team_url, 'Open the card')}".rstrip()


def link(row: OpenChange, team_url: str, words: str) -> str:
    """A link to the card of a change, or nothing where it is not posted."""
    return _link(row.channel, row.ts, team_url, words) if row.ts else ""


def moved(change_id: str, channel: str, ts: str, team_url: str) -> str:
    """What stands in the place of a card that is not kept up to date."""
    return f"The card of {change_id} is another one. {_link(channel, ts, team_url, 'Open it')}".rstrip()


def _link(channel: str, ts: str, team_url: str, words: str) -> str:
    place = f"{team_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"
    return f"<{place}|{words}>" if team_url else ""


def audit(entries: Sequence[AuditEntry]) -> str:
    """The last entries, oldest first."""
    lines = []
    for entry in entries:
        record = entry.record
        words = [
            str(entry.seq),
            format_time(record.at),
            record.kind,
            record.customer,
            record.change_id,
        ]
        words += [escape(record.actor), clip(escape(mentions_as_ids(_what(record))), 500)]
        lines.append(
            " · ".join(word for word in words if word) + f" · {entry.hash[:POSTED_HASH_CHARS]}"
        )
    return fit_lines(lines, MAX_MESSAGE_CHARS, newest_last=True) or "No entries that you may read."


def _what(record: Record) -> str:
    """Why, where an entry says so; else what was set, counted or answered."""
    detail = record.detail
    why = next((str(detail[key]) for key in REASON_KEYS if detail.get(key)), "")
    told = [
        f"{key.replace('_', ' ')} {detail[key]}" for key in _WHAT if detail.get(key) is not None
    ]
    return why or ", ".join(told)


def roles(grants: Sequence[Grant]) -> str:
    """Role rows, one a line."""
    lines = []
    for grant in grants:
        until = f" until {format_time(grant.expires_at)}" if grant.expires_at else ""
        words = f"{grant.subject.kind} {grant.subject.id} · {grant.role} · {grant.customer}"
        lines.append(f"{words}{until} · by {escape(grant.granted_by)}")
    return (
        fit_lines(lines, MAX_MESSAGE_CHARS) or "No role rows of customers that you are admin for."
    )


def whoami(told: Sequence[CustomerRights]) -> str:
    """What the reader may do here, by which row, or what is missing and who can grant it."""
    lines = []
    for rights in told:
        lines.append(f"*{customer_label(rights.customer, rights.name)}*, in this channel:")
        for right, decision, cure in rights.decisions:
            rows = "; ".join(
                f"{row.subject.id} {row.role} {row.customer}" for row in decision.evidence
            )
            answer = f"yes ({rows})" if decision.allowed else f"no. {decision.reason} {cure}"
            lines.append(f"{right}: {answer}")
    return fit_lines(lines, MAX_MESSAGE_CHARS)


def usable(page: HelpPage, rights: Collection[Right]) -> bool:
    """Whether somebody with these rights may use the command."""
    return page.right is None or page.right in rights


def help_page(page: HelpPage) -> str:
    """One command: examples first."""
    lines = [f"*{page.title}*: {page.meaning}"]
    lines += [f"`/continuity {example}`" for example in page.examples]
    lines += [f"Usage: {usage}" for usage in page.usage]
    lines += [f"{option}: {meaning}" for option, meaning in page.options]
    return fit_lines([escape(line) for line in lines], MAX_MESSAGE_CHARS)


def help_overview(rights: Collection[Right]) -> str:
    """The commands that somebody with these rights may use: an example of each."""
    pages = [page for page in COMMANDS.values() if usable(page, rights)]
    lines = [escape(f"`/continuity {page.examples[0]}` {page.meaning}") for page in pages]
    return fit_lines(
        [*lines, "More: `/continuity help` and the name of a command."], MAX_MESSAGE_CHARS
    )
