"""The reply to `/continuity audit`. All text is escaped mrkdwn."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.audit.chain import POSTED_HASH_CHARS, AuditEntry, Record
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.mrkdwn import REASON_KEYS, escape, fit_lines, format_time, mentions_as_ids

# The keys of an entry's detail that are shown where it has no reason.
_DETAIL_KEYS = [
    *("subject", "role", "expires_at", "name", "flag", "scope", "approvals"),
    *("filters", "to", "user", "file", "total", "already", "attempt", "affected", "failed"),
    *("api_id", "expires"),
]


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
