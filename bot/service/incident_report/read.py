"""Read what a report holds, in pages, and record that it is made."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from bot.domain.audit.chain import AuditEntry, Checkpoint
from bot.domain.audit.change_story import NO_NAMES, NO_STORY, ChangeStory, KnownNames
from bot.domain.incident_report.message import ReportMessage
from bot.errors import InvalidInput, StoreUnusable
from bot.ports import AuditFilter, Clock, Recipient, Store, Transaction
from bot.service.context import record
from bot.service.incident_report.request import ReportRequest
from bot.service.queries.audit import audit_pages

MADE = "report.made"
# Of one report; a longer one is asked for in parts.
MAX_REPORT_ENTRIES, MAX_REPORT_MESSAGES = 10_000, 500
TOO_MANY = (
    "More than {} audit entries match, and a report holds at most so many. Ask for a shorter time, "
    "with --since and --until."
)


@dataclass(slots=True)
class IncidentReport:
    """Entries in the order of their numbers, with what is needed to tell of them.

    ``told`` are the people who were told of each change. ``left_out`` is how many entries match and
    are not for this channel. ``head`` is the last entry of the whole trail, None for an empty one.
    """

    request: ReportRequest
    head: Checkpoint | None = None
    entries: list[AuditEntry] = field(default_factory=list)
    stories: dict[str, ChangeStory] = field(default_factory=dict)
    known: KnownNames = NO_NAMES
    messages: Sequence[ReportMessage] = ()
    told: dict[str, Sequence[Recipient]] = field(default_factory=dict)
    left_out: int = 0

    @property
    def drill(self) -> bool:
        """Whether everything in it was a rehearsal."""
        return bool(self.stories) and all(one.drill for one in self.stories.values())

    def story(self, entry: AuditEntry) -> ChangeStory:
        """Return the story of the entry's change; an empty one where it is of none."""
        return self.stories.get(entry.record.change_id, NO_STORY)


async def read_report(
    store: Store, request: ReportRequest, limit: int = MAX_REPORT_ENTRIES
) -> IncidentReport:
    """Return what the report holds. Raises InvalidInput where that is too much, and StoreError."""
    head = await store.read(_head)
    report = IncidentReport(request, head)
    channels: dict[str, str] = {}
    async with aclosing(audit_pages(store, request.audit.where, head.seq if head else 0)) as pages:
        async for page in pages:
            if request.whole_channel:
                new = page.stories.keys() - channels.keys()
                channels |= await store.read(lambda tx, new=new: _channels(tx, new))  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
            report.known = page.known
            report.stories |= page.stories
            for entry in page.entries:
                _add(report, entry, channels)
            if len(report.entries) > limit:
                raise InvalidInput(TOO_MANY.format(f"{limit:,}"))
    await store.read(lambda tx: _add_people_and_messages(tx, report))
    return report


async def record_report(
    store: Store, clock: Clock, report: IncidentReport, digests: Mapping[str, str]
) -> AuditEntry:
    """Record that the files were made, by their SHA-256. Call it before they leave."""
    audit = report.request.audit
    detail = {
        "filters": report.request.filters,
        "entries": len(report.entries),
        "messages": len(report.messages),
        "sha256": dict(digests),
        "head": str(report.head or ""),
    }
    who = {"name": audit.actor_name, "customer": audit.command.customer or ""}
    return await store.write(lambda tx: record(tx, clock, MADE, audit.actor, **who, detail=detail))


def _add(report: IncidentReport, entry: AuditEntry, channels: Mapping[str, str]) -> None:
    request = report.request
    if request.whole_channel:
        here = request.channel in (entry.record.channel, channels.get(entry.record.change_id))
        if not here:
            return
    if not request.tells(entry):
        report.left_out += 1
        return
    report.entries.append(entry)


def _head(tx: Transaction) -> Checkpoint | None:
    last = tx.matching(AuditFilter(), limit=1)
    return Checkpoint(last[0].seq, last[0].hash) if last else None


def _channels(tx: Transaction, change_ids: Collection[str]) -> dict[str, str]:
    """Return the channel of each change; one whose row cannot be read has none."""
    found = dict[str, str]()
    for one in change_ids:
        try:
            change = tx.change(one)
        except StoreUnusable:
            continue
        found |= {one: change.channel} if change else {}
    return found


def _add_people_and_messages(tx: Transaction, report: IncidentReport) -> None:
    changes = dict.fromkeys(one.record.change_id for one in report.entries if one.record.change_id)
    report.told = {one: tx.recipients(one) for one in changes}
    report.messages = _messages(tx, report)


def _messages(tx: Transaction, report: IncidentReport) -> Sequence[ReportMessage]:
    """Return the messages of the channel, or at the terminal of the channels of the entries."""
    request, where = report.request, report.request.audit.where
    channels = {request.channel or one.record.channel for one in report.entries} - {""}
    channels |= {request.channel} - {""}
    since, until = where.since, where.until
    if where.change_id and report.entries:
        since = report.entries[0].record.at
    found = [
        message
        for channel in sorted(channels)
        for message in tx.report_messages(channel=channel, since=since, until=until)
        if _belongs(message, report)
    ]
    return sorted(found, key=lambda one: (one.posted_at, one.channel, one.ts))[:MAX_REPORT_MESSAGES]


def _belongs(message: ReportMessage, report: IncidentReport) -> bool:
    """Whether a message is on what the report is on; one of no card may be on anything."""
    where = report.request.audit.where
    if where.change_id and message.change_id:
        return message.change_id == where.change_id
    if where.change_id:
        return message.posted_at <= report.entries[-1].record.at if report.entries else False
    return not message.customer or where.customers is None or message.customer in where.customers
