"""The PDF of a report, as text: the sentences are those of the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.domain.audit.chain import POSTED_HASH_CHARS, AuditEntry
from bot.domain.incident_report.timeline import CountedUsers, counted_users, marks
from bot.domain.scope import Groups, Scope, Users
from bot.program import PROGRAM
from bot.service.incident_report.read import IncidentReport
from bot.service.queries.audit import local_time
from bot.slack.documents.content import (
    Document,
    DrawnMark,
    Panel,
    Point,
    Section,
    Table,
    Timeline,
)
from bot.slack.documents.report_people import people_of_changes
from bot.slack.views.audit.sentence import sentence
from bot.slack.views.audit.told import PLAIN
from bot.slack.views.incident_report import plain_message, report_title, since_and_until
from bot.slack.views.mrkdwn import cut
from bot.slack.views.texts import audit as audit_texts
from bot.slack.views.texts import incident_report as texts

# Of the PDF; the CSV and the JSON have all. A thousand entries take five seconds and fifty pages.
MAX_PDF_ENTRIES, MAX_PANELS, MAX_REQUESTS, MAX_TITLE_CHARS = 1000, 3, 5, 70
# Of the picture, after the last entry.
MIN_AFTER = timedelta(minutes=2)


def document(report: IncidentReport, digests: Mapping[str, str], made_at: datetime) -> Document:
    """Return the PDF's content; ``digests`` are those of the other files, by name."""
    audit = report.request.audit
    title, head = report_title(report), str(report.head or texts.NO_TRAIL)
    lines = [
        since_and_until(report.request),
        texts.ASKED_BY.format(name=audit.actor_name or audit.actor.user),
        texts.TIMES.format(zone=audit.zone),
    ]
    lines += [texts.LEFT_OUT.format(report.left_out)] if report.left_out else []
    timeline, more_panels = _timeline(report, made_at)
    note = texts.PICTURE
    note += f" {texts.MORE_PANELS.format(more_panels)}" if more_panels else ""
    sections = [_people(report), _happened(report), _messages(report), _verify(head, digests)]
    footer = texts.FOOTER.format(title=cut(title, MAX_TITLE_CHARS), head=_short(head))
    kept = tuple(one for one in sections if one is not None)
    return Document(title, tuple(lines), timeline, kept, footer, made_at, note if timeline else "")


def _short(head: str) -> str:
    seq, _, digest = head.partition(":")
    return f"{seq} {digest[:POSTED_HASH_CHARS]}".rstrip()


def _timeline(report: IncidentReport, made_at: datetime) -> tuple[Timeline | None, int]:
    """Return the picture, None where nothing was counted or done, and how many panels it lacks."""
    counted = counted_users(report.entries, report.stories)
    drawn = tuple(
        DrawnMark(mark.at, mark.kind.value, str(mark.seq))
        for mark in marks(report.entries, report.stories)
    )
    if not counted and not drawn:
        return None, 0
    zone = report.request.audit.zone
    begins, ends = _shown_time(report, made_at)
    timeline = Timeline(
        begins,
        ends,
        zone,
        texts.AXIS.format(zone=zone),
        tuple(_panel(report, one) for one in counted[:MAX_PANELS]),
        drawn,
        dict(texts.NAMES),
    )
    return timeline, max(len(counted) - MAX_PANELS, 0)


def _shown_time(report: IncidentReport, made_at: datetime) -> tuple[datetime, datetime]:
    """Return from when to when the picture is: somewhat longer than the entries, so that what was
    counted last is seen, and not longer than it was asked for. A clock may have been set back."""
    times = [one.record.at for one in report.entries]
    begins, last = min(times), max(times)
    later = last + max((last - begins) / 10, MIN_AFTER)
    return begins, max(last, min(later, made_at, report.request.audit.where.until or made_at))


def _panel(report: IncidentReport, users: CountedUsers) -> Panel:
    name = report.known.customers.get(users.customer)
    customer = audit_texts.CUSTOMER_NAMED.format(name=name, number=users.customer)
    title = f"{customer if name else users.customer}: {_scope(users.scope)}"
    points = tuple(Point(one.at, one.in_failover, one.able_to_read) for one in users.counts)
    return Panel(cut(title, MAX_TITLE_CHARS), users.total, points)


def _scope(scope: Scope) -> str:
    match scope:
        case Groups(names=names):
            return texts.GROUPS.format(names=", ".join(names))
        case Users(addresses=addresses):
            return texts.NAMED.format(len(addresses))
        case _:
            return texts.ALL_USERS


def _people(report: IncidentReport) -> Section | None:
    rows = tuple(
        (str(row.pop("change")), *(", ".join(map(str, names)) for names in row.values()))  # type: ignore[call-overload]  # lists
        for row in people_of_changes(report)
    )
    table = Table(texts.PEOPLE_HEAD, (12, 18, 28, 18, 24), rows)
    return Section(texts.PEOPLE, (), table) if rows else None


def _happened(report: IncidentReport) -> Section:
    shown = report.entries[:MAX_PDF_ENTRIES]
    lines: tuple[str, ...] = ()
    if len(shown) < len(report.entries):
        count = len(report.entries)
        lines = (texts.MORE_ENTRIES.format(count, shown=f"{len(shown):,}"),)
    rows = tuple(_row(report, entry) for entry in shown)
    return Section(texts.HAPPENED, lines, Table(texts.HAPPENED_HEAD, (8, 14, 11, 54, 12, 22), rows))


def _row(report: IncidentReport, entry: AuditEntry) -> tuple[str, ...]:
    record = entry.record
    told = [sentence(entry, report.story(entry), report.known, PLAIN)]
    requests = record.detail.get("requests")
    if isinstance(requests, list) and requests:
        more = len(requests) - MAX_REQUESTS
        named = [*map(str, requests[:MAX_REQUESTS])]
        named += [texts.MORE_REQUESTS.format(count=f"{more:,}")] if more > 0 else []
        told.append(texts.REQUESTS.format(requests="; ".join(named)))
    return (
        str(entry.seq),
        *_both_times(report, record.at),
        "\n".join(told),
        record.change_id,
        entry.hash[:POSTED_HASH_CHARS],
    )


def _both_times(report: IncidentReport, at: datetime) -> tuple[str, str]:
    """Return the local time and UTC, with its day where that is another one."""
    local = local_time(at, report.request.audit.zone)
    utc = f"{at:%H:%M:%S}" if local.date() == at.date() else f"{at:%Y-%m-%d %H:%M:%S}"
    return f"{local:%Y-%m-%d %H:%M:%S}", utc


def _messages(report: IncidentReport) -> Section | None:
    people = report.known.people
    rows = tuple(
        (
            "\n".join(_both_times(report, one.posted_at)) + " UTC",
            people.get(one.author, one.author),
            f"{plain_message(one.text, people)}\n{one.permalink}".rstrip(),
            people.get(one.added_by, one.added_by),
        )
        for one in report.messages
    )
    table = Table(texts.MESSAGES_HEAD, (18, 16, 64, 16), rows)
    return Section(texts.MESSAGES, (), table) if rows else None


def _verify(head: str, digests: Mapping[str, str]) -> Section:
    lines = (
        texts.VERIFY_HEAD.format(head=_short(head)),
        texts.VERIFY_COMMAND.format(program=PROGRAM, head=head),
        texts.VERIFY_MEANS,
        texts.VERIFY_FILES,
        *(f"{name}  {digest}" for name, digest in digests.items()),
    )
    return Section(texts.VERIFY, lines)
