"""The data of a report: a CSV with a line for each entry, and a JSON document with everything.

docs/report.md describes both. The same trail and request make the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from bot.domain.audit.chain import AuditEntry
from bot.domain.incident_report.message import ReportMessage
from bot.domain.incident_report.timeline import CountedUsers, counted_users, marks
from bot.domain.user_files.csv_format import BOM, CsvRow, csv_lines
from bot.service.incident_report.read import IncidentReport
from bot.service.queries.audit import local_time
from bot.slack.documents.report_people import people_of_changes
from bot.slack.views.audit.file import COLUMNS, csv_row
from bot.slack.views.audit.sentence import sentence
from bot.slack.views.audit.told import PLAIN

FORMAT, VERSION = "continuity-report", 1
CSV_COLUMNS = (*COLUMNS[:2], "time_local", *COLUMNS[2:], "requests", "read_back")
# Of the detail of an entry: what cards, outcomes and sentences show. Role rows, digests and the
# like stay in the trail.
SHOWN_DETAIL = (
    *("command", "reason", "policy", "approvals_needed", "remarks", "file", "users", "sha256"),
    *("back_of", "requester", "approved_by", "given", "preview", "total", "already", "access_off"),
    *("not_activated", "problem", "spelled", "attempt", "requests", "api_id", "api_timestamp"),
    *("affected", "read_back", "failed", "cannot_read", "verified", "sentence", "why", "by"),
    *("on_behalf_of", "people", "of", "end_before", "step", "skipped", "review", "drill"),
)


def csv_file(report: IncidentReport) -> bytes:
    """Return the CSV, in UTF-8 with a byte order mark."""
    rows = (_csv_row(report, entry) for entry in report.entries)
    return (BOM + "".join(csv_lines(rows, CSV_COLUMNS))).encode("utf-8", "replace")


def json_file(report: IncidentReport) -> bytes:
    """Return the JSON, in UTF-8."""
    request = report.request
    audit, where = request.audit, request.audit.where
    document = {
        "format": FORMAT,
        "version": VERSION,
        "customer": audit.command.customer,
        "customer_name": audit.name,
        "change": where.change_id or None,
        "channel": request.channel or None,
        "channel_name": request.channel_name,
        "since": _time(where.since),
        "until": _time(where.until),
        "zone": audit.zone,
        "asked_by": {"id": audit.actor.user, "name": audit.actor_name},
        "head": {"entry": report.head.seq, "hash": report.head.hash} if report.head else None,
        "left_out": report.left_out,
        "changes": people_of_changes(report),
        "counts": [_counts(one) for one in counted_users(report.entries, report.stories)],
        "marks": [
            {"entry": one.seq, "time_utc": _time(one.at), "kind": one.kind}
            for one in marks(report.entries, report.stories)
        ],
        "entries": [_json_row(report, entry) for entry in report.entries],
        "messages": [_message(report, one) for one in report.messages],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return f"{text}\n".encode("utf-8", "replace")


def _csv_row(report: IncidentReport, entry: AuditEntry) -> CsvRow:
    record, detail = entry.record, entry.record.detail
    requests, read_back = detail.get("requests"), detail.get("read_back")
    return {
        **csv_row(entry, report.story(entry), report.known),
        "time_local": f"{local_time(record.at, report.request.audit.zone):%Y-%m-%d %H:%M:%S}",
        "requests": "; ".join(map(str, requests)) if isinstance(requests, list) else None,
        "read_back": "/".join(map(str, read_back)) if isinstance(read_back, list) else None,
    }


def _json_row(report: IncidentReport, entry: AuditEntry) -> Mapping[str, object]:
    record = entry.record
    return {
        "entry": entry.seq,
        "time_utc": _time(record.at),
        "time_local": local_time(record.at, report.request.audit.zone).isoformat(),
        "kind": record.kind,
        "sentence": sentence(entry, report.story(entry), report.known, PLAIN),
        "customer": record.customer,
        "change": record.change_id,
        "actor": record.actor,
        "actor_name": record.actor_name,
        "channel": record.channel,
        "detail": {key: record.detail[key] for key in SHOWN_DETAIL if key in record.detail},
        "hash": entry.hash,
    }


def _counts(users: CountedUsers) -> Mapping[str, object]:
    return {
        "customer": users.customer,
        "scope": users.scope.kind,
        "total": users.total,
        "counts": [
            {
                "time_utc": _time(one.at),
                "in_failover": one.in_failover,
                "able_to_read": one.able_to_read,
            }
            for one in users.counts
        ],
    }


def _message(report: IncidentReport, message: ReportMessage) -> Mapping[str, object]:
    people = report.known.people
    return {
        "channel": message.channel,
        "ts": message.ts,
        "posted_at": _time(message.posted_at),
        "author": message.author,
        "author_name": people.get(message.author, ""),
        "text": message.text,
        "sha256": message.digest,
        "permalink": message.permalink,
        "added_by": message.added_by,
        "added_by_name": people.get(message.added_by, ""),
        "added_at": _time(message.added_at),
        "change": message.change_id,
        "customer": message.customer,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
