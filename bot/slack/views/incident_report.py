"""The message that comes with a report, and its title. Titles are plain text, messages escaped."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from bot.domain.audit.chain import AuditEntry
from bot.domain.incident_report.message import ReportMessage
from bot.errors import SlackError
from bot.program import PROGRAM
from bot.service.incident_report.read import IncidentReport
from bot.service.incident_report.request import ReportRequest
from bot.service.queries.audit import local_time
from bot.slack.views.drill import labelled_text
from bot.slack.views.mrkdwn import channel_mention, customer_label, escape, format_time, mention
from bot.slack.views.texts import audit as audit_texts
from bot.slack.views.texts import incident_report as texts
from bot.slack.views.texts.drill import FILE_PREFIX

# Of a message that is added, in the answer to who added it.
MAX_QUOTED_CHARS = 200
_ENTITY = re.compile(r"<([@#!]?[^<>\s][^<>]*)>")


def file_name(report: IncidentReport) -> str:
    """Return what the names of the files begin with."""
    name = report.request.file_name
    return f"{FILE_PREFIX}{name}" if report.drill else name


def report_title(report: IncidentReport) -> str:
    """Return what the report is on; plain text."""
    return labelled_text(_title(report)) if report.drill else _title(report)


def _title(report: IncidentReport) -> str:
    request = report.request
    where = request.audit.where
    if request.whole_channel:
        return texts.TITLE_CHANNEL.format(channel=request.channel_name or request.channel)
    if where.change_id:
        customer = _plain_customer(*_customer_of_change(report))
        return texts.TITLE_CHANGE.format(change=where.change_id, customer=customer)
    if request.audit.command.customer:
        customer = _plain_customer(request.audit.command.customer, request.audit.name)
        return texts.TITLE_CUSTOMER.format(customer=customer)
    return texts.TITLE_ALL


def since_and_until(request: ReportRequest) -> str:
    """Return the time that was asked for, in the asker's zone; plain text."""
    where = request.audit.where
    times = {
        "since": _local(request, where.since) if where.since else "",
        "until": _local(request, where.until) if where.until else "",
    }
    if where.since:
        return (texts.FROM_TO if where.until else texts.FROM).format(**times)
    return texts.UNTIL.format(**times) if where.until else texts.WHOLE


def message(report: IncidentReport, digests: Mapping[str, str], entry: AuditEntry) -> str:
    """Return the message above the files; ``entry`` is the one that recorded them; escaped."""
    request, audit = report.request, report.request.audit
    lines = [
        texts.MESSAGE.format(what=_what(report), who=escape(audit.actor_name or audit.actor.user)),
        escape(since_and_until(request)),
        texts.FOOT.format(
            entries=texts.ENTRIES.format(len(report.entries)),
            messages=texts.MESSAGE_COUNT.format(len(report.messages)),
            reference=entry.reference,
        ),
        *(texts.SHA.format(kind=_kind(name), digest=digest) for name, digest in digests.items()),
        texts.VERIFY_SHORT.format(program=PROGRAM, head=report.head or texts.NO_TRAIL),
    ]
    text = "\n".join(lines)
    return labelled_text(text) if report.drill else text


def _kind(name: str) -> str:
    return name.rpartition(".")[2].upper()


def not_posted(error: Exception) -> str:
    """Return why the files did not arrive, and what to do; not escaped."""
    why = texts.TOO_SLOW if isinstance(error, TimeoutError) else texts.NO_ROOM
    return texts.FAILED.format(error=error if isinstance(error, SlackError) else why)


def plain_message(text: str, people: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a message of Slack as plain text: people and channels by name where one is known."""

    def shown(match: re.Match[str]) -> str:
        what, _, label = match[1].partition("|")
        if what.startswith(("@", "#", "!")):
            return f"{what[0]}{people.get(what[1:], label.lstrip('@#') or what[1:])}"
        what = what.removeprefix("mailto:")
        return what if label in ("", what) else f"{label} ({what})"

    return html.unescape(_ENTITY.sub(shown, text))


def added(message: ReportMessage) -> str:
    """Return what the person alone reads of a message that they added; escaped."""
    return texts.ADDED.format(**_quoted(message))


def removed(message: ReportMessage) -> str:
    """Return what the person alone reads of a message that they removed; escaped."""
    return texts.REMOVED.format(**_quoted(message))


def _quoted(message: ReportMessage) -> dict[str, str]:
    is_person = message.author.startswith(("U", "W"))
    return {
        "author": mention(message.author) if is_person else escape(message.author),
        "time": format_time(message.posted_at),
        "text": escape(" ".join(plain_message(message.text).split()), MAX_QUOTED_CHARS),
    }


def _what(report: IncidentReport) -> str:
    request = report.request
    if request.whole_channel:
        return channel_mention(request.channel)
    if request.audit.where.change_id:
        customer = customer_label(*_customer_of_change(report))
        return f"{request.audit.where.change_id}, {customer}"
    return customer_label(request.audit.command.customer or "", request.audit.name)


def _customer_of_change(report: IncidentReport) -> tuple[str, str]:
    """Return the number and the name of the customer of the change that the report is on."""
    for entry in report.entries:
        number = entry.record.customer
        return number, report.story(entry).customer_name or report.known.customers.get(number, "")
    return "", ""


def _plain_customer(number: str, name: str) -> str:
    template = audit_texts.CUSTOMER_NAMED if name else "{number}"
    return template.format(number=number, name=name)


def _local(request: ReportRequest, at: datetime) -> str:
    zone = request.audit.zone
    return f"{local_time(at, zone):%Y-%m-%d %H:%M:%S} ({zone})"
