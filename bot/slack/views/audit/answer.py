"""The reply to `/continuity audit`: a table of sentences. All text is escaped mrkdwn."""

from __future__ import annotations

from bot.domain.audit.chain import AuditEntry
from bot.errors import SlackError
from bot.service.queries.audit import AuditPage, AuditRequest, filter_words, local_time
from bot.slack.limits import MAX_MESSAGE_TEXT_CHARS
from bot.slack.views.audit.sentence import sentence
from bot.slack.views.mrkdwn import (
    BlockReply,
    Blocks,
    customer_label,
    escape,
    fit_lines,
    format_time,
    mrkdwn_text,
    section,
)
from bot.slack.views.table import data_table
from bot.slack.views.texts import audit as texts

PAGE_ROWS = 10
MAX_TITLE_CHARS = 200
_TIME = "%Y-%m-%d %H:%M:%S"


def audit(request: AuditRequest, page: AuditPage) -> str | BlockReply:
    """Return the entries: of one change in their order, else the newest first."""
    if not page.entries:
        return texts.NONE
    of_change = bool(request.where.change_id)
    entries = list(page.entries) if of_change else list(reversed(page.entries))
    table = data_table(
        texts.CAPTION,
        _columns(request),
        [_cells(request, page, entry) for entry in entries],
        PAGE_ROWS,
        row_header=len(_columns(request)) - 1,
    )
    head = _head(request, page, table.shown_rows)
    more: Blocks = [{"type": "context", "elements": [mrkdwn_text(texts.MORE_IN_A_FILE)]}]
    lines = [_line(request, page, entry) for entry in entries]
    text = fit_lines([head, *lines], MAX_MESSAGE_TEXT_CHARS)
    older = [section(head), section(fit_lines(lines)), *more]
    return BlockReply(text, [section(head), table.block, *more], older=older)


def _head(request: AuditRequest, page: AuditPage, shown: int) -> str:
    command, where, zone = request.command, request.where, request.zone
    parts = [texts.HEAD]
    if command.customer:
        label = customer_label(command.customer, request.name)
        parts = [texts.HEAD_CUSTOMER.format(customer=label)]
    elif where.change_id:
        parts = [texts.HEAD_CHANGE.format(change=where.change_id)]
    if request.person:
        person = page.known.people.get(request.person, request.person)
        parts.append(texts.BY_PERSON.format(person=escape(person)))
    for text, at in ((texts.SINCE, where.since), (texts.UNTIL, where.until)):
        if at is not None:
            time = f"{local_time(at, zone):{_TIME}}"
            parts.append(text.format(time=time, zone=zone))
    count = texts.OLDEST_FIRST if where.change_id else texts.NEWEST
    parts += [count.format(shown), texts.TIMES_IN.format(zone=zone)]
    return " · ".join(parts)


def _columns(request: AuditRequest) -> list[str]:
    # The sentence first: a phone cuts tables at the right.
    columns = [texts.SENTENCE, texts.TIME]
    columns += [] if request.where.change_id else [texts.CHANGE_COLUMN]
    columns += [texts.CUSTOMER_COLUMN] if _many_customers(request) else []
    return [*columns, texts.ENTRY]


def _cells(request: AuditRequest, page: AuditPage, entry: AuditEntry) -> list[str]:
    record = entry.record
    story = page.story(entry)
    # The time is text that sorts; the heading says the zone.
    time = f"{local_time(record.at, request.zone):{_TIME}}"
    cells = [sentence(entry, story, page.known), time]
    cells += [] if request.where.change_id else [escape(record.change_id)]
    if _many_customers(request):
        name = story.customer_name or page.known.customers.get(record.customer, "")
        cells.append(customer_label(escape(record.customer), name))
    return [*cells, entry.reference]


def _many_customers(request: AuditRequest) -> bool:
    return not (request.command.customer or request.where.change_id)


def _line(request: AuditRequest, page: AuditPage, entry: AuditEntry) -> str:
    """Return one entry as a line, for a workspace without data tables."""
    told, _, *cells = _cells(request, page, entry)
    return " · ".join(filter(None, (format_time(entry.record.at), told, *cells)))


def file_title(request: AuditRequest) -> str:
    """Return the title of both files; plain text."""
    title = texts.FILE_TITLE.format(filters=", ".join(filter_words(request)))
    return title if len(title) <= MAX_TITLE_CHARS else title[: MAX_TITLE_CHARS - 1] + "…"


def file_comment(request: AuditRequest, count: int) -> str:
    """Return what stands above the first file; escaped."""
    return texts.FILE_COMMENT.format(count, filters=escape(", ".join(filter_words(request)), 1000))


def files_failed(error: Exception) -> str:
    """Return why the files did not arrive, and what to do; not escaped."""
    if isinstance(error, SlackError):
        return texts.FILES_FAILED.format(error=error)
    return texts.FILES_TOO_SLOW if isinstance(error, TimeoutError) else texts.FILES_NO_ROOM
