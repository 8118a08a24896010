"""The rows of a file of audit entries: columns for a spreadsheet, or everything as JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Mapping

from bot.domain.actions import SetFlag
from bot.domain.audit.chain import AuditEntry
from bot.domain.audit.change_story import ChangeStory, KnownNames
from bot.domain.scope import Filters, Groups, Users, describe_filters
from bot.domain.user_files.csv_format import CsvRow
from bot.service.queries.audit import AuditPage
from bot.slack.views.audit.sentence import sentence
from bot.slack.views.audit.told import PLAIN
from bot.slack.views.mrkdwn import REASON_KEYS

COLUMNS = (
    *("seq", "time_utc", "kind", "sentence", "customer", "customer_name", "change"),
    *("actor_id", "actor_name", "on_behalf_of", "channel", "action", "direction", "scope", "users"),
    *("reason", "approvals_needed", "approved_by", "api_id", "api_timestamp", "affected", "hash"),
)
# Addresses that a cell names.
MAX_ADDRESSES = 20


def csv_row(entry: AuditEntry, story: ChangeStory, known: KnownNames) -> CsvRow:
    """Return the cells of an entry by column; what it does not say is None."""
    record, detail = entry.record, entry.record.detail
    flag = story.action if isinstance(story.action, SetFlag) else None
    approvers = (
        f"{one.name} ({one.id})" if one.name else one.id for one in story.approved_by(entry.seq)
    )
    return {
        "seq": entry.seq,
        "time_utc": f"{record.at:%Y-%m-%d %H:%M:%S}",
        "kind": record.kind,
        "sentence": sentence(entry, story, known, PLAIN),
        "customer": record.customer,
        "customer_name": story.customer_name or known.customers.get(record.customer),
        "change": record.change_id,
        "actor_id": record.actor,
        "actor_name": record.actor_name,
        "on_behalf_of": detail.get("on_behalf_of"),
        "channel": record.channel,
        "action": story.action.topic if story.action else None,
        "direction": flag.direction if flag else None,
        "scope": _scope(story),
        "users": story.users(entry.seq),
        "reason": next((str(detail[key]) for key in REASON_KEYS if detail.get(key)), None),
        "approvals_needed": detail.get("approvals_needed"),
        "approved_by": ", ".join(approvers),
        **{key: detail.get(key) for key in ("api_id", "api_timestamp", "affected")},
        "hash": entry.hash,
    }


def json_row(entry: AuditEntry, story: ChangeStory, known: KnownNames) -> Mapping[str, object]:
    """Return everything that an entry holds, with its sentence."""
    record = entry.record
    return {
        "seq": entry.seq,
        "at": record.at.isoformat(),
        "kind": record.kind,
        "sentence": sentence(entry, story, known, PLAIN),
        "actor": record.actor,
        "actor_name": record.actor_name,
        "customer": record.customer,
        "change_id": record.change_id,
        "channel": record.channel,
        "detail": record.detail,
        "previous": entry.previous,
        "hash": entry.hash,
    }


async def json_chunks(pages: AsyncIterable[AuditPage]) -> AsyncIterator[bytes]:
    """Yield a JSON array in UTF-8, an entry a line."""
    before = "[\n"
    async for page in pages:
        rows = (json_row(one, page.story(one), page.known) for one in page.entries)
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
        yield f"{before}{lines}".encode("utf-8", "replace")
        before = ",\n"
    yield b"\n]\n" if before == ",\n" else b"[]\n"


def _scope(story: ChangeStory) -> str | None:
    match story.scope:
        case None:
            return story.command or None
        case Groups(names=names):
            return "groups: " + ", ".join(names)
        case Users(addresses=addresses):
            more = len(addresses) - MAX_ADDRESSES
            shown = ", ".join(addresses[:MAX_ADDRESSES])
            return f"{shown} and {more:,} more" if more > 0 else shown
        case Filters() as filters:
            return ", ".join(describe_filters(filters))
        case other:
            return other.kind
